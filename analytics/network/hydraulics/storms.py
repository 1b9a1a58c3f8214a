"""Design storms: a district's formula of storm intensity, spread over time by the Chicago pattern."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cim.analytics.errors import BadAssumption, BadQuestion
from cim.analytics.network.graph import Floats
from cim.analytics.network.hydraulics.assumptions import city_file

FILE = "storms.yaml"
"""Name of the file, ours and a city's."""
MM_PER_MINUTE = 0.006
"""Millimetres a minute in one litre a second and hectare."""
_NUMBERS = ("a", "c", "b", "n")


@dataclass(frozen=True)
class District:
    """A formula q = a (1 + c lg P) / (t + b)^n, q in L/(s·hm²), t in minutes, P in years."""

    name: str
    """Name in questions."""
    title: Mapping[str, str]
    """zh and en."""
    a: float
    c: float
    b: float
    n: float
    version: str
    """Year of the formula."""
    confidence: str
    """How well it is known: V read in a secondary source, R recalled."""
    source: str
    """Where it stands."""


@dataclass(frozen=True)
class Storms:
    """All districts, and the pattern."""

    districts: Mapping[str, District]
    usual: str
    """District of who names none."""
    peak_share: float
    """Share of the duration before the peak."""
    step_minutes: float
    """Steps of the rain."""


@dataclass(frozen=True)
class Storm:
    """One storm."""

    district: District
    return_years: float
    """Return period, years."""
    duration_min: float
    """Duration, minutes."""
    peak_share: float
    """Share of the duration before the peak."""
    step_minutes: float
    """Steps of the rain, minutes."""

    def mean_l_s_ha(self, minutes: float) -> float:
        """Return the mean intensity of the heaviest so many minutes, L/(s·hm²)."""
        told = self.district
        return told.a * (1 + told.c * math.log10(self.return_years)) / math.pow(minutes + told.b, told.n)

    def depth_mm(self, minutes: float) -> float:
        """Return the rain of the heaviest so many minutes, millimetres."""
        return self.mean_l_s_ha(minutes) * MM_PER_MINUTE * minutes if minutes > 0 else 0.0

    def fallen_mm(self, minutes: float) -> float:
        """Return the rain from the beginning to a time.

        Keifer and Chu (1957): before the peak lies the share r of any depth, after it the rest; so r·H(t/r) falls in
        the t minutes before the peak, and (1 - r)·H(t/(1 - r)) in the t minutes after it.
        """
        r, peak = self.peak_share, self.peak_share * self.duration_min
        before = r * self.depth_mm(peak / r) if r else 0.0
        if minutes <= peak:
            return before - (r * self.depth_mm((peak - minutes) / r) if r else 0.0)
        return before + ((1 - r) * self.depth_mm((minutes - peak) / (1 - r)) if r < 1 else 0.0)

    def rain_mm_h(self) -> Floats:
        """Return the intensity of each step, mm/h: what falls in a step, spread over it."""
        steps = math.ceil(self.duration_min / self.step_minutes)
        ends = np.minimum(np.arange(steps + 1) * self.step_minutes, self.duration_min)
        fallen = np.array([self.fallen_mm(minutes) for minutes in ends.tolist()])
        return np.diff(fallen) * 60 / self.step_minutes


def load_storms(folder: Path | None = None) -> Storms:
    """Return the districts, those of a city's folder added to ours.

    Raises
    ------
    BadAssumption
        The city's file lacks a number, or says one that cannot be.
    """
    ours = yaml.safe_load((resources.files(__package__) / FILE).read_text(encoding="utf-8"))
    own = city_file(folder, FILE)
    if set(own) - set(ours):
        raise BadAssumption(FILE, ", ".join(sorted(set(own) - set(ours))), f"is not known: use {', '.join(ours)}")
    districts = ours["districts"] | (own.get("districts") or {})
    told = ours | dict(own) | {"districts": districts}
    share, step = told["peak_share"], told["step_minutes"]
    if not _number(share, 0, 1) or not _number(step, 0.5, 60):
        raise BadAssumption(FILE, "peak_share or step_minutes", "give a share from 0 to 1, and minutes from 0.5 to 60")
    if told["usual_district"] not in districts:
        raise BadAssumption(FILE, "usual_district", f"is none of {', '.join(districts)}")
    return Storms(
        districts={name: _district(name, row) for name, row in districts.items()},
        usual=str(told["usual_district"]),
        peak_share=float(share),
        step_minutes=float(step),
    )


def design_storm(storms: Storms, district: str | None, return_years: float, duration_min: float) -> Storm:
    """Return a storm.

    Raises
    ------
    BadQuestion
        There is no such district, or no storm is that rare or long.
    """
    name = district or storms.usual
    if name not in storms.districts:
        known = ", ".join(storms.districts)
        raise BadQuestion(f"no storm formula of district {name!r}", f"use one of {known}, or add it to {FILE}")
    if not 0.5 <= return_years <= 1000 or not 5 <= duration_min <= 1440:
        raise BadQuestion("storms are of 0.5 to 1000 years, and of 5 to 1440 minutes", "give such")
    return Storm(storms.districts[name], return_years, duration_min, storms.peak_share, storms.step_minutes)


def _district(name: str, row: Any) -> District:
    if not isinstance(row, dict) or not all(_number(row.get(each), 0, 100_000) for each in _NUMBERS):
        raise BadAssumption(FILE, f"districts.{name}", f"give {', '.join(_NUMBERS)} as numbers")
    zh, en = [*(row.get("title") or (name, name)), name][:2]
    return District(
        name=name,
        title={"zh": str(zh), "en": str(en)},
        a=float(row["a"]),
        c=float(row["c"]),
        b=float(row["b"]),
        n=float(row["n"]),
        version=str(row.get("version", "")),
        confidence=str(row.get("confidence", "")),
        source=str(row.get("source", "")),
    )


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
