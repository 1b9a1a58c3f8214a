"""Write docs/registers.md: the columns of every theme, from the schema itself; with --check only compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table

from cim.etl.checks import OWN_COLUMNS, reference_key
from cim.etl.records import geometry_kind
from cim.schema import THEMES

PAGE = Path(__file__).parent.parent / "docs" / "registers.md"

INTRODUCTION = """\
# Registers: the columns of every theme

*Written by `scripts/document_registers.py` from the schema; a test keeps it so.*

A register is a table whose columns are those of a theme: a GeoPackage layer (or any vector file that GDAL reads), a
CSV file (UTF-8 or GB18030/GBK, found out by itself) or a sheet of a workbook (XLSX, XLS, ODS). It becomes a source of
kind `register` in `city.toml`; see [loading.md](loading.md).

```toml
[[source]]
name = "facilities"
kind = "register"
path = "facilities.csv"
crs = "EPSG:4490"               # of the places; a vector file states its own
[source.options]
theme = "facility"              # not needed where the layer, sheet or file is called like the theme
columns = {name = "名称", kind = "类别"}   # ours = theirs, where they differ
x = "经度"                       # places of a table: x and y (and z), or wkt
y = "纬度"
height_m = 205.0                # one height for all, where the theme has heights and the file none
```

- **`key`** (or `source_key`, `id`, `fid`) is the record's key in the source. It makes the feature the same in the next
  load; without one a record is known by its content.
- A column `<name>_key` refers to a record of another theme by *its* key: first in the same source, then in any other.
- Columns that a theme does not have are kept as attributes. Nothing is lost.
- Text is read as a number, a date (`2020-01-31`, `2020/1/31`, `20200131`) or a truth value (`true`, `是`, `1`, …) where
  the column is one. What does not fit is refused with its reason, record by record (`cim rejects`).
- Heights are in the city's vertical datum, after `height_offset_m` of the source.
"""

TYPES = {
    "BIGINT": "whole number",
    "INTEGER": "whole number",
    "SMALLINT": "whole number",
    "DOUBLE": "number",
    "DOUBLE PRECISION": "number",
    "FLOAT": "number",
    "BOOLEAN": "true or false",
    "TEXT": "text",
    "DATE": "date",
}


def page() -> str:
    """Return the page."""
    return INTRODUCTION + "\n" + "\n".join(theme_section(table) for table in THEMES.values())


def theme_section(table: Table) -> str:
    """Return the part about one theme."""
    lines = [f"## `{table.name}`", "", f"{table.comment}", "", "| column | type | meaning |", "|---|---|---|"]
    lines += [
        column_row(column)
        for column in sorted(table.columns, key=lambda item: item.name == "geom")
        if column.name not in OWN_COLUMNS | {"attributes", "classification"}
    ]
    return "\n".join(lines) + "\n"


def column_row(column: Column[Any]) -> str:
    """Return a column's line of the table."""
    name, kind = column.name, TYPES.get(str(column.type).upper(), str(column.type))
    if "references" in column.info:
        name, kind = reference_key(column), f"key of `{column.info['references']}`"
    elif name == "geom":
        name, kind = "(geometry)", geometry_words(column)
    elif "listed" in column.info:
        kind = "one of the list"
    needed = not column.nullable and column.server_default is None
    default = getattr(column.server_default, "arg", None)
    meaning = (column.comment or "") + (f" (else `{default}`)" if default is not None else "")
    return f"| `{name}`{' **needed**' if needed else ''} | {kind} | {meaning.replace('|', '/')} |"


def geometry_words(column: Column[Any]) -> str:
    """Return a geometry column's type in words."""
    kind, dimension = geometry_kind(column)
    words = {"POINT": "point", "LINESTRING": "line", "POLYGON": "polygon", "MULTIPOLYGON": "polygon or multipolygon"}
    return words.get(kind, "any geometry") + (" with heights" if dimension == 3 else "")


def main() -> int:
    """Write the page, or tell whether it is up to date."""
    text = page()
    if "--check" in sys.argv:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not same:
            print(f"{PAGE.name} is not up to date: run python scripts/document_registers.py")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
