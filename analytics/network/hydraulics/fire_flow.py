"""Fire flow: what each hydrant gives while the residual pressure remains above the ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.hydraulics.assumptions import FireAssumptions, WaterAssumptions
from cim.analytics.network.hydraulics.open_model import OpenModel, Unsolved, open_model
from cim.analytics.network.hydraulics.pressures import need_feed
from cim.analytics.network.hydraulics.water_model import WaterModel

_NEAR_M = 0.02
"""The head is found when it is as near to the residual one as this."""
_TRIES = 40
_POWER = 1.852
"""Head lost goes with this power of the flow (Hazen and Williams): a good first guess."""


@dataclass(frozen=True)
class FireFlow:
    """What hydrants give."""

    hydrants: pd.DataFrame
    """By node id: static_m, residual_m, available_m3s, needed_m3s, meets, reason."""
    counts: Mapping[str, int]
    """What was assumed, left out or has no number."""


def fire_flow(model: WaterModel, hydrants: Sequence[int], assumed: WaterAssumptions, fire: FireAssumptions) -> FireFlow:
    """Open one hydrant after another; all other demands are met in full, which is on the safe side.

    Parameters
    ----------
    model
        What is solved.
    hydrants
        Ids of the nodes that they stand on.
    assumed, fire
        What is taken, and what is asked for.

    Raises
    ------
    NoModel
        Nothing of it is fed.
    NotPhysical
        It does not converge before any hydrant is opened.
    """
    need_feed(model)
    places = {int(node): place for place, node in enumerate(model.nodes.index.tolist())}
    with open_model(model, assumed, pressure_dependent=False) as opened:
        heads = opened.as_given().head_m
        rows = {node: _row(opened, places.get(node), heads, fire) for node in sorted(set(hydrants))}
    columns = ["static_m", "available_m3s", "reason"]
    told = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    needed = fire.needed_l_s / 1000
    known = told["available_m3s"].notna()
    meets = (told["available_m3s"] >= needed).astype(object).where(known, None)
    told = told.assign(residual_m=fire.residual_m, needed_m3s=needed, meets=meets)
    counts = dict(model.counts)
    counts["hydraulics_no_hydrants"] = int(not len(told))
    counts["hydraulics_hydrant_without_number"] = int((~known).sum())
    return FireFlow(told, counts)


def _row(
    opened: OpenModel, place: int | None, heads: np.ndarray[tuple[int], np.dtype[np.float64]], fire: FireAssumptions
) -> tuple[float, float, str | None]:
    """Return static pressure, flow and reason of one hydrant."""
    if place is None:
        return np.nan, np.nan, "no_source"
    node = opened.model.nodes.iloc[place]
    if node["kind"] != "junction":
        return np.nan, np.nan, "at_source"
    spare = float(heads[place] - node["level_m"] - fire.residual_m)
    static = spare + fire.residual_m
    if static < 0:
        return np.nan, np.nan, "negative_pressure"
    if spare <= 0:
        return static, 0.0, None
    try:
        return static, _available(opened, place, float(heads[place]), spare, fire), None
    except Unsolved:
        return static, np.nan, "no_convergence"
    finally:
        opened.set_demand(place, float(node["demand_m3s"]))


def _available(opened: OpenModel, place: int, static: float, spare: float, fire: FireAssumptions) -> float:
    """Return the flow at which the head has sunk by all that it may, m3/s; at most what is looked for.

    Between a flow that is too small and one that is too large the next is guessed by the power law through the nearer
    one, and by halving where the guess leaves the interval.
    """
    base = float(opened.model.nodes["demand_m3s"].iloc[place])
    low, high = 0.0, fire.most_l_s / 1000
    flow = min(fire.needed_l_s / 1000, high)
    for _ in range(_TRIES):
        opened.set_demand(place, base + flow)
        opened.run()
        sunk = static - opened.head_of(place)
        if abs(sunk - spare) < _NEAR_M:
            return flow
        if sunk < spare:
            if flow >= high:
                return high
            low = flow
        else:
            high = flow
        guess = flow * (spare / sunk) ** (1 / _POWER) if sunk > 0 else high
        flow = guess if low < guess < high else (high if guess >= high == fire.most_l_s / 1000 else (low + high) / 2)
        if high - low < 1e-5:
            return low
    return low
