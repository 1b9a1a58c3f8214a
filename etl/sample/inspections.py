"""What inspectors and interviewers wrote into the examination's forms: one community's homes, and people asked.

Both are of the first district alone: a form is filled in by hand, however large the city.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cim.etl.sample.admin import Units
from cim.etl.sample.buildings import EXAMINED, Buildings
from cim.etl.sample.randomness import stream
from cim.survey_forms import ANSWERS, GRADES, NAMED, YES, forms

Rows = Sequence[Mapping[str, Any]]

FEWEST_HOMES, MOST_HOMES = 10, 60
"""Homes of the community that is inspected: the smallest that has so many, and no more of a larger one."""
MOST_COMMUNITIES = 12
"""Communities in which people are asked."""
FEW_ANSWERS = 4
"""People who answered in the second of them: too few to tell their share without telling theirs."""
PHOTOS = {"structure": "裂缝-合成.png", "stairwell": "楼道堆物-合成.png", "pipes": "渗漏-合成.png"}
"""Photo of a fault, by the form's column."""

_BY = "体检调查组（合成）"
_CHANCES: Mapping[str, tuple[float, float, str]] = {
    "structure": (0.01, 0.12, "墙体裂缝"),
    "gas": (0.01, 0.08, "立管锈蚀"),
    "stairwell": (0.05, 0.35, "楼道堆物"),
    "envelope": (0.02, 0.2, "外墙饰面空鼓"),
    "pipes": (0.02, 0.2, "排水立管渗漏"),
    "tap_water": (0.01, 0.08, "水压不足"),
    "digital": (0.05, 0.6, "无监控与烟感"),
}
"""By column: chance of a fault in homes from after and from before 2000, and the fault in words."""
_SATISFIED = (0.03, 0.07, 0.18, 0.45, 0.27)
"""How often each answer is given."""


def filled_in(seed: int, buildings: Buildings, units: Units) -> dict[str, Rows]:
    """Return what stands in the forms of a district: rows by sheet, each by our names for the columns."""
    rng = stream(seed, "forms")
    return {"住宅": _homes(rng, buildings, units), "满意度": _people(rng, units)}


def _homes(rng: np.random.Generator, buildings: Buildings, units: Units) -> Rows:
    """Return what was seen in every home of a small community, newer than the survey register and more of it."""
    homes = buildings.frame[buildings.frame["usage"] == "residential"]
    community = units.community[homes["block"].to_numpy()]
    keys, sizes = np.unique(community, return_counts=True)
    enough = sizes >= min(FEWEST_HOMES, sizes.max())
    chosen = keys[enough][np.argmin(sizes[enough])]
    name = _names(units)[str(chosen)]
    return [_home(rng, home, name) for home in homes[community == chosen].head(MOST_HOMES).to_dict("records")]


def _home(rng: np.random.Generator, home: Mapping[Any, Any], community: str) -> dict[str, Any]:
    old = home["year"] < 2000
    row: dict[str, Any] = {
        "key": home["key"], "about": home["name"] or home["address"], "community": community,
        "built": str(home["year"]), "self_contained": 0,
        "age_friendly": _said(bool(home["storeys"] >= 4 and home["elevators"] == 0 and rng.uniform() < 0.8)),
        "energy": _said(bool(old and home["renovated"] == 0 and rng.uniform() < 0.85)),
        "day": dt.date(EXAMINED, 9, 1) + dt.timedelta(days=int(rng.integers(0, 20))), "by": _BY,
    }  # fmt: skip
    kinds = {column.name: column.kind for column in forms()["住宅"].items}
    faults = []
    for column, (new, aged, defect) in _CHANCES.items():
        fault = bool(rng.uniform() < (aged if old else new))
        grade = list(GRADES)[int(rng.integers(1, len(GRADES) - 1)) if fault else 0]
        row[column] = grade if kinds[column] == "grade" else _said(fault)
        faults += [(column, defect)] if fault else []
    row["defect"] = "；".join(defect for _, defect in faults) or None
    row["photo"] = ";".join(PHOTOS[column] for column, _ in faults if column in PHOTOS) or None
    return row


def _said(fault: bool) -> str:
    return list(YES)[int(fault)]


def _people(rng: np.random.Generator, units: Units) -> Rows:
    """Return a row for each person asked."""
    questions = [column.name for column in forms()["满意度"].answers]
    rows: list[dict[str, Any]] = []
    for place, (key, name) in enumerate(list(_names(units).items())[:MOST_COMMUNITIES]):
        asked = FEW_ANSWERS if place == 1 else int(rng.integers(14, 40))
        answers = rng.choice(len(ANSWERS), (asked, len(questions)), p=_SATISFIED) + 1
        silent = rng.uniform(size=answers.shape) < 0.04
        for said, unsaid in zip(answers.tolist(), silent.tolist(), strict=True):
            day = dt.date(EXAMINED, 9, 1) + dt.timedelta(days=int(rng.integers(0, 30)))
            told = {q: None if no else s for q, s, no in zip(questions, said, unsaid, strict=True)}
            told[questions[0]] = said[0]
            number = f"WJ{len(rows) + 1:05d}"
            rows.append({"number": number, "key": f"{key}{NAMED}{name}", "day": day, "by": _BY, **told})
    return rows


def _names(units: Units) -> dict[str, str]:
    """Return the names of the communities by key, in the order of the keys."""
    known: pd.DataFrame = units.frame[units.frame["level"] == "community"].sort_values("source_key")
    return dict(zip(known["source_key"], known["name"], strict=True))
