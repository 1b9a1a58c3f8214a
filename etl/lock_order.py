"""The order in which the tables of a city are locked, so that two loads never wait for each other.

Whoever writes takes features, then a theme, then its levels of detail, then `run.load`; whoever changes tables takes
those it needs in the same order, all of them before it changes the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import psycopg
from psycopg import sql

from cim.tables import DETAILS, TABLES, THEMES, Table

Connection = psycopg.Connection[Any]

_CITY = [TABLES["city.feature"], *THEMES.values(), *DETAILS.values()]
_PLACES = {table.full_name: place for place, table in enumerate(_CITY)}


def lock_tables(connection: Connection, tables: Iterable[Table], mode: str, wait: bool = True) -> None:
    """Lock tables until the transaction ends.

    Parameters
    ----------
    connection
        In a transaction.
    tables
        Tables of `city` and `run`, in any order.
    mode
        A lock mode of PostgreSQL's, such as ``SHARE ROW EXCLUSIVE``.
    wait
        Wait for those that hold them.

    Raises
    ------
    psycopg.errors.LockNotAvailable
        Somebody holds one of them, and this is not to wait.
    """
    ordered = sorted(set(tables), key=lambda table: (_PLACES.get(table.full_name, len(_PLACES)), table.full_name))
    names = sql.SQL(", ").join(table.identifier for table in ordered)
    query = sql.SQL("LOCK TABLE {} IN {} MODE{}")
    connection.execute(query.format(names, sql.SQL(cast("Any", mode)), sql.SQL("" if wait else " NOWAIT")))


def lock_city_for_writing(connection: Connection) -> None:
    """Lock every table of features as a writer does: for those who must write `run.load` first."""
    lock_tables(connection, _CITY, "ROW EXCLUSIVE")
