"""Figures that departments report for the yearly examination, and the sensors that watch pipes and high-rises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cim.etl.sample.buildings import EXAMINED, Buildings
from cim.etl.sample.history import segment_key
from cim.etl.sample.network import Network
from cim.etl.sample.randomness import stream
from cim.etl.sample.shapes import points

_FIGURES = (
    ("sewage_load_collected", 64.0, 78.0, "t/d BOD5"), ("sewage_load_generated", 100.0, 100.0, "t/d BOD5"),
    ("heritage_incidents", 0.0, 0.0, "incidents"), ("heritage_demolitions", 0.0, 1.0, "buildings"),
    ("peak_speed_arterial_kmh", 19.0, 25.0, "km/h"), ("commutes_covered_by_rail", 21.0, 34.0, "10,000 a day"),
    ("commutes", 100.0, 100.0, "10,000 a day"), ("affordable_dwellings_new", 200.0, 400.0, "dwellings"),
    ("dwellings_new", 1000.0, 1000.0, "dwellings"), ("construction_accidents", 0.0, 1.0, "accidents"),
    ("construction_deaths", 0.0, 1.0, "deaths"), ("projects_under_construction", 40.0, 60.0, "projects"),
    ("emergency_pumping_10k_m3h", 0.5, 2.0, "10,000 m3/h"), ("emergency_water_m3d", 3000.0, 6000.0, "m3/d"),
    ("water_supply_m3d", 9000.0, 9000.0, "m3/d"), ("operation_platform_km2", 0.6, 1.0, "km2"),
    ("cases_closed_in_time", 800.0, 1500.0, "cases"),
)  # fmt: skip
"""Name, lowest and highest value, unit. One is left out: nobody says what length of gas pipes was planned."""

_WATCHED = {"water": 0.06, "storm": 0.02, "sewage": 0.03, "gas": 0.08}
"""Share of the lines of a network that a sensor watches."""
_QUANTITIES = {"water": ("pressure", "kPa"), "storm": ("level", "m"), "sewage": ("level", "m"), "gas": ("gas", "%LEL")}
_HIGH_RISE_M = 27.0


def statistics(seed: int) -> pd.DataFrame:
    """Return the figures that departments report for the whole city."""
    rng = stream(seed, "statistics")
    rows = [
        {"figure": name, "year": EXAMINED, "value": round(float(rng.uniform(low, high)), 1), "unit": unit,
         "reported_by": "主管部门（合成）"}
        for name, low, high, unit in _FIGURES
    ]  # fmt: skip
    for row in rows:
        if row["unit"] in ("incidents", "buildings", "accidents", "deaths", "projects", "dwellings", "cases"):
            row["value"] = float(round(float(str(row["value"]))))
    frame = pd.DataFrame(rows)
    frame.insert(0, "source_key", [f"TJ{EXAMINED}-{name}" for name in frame["figure"]])
    return frame


def sensors(seed: int, district: int, networks: Mapping[str, Network], buildings: Buildings) -> pd.DataFrame:
    """Return the sensors of a district: on pipes, and against fire in a part of the high-rises."""
    rng = stream(seed, "sensors", district)
    parts = [_on_pipes(rng, networks[name], share) for name, share in _WATCHED.items()]
    parts.append(_in_buildings(rng, buildings))
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame.insert(0, "source_key", [f"CG{district:03d}{index:05d}" for index in range(len(frame))])
    frame["installed_on"] = dt.date(EXAMINED - 2, 5, 1)
    frame["state"] = "in_use"
    return frame


def _on_pipes(rng: np.random.Generator, network: Network, share: float) -> pd.DataFrame:
    lines = network.lines
    chosen = lines[rng.uniform(size=len(lines)) < share]
    kind, unit = _QUANTITIES[network.name]
    xy = network.points[["x", "y"]].to_numpy(float)
    middles = (xy[chosen["start"].to_numpy()] + xy[chosen["end"].to_numpy()]) / 2
    return pd.DataFrame(
        {"kind": kind, "unit": unit, "segment_key": segment_key(network, chosen), "building_key": None,
         "geom": points(middles.round(2))}
    )  # fmt: skip


def _in_buildings(rng: np.random.Generator, buildings: Buildings) -> pd.DataFrame:
    high = buildings.frame[buildings.frame["height"] > _HIGH_RISE_M]
    chosen = high[rng.uniform(size=len(high)) < 0.7]
    return pd.DataFrame(
        {"kind": "fire", "unit": "%", "segment_key": None, "building_key": chosen["key"].to_numpy(),
         "geom": points(chosen[["x", "y"]].to_numpy(float).round(2))}
    )  # fmt: skip
