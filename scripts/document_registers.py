"""Write docs/registers.md: the columns of every theme, from the schema itself; with --check only compare."""

from __future__ import annotations

import sys
from pathlib import Path

from written_page import keep

from cim.schema.description import RegisterColumn, register_columns
from cim.tables import THEMES, Table

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
values = {public = true}        # one value for all records, where the file lacks the column
x = "经度"                       # places of a table: x and y (and z), or wkt
y = "纬度"
height_m = 205.0                # one height for all, where the theme has heights and the file none
```

- The header of a table need not stand in the first row: of the first ten it is the row that names most columns which
  are known, or that `columns`, `x`, `y`, `z` or `wkt` give; the first such row, unless a later one is clearly better.
  A name counts once, and `x`, `y` and `z` only where x and y are both there or options name them: a row of flags is no
  header. What stands above, a title or a line of units, is told (`table.title`). Where it may be records (a row as full
  as one, or a header below a title with one known name among four or more), the table is refused: give it one row of
  names above its records. Rows are numbered as in the file. `cim inspect` finds the same header and the same fault.
- A header may have two lines (缺陷, below it 代码 and 等级) where the lower fills only gaps of the upper, or stands
  below a group: a name with a gap after it. What both lines say is told (`table.title`).
- A table of which no row has a known name is refused with what its first rows say. Empty cells beyond the header do not
  matter; something in one is refused with its line.
- **`key`** (or `source_key`, `id`, `fid`) is the record's key in the source. It makes the feature the same in the next
  load; without one a record is known by its content.
- A column `<name>_key` refers to a record of another theme by *its* key: first in the same source, then in any other.
- Columns that a theme does not have are kept as attributes. Nothing is lost.
- Text is read as a number, a date (`2020-01-31`, `2020/1/31`, `20200131`) or a truth value (`true`, `是`, `1`, …) where
  the column is one. What does not fit is refused with its reason, record by record (`cim rejects`).
- Heights are in the city's vertical datum, after `height_offset_m` of the source.
- `cim schema` lists the registers, `cim schema customer` (or `customers`, `sensors`, `sewer_inspection`, `breaks`,
  `devices`, `projects`, `parcels`) prints one in Chinese and English with its codes, `--csv` the header of an empty
  table. The usual Chinese titles (户号, 表号, 缺陷代码, …) need no `columns`: `etl/register_columns.csv`.
- A customer without a key is known by network, account and meter. `cim customers CITY` tells how customers are linked:
  `register` (the record names a node or a building), `service_connection` (one of the network has the account),
  `inside` or `nearest` (the place lies in a building, or within 30 m of one), and which share is not linked.
  The view `city.customer_link` has each of them. Customers are persons: give their source `classification = 2`.
"""


def page() -> str:
    """Return the page."""
    return INTRODUCTION + "\n" + "\n".join(theme_section(table) for table in THEMES.values())


def theme_section(table: Table) -> str:
    """Return the part about one theme."""
    lines = [f"## `{table.name}`", "", f"{table.comment}", "", "| column | type | meaning |", "|---|---|---|"]
    # The key is told once, above.
    lines += [column_row(item) for item in register_columns(table)[1:]]
    return "\n".join(lines) + "\n"


def column_row(item: RegisterColumn) -> str:
    """Return a column's line of the table."""
    prefix, mark, theme = item.type.partition("key of ")
    kind = f"{mark}`{theme}`" if mark else prefix
    meaning = item.meaning + (f" (else `{item.default}`)" if item.default is not None else "")
    return f"| `{item.name}`{' **needed**' if item.required else ''} | {kind} | {meaning.replace('|', '/')} |"


if __name__ == "__main__":
    sys.exit(keep(PAGE, page()))
