"""The SQL files of this package, and rows as tuples in binary: geometries arrive as bytes, not as hex."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, LiteralString, cast

from psycopg import sql
from psycopg.rows import tuple_row

from cim.layers.tiles3d.content import Connection


@cache
def _text(name: str) -> LiteralString:
    # A file of the package is as trusted as a literal in its code.
    text: Any = (resources.files("cim.layers.tiles3d") / f"sql/{name}.sql").read_text(encoding="utf-8")
    return cast(LiteralString, text)


def statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """Return the statement of a file, with its {names} filled."""
    return sql.SQL(_text(name)).format(**parts)


def records(
    connection: Connection, query: sql.Composed, parameters: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return cursor.execute(query, parameters).fetchall()
