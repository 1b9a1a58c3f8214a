"""What a pipe's failures may depend on, as the columns of a linear model with a prior for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Flags, Floats, Integers
from cim.analytics.network.risk.assumptions import BREAK_RATES, FEWEST_PER_100KM, Assumptions, number
from cim.analytics.network.risk.reading import Objects

_STEP = 0.1
"""Sizes and pressures count to a tenth of a doubling, so that equal pipes can be summed."""
OLDEST_YEARS = 200
"""Ages beyond are taken as this."""
_TYPICAL_YEAR = 2020.0
"""Year at which the ages of a city's pipes are compared where some are not known; nothing else depends on it."""


@dataclass(frozen=True)
class Effect:
    """A column of the model."""

    code: str
    """city, material, age, diameter, pressure, soil or road."""
    value: str
    """Which material, soil or road; empty for numbers."""
    mean: float
    """Prior mean of its coefficient, a change of the logarithm of the rate."""
    sd: float
    """Prior standard deviation."""


@dataclass(frozen=True)
class Covariates:
    """The pipes of one network; rows are pipes, and `kinds` those pipes that are equal in all but age."""

    effects: Sequence[Effect]
    """Columns; the last is age."""
    kinds: Floats
    """(k, p - 1) values of each kind of pipe, age left out."""
    kind: Integers
    """(n,) kind of each pipe."""
    offset: Floats
    """(k,) logarithm of the published rate of its material, a kilometre and year."""
    installed: Floats
    """(n,) year of installation; a typical year where it is not known."""
    year_known: Flags
    """(n,) whether it is."""
    spread: Floats
    """(n,) variance of the log rate that comes of years and sizes that are not known, for effects of one."""
    reference_age: float
    """Age at which the effect of age is nothing, years."""
    lacking: dict[str, int]
    """How many pipes lack a year, material, size: code of `cim.analytics.reasons` and count."""

    def ageing(self, year: float) -> Floats:
        """Return (n,) the column of age at a time: the logarithm of age over the reference age."""
        age = np.clip(year - self.installed, 0.0, OLDEST_YEARS)
        return np.log((np.floor(age) + 0.5) / self.reference_age)

    def in_service(self, start: float, end: float) -> Floats:
        """Return (n,) the share of a span of time that each pipe was in the ground."""
        return np.clip((end - np.clip(self.installed, start, end)) / (end - start), 0.0, 1.0)


def covariates(pipes: pd.DataFrame, assumptions: Assumptions) -> Covariates:
    """Lay the pipes of one network out as columns.

    Parameters
    ----------
    pipes
        Rows of `CityPipes.pipes` of one network, with `road_class` of the street above.
    assumptions
        Priors and published rates.
    """
    reference = assumptions.prices("likelihood", "reference")
    network = str(pipes["network"].iloc[0])
    material = pipes["material"].fillna("").astype(str).to_numpy(dtype=object)
    published = _published(network, assumptions)
    installed, year_known = _years(pipes["installed_year"].to_numpy(np.float64), material, reference)
    columns = {
        "diameter": _doublings(pipes["size_mm"], reference["diameter_mm"]),
        "pressure": _doublings(pipes["pressure_mpa"], reference["pressure_mpa"]),
    }
    words = {
        "material": material,
        "soil": pipes["soil"].fillna("").astype(str).to_numpy(dtype=object),
        "road": pipes["road_class"].fillna("").astype(str).to_numpy(dtype=object),
    }
    coded = {name: pd.factorize(values, sort=True) for name, values in words.items()}
    table = np.column_stack([*(codes for codes, _ in coded.values()), *(np.nan_to_num(c) for c in columns.values())])
    kinds, kind = _distinct(table)
    measured = [name for name, values in columns.items() if np.isfinite(values).any()]
    effects, blocks = _laid_out(kinds, {name: labels for name, (_, labels) in coded.items()}, list(columns), measured,
                                published, assumptions)  # fmt: skip
    rates = np.array([published.get(label, published[""])[0] for label in coded["material"][1]])
    sizes = columns["diameter"]
    age = np.log(np.clip(_TYPICAL_YEAR - installed[year_known], 1, OLDEST_YEARS)) if year_known.any() else np.zeros(1)
    spread = np.where(year_known, 0.0, age.var() + 0.25)
    return Covariates(
        effects=effects,
        kinds=np.hstack(blocks),
        kind=kind,
        offset=np.log(rates[kinds[:, 0].astype(int)] / 100.0),
        installed=installed,
        year_known=year_known,
        spread=spread + np.where(np.isnan(sizes), 0.25, 0.0) + np.where(material == "", 0.25, 0.0),
        reference_age=reference["age_years"],
        lacking={
            "risk_year_unknown": int(np.count_nonzero(~year_known)),
            "risk_material_unknown": int(np.count_nonzero(material == "")),
            "risk_size_unknown": int(np.isnan(sizes).sum()),
            "risk_pressure_unknown": int(np.isnan(columns["pressure"]).sum()),
        },
    )


