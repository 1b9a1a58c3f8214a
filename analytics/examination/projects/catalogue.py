"""What is done about a shortfall, by whom, and what it costs: two tables, which a city may replace row by row."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cim.analytics.errors import BadRules
from cim.analytics.examination.register import Words

AMOUNTS = ("place", "floor_area_m2", "households", "length_m", "area_m2", "shortfall", "shortfall_percent")
"""What a cost is for each of: the problem's place, a size of its feature, or what a unit is short of the standard (in
the unit of the denominator; of a percentage, its share). `evidence:NAME` names a number of the problem's evidence."""
OTHER = "other"
"""Works of what stands in no row."""
UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Work:
    """A kind of works that one contract may hold."""

    work: str
    """Name for programs."""
    title: Words
    """Name for people."""
    responsible: Words
    """Who usually sees to it, where the ledger names nobody."""


@dataclass(frozen=True)
class Cost:
    """What is done about the shortfalls of one indicator, and what it costs."""

    code: str
    """Indicator."""
    work: str
    """Kind of works."""
    amount: str
    """What the cost is for each of: one of AMOUNTS, or evidence:NAME."""
    unit: Words
    """Unit of the amount."""
    low_cny: float
    """Lower end of the band, yuan for each unit."""
    high_cny: float
    """Upper end."""
    action: Words
    """What is done."""
    status: str
    """unverified, until somebody compares it with what was paid."""


@dataclass(frozen=True)
class Catalogue:
    """Works and costs."""

    works: Mapping[str, Work]
    """By name."""
    costs: Mapping[str, Cost]
    """By code of the indicator."""
    replaced: tuple[str, ...] = ()
    """Codes and works of which the city's own row stands."""

    def work_of(self, code: str) -> Work:
        """Return the works that see to an indicator's shortfalls."""
        return self.works[self.costs[code].work if code in self.costs else OTHER]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the tables beside this module, with the rows of the city's own `works.csv` and `costs.csv` over them.

    Parameters
    ----------
    folder
        Where the city keeps its own tables; None: nowhere.

    Raises
    ------
    BadRules
        A table lacks a column, or a number is none.
    """
    works, costs = {}, {}
    replaced: list[str] = []
    for own in (None, folder):
        for _, row in _rows("works", own):
            works[row["work"]] = _work(row)
            replaced += [row["work"]] if own else []
        for line, row in _rows("costs", own):
            costs[row["code"]] = _cost(line, row, works)
            replaced += [row["code"]] if own else []
    return Catalogue(works, costs, tuple(replaced))


def _rows(name: str, folder: Path | None) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table with their lines; none where the folder has no such file."""
    ours = resources.files("cim.analytics.examination.projects") / f"{name}.csv"
    columns = set(next(csv.reader(ours.read_text(encoding="utf-8").splitlines())))
    if folder is None:
        text = ours.read_text(encoding="utf-8")
    elif (folder / f"{name}.csv").is_file():
        try:
            text = (folder / f"{name}.csv").read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise BadRules(name, 1, "is not in UTF-8: save it so") from None
    else:
        return []
    reader = csv.DictReader(text.splitlines())
    lacking = columns - set(reader.fieldnames or ())
    if lacking:
        raise BadRules(name, 1, f"lacks the column {min(lacking)}: give all of {', '.join(sorted(columns))}")
    return [(line, {key: (row[key] or "").strip() for key in columns}) for line, row in enumerate(reader, start=2)]


def _work(row: Mapping[str, str]) -> Work:
    responsible = Words(row["responsible_zh"], row["responsible_en"])
    return Work(row["work"], Words(row["title_zh"], row["title_en"]), responsible)


def _cost(line: int, row: Mapping[str, str], works: Mapping[str, Work]) -> Cost:
    if row["work"] not in works:
        raise BadRules("costs", line, f"work {row['work']!r} is not in works.csv: use one of {', '.join(works)}")
    if row["amount"] not in AMOUNTS and not row["amount"].startswith("evidence:"):
        raise BadRules("costs", line, f"amount {row['amount']!r}: use {', '.join(AMOUNTS)} or evidence:NAME")
    try:
        low, high = float(row["low_cny"]), float(row["high_cny"])
    except ValueError:
        raise BadRules("costs", line, "low_cny and high_cny must be numbers, yuan for each unit") from None
    if not 0 <= low <= high:
        raise BadRules("costs", line, f"the band {low:g} to {high:g} is none: low_cny must not be above high_cny")
    words = (Words(row[f"{name}_zh"], row[f"{name}_en"]) for name in ("unit", "action"))
    unit, action = words
    return Cost(row["code"], row["work"], row["amount"], unit, low, high, action, row["status"] or UNVERIFIED)
