"""The SQL files of the layers, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources

from psycopg import sql


@cache
def query(name: str) -> sql.SQL:
    """Return the statement of `sql/<name>.sql`; names in braces are filled with `.format(…)`.

    The file is ours and part of the package, as literal as a string in the code.
    """
    text = (resources.files("cim.layers") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(text)
