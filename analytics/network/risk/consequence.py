"""What a failure of each pipe would cost, in people and in money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Floats
from cim.analytics.network.risk.assumptions import Assumptions

PARTS = ("repair", "supply", "critical", "road", "buildings", "companions", "hydraulics")
"""Parts of the cost; each is a column `<part>_yuan`."""

MOST = 1000
"""Most pipes of a network whose flood is told by whom it reaches; their number is always told."""


def consequences(pipes: pd.DataFrame, pairs: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return what a failure of each pipe would cost.

    Parameters
    ----------
    pipes
        With network, size_mm, depth_m, road_class, buildings, customers_cut and critical_cut (NaN: not known), and
        unmet_m3s, flood_m3 and flood_buildings where hydraulics told them.
    pairs
        Pipes that share a trench, by position.
    assumptions
        Prices.

    Returns
    -------
    pandas.DataFrame
        A column of yuan for each of `PARTS`, `yuan_per_failure`, `companions`: pipes in the trench, and
        `flooded_yuan`: what part of `hydraulics_yuan` is damage to buildings. What is not known counts nothing.
    """
    prices = assumptions.price("consequence")
    network = pipes["network"]
    hours = _by(network, prices["hours"])
    frame = pd.DataFrame(index=pipes.index)
    frame["repair_yuan"] = _repair(pipes, prices)
    customers = pipes["customers_cut"].fillna(0.0).to_numpy(np.float64)
    frame["supply_yuan"] = hours * _by(network, prices["customer_hour_yuan"]) * customers
    frame["critical_yuan"] = hours * float(prices["critical_hour_yuan"]) * pipes["critical_cut"].fillna(0.0)
    frame["road_yuan"] = pipes["road_class"].map(prices["road_yuan"]).fillna(0.0).to_numpy(np.float64)
    frame["buildings_yuan"] = _by(network, prices["buildings"]["damage_yuan"]) * pipes["buildings"]
    own = frame[["repair_yuan", "supply_yuan", "critical_yuan"]].sum(axis=1).to_numpy(np.float64)
    chance = _by(network, prices["trench"]["chance"])
    frame["companions_yuan"] = chance * _of_companions(own, pairs)
    frame["flooded_yuan"] = _flooded(pipes, prices)
    frame["hydraulics_yuan"] = _hydraulics(pipes, hours, prices) + frame["flooded_yuan"]
    frame["yuan_per_failure"] = frame[[f"{part}_yuan" for part in PARTS]].sum(axis=1)
    frame["companions"] = _of_companions(np.ones(len(pipes)), pairs).astype(np.int64)
    return frame


def _by(network: pd.Series[str], told: dict[str, float]) -> Floats:
    return np.asarray(network.map(told).fillna(0.0), dtype=np.float64)


def _repair(pipes: pd.DataFrame, prices: dict[str, Any]) -> Floats:
    """Return the cost of repair: more for large pipes and deep ones; unknown sizes and depths count as small ones."""
    repair = prices["repair"]
    size = np.maximum(pipes["size_mm"].fillna(100.0).to_numpy(np.float64) - 100.0, 0.0)
    depth = np.maximum(pipes["depth_m"].fillna(1.0).to_numpy(np.float64) - 1.0, 0.0)
    base = _by(pipes["network"], repair["failure_yuan"])
    cost: Floats = base + repair["by_mm_yuan"] * size + repair["by_depth_yuan"] * depth
    return cost


def _hydraulics(pipes: pd.DataFrame, hours: Floats, prices: dict[str, Any]) -> Floats:
    """Return the cost of demand that is not met meanwhile, and of what floods if a storm comes before the repair."""
    unmet = pipes["unmet_m3s"].fillna(0.0).to_numpy(np.float64) * 3600.0 * hours * float(prices["unmet_m3_yuan"])
    flood = pipes["flood_m3"].fillna(0.0).to_numpy(np.float64) * float(prices["flood_m3_yuan"])
    return unmet + flood * float(prices["storm_chance"])


def _flooded(pipes: pd.DataFrame, prices: dict[str, Any]) -> Floats:
    """Return the damage to buildings that the flood reaches, if a storm comes before the repair."""
    buildings = pipes["flood_buildings"].fillna(0.0).to_numpy(np.float64)
    damage: Floats = buildings * float(prices["flooded_building_yuan"]) * float(prices["storm_chance"])
    return damage


def flood_reach(pipes: pd.DataFrame) -> dict[str, Any]:
    """Return what a run of risk keeps of a drainage network: whom the flood at the ends of its pipes reaches.

    Parameters
    ----------
    pipes
        Of one network, with segment_id, flood_buildings and flood_residents (NaN: none, or not known).

    Returns
    -------
    dict
        `flooded`, the most buildings first: segment_id, buildings, residents; `flooded_count`: how many there are.
    """
    reached = pipes.loc[pipes["flood_buildings"] > 0, ["segment_id", "flood_buildings", "flood_residents"]]
    first = reached.sort_values(["flood_buildings", "segment_id"], ascending=[False, True]).head(MOST)
    rows = [
        {"segment_id": int(segment), "buildings": int(buildings), "residents": None if np.isnan(people) else people}
        for segment, buildings, people in first.itertuples(index=False)
    ]
    return {"flooded": rows, "flooded_count": len(reached)}


def _of_companions(values: Floats, pairs: pd.DataFrame) -> Floats:
    """Return (n,) the sum of the values of all pipes in the same trench."""
    one, other = pairs["one"].to_numpy(), pairs["other"].to_numpy()
    size = len(values)
    found = np.zeros(size)
    found += np.bincount(one, values[other], minlength=size)
    found += np.bincount(other, values[one], minlength=size)
    return found