def _laid_out(
    kinds: Floats,
    labels: Mapping[str, Objects],
    numbers: Sequence[str],
    measured: Sequence[str],
    published: Mapping[str, tuple[float, float]],
    assumptions: Assumptions,
) -> tuple[list[Effect], list[Floats]]:
    """Return the effects with their columns: a column for each word, and for each number that any pipe has."""
    effects, blocks = [_effect("city", "", assumptions)], [np.ones((len(kinds), 1))]
    for place, (name, words) in enumerate(labels.items()):
        for code, label in enumerate(words):
            if label == "" and name != "material":
                continue
            spread = published.get(label, published[""])[1] if name == "material" else None
            blocks.append((kinds[:, place] == code)[:, None].astype(np.float64))
            effects.append(_effect(name, label, assumptions, spread))
    for place, name in enumerate(numbers, len(labels)):
        if name in measured:
            blocks.append(kinds[:, place : place + 1])
            effects.append(_effect(name, "", assumptions))
    return [*effects, _effect("age", "", assumptions)], blocks


def _published(network: str, assumptions: Assumptions) -> dict[str, tuple[float, float]]:
    """Return rate per 100 km and year and its spread by material; those of the network before those of all."""
    found: dict[str, tuple[float, float]] = {}
    for wanted in ("", network):
        for line, row in enumerate(assumptions.break_rates, 2):
            if row["network"] == wanted:
                rate, sd = (number(BREAK_RATES, line, row[name]) for name in ("per_100km", "sd_log"))
                found[row["material"]] = max(rate, FEWEST_PER_100KM), max(sd, 1e-3)
    return {"": (6.9, 1.5)} | found


def _effect(name: str, value: str, assumptions: Assumptions, sd: float | None = None) -> Effect:
    if sd is not None:
        return Effect(name, value, 0.0, sd)
    prior = assumptions.prices("likelihood", "priors", name)
    return Effect(name, value, prior["mean"], prior["sd"])


def _doublings(values: pd.Series, reference: float) -> Floats:
    """Return the number of doublings from the reference, NaN where the value is not known."""
    told = values.to_numpy(np.float64)
    known = np.where(told > 0, told, np.nan)
    return np.round(np.log2(known / reference) / _STEP) * _STEP


def _years(told: Floats, material: Objects, reference: Mapping[str, float]) -> tuple[Floats, Flags]:
    """Fill years that are not known by the median of the material's, else of all, else by the reference age."""
    known = np.isfinite(told)
    if not known.any():
        return np.full(len(told), _TYPICAL_YEAR - reference["age_years"]), known
    median = pd.Series(told).groupby(material).transform("median").to_numpy()
    filled = np.where(known, told, np.where(np.isfinite(median), median, np.nanmedian(told)))
    return filled, known


def _distinct(table: Floats) -> tuple[Floats, Integers]:
    """Return the distinct rows and the place of each row among them."""
    code = np.zeros(len(table), dtype=np.int64)
    for column in table.T:
        _, one = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(one.max(initial=0)) + 1) + one, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    return table[first], code
