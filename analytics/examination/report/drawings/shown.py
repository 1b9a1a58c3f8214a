"""What of an indicator is mapped and charted: its value, or of a count its share of the stock counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Indicated
from cim.analytics.examination.report.words import COLOURS, GRADES, both, same

SEQUENCE = ("#cfe1f2", "#94c0de", "#4a90c2", "#1f5f9e")
"""Colours of values without a grade, the least first."""
TINTS = {
    "meets": ("#a3d1b3", "#4fa36b"),
    "near": ("#f0c04c", "#f0c04c"),
    "short": ("#e99a97", "#d9534f"),
}
"""Lighter and full colour of a grade: the further from its middle, the fuller."""
_WORST_FIRST = ("short", "near", "meets")
_SPLIT = 4
"""From so many units on a grade has two tints."""


@dataclass(frozen=True)
class Shown:
    """Values of one level as they are drawn, the furthest from the standard first."""

    values: pd.Series[float]
    """Index unit id; without those that are not known."""
    grades: pd.Series[str]
    """Their grades."""
    unknown: Sequence[int]
    """Units without a value."""
    unit: Words
    """Unit of the values."""
    target: float | None
    """What is asked for in that unit: a line across; None where nothing is."""
    upper: float | None
    """The same of a band's upper end."""
    graded: bool
    """Whether any has a grade."""


def shown(indicated: Indicated, level: str, meets_share: float) -> Shown:
    """Return what is drawn of an indicator for the units of a level.

    Parameters
    ----------
    indicated
        The indicator.
    level
        Level of the units.
    meets_share
        Share of the stock below which a count that should be zero meets: 0.05 in the national systems.
    """
    rows = indicated.at(level)
    declared, standard = indicated.declared, indicated.declared["standard"]
    counted = declared["form"] == "count"
    values = 100 * rows["numerator"] / rows["denominator"].where(rows["denominator"] > 0) if counted else rows["value"]
    values = values.where(rows["value"].notna())
    target = upper = None
    if standard is not None:
        target = 100 * meets_share if counted else float(standard["value"])
        upper = standard.get("upper")
    worst = declared["direction"] != "higher"
    order = pd.DataFrame({"grade": rows["grade"].map({g: n for n, g in enumerate(_WORST_FIRST)}).fillna(3)})
    order = order.assign(value=-values if worst else values, unit=order.index)
    known = order[values.notna()].sort_values(["grade", "value", "unit"]).index
    return Shown(
        values[known],
        rows["grade"][known],
        sorted(values.index[values.isna()]),
        both("占比 %", "share, %") if counted else indicated.unit,
        target,
        upper,
        bool((rows["grade"] != "not_assessable").any()),
    )


@dataclass(frozen=True)
class Class:
    """Units that have one colour on a map."""

    colour: str
    """#rrggbb."""
    words: Words
    """Grade and range, for the legend."""
    units: Sequence[int]
    """Their ids."""


def classes(drawn: Shown) -> list[Class]:
    """Return the classes of a map, the worst first: by grade, or of values without grades in quarters."""
    found = _by_grade(drawn) if drawn.graded else _by_value(drawn.values)
    if drawn.graded:
        ungraded = drawn.values[drawn.grades == "not_assessable"]
        found += [Class("#e6e9ed", _ranged(both("未评级", "not graded"), ungraded), list(ungraded.index))]
    found += [Class(COLOURS["not_assessable"], both("无数据", "no data"), list(drawn.unknown))]
    return [each for each in found if len(each.units)]


def colours(drawn: Shown) -> dict[int, str]:
    """Return the colour of each unit."""
    return {unit: each.colour for each in classes(drawn) for unit in each.units}


def _by_grade(drawn: Shown) -> list[Class]:
    found = []
    for grade in _WORST_FIRST:
        values = drawn.values[drawn.grades == grade]
        light, full = TINTS[grade]
        if len(values) < _SPLIT or grade == "near" or values.nunique() < 2:
            found.append(Class(full, _ranged(GRADES[grade], values), list(values.index)))
            continue
        # The worse half of what falls short is the fuller red, the better half of what meets the fuller green.
        middle = len(values) // 2
        middle += int((values.iloc[middle:] == values.iloc[middle - 1]).sum())
        tints = (full, light) if grade == "short" else (light, full)
        for tint, part in zip(tints, (values.iloc[:middle], values.iloc[middle:]), strict=True):
            found.append(Class(tint, _ranged(GRADES[grade], part), list(part.index)))
    return found


def _by_value(values: pd.Series[float]) -> list[Class]:
    if values.empty:
        return []
    bounds = np.unique(np.quantile(values, [0.25, 0.5, 0.75]))
    group = np.searchsorted(bounds, values, side="left")
    parts = [values[group == number] for number in range(len(bounds) + 1)]
    parts = [part for part in parts if len(part)]
    tints = SEQUENCE if len(parts) == len(SEQUENCE) else SEQUENCE[-len(parts) :]
    return [Class(tint, _ranged(same(""), part), list(part.index)) for tint, part in zip(tints, parts, strict=True)]


def _ranged(name: Words, values: pd.Series[float]) -> Words:
    """Return a class's name, the range of its values and how many units it has."""
    if values.empty:
        return name
    low, high = number(float(values.min())), number(float(values.max()))
    span = low if low == high else f"{low} – {high}"
    return both(f"{name.zh} {span}".strip(), f"{name.en} {span}".strip())
