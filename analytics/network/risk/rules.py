"""Dated rules of renewal: which of them names each pipe, and whether it holds on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.errors import BadAssumption
from cim.analytics.network.graph import Flags
from cim.analytics.network.risk.assumptions import RENEWAL_RULES, Table, number
from cim.analytics.network.risk.misconnections import HIDDEN_BRANCH
from cim.analytics.network.risk.reading import Objects

_ORDER = {"in_force": 3, "candidate": 2, "lapsed": 1}


@dataclass(frozen=True)
class Named:
    """The rule that names each pipe."""

    rule: Objects
    """(n,) its name, None where no rule does; where several do, the one whose state asks for most."""
    state: Objects
    """(n,) in_force, candidate or lapsed."""


def named_by_rules(pipes: pd.DataFrame, hazard: Flags, rules: Table, day: dt.date) -> Named:
    """Return the rule of renewal that names each pipe.

    Parameters
    ----------
    pipes
        With network, material, lining, installed_year, and misconnection as `misconnections.signs` tells it.
    hazard
        (n,) a hazard is on record: it broke, or its condition is of grade III or IV.
    rules
        `Assumptions.renewal_rules`.
    day
        The day as of which they are asked.

    Notes
    -----
    A rule that asks for a hazard, or for a lining that nobody has recorded, names a pipe without one as a candidate:
    somebody has to look. So does one that asks for a misconnection where a hidden branch was seen, which is no proof;
    where nothing says that there is one it names nothing. Outside of its dates a rule names pipes as lapsed, which
    forces nothing.
    """
    rule, state = (np.full(len(pipes), None, dtype=object) for _ in range(2))
    weight = np.zeros(len(pipes), dtype=np.int64)
    age = day.year - pipes["installed_year"].to_numpy(np.float64)
    for line, row in enumerate(rules, 2):
        named, sure = _named(pipes, age, row, line)
        sure = sure & (hazard if row["hazard"] == "yes" else True)
        if not holds(row, line, day):
            said = np.full(len(pipes), "lapsed", dtype=object)
        else:
            said = np.where(sure, "in_force", "candidate").astype(object)
        weighs = np.array([_ORDER[one] for one in said], dtype=np.int64) if len(said) else weight
        better = named & (weighs > weight)
        rule[better], state[better], weight[better] = row["rule"], said[better], weighs[better]
    return Named(rule, state)


def _named(pipes: pd.DataFrame, age: Objects, row: Mapping[str, str], line: int) -> tuple[Flags, Flags]:
    """Return which pipes a rule names, and of which of them all that it asks for is on record."""
    named = pipes["network"].isin(row["network"].split("|")).to_numpy()
    if row["materials"] != "*":
        named = named & pipes["material"].isin(row["materials"].split("|")).to_numpy()
    if row["least_age_years"]:
        with np.errstate(invalid="ignore"):
            named = named & (age >= number(RENEWAL_RULES, line, row["least_age_years"]))
    sure = np.ones(len(pipes), dtype=np.bool_)
    if row["lining"]:
        lining = pipes["lining"].fillna("").astype(str).to_numpy()
        named = named & ((lining == row["lining"]) | (lining == ""))
        sure = lining == row["lining"]
    if row.get("misconnection") == "yes":
        sign = pipes["misconnection"]
        named = named & sign.notna().to_numpy()
        sure = sure & (sign != HIDDEN_BRANCH).to_numpy()
    return named, sure


def holds(row: Mapping[str, str], line: int, day: dt.date) -> bool:
    """Return whether a rule, told in a line of the table, holds on a day; without a first or last one it is open there.

    Raises
    ------
    BadAssumption
        Its first or last day is no day.
    """
    first = _day(row["from"], line) if row["from"] else dt.date.min
    last = _day(row["to"], line) if row["to"] else dt.date.max
    return first <= day <= last


def _day(text: str, line: int) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadAssumption(RENEWAL_RULES, f"line {line}", f"{text!r} is no day: write it as 2026-01-31") from None
