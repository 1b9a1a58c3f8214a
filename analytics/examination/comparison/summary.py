"""A comparison as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.words import changed, notes, why
from cim.analytics.terminal import columns

_TURNS = {"better": "↑", "worse": "↓", "same": "="}


def comparison_summary(found: Comparison, level: str, *, all_rows: bool = False, limit: int = 60) -> Group:
    """Return the rows of a level, what changed, and what limits the comparison.

    Parameters
    ----------
    found
        The comparison.
    level
        Level of the units shown.
    all_rows
        Also rows in which nothing is different.
    limit
        Most rows.
    """
    rows = found.table[found.table["level"] == level]
    if not all_rows:
        rows = rows[~((rows["turn"] == "same") & (rows["grade_turn"] == "same") & (rows["changes"].map(len) == 0))]
    return Group(
        Text(f"{_side(found.then)}  →  {_side(found.now)}\n", style="bold"),
        _table(found, rows.head(limit), several=rows["unit_id"].nunique() > 1),
        *_below(found, level, len(rows) - limit),
    )


def _side(about: Any) -> str:
    provisional = ", provisional" if about["provisional"] else ""
    return f"{about['city']} {about['year']} by {about['system']}{provisional} (run {about['run_id']})"


def _table(found: Comparison, rows: pd.DataFrame, *, several: bool) -> Table:
    unit = ("in",) if several else ()
    table = columns(
        "code", "indicator", *unit, "unit", "then", "now", "difference", "", "grade", "changed", "old way", "to then"
    )
    for column in table.columns:
        if column.header in ("grade", "changed", "in"):
            column.justify = "left"
    for row in rows.to_dict("records"):
        about = found.indicators[row["code"]]
        table.add_row(
            row["code"],
            about["title_en"],
            *((str(row["name"]),) if several else ()),
            about["unit_en"],
            _number(row["then"]),
            _number(row["now"]),
            _number(row["difference"], signed=True),
            _TURNS.get(row["turn"], ""),
            _grades(row),
            changed(row["changes"]),
            _old_way(row),
            _number(row["old_way_difference"], signed=True) if row["changes"] else "",
        )
    return table


def _grades(row: Mapping[Any, Any]) -> str:
    then, now = (one if isinstance(one, str) else "–" for one in (row["then_grade"], row["now_grade"]))
    return then if then == now else f"{then} → {now}"


def _old_way(row: Mapping[Any, Any]) -> str:
    if not row["changes"]:
        return ""
    return "cannot be told" if isinstance(row["why_not"], str) else _number(row["old_way"])


def _number(value: float | None, *, signed: bool = False) -> str:
    """Return a number in three figures, whole ones in full; what is not known is a dash."""
    if value is None or pd.isna(value):
        return "–"
    plain = f"{value:+,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:+.3g}"
    return plain if signed and value != 0 else plain.removeprefix("+")


def _below(found: Comparison, level: str, more: int) -> Iterator[Text]:
    """Yield what limits the comparison, why values have no old way, and how to see more."""
    for line in notes(found.notes):
        yield Text(line, style="dim")
    rows = found.table[(found.table["level"] == level) & found.table["why_not"].notna()]
    for reason, some in rows.groupby("why_not"):
        codes = ", ".join(dict.fromkeys(some["code"]))
        yield Text(f"{codes}: cannot be told the old way: {why(str(reason))}", style="dim")
    if more > 0:
        yield Text(f"{more:,} more rows: --limit, --out FILE.csv", style="dim")
