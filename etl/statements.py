"""The loader's longer statements, each a file of `etl/sql/`."""

from __future__ import annotations

from importlib import resources
from typing import Any, cast

from psycopg import sql


def statement(name: str) -> sql.SQL:
    """Return a statement of `etl/sql/`."""
    text = (resources.files("cim.etl") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(cast("Any", text))
