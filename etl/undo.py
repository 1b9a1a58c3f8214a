"""Undoing a load: what it opened disappears, what it closed stands again."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from cim.errors import CimError
from cim.etl.runs import audit, bump_versions, last_published, locked_source, name_source


class UnknownLoad(CimError):
    """No load of that number can be undone."""

    def __init__(self, load_id: int, why: str) -> None:
        super().__init__(f"load {load_id} cannot be undone: {why}")


def undo_load(connection: psycopg.Connection[Any], load_id: int) -> str:
    """Take back the newest published load of a source.

    Parameters
    ----------
    connection
        To the city's database, as its owner.
    load_id
        The load.

    Returns
    -------
    str
        Name of its source.

    Raises
    ------
    UnknownLoad
        There is no such load, it is not published, or its source has a newer one.
    """
    with connection.transaction():
        row = connection.execute(
            "SELECT source_id, name FROM run.load JOIN run.source USING (source_id) "
            "WHERE load_id = %s AND published_at IS NOT NULL",
            (load_id,),
        ).fetchone()
    if row is None:
        raise UnknownLoad(load_id, "no published load has that number; cim loads shows them")
    source_id, name = row
    with locked_source(connection, source_id, name):
        newest = last_published(connection, source_id)
        if newest is None or newest["load_id"] != load_id:
            number = newest["load_id"] if newest else "none"
            raise UnknownLoad(load_id, f"the newest of source {name!r} is {number}: undo that one first")
        _take_back(connection, load_id, source_id, name)
    return str(name)


def _take_back(connection: psycopg.Connection[Any], load_id: int, source_id: int, source: str) -> None:
    """Reopen what the load closed and hide what it opened, in one transaction."""
    with connection.transaction():
        rows = connection.execute("SELECT theme, records FROM run.load_extent WHERE load_id = %s", (load_id,))
        changed = []
        for theme, opened in rows.fetchall():
            reopen = sql.SQL("UPDATE city.{} SET closed_by = NULL WHERE closed_by = %s")
            reopened = connection.execute(reopen.format(sql.Identifier(theme)), (load_id,)).rowcount
            if opened or reopened:
                changed.append(theme)
        connection.execute("UPDATE run.load SET status = 'undone', published_at = NULL WHERE load_id = %s", (load_id,))
        bump_versions(connection, [*changed, *name_source(connection, source_id)])
        audit(connection, "undo", source, {"load_id": load_id})
