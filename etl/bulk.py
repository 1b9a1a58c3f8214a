"""Filling empty tables: without foreign keys and secondary indexes, which are made at once at the end.

Checked and kept row by row they take two thirds of a first load's time (200,000 footprints on a quiet machine: 12.0 s,
without 4.4 s with their making). The declared ones are in `cim.schema`; whatever a killed load has left without is
made again by the next load, before it does anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from time import sleep
from typing import Any, cast

import psycopg
from psycopg import sql

from cim.etl.lock_order import lock_tables
from cim.tables import DETAILS, TABLES, THEMES, ForeignKey, Index, Table

Connection = psycopg.Connection[Any]

LARGE_ROWS = 2_000
"""Rows of a first batch from which the making at the end costs less than the keeping."""

_LOCK_CLASS = 0x62756C6B  # "bulk"
_TRIES, _PAUSE_S = 40, 0.05
"""How often a load asks for an empty theme's tables before it takes the slow way; no reader is made to wait for it."""

_FEATURE = TABLES["city.feature"]

_PRESENT = sql.SQL(
    "SELECT conname FROM pg_constraint WHERE connamespace = 'city'::regnamespace AND contype = 'f' "
    "UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = 'city'"
)


def lighten(connection: Connection, theme: Table) -> bool:
    """Take foreign keys and indexes from an empty theme's tables; False where that is not possible now.

    Parameters
    ----------
    connection
        In a transaction of the load's writer, whose session then holds the theme until it ends.
    theme
        Table of `cim.tables.THEMES`.
    """
    tables = _tables(theme)
    for _ in range(_TRIES):
        # It never waits while it holds a lock, so it cannot be part of a deadlock, nor be the reader's reason for one.
        with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
            if not _empty(connection, theme):
                return False
            lock_tables(connection, [*tables, *_referred(tables)], "ACCESS EXCLUSIVE", wait=False)
            if not _empty(connection, theme) or not _hold(connection, theme):
                return False
            for statement in _takings(theme):
                connection.execute(statement)
            return True
        sleep(_PAUSE_S)
    return False


def restore(conninfo: str, themes: Iterable[Table]) -> None:
    """Make the foreign keys and indexes that the tables of themes lack; readers are not kept waiting.

    Parameters
    ----------
    conninfo
        Of the city's database, as its owner.
    themes
        Tables of `cim.tables.THEMES`.
    """
    tables = list(chain.from_iterable(map(_tables, themes)))
    with psycopg.connect(conninfo, autocommit=True) as connection:
        indexes, keys = _missing(connection, tables)
    # Two at once: a GiST index is built by one process.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda index: _run(conninfo, index.statement), indexes))
    for key in keys:
        _run(conninfo, key.statement, [TABLES[key.table], TABLES[key.referred]])


def restore_interrupted(connection: Connection, conninfo: str) -> None:
    """Make what killed loads have left without, in themes that no load fills now."""
    with connection.transaction():
        indexes, keys = _missing(connection, [_FEATURE, *DETAILS.values(), *THEMES.values()])
    lacking = {_theme(TABLES[name]) for name in [*(item.table for item in indexes), *(key.table for key in keys)]}
    for theme in (THEMES[name] for name in sorted(lacking)):
        with connection.transaction():
            # The features' table is filled with any theme.
            filled = THEMES.values() if any(key.table == _FEATURE.full_name for key in keys) else [theme]
            if all([_hold(connection, item, "pg_try_advisory_xact_lock") for item in filled]):
                restore(conninfo, [theme])


def _tables(theme: Table) -> list[Table]:
    """Return the tables that are filled together with a theme."""
    return [_FEATURE, *(table for table in DETAILS.values() if table.theme == theme.name), theme]


def _empty(connection: Connection, theme: Table) -> bool:
    query = sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(theme.identifier)
    return connection.execute(query).fetchone() == (True,)


def _referred(tables: Iterable[Table]) -> set[Table]:
    """Return the tables that the foreign keys of tables lead to: they are locked when the keys are taken away."""
    return {TABLES[key.referred] for table in tables for key in table.foreign_keys}


def _theme(table: Table) -> str:
    """Return the theme whose filling a table is part of; of the features' table any will do."""
    if table is _FEATURE:
        return "building"
    return table.theme or table.name


def _hold(connection: Connection, theme: Table, function: str = "pg_try_advisory_lock") -> bool:
    """Hold a theme for filling, so that no other load makes its indexes meanwhile."""
    number = sorted(THEMES).index(theme.name)
    query = sql.SQL("SELECT {}(%s, %s)").format(sql.Identifier(function))
    return connection.execute(query, (_LOCK_CLASS, number)).fetchone() == (True,)


def _takings(theme: Table) -> Iterable[sql.Composed]:
    """Return the statements that take foreign keys and indexes away."""
    for table in _tables(theme):
        drops = [sql.SQL("DROP CONSTRAINT IF EXISTS {}").format(sql.Identifier(key.name)) for key in table.foreign_keys]
        yield sql.SQL("ALTER TABLE {} {}").format(table.identifier, sql.SQL(", ").join(drops))
        if table is not _FEATURE:
            for index in table.indexes:
                yield sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier("city", index.name))


def _missing(connection: Connection, tables: Iterable[Table]) -> tuple[list[Index], list[ForeignKey]]:
    """Return the declared indexes and foreign keys that the database lacks, costly indexes first."""
    present = {name for (name,) in connection.execute(_PRESENT)}
    indexes: list[Index] = []
    keys: list[ForeignKey] = []
    for table in tables:
        indexes += [index for index in table.indexes if index.name not in present]
        keys += [key for key in table.foreign_keys if key.name not in present]
    indexes.sort(key=lambda index: (index.method != "gist", index.name))
    return indexes, sorted(keys, key=lambda key: key.name)


def _run(conninfo: str, statement: str, tables: Iterable[Table] = ()) -> None:
    """Run a statement that makes an index or a key, with room to sort in; another load may have run it meanwhile.

    Writers are kept waiting as long as a foreign key is checked; `tables` are those that its making locks.
    """
    taken = (psycopg.errors.DuplicateTable, psycopg.errors.DuplicateObject)
    with suppress(*taken), psycopg.connect(conninfo) as connection:
        connection.execute("SET maintenance_work_mem = '256MB'")
        if tables:
            lock_tables(connection, tables, "SHARE ROW EXCLUSIVE")
        connection.execute(cast("Any", statement))
