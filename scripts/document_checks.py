"""Write docs/checks.md: every check of the register, with what to do; with --check only compare."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from written_page import keep

from cim.etl.checks.register import Check, register

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "checks.md"

INTRODUCTION = """\
# Checks

*Written by `scripts/document_checks.py` from the register (`etl/checks/registers/`); a test keeps it so.*

Every fault has a stable code. An **error** refuses the record: it is not loaded, and kept with its original under the
load. A **warning** keeps the record and tells. *Where optional*: an error, but only a warning where the theme can do
without the value. *Thorough*: left out of a load for its cost; `cim check` and `cim load --checks thorough` run it.

```sh
cim check city.toml                          # all checks, no database; exit code 1 when anything would be refused
cim check city.toml --source pipes-water --lang zh
cim check buildings.city.jsonl               # one file; --kind and --crs where it does not tell them
cim check city.toml --json                   # one finding a line
cim load city.toml --checks none             # columns and places only
cim rejects my_city --export rejects.gpkg    # or .xlsx: original record, reason and remedy in two languages, shape
cim rejects my_city --repair rejects.gpkg    # after mending it there: the records are offered to their sources
cim load city.toml                           # … and read with them; --withdraw takes them back
cim quality my_city --out report.html        # one printable page a load: counts, map of the faults, worst files
```

**Mending.** In an export the columns `original.…` and the geometry may be edited; rows left as they are stay refused.
A mended record stands for the refused one under its own key, so its feature keeps its identity. It is a row of
`run.repair` with the file it came from and that file's digest, and is taken by every later load of the source that
refuses the very record again, whatever its row by then; of one that differs but is still refused under its row and
key, what the file tells anew is kept. The load says how many it took. Where the file's own record is sound by then,
it stands (`repair.superseded`); where no refused record is the one it was made for, nothing is replaced
(`repair.unmatched`). One that was given another key waits until the whole source is read: it never takes a key of a
sound record. `--withdraw` takes mended records back; the load that took them can be undone like any other. To mend
one otherwise, export the rejects of the load that refused it (`--load`): what is offered anew for it takes its place.
A refused row of a survey is mended in its own cells (`original.管径`) and read anew among the others: mend a point, and
the lines that hung on it come back unasked. What another reader itself could not read (a city object whose vertices
are missing) is mended in the source's file.

**Faces and solids** are checked in space: a shell is closed when each edge is walked once each way, a face is planar
by the distance of its corners from its plane, a ring crosses itself in its own plane. GEOS never sees a wall in plan.
Whether two faces of one solid pass through each other is a thorough check: each is drawn in by a centimetre, and by
what it is not planar; where the line common to their planes then still runs inside of both, they cross. What crosses
less deep is not told. Whether a shell is a surface, no edge of more than two faces and no corner at which parts only
touch, is a thorough check too. Blocks raised from footprints are sound by the way they are made.
"""


def page() -> str:
    """Return the page."""
    families: dict[str, list[Check]] = {}
    for check in register().values():
        families.setdefault(f"{check.family.en} ({check.family.zh})", []).append(check)
    parts = [INTRODUCTION]
    parts += ["\n".join([f"## {title}", "", *map(entry, checks)]) for title, checks in families.items()]
    return "\n".join([*parts, ranges()])


def entry(check: Check) -> str:
    """Return the part about one check."""
    grave = check.severity + (", where optional" if check.kept_where_optional else "")
    grave += ", thorough" if check.thorough else ""
    lines = [f"### `{check.code}`", "", f"**{grave}** · {check.what.en} · {check.what.zh}", "", check.why, ""]
    lines += [f"*What to do:* {check.remedy.en} · {check.remedy.zh}", ""]
    if check.tolerance:
        told = ", ".join(f"`{name}` {value:g}" for name, value in check.tolerance.items())
        lines += [f"*Tolerance:* {told} ({check.basis})", ""]
    elif check.basis:
        lines += [f"*Basis:* {check.basis}", ""]
    return "\n".join(lines)


def ranges() -> str:
    """Return the table of plausible ranges."""
    text = (ROOT / "etl" / "checks" / "ranges.csv").read_text(encoding="utf-8")
    head = ["## Plausible ranges (合理范围)", "", "What `value.implausible` holds numbers against.", ""]
    table = ["| theme | column | lowest | highest | unit | basis |", "|---|---|---|---|---|---|"]
    rows = csv.DictReader(text.splitlines())
    return "\n".join([*head, *table, *("| " + " | ".join(row.values()) + " |" for row in rows), ""])


if __name__ == "__main__":
    sys.exit(keep(PAGE, page()))
