"""The names under which a register's columns are known: ours, the usual Chinese titles, and those that options name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from cim.etl.columns import folded, known_columns
from cim.etl.register_words import titles
from cim.etl.table_header import Header, Row, Titles, header_of
from cim.manifest import SourceSpec
from cim.tables import THEMES, Table

_KEYS = {"key": "source_key", "id": "source_key", "fid": "source_key"}
_ENOUGH = 3
"""Columns that a theme is known by: a key and a place are any theme's."""
PLACES = ("wkt", "x", "y", "z")
"""Columns of a table that say where a record is, and the options that name them."""


def aliases(theme: str) -> Mapping[str, str]:
    """Return our columns by their further names."""
    return {**_KEYS, **titles(theme)}


@cache
def known_titles(theme: str) -> frozenset[str]:
    """Return all names under which the columns of a theme are known, folded."""
    places = PLACES if "geom" in THEMES[theme].columns else ()
    return frozenset(map(folded, (*known_columns(THEMES[theme]), *aliases(theme), *places)))


def likeliest(rows: Sequence[Row]) -> tuple[str | None, Header | None]:
    """Return the theme whose columns a table's first rows name most of, where it is one, and the header that does."""
    found = {theme: header for theme in THEMES if (header := header_of(rows, titles_of(theme))) is not None}
    most = max((header.known for header in found.values()), default=0)
    best = [theme for theme, header in found.items() if header.known == most]
    return best[0] if len(best) == 1 and most >= _ENOUGH else None, found[best[0]] if best else None


def titles_of(theme: str, told: Collection[str] = ()) -> Titles:
    """Return the names of a theme's columns, and those that options tell."""
    known = known_titles(theme)
    return Titles(lambda text: folded(text) in known, frozenset(told))


def wanted_titles(source: SourceSpec, table: Table) -> Titles:
    """Return the names of the columns of a source's table, those too that its options name."""
    given = source.options.get("columns")
    told = [*given.values()] if isinstance(given, Mapping) else []
    told += [source.options[name] for name in PLACES if name in source.options]
    return titles_of(table.name, {str(name).strip() for name in told})
