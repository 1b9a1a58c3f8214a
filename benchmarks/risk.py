"""Risk of a made-up city in arrays: customers cut off, the fit, the hold-out, trenches, consequences, ranks, reasons.

    python benchmarks/risk.py                    # 1,000,000 segments
    python benchmarks/risk.py --segments 100000

Asked: 1,000,000 segments in ≤ 120 s and ≤ 3 GB (issue 4). Reading from PostGIS and writing to it are not part of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import time

import numpy as np
import pandas as pd
import shapely

from cim.analytics.network.building import (
    NODE_ROW,
    SEGMENT_ROW,
    SERVICE_ROW,
    VALVE_ROW,
    NetworkRows,
    build_graph,
)  # fmt: skip
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.renewal.programme import programme
from cim.analytics.network.risk.assessing import city_risk
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.outages import outages
from cim.analytics.network.risk.reading import CityPipes

BLOCK_M, PIECES = 100.0, 5
NETWORKS = {"water": 0.0, "gas": 2.0, "sewage": 4.0, "storm": 5.2}
"""Networks, and how far from the middle of the street each lies, metres: sewage and storm share a trench."""
DAY = dt.date(2026, 1, 1)


def street_pieces(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return start and end (node, place) of the pieces of a grid of streets; nodes are numbered by place."""
    corner = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1) * BLOCK_M
    begins = np.concatenate([corner[:, :-1].reshape(-1, 2), corner[:-1].reshape(-1, 2)])
    ends = np.concatenate([corner[:, 1:].reshape(-1, 2), corner[1:].reshape(-1, 2)])
    share = np.arange(PIECES + 1) / PIECES
    points = begins[:, None] + share[None, :, None] * (ends - begins)[:, None]
    first, last = points[:, :-1].reshape(-1, 2), points[:, 1:].reshape(-1, 2)
    code = np.round(np.concatenate([first, last]) * 10).astype(np.int64)
    _, node = np.unique(code[:, 0] * 10_000_000 + code[:, 1], return_inverse=True)
    return *np.split(node, 2), first, last


def made_up_city(segments: int, seed: int = 5) -> tuple[CityPipes, list[NetworkGraph]]:
    """Return pipes of four networks below a grid of streets, with breaks, inspections, streets and buildings."""
    rng = np.random.default_rng(seed)
    side = round((segments / len(NETWORKS) / PIECES / 2) ** 0.5) + 1
    start, end, first, last = street_pieces(side)
    frames, graphs = [], []
    for place, (network, beside) in enumerate(NETWORKS.items()):
        base = place * 10_000_000
        lines = shapely.linestrings(np.stack([first + beside, last + beside], axis=1))
        frames.append(_pipes(rng, network, base, np.stack([start, end], axis=1), lines))
        graphs.append(_graph(rng, network, frames[-1]))
    pipes = pd.concat(frames, ignore_index=True)
    middles = (first[::PIECES] + last[PIECES - 1 :: PIECES]) / 2
    lines = shapely.linestrings(np.stack([first[::PIECES], last[PIECES - 1 :: PIECES]], axis=1))
    classes = np.array(["local", "collector", "arterial"], dtype=object)
    roads = pd.DataFrame({"road_class": classes[rng.integers(0, 3, len(lines))],
                          "width_m": 12.0, "geom": lines})  # fmt: skip
    corners = np.repeat(middles, 4, axis=0) + rng.uniform(8, 20, (4 * len(middles), 2))
    boxes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 15, corners[:, 1] + 15)
    buildings = pd.DataFrame({"geom": boxes})
    told = ("unmet_m3s", "flood_m3", "flood_buildings", "flood_residents")
    none = pd.DataFrame({"segment_id": np.zeros(0, np.int64)} | dict.fromkeys(told, np.zeros(0)))
    return CityPipes(pipes, _breaks(rng, pipes), _inspections(rng, pipes), roads, buildings, none, {}), graphs


