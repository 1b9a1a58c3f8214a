"""Every pipe shut, one at a time, in one open model: what demand is not met then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.errors import NotPhysical
from cim.analytics.network.graph import Floats
from cim.analytics.network.hydraulics.assumptions import ClosureAssumptions, WaterAssumptions
from cim.analytics.network.hydraulics.open_model import OpenModel, Unsolved, open_model
from cim.analytics.network.hydraulics.pressures import need_feed, pressures
from cim.analytics.network.hydraulics.water_model import WaterModel

_ROUNDING = 1e-6
"""Shares of demand below this are rounding."""
_BARRIER, _LEAST_M3S = 0.02, 1e-6
"""EPANET holds demands above zero by a steep barrier, not a wall: where pressure fails it tells less than none.
Up to this share of the demand, and these cubic metres a second, that is rounding."""
COLUMNS = ("unmet_m3s", "unmet_share", "nodes_short", "customers_short", "grade", "reason")


@dataclass(frozen=True)
class Closures:
    """What each pipe is worth."""

    segments: pd.DataFrame
    """By segment id: `COLUMNS`; null numbers have a reason."""
    counts: Mapping[str, int]
    """What was assumed, left out or has no number."""


def closures(model: WaterModel, assumed: WaterAssumptions, grading: ClosureAssumptions) -> Closures:
    """Shut every pipe of a model in turn.

    Raises
    ------
    NoModel
        Nothing of it is fed, or nobody draws water.
    NotPhysical
        It does not converge with all pipes as they are.
    """
    need_feed(model)
    total = model.demand_m3s
    with open_model(model, assumed) as opened:
        wanted = np.flatnonzero(model.nodes["demand_m3s"].to_numpy() > 0)
        opened.as_given()
        before = opened.deficits_m3s(wanted.tolist())
        customers = model.nodes["customers"].to_numpy(dtype=np.int64)[wanted]
        demand = model.nodes["demand_m3s"].to_numpy(dtype=np.float64)[wanted]
        drawn = _Drawn(wanted, wanted.tolist(), demand, customers, before, total, grading, assumed)
        kinds = zip(model.links["kind"], model.links["closed"], strict=True)
        rows = [_shut(opened, place, *kind, drawn) for place, kind in enumerate(kinds)]
    told = pd.DataFrame(rows, columns=list(COLUMNS), index=model.links.index)
    told = told[model.links["kind"].eq("pipe").to_numpy()]
    if model.beyond_links:
        beyond = pd.DataFrame({"reason": pd.Series(dict(model.beyond_links))})
        told = pd.concat([told, beyond.reindex(columns=list(COLUMNS)).astype(told.dtypes.to_dict())])
    failed = told["reason"].isin(["no_convergence", "unmet_above_demand"])
    return Closures(told, dict(model.counts) | {"hydraulics_closure_failed": int(failed.sum())})


@dataclass(frozen=True)
class _Drawn:
    """Who draws water, and what they lack anyway."""

    wanted: np.ndarray[Any, np.dtype[np.int64]]
    places: Sequence[int]
    demand: np.ndarray[Any, np.dtype[np.float64]]
    customers: np.ndarray[Any, np.dtype[np.int64]]
    before: np.ndarray[Any, np.dtype[np.float64]]
    total: float
    grading: ClosureAssumptions
    assumed: WaterAssumptions


def _of_fed_part(model: WaterModel, place: int, drawn: _Drawn) -> Floats | None:
    """Return what nodes lack when those that a closed pipe cuts off are taken out of the model; None: no solution."""
    part = model.fed_part(without=[place])
    if len(part.nodes) == len(model.nodes):
        return None
    demand = pd.Series(drawn.demand, index=model.nodes.index[drawn.wanted])
    lack = demand.copy()
    if part.nodes["demand_m3s"].gt(0).any():
        try:
            supplied = pressures(part, drawn.assumed).nodes["supplied_m3s"]
        except NotPhysical:
            return None
        lack -= supplied.reindex(demand.index).fillna(0.0)
    lost: Floats = np.maximum(lack.to_numpy(dtype=np.float64) - drawn.before, 0.0)
    return lost


def _shut(opened: OpenModel, place: int, kind: str, closed: bool, drawn: _Drawn) -> tuple[Any, ...]:
    """Return the row of one pipe."""
    nothing = (np.nan, np.nan, np.nan, np.nan, np.nan)
    if kind != "pipe":
        return *nothing, "no_pipe"
    if closed:
        return *nothing, "closed"
    if not opened.set_shut(place, shut=True):
        return *nothing, "check_valve"
    try:
        opened.run()
        if opened.all_served:
            return 0.0, 0.0, 0, 0, 0, None
        lack: Floats = np.maximum(opened.deficits_m3s(drawn.places) - drawn.before, 0.0)
    except Unsolved:
        part = _of_fed_part(opened.model, place, drawn)
        if part is None:
            return *nothing, "no_convergence"
        lack = part
    finally:
        opened.set_shut(place, shut=False)
    lack[lack < _ROUNDING * drawn.demand] = 0.0
    most = drawn.demand * (1 + _BARRIER) + _LEAST_M3S
    if (lack > most).any():
        # EPANET's heads of nodes that nothing feeds any more are no numbers, and its demands there are below zero.
        cut_off = ~opened.model.fed(without=[place])[drawn.wanted]
        lack[cut_off] = drawn.demand[cut_off]
    if (lack > most).any():
        return *nothing, "unmet_above_demand"
    lack = np.minimum(lack, np.maximum(drawn.demand - drawn.before, 0.0))
    unmet = float(lack.sum())
    short = lack > drawn.grading.short_share * drawn.demand
    share = unmet / drawn.total if drawn.total else 0.0
    # Below the accuracy of the solution there is nothing to tell.
    share = 0.0 if share < _ROUNDING else share
    grade = (share > 0) + sum(share >= limit for limit in drawn.grading.breaks)
    return unmet if share else 0.0, share, int(short.sum()), int(drawn.customers[short].sum()), int(grade), None
