"""Who hangs on the networks: service connections of buildings, with customers and who must not be without."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from cim.etl.sample.buildings import Buildings
from cim.etl.sample.design import PREFIX
from cim.etl.sample.network import Network
from cim.etl.sample.randomness import Bools, Floats, Ints, stream
from cim.etl.sample.shapes import where_so
from cim.etl.sample.streets import Names

SERVED = ("water", "sewage", "gas", "power", "telecom", "heat")
"""Networks that serve buildings."""

_CRITICAL = {
    "hospital": "hospital", "elderly_care": "elderly_care", "fire_station": "fire_station", "school": "school",
    "kindergarten": "kindergarten",
}  # fmt: skip
_HEATED = ("commercial", "office", "hotel", "hospital", "culture")
_HEAT_REACH_M = 150.0


def connections(
    seed: int, district: int, networks: Mapping[str, Network], buildings: Buildings, facilities: pd.DataFrame
) -> pd.DataFrame:
    """Return the service connections of a district: each building to the nearest point of each network.

    Parameters
    ----------
    seed, district
        For account numbers.
    networks
        Networks by name.
    buildings
        Buildings to be served.
    facilities
        Register rows; a dialysis centre makes its building critical.
    """
    frame = buildings.frame
    critical = frame["usage"].map(_CRITICAL).fillna("").to_numpy(str).astype("<U16")
    inside = facilities[facilities["kind"] == "dialysis"]["building_key"]
    critical[frame["key"].isin(inside).to_numpy()] = "dialysis"
    parts = [_connect(stream(seed, "services", name, district), networks[name], buildings, critical) for name in SERVED]
    return pd.concat(parts, ignore_index=True)


def _connect(rng: np.random.Generator, network: Network, buildings: Buildings, critical: Names) -> pd.DataFrame:
    frame, points = buildings.frame, network.points
    on_street = points[points["own"] & ~points["off_street"]]
    xy = frame[["x", "y"]].to_numpy()
    distance, nearest = map(np.asarray, cKDTree(on_street[["x", "y"]].to_numpy()).query(xy))
    served = _served(rng, network.name, frame, distance)
    index = np.flatnonzero(served)
    prefix = PREFIX[network.name]
    keys = frame["key"].to_numpy()[index]
    return pd.DataFrame(
        {
            "source_key": [f"{prefix}-{key}" for key in keys],
            "network": network.name,
            "node_key": on_street["id"].to_numpy()[nearest[index]],
            "building_key": keys,
            "account": [f"{prefix}{number:08d}" for number in rng.integers(10_000_000, 99_999_999, len(index))],
            "customers": np.maximum(frame["households"].to_numpy()[index], _firms(frame)[index]),
            "residents": frame["residents"].to_numpy()[index],
            "critical": critical[index] != "",
            "critical_kind": where_so(critical[index] != "", critical[index]),
            "linked_by": "register",
        }
    )


def _served(rng: np.random.Generator, name: str, frame: pd.DataFrame, distance: Floats) -> Bools:
    if name == "heat":
        return (frame["usage"].isin(_HEATED).to_numpy()) & (distance < _HEAT_REACH_M)
    chance = rng.uniform(size=len(frame))
    if name == "gas":
        # Some old houses still cook with bottles.
        served = (frame["use"].to_numpy() != "old") | (chance < 0.8)
        return np.asarray(served & (frame["usage"].to_numpy() != "industrial"), dtype=bool)
    return np.asarray((chance < 0.995) | (frame["storeys"].to_numpy() > 3), dtype=bool)


def _firms(frame: pd.DataFrame) -> Ints:
    """Return the firms of buildings without households: one for each 600 square metres."""
    return np.maximum(np.round(frame["floor_area"].to_numpy() / 600.0), 1).astype(np.int64)
