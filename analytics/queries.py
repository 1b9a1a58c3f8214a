"""The SQL files of the analyses, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources

from psycopg import sql


@cache
def query(package: str, name: str) -> sql.SQL:
    """Return the statement of `<package>/sql/<name>.sql`, a file of ours and so as literal as a string in the code.

    Parameters
    ----------
    package
        Sub-package of the analyses: `examination`, `network`, `network.bursts`...
    name
        Name of the file without its ending.
    """
    text = (resources.files(f"cim.analytics.{package}") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(text)
