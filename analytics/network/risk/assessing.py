"""Risk of all pipes of a city: likelihood times consequence, from what was read to what is kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.graph import GRAVITY, PRESSURE
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.network.risk.break_model import Rates, decimal_year
from cim.analytics.network.risk.condition import condition, defects_unknown
from cim.analytics.network.risk.consequence import PARTS, consequences, flood_reach
from cim.analytics.network.risk.likelihood import Likelihood, likelihood
from cim.analytics.network.risk.misconnections import signs
from cim.analytics.network.risk.outages import COLUMNS
from cim.analytics.network.risk.ranking import ranked
from cim.analytics.network.risk.reading import CityPipes, Objects
from cim.analytics.network.risk.reasons import reasons, with_sign
from cim.analytics.network.risk.rules import named_by_rules
from cim.analytics.network.risk.surroundings import buildings_near, road_above
from cim.analytics.network.risk.trenches import shared_trenches, trench_pairs

MODELLED = (*sorted(PRESSURE), *sorted(GRAVITY))
"""Networks whose failures can be told: cables have no model."""


@dataclass(frozen=True)
class CityRisk:
    """What is known of the risk of a city's pipes."""

    segments: pd.DataFrame
    """One row a pipe, in the columns of `result.segment_risk`."""
    models: Mapping[str, Mapping[str, Any]]
    """By network, what `result.risk_model` keeps."""
    pairs: pd.DataFrame
    """Pipes that share a trench: segment_id, other_id, apart_m, along_m."""
    left_out: Mapping[str, int]
    """Code of `cim.analytics.reasons` and count."""


def city_risk(
    city: CityPipes,
    cut: pd.DataFrame,
    assumptions: Assumptions,
    day: dt.date,
    met: Sequence[Mapping[str, Any]] = (),
) -> CityRisk:
    """Judge the pipes of a city.

    Parameters
    ----------
    city
        What was read.
    cut
        `outages` of all its networks: index segment_id.
    assumptions
        What is weighed by what.
    day
        As of which day.
    met
        `misconnections` of the city.
    """
    pipes = _described(city, cut, assumptions)
    pairs = trench_pairs(pipes, assumptions)
    costs = consequences(pipes, pairs, assumptions)
    seen = condition(pipes, city.inspections, assumptions)
    left_out: Counter[str] = Counter(city.left_out)
    frames, models = [], {}
    for network in MODELLED:
        rows = np.flatnonzero((pipes["network"] == network).to_numpy())
        if len(rows):
            of_network = pipes.iloc[rows].reset_index(drop=True)
            found = likelihood(of_network, city.breaks, seen, assumptions, decimal_year(day))
            frames.append(_judged(of_network, costs.iloc[rows].reset_index(drop=True), found))
            models[network] = {**found.details, "trenches": shared_trenches(pipes, pairs, network)}
            models[network] |= flood_reach(of_network) if network in GRAVITY else {}
            left_out.update(found.left_out)
    left_out["risk_defect_unknown"] = defects_unknown(pipes, city.inspections, assumptions)
    left_out["risk_no_model"] = int((~pipes["network"].isin(MODELLED)).sum())
    left_out["risk_zero_length"] = int((pipes["length_m"].fillna(0) <= 0).sum())
    left_out["risk_customers_unknown"] = int(pipes.loc[pipes["network"].isin(MODELLED), "customers_cut"].isna().sum())
    segments = _ranked(pd.concat(frames, ignore_index=True), assumptions) if frames else pd.DataFrame()
    if len(segments):
        sign = signs(met, seen, segments["segment_id"].to_numpy())
        told = with_sign(segments["reasons"].tolist(), "misconnection", sign)
        segments = segments.assign(misconnection=sign, reasons=told)
        segments = _ruled(segments, pipes, seen, assumptions, day)
        left_out["risk_rule_lapsed"] = int((segments["rule_state"] == "lapsed").sum())
    return CityRisk(segments, models, _pairs(pipes, pairs), left_out)


