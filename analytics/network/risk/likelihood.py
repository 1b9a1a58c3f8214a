"""How often the pipes of one network are to be expected to fail, and what makes it so."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.graph import GRAVITY, Floats, Integers, positions
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.network.risk.break_model import (
    Z_90,
    BreakModel,
    Rates,
    Record,
    decimal_year,
    fit,
    rates,
    with_frailty,
)
from cim.analytics.network.risk.covariates import Covariates, covariates
from cim.analytics.network.risk.holdout import SHARES, hold_out
from cim.analytics.network.risk.reading import Objects
from cim.analytics.network.risk.sewers import sewer_rates


@dataclass(frozen=True)
class Likelihood:
    """Expected failures of the pipes of one network; rows as the pipes were given."""

    rates: Rates
    """A kilometre and year, with an interval of 90 %."""
    basis: Objects
    """(n,) breaks, published, condition or similar."""
    breaks: Integers
    """(n,) breaks on record."""
    factors: pd.DataFrame
    """A column for each code of `reasons`: the logarithm by which the rate would fall without it."""
    values: pd.DataFrame
    """The same columns: what is told of each."""
    details: Mapping[str, Any]
    """What `result.risk_model` keeps."""
    left_out: Mapping[str, int]
    """Code of `cim.analytics.reasons` and count."""


def likelihood(
    pipes: pd.DataFrame, breaks: pd.DataFrame, condition: pd.DataFrame, assumptions: Assumptions, year: float
) -> Likelihood:
    """Return the expected failures of the pipes of one network at a time.

    Parameters
    ----------
    pipes
        Rows of `CityPipes.pipes` of one network with `road_class`; segment_id ascending.
    breaks
        Rows of `CityPipes.breaks`.
    condition
        As `condition.condition` returns it.
    assumptions
        Priors and rates.
    year
        The time, decimal years.
    """
    if pipes["network"].iloc[0] in GRAVITY:
        return _of_sewers(pipes, breaks, condition, assumptions, year)
    return _of_pressure_pipes(pipes, breaks, assumptions, year)


def _of_sewers(
    pipes: pd.DataFrame, breaks: pd.DataFrame, condition: pd.DataFrame, assumptions: Assumptions, year: float
) -> Likelihood:
    found = sewer_rates(pipes, condition, assumptions, year)
    own = condition.reindex(pipes["segment_id"].to_numpy())
    place, _, left_out = _breaks_of(pipes, breaks)
    above = np.log(found.rates.mean / float(np.median(found.rates.mean)))
    worse = (own["repair_index"].fillna(0) >= own["maintenance_index"].fillna(0)).to_numpy()
    seen = own["repair_index"].notna().to_numpy()
    age = year - pipes["installed_year"].to_numpy(np.float64)
    factors = {
        "repair_index": np.where(seen & worse, above, 0.0),
        "maintenance_index": np.where(seen & ~worse, above, 0.0),
        "age": np.where(seen | ~np.isfinite(age), 0.0, above),
    }
    values = {
        "repair_index": own["repair_index"].to_numpy(np.float64).round(1),
        "maintenance_index": own["maintenance_index"].to_numpy(np.float64).round(1),
        "age": np.floor(age),
    }
    details = {
        "inspected": int(seen.sum()),
        "length_km": float(pipes["length_m"].sum() / 1000),
        "grades": {
            kind: [int((own[kind] == one).sum()) for one in (1, 2, 3, 4)] for kind in ("structural", "functional")
        },
        "hidden_branches": [int(one) for one in own.index[own["hidden_branch"].eq(True).to_numpy()]],
    }
    return Likelihood(
        found.rates,
        found.basis,
        np.bincount(place, minlength=len(pipes)),
        pd.DataFrame(factors),
        pd.DataFrame(values),
        details,
        {"risk_not_inspected": int((~seen).sum()), **left_out},
    )


def _of_pressure_pipes(pipes: pd.DataFrame, breaks: pd.DataFrame, assumptions: Assumptions, year: float) -> Likelihood:
    laid = covariates(pipes, assumptions)
    place, broke, left_out = _breaks_of(pipes, breaks)
    length_km = np.maximum(pipes["length_m"].fillna(0.0).to_numpy(np.float64), 0.0) / 1000.0
    record = _record(broke, assumptions)
    told = assumptions.prices("likelihood", "frailty")
    frailty = (told["mean_log"], told["sd_log"])
    model = with_frailty(fit(laid, length_km, place, broke, record), *frailty)
    judged = hold_out(
        laid,
        length_km,
        place,
        broke,
        record,
        share=float(assumptions.price("record", "holdout_share")),
        few=int(assumptions.price("likelihood", "few_breaks")),
        frailty=frailty,
    )
    factors, values = _factors(pipes, laid, model, length_km, year)
    basis = "breaks" if model.seen.any() else "published"
    details = {
        "record": {"from": record.start, "to": record.end, "breaks": int(model.seen.sum())} if record.years else None,
        "length_km": float(length_km.sum()),
        "effects": _effects(laid, model),
        "frailty": model.frailty,
        "shares": list(SHARES),
        "hold_out": dataclasses.asdict(judged) if judged else None,
    }
    unknown = {"risk_no_breaks": len(pipes)} if basis == "published" else {}
    unsure = basis == "breaks" and not (judged and judged.judged)
    few = {"risk_not_judged": int(model.seen.sum())} if unsure else {}
    return Likelihood(
        rates(laid, model, year),
        np.full(len(pipes), basis, dtype=object),
        model.seen,
        factors,
        values,
        details,
        {**laid.lacking, **left_out, **unknown, **few},
    )


def _breaks_of(pipes: pd.DataFrame, breaks: pd.DataFrame) -> tuple[Integers, Floats, dict[str, int]]:
    """Return position and time of the breaks of these pipes; those from before a pipe was laid are left out."""
    place = positions(pipes["segment_id"].to_numpy(), breaks["segment_id"].to_numpy()).astype(np.int64)
    broke = breaks["broke"].to_numpy(np.float64)
    ours = place >= 0
    place, broke = place[ours], broke[ours]
    before = np.floor(broke) < pipes["installed_year"].to_numpy(np.float64)[place]
    return place[~before], broke[~before], {"risk_break_before_pipe": int(before.sum())}


def _record(broke: Floats, assumptions: Assumptions) -> Record:
    """Return the span of the record, as told or from the first break's year to the last break."""
    start = _decimal(assumptions.price("record", "from"))
    # The last day belongs to the record.
    end = _decimal(assumptions.price("record", "to"), days=1)
    if not len(broke) and (start is None or end is None):
        return Record(0.0, 0.0)
    start = float(np.floor(broke.min())) if start is None else start
    # The last break lies within.
    end = float(broke.max()) + 1e-6 if end is None else end
    return Record(start, max(end, start))