def _pipes(rng: np.random.Generator, network: str, base: int, ends: np.ndarray, lines: np.ndarray) -> pd.DataFrame:
    count = len(ends)
    street = np.arange(count) // PIECES
    streets = street.max() + 1
    materials = ["cast_iron", "ductile_iron", "steel", "pe"] if network in ("water", "gas") else ["concrete", "pe"]
    return pd.DataFrame(
        {
            "segment_id": base + 1 + np.arange(count),
            "network": network,
            "material": rng.choice(np.array(materials, dtype=object), streets)[street],
            "lining": None,
            "installed_year": rng.integers(1950, 2020, streets)[street].astype(float),
            "size_mm": rng.choice([100.0, 150, 200, 300, 400, 600, 800], streets)[street],
            "pressure_mpa": 0.4 if network in ("water", "gas") else np.nan,
            "road_name": (street // 50).astype(str).astype(object),
            "length_m": BLOCK_M / PIECES,
            "depth_m": rng.uniform(0.8, 3.0, count),
            "start_id": base + 5_000_000 + ends[:, 0].astype(float),
            "end_id": base + 5_000_000 + ends[:, 1].astype(float),
            "soil": None,
            "level_m": 250.0,
            "geom": lines,
        }
    )


def _graph(rng: np.random.Generator, network: str, pipes: pd.DataFrame) -> NetworkGraph:
    ends = pipes[["start_id", "end_id"]].to_numpy(np.int64)
    node = np.zeros(int(ends.max() - ends.min()) + 1, NODE_ROW)
    node["node_id"] = np.arange(len(node)) + ends.min()
    node["source" if network in ("water", "gas") else "sink"][rng.choice(len(node), len(node) // 25_000 + 2)] = True
    segment = np.zeros(len(pipes), SEGMENT_ROW)
    segment["segment_id"] = pipes["segment_id"]
    segment["start_id"], segment["end_id"] = ends.T
    segment["length_m"], segment["in_use"] = pipes["length_m"], True
    segment["direction"] = 2 if network in ("water", "gas") else rng.integers(0, 2, len(pipes))
    valve = np.zeros(0, VALVE_ROW)
    if network in ("water", "gas"):
        valve = np.zeros(len(pipes) // 10, VALVE_ROW)
        on = rng.choice(len(pipes), len(valve), replace=False)
        valve["valve_id"] = 90_000_000 + np.arange(len(valve))
        valve["node_id"], valve["segment_id"], valve["operable"] = ends[on, 0], segment["segment_id"][on], True
    service = np.zeros(len(node) // 2, SERVICE_ROW)
    service["node_id"] = node["node_id"][::2][: len(service)]
    service["connections"] = service["residents_known"] = 1
    service["customers"] = rng.integers(1, 60, len(service))
    service["residents"] = 2.5 * service["customers"]
    service["critical"] = rng.uniform(size=len(service)) < 0.01
    return build_graph(network, 1, NetworkRows(node, segment, valve, service))


def _breaks(rng: np.random.Generator, pipes: pd.DataFrame) -> pd.DataFrame:
    """Return breaks of ten years, more of old iron."""
    age = 2020.0 - pipes["installed_year"].to_numpy()
    rate = (
        np.where(pipes["material"] == "cast_iron", 0.4, 0.08)
        * (0.2 + age / 40)
        * pipes["network"].isin(["water", "gas"])
    )
    which = np.repeat(pipes["segment_id"].to_numpy(), rng.poisson(rate * 0.02 * 10))
    return pd.DataFrame({"segment_id": which, "broke": rng.uniform(2015.0, 2025.9, len(which))})


def _inspections(rng: np.random.Generator, pipes: pd.DataFrame) -> pd.DataFrame:
    """Return defects of a fifth of the sewers."""
    sewers = pipes.loc[pipes["network"].isin(["sewage", "storm"]), "segment_id"].to_numpy()
    which = np.sort(np.repeat(rng.choice(sewers, len(sewers) // 5, replace=False), 2))
    codes = np.array(["PL", "CK", "CJ", "SG", "SL", None], dtype=object)
    code = codes[rng.integers(0, 6, len(which))]
    grade = np.where(pd.isna(code), np.nan, rng.integers(1, 5, len(which)))
    return pd.DataFrame(
        {"segment_id": which, "code": code, "grade": grade, "chainage_m": rng.uniform(0, 20, len(which))}
    )


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--segments", type=int, default=1_000_000)
    asked = parser.parse_args()
    city, graphs = made_up_city(asked.segments)
    assumptions = load_assumptions()
    print(f"{len(city.pipes):,} segments, {len(city.breaks):,} breaks, {len(city.buildings):,} buildings; "
          f"{peak_mb():,.0f} MB before the clock runs")  # fmt: skip
    begun = time.perf_counter()
    cut = pd.concat([outages(graph)[0] for graph in graphs])
    halfway = time.perf_counter()
    found = city_risk(city, cut, assumptions, DAY)
    done = time.perf_counter()
    water = found.models["water"]
    print(
        f"who is cut off: {halfway - begun:.1f} s; fit, hold-out, consequences, ranks, reasons: {done - halfway:.1f} s"
    )
    print(f"in all {done - begun:.1f} s, {peak_mb():,.0f} MB (asked: 120 s, 3,000 MB)")
    print(f"hold-out of water: {[round(x, 3) for x in water['hold_out']['by_model']]} against age "
          f"{[round(x, 3) for x in water['hold_out']['by_age']]}; {len(found.pairs):,} pairs in trenches")  # fmt: skip
    columns = ["segment_id", "road_name", "material", "start_id", "end_id", "size_mm", "installed_year"]
    begun = time.perf_counter()
    segments = found.segments.merge(city.pipes[columns], on="segment_id")
    plan = programme(segments, {"water": 0.5}, assumptions, budget_yuan=1e9, horizon_years=20)
    print(f"plan of {plan.candidates:,} works: {time.perf_counter() - begun:.1f} s, {plan.method}, "
          f"{plan.ways[0].removed_yuan / plan.bound_yuan:.4%} of the bound, "
          + ", ".join(f"{way.way} {way.removed_per_yuan:.3f}" for way in plan.ways))  # fmt: skip


if __name__ == "__main__":
    main()