def _described(city: CityPipes, cut: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the pipes with what lies above and beside them, whom they serve, and what hydraulics told."""
    pipes = city.pipes.copy()
    pipes["road_class"] = road_above(pipes, city.roads, assumptions)
    pipes["buildings"] = buildings_near(pipes, city.buildings, assumptions)
    ids = pipes["segment_id"].to_numpy()
    for name in COLUMNS:
        pipes[name] = cut[name].reindex(ids).to_numpy(np.float64)
    told = city.hydraulics.set_index("segment_id").reindex(ids)
    for name in ("unmet_m3s", "flood_m3", "flood_buildings", "flood_residents"):
        pipes[name] = told[name].to_numpy(np.float64)
    return pipes


def _judged(pipes: pd.DataFrame, costs: pd.DataFrame, found: Likelihood) -> pd.DataFrame:
    """Return the pipes of one network with likelihood, cost and reasons."""
    kept = ["segment_id", "network", "length_m", *COLUMNS, "buildings", "road_class"]
    frame = pd.concat([pipes[kept], costs], axis=1)
    frame["length_m"] = frame["length_m"].fillna(0.0).clip(lower=0.0)
    frame["basis"], frame["breaks"] = found.basis, found.breaks
    frame["mean"], frame["low"], frame["high"] = found.rates.mean, found.rates.low, found.rates.high
    whole = costs["yuan_per_failure"]
    without = {
        part: np.log(whole / np.maximum(whole - costs[f"{part}_yuan"], 1)) for part in PARTS if part != "hydraulics"
    }
    without["flooded"] = np.log(whole / np.maximum(whole - costs["flooded_yuan"], 1))
    # Each repair costs something: only what it costs beyond the usual is a reason.
    usual = float(costs["repair_yuan"].median())
    dear: pd.Series[float] = whole / np.maximum(whole - costs["repair_yuan"] + usual, 1)
    without["repair"] = np.log(np.maximum(dear, 1.0))
    values = {
        "supply": frame["customers_cut"].fillna(0).astype(np.int64),
        "critical": frame["critical_cut"].fillna(0).astype(np.int64),
        "road": frame["road_class"].fillna(""),
        "buildings": frame["buildings"],
        "companions": frame["companions"],
        "flooded": _reached(pipes),
        "repair": costs["repair_yuan"].round().astype(np.int64),
    }
    factors = pd.concat([found.factors, pd.DataFrame(without)[list(values)]], axis=1)
    frame["reasons"] = reasons(factors, pd.concat([found.values, pd.DataFrame(values)], axis=1))
    return frame


def _reached(pipes: pd.DataFrame) -> Objects:
    """Return (n,) how many buildings a flood reaches and, as far as it is known, how many residents: `3 (45)`."""
    told = np.full(len(pipes), "", dtype=object)
    buildings, people = (pipes[name].to_numpy(np.float64) for name in ("flood_buildings", "flood_residents"))
    for place in np.flatnonzero(buildings > 0).tolist():
        known = f" ({people[place]:.0f})" if np.isfinite(people[place]) else ""
        told[place] = f"{buildings[place]:.0f}{known}"
    return told


def _ranked(frame: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Rank the pipes of all networks together."""
    rates = Rates(*(frame[name].to_numpy(np.float64) for name in ("mean", "low", "high")))
    length, cost = (frame[name].to_numpy(np.float64) for name in ("length_m", "yuan_per_failure"))
    return pd.concat([frame.drop(columns=["mean", "low", "high"]), ranked(length, rates, cost, assumptions)], axis=1)


def _ruled(
    segments: pd.DataFrame, pipes: pd.DataFrame, seen: pd.DataFrame, assumptions: Assumptions, day: dt.date
) -> pd.DataFrame:
    """Add the sewers' indices and the rule that names each pipe."""
    own = seen.reindex(segments["segment_id"].to_numpy())
    for name in ("repair_index", "maintenance_index"):
        segments[name] = own[name].to_numpy(np.float64)
    hazard = (segments["breaks"] > 0).to_numpy() | (own[["structural", "functional"]].max(axis=1) >= 3).to_numpy()
    described = pipes.set_index("segment_id").reindex(segments["segment_id"]).reset_index()
    described["misconnection"] = segments["misconnection"].to_numpy()
    named = named_by_rules(described, hazard, assumptions.renewal_rules, day)
    return segments.assign(rule=named.rule, rule_state=named.state)


def _pairs(pipes: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    ids = pipes["segment_id"].to_numpy()
    return pd.DataFrame(
        {
            "segment_id": ids[pairs["one"].to_numpy()],
            "other_id": ids[pairs["other"].to_numpy()],
            "apart_m": pairs["apart_m"],
            "along_m": pairs["along_m"],
        }
    )