def _decimal(day: dt.date | float | None, days: int = 0) -> float | None:
    """Return a decimal year, from a day so many days later or as it is told."""
    return decimal_year(day) + days / 365.25 if isinstance(day, dt.date) else day


def _effects(laid: Covariates, model: BreakModel) -> list[dict[str, Any]]:
    """Return each effect as a factor of the rate, with the interval of 90 % and the same of its prior."""
    spread = np.sqrt(np.diag(model.covariance))
    return [
        {
            "code": effect.code,
            "value": effect.value,
            "coefficient": float(at),
            "low": float(at - Z_90 * sd),
            "high": float(at + Z_90 * sd),
            "prior": effect.mean,
            "prior_low": effect.mean - Z_90 * effect.sd,
            "prior_high": effect.mean + Z_90 * effect.sd,
        }
        for effect, at, sd in zip(laid.effects, model.coefficients, spread, strict=True)
    ]


def _factors(
    pipes: pd.DataFrame, laid: Covariates, model: BreakModel, length_km: Floats, year: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return by how much each effect lifts a pipe's rate above the average of the network, and what is told of it."""
    weight = length_km / max(float(length_km.sum()), 1e-12)
    ageing = laid.ageing(year) * model.coefficients[-1]
    lifted: dict[str, Floats] = {"age": ageing}
    of_kind = {"material": laid.offset.copy()}
    for column, effect in enumerate(laid.effects[:-1]):
        if effect.code != "city":
            part = laid.kinds[:, column] * model.coefficients[column]
            of_kind[effect.code] = of_kind.get(effect.code, 0.0) + part
    lifted |= {code: part[laid.kind] for code, part in of_kind.items()}
    factors = {code: part - float(part @ weight) for code, part in lifted.items()}
    if "road" in factors:
        factors["road_load"] = factors.pop("road")
    again = np.log((model.frailty + model.seen) / (model.frailty + model.expected))
    factors["breaks"] = np.where(model.seen > 0, again, 0.0)
    values = {
        "age": np.floor(year - laid.installed),
        "material": pipes["material"].fillna("").to_numpy(dtype=object),
        "diameter": pipes["size_mm"].to_numpy(np.float64),
        "pressure": pipes["pressure_mpa"].to_numpy(np.float64),
        "soil": pipes["soil"].fillna("").to_numpy(dtype=object),
        "road_load": pipes["road_class"].fillna("").to_numpy(dtype=object),
        "breaks": model.seen,
    }
    return pd.DataFrame(factors), pd.DataFrame({code: values[code] for code in factors})
