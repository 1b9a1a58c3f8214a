"""Retiring a source that the city has given up: a load of its own closes its features, and can be undone."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from psycopg import sql

from cim._version import __version__
from cim.errors import CimError
from cim.etl.lock_order import lock_city_for_writing
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.report import LoadReport
from cim.etl.runs import earlier_themes, last_published, locked_source, publish
from cim.etl.statements import statement
from cim.manifest import Manifest, SourceSpec

Connection = psycopg.Connection[Any]


class CannotRetire(CimError):
    """A source is still in use, or shows nothing."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"source {name!r} cannot be retired: {why}")


def retire_source(connection: Connection, manifest: Manifest, name: str) -> LoadReport:
    """Close every feature of a source that the manifest does not name.

    Parameters
    ----------
    connection
        To the city's database, as its owner.
    manifest
        The city's manifest as it is now.
    name
        The source.

    Raises
    ------
    CannotRetire
        The manifest names the source; there is no such source; or none of its features is shown.
    """
    began = perf_counter()
    if name in {source.name for source in manifest.sources}:
        raise CannotRetire(name, f"{manifest.path} lists it, and would load it again: take it out there first")
    with connection.transaction():
        row = connection.execute("SELECT source_id, kind FROM run.source WHERE name = %s", (name,)).fetchone()
    if row is None:
        raise CannotRetire(name, "the city has no source of that name")
    source_id, kind = row
    with locked_source(connection, source_id, name):
        last = last_published(connection, source_id)
        if last is None or last["retires"]:
            raise CannotRetire(name, "none of its features is shown")
        with connection.transaction():
            lock_city_for_writing(connection)
            load_id = _open_load(connection, last["load_id"])
            outcome = _closing(connection, source_id)
            source = SourceSpec(name, kind, Path(), classification=last["classification"])
            publish(connection, load_id, source, source_id, outcome)
    return LoadReport(name, load_id, "retired", outcome, seconds=perf_counter() - began)


def _open_load(connection: Connection, last: int) -> int:
    """Open the load that closes the features; what is told of it is what was told of the last one."""
    row = connection.execute(statement("retire"), {"version": __version__, "last": last}).fetchone()
    return int(row[0]) if row else 0


def _closing(connection: Connection, source_id: int) -> Outcome:
    """Return what closes all that stands of a source."""
    outcome = Outcome()
    for theme in earlier_themes(connection, source_id):
        query = sql.SQL(
            "SELECT version_id FROM city.{} WHERE closed_by IS NULL AND load_id IN "
            "(SELECT load_id FROM run.load WHERE source_id = %s AND published_at IS NOT NULL)"
        ).format(sql.Identifier(theme))
        versions = [row[0] for row in connection.execute(query, (source_id,))]
        outcome.themes[theme] = ThemeOutcome(removed=len(versions))
        outcome.closed[theme] = versions
    return outcome
