"""The whole examination on a drawn town of any size: seconds and memory, from frames to grades and problems.

Streets are a grid, homes stand along them, facilities and parks anywhere; a survey was made of half the homes. Walking
access is also taken with networkx, on the same streets, homes and facilities. Reading the database is left out: see
`cim examine` for that::

    python benchmarks/examination.py --buildings 100000 --workers 2
"""

from __future__ import annotations

import argparse
import resource
import time

import geopandas
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.examine import examination
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.register_file import load_register
from cim.analytics.examination.walking import Snaps, StreetNetwork, street_network
from cim.executor import Workforce

STREET_M = 70.0
"""Length of a street edge."""


def drawn(rows: dict[str, object], shapes: np.ndarray, first: int) -> GeoDataFrame:
    """Return a frame whose ids count from `first`."""
    index = pd.RangeIndex(first, first + len(shapes), name="feature_id")
    return geopandas.GeoDataFrame(pd.DataFrame(rows, index=index), geometry=shapes)


def town(buildings: int, rng: np.random.Generator) -> dict[str, GeoDataFrame]:
    """Return the frames of a town with as many street edges as buildings; beyond 100,000 all else grows with them."""
    side = int(np.sqrt(buildings / 2)) + 1
    size, times = side * STREET_M, max(buildings / 100_000, 1.0)
    return {
        "admin_unit": units(size, times),
        "building": homes(buildings, size, rng),
        "road_edge": streets(side),
        "facility": facilities(size, rng, int(500 * times)),
        "green_space": parks(size, rng, int(500 * times)),
        "land_use": land(size),
        "population": population(size, rng),
        "builtup_area": drawn(
            {"age_years": [0.0], "year": [2026.0], "area_km2": [None]}, shapely.box([0], [0], [size], [size]), 1
        ),
        "survey_finding": survey(buildings, rng),
        **rest(buildings, rng, size),
    }


def squares(size: float, count: int) -> np.ndarray:
    """Return a chequered square of count × count squares."""
    step, (x, y) = size / count, np.divmod(np.arange(count * count), count)
    return shapely.box(x * step, y * step, (x + 1) * step, (y + 1) * step)


def units(size: float, times: float) -> GeoDataFrame:
    """Return a city, 4 districts; 9 sub-districts, 25 blocks, 196 communities, 2,500 compounds, or `times` as many."""
    parts = []
    for number, (level, count) in enumerate(
        [("city", 1), ("subdistrict", 3), ("block", 5), ("community", 14), ("compound", 50), ("district", 2)]
    ):
        across = count if level in ("city", "district") else round(count * np.sqrt(times))
        shapes = squares(size, across)
        said = {
            "level": level, "name": level, "name_en": level, "kind": None, "residents": 0.0, "households": 100.0,
            "parking_spaces": 60.0, "charging_piles": 3.0, "built_year": 1995.0, "property_managed": True,
            "waste_sorting": False, "ebike_charging": True,
        }  # fmt: skip
        parts.append(drawn(said, shapes, 10_000_000 + number * 100_000))
    frame = geopandas.GeoDataFrame(pd.concat(parts))
    flags = ["property_managed", "waste_sorting", "ebike_charging"]
    return frame.astype(dict.fromkeys(["level", "name", "name_en"], "str") | dict.fromkeys(flags, "boolean"))


def homes(count: int, size: float, rng: np.random.Generator) -> GeoDataFrame:
    """Return buildings anywhere: three of four are homes."""
    said = {
        "usage": np.where(rng.uniform(size=count) < 0.75, "residential", "office"),
        "structure": np.where(rng.uniform(size=count) < 0.4, "brick_concrete", "frame"),
        "storeys_above": rng.integers(1, 30, count).astype(float),
        "elevators": rng.integers(0, 2, count).astype(float),
        "built_year": rng.integers(1960, 2026, count).astype(float),
        "renovated_year": np.where(rng.uniform(size=count) < 0.2, 2015.0, np.nan),
        "height_m": rng.uniform(3, 90, count),
        "households": rng.integers(1, 90, count).astype(float),
        "residents": np.nan,  # the grid tells them
        "floor_area_m2": rng.uniform(100, 9000, count),
        "footprint_m2": rng.uniform(80, 900, count),
    }
    frame = drawn(said, shapely.points(rng.uniform(0, size, (count, 2))), 1)
    return frame.astype({"usage": "str", "structure": "str"})


def streets(side: int) -> GeoDataFrame:
    """Return a grid of streets."""
    node = np.arange(side * side).reshape(side, side)
    pairs = np.vstack(
        [
            np.column_stack([node[:, :-1].ravel(), node[:, 1:].ravel()]),
            np.column_stack([node[:-1].ravel(), node[1:].ravel()]),
        ]
    )
    at = np.column_stack(np.divmod(np.arange(side * side), side)).astype(float) * STREET_M
    said = {
        "road_class": "local", "name": None, "start_node_id": pairs[:, 0].astype(float),
        "end_node_id": pairs[:, 1].astype(float), "drivable": True, "walkable": True, "sidewalk": True,
        "length_m": STREET_M,
    }  # fmt: skip
    frame = drawn(said, shapely.linestrings(at[pairs]), 2_000_000)
    truth = dict.fromkeys(["drivable", "walkable", "sidewalk"], "boolean")
    return frame.astype(truth | {"road_class": "str", "name": "str"})


def facilities(size: float, rng: np.random.Generator, each: int = 500) -> GeoDataFrame:
    """Return 500 facilities of each kind that measures ask for."""
    kinds = ["elderly_care", "childcare", "kindergarten", "primary_school", "middle_school", "sports", "culture",
             "fire_station", "shelter", "maternal_child", "fuel_station", "historic_building"]  # fmt: skip
    kind = np.repeat(kinds, each)
    said = {
        "kind": kind, "public": True, "capacity": 600.0, "area_m2": rng.uniform(50, 6000, len(kind)),
        "listed_year": 2020.0, "filed": True, "vacant": False, "dual_use": False,
    }  # fmt: skip
    frame = drawn(said, shapely.points(rng.uniform(0, size, (len(kind), 2))), 3_000_000)
    return frame.astype({"kind": "str"} | dict.fromkeys(["public", "filed", "vacant", "dual_use"], "boolean"))


def parks(size: float, rng: np.random.Generator, count: int = 500) -> GeoDataFrame:
    """Return square parks and greenways."""
    at, wide = rng.uniform(0, size, (count, 2)), rng.uniform(15, 150, count)
    said = {
        "kind": np.where(np.arange(count) % 10 == 0, "greenway", "park"), "public": True, "area_m2": wide**2,
        "activity_ground_m2": wide**2 / 5,
    }  # fmt: skip
    shapes = shapely.box(at[:, 0], at[:, 1], at[:, 0] + wide, at[:, 1] + wide)
    return drawn(said, shapes, 4_000_000).astype({"kind": "str", "public": "boolean"})


def land(size: float) -> GeoDataFrame:
    """Return a parcel for about every hectare, two of three residential."""
    shapes = squares(size, max(int(size / 100), 1))
    code = np.where(np.arange(len(shapes)) % 3 == 0, "1001", "0701")
    return drawn({"use_code": code}, shapes, 5_000_000).astype({"use_code": "str"})


def population(size: float, rng: np.random.Generator) -> GeoDataFrame:
    """Return cells of about 100 m with residents by age."""
    shapes = squares(size, max(int(size / 100), 1))
    people = rng.integers(0, 300, len(shapes)).astype(float)
    said = {"age_years": 0.0, "residents": people, "households": people / 3, "children": people * 0.15,
            "preschoolers": people * 0.03, "toddlers": people * 0.03, "elderly": people * 0.2}  # fmt: skip
    return drawn(said, shapes, 6_000_000)


def survey(buildings: int, rng: np.random.Generator) -> GeoDataFrame:
    """Return findings of eight items on half the buildings."""
    items = ["structure", "gas", "stairwell", "envelope", "self_contained", "pipes", "tap_water", "digital"]
    who = np.tile(np.arange(1, buildings + 1, 2), len(items)).astype(float)
    said = {
        "item": np.repeat(items, len(who) // len(items)), "fault": rng.uniform(size=len(who)) < 0.1, "severity": 5.0,
        "quantity": 2.0, "building_id": who, "unit_id": np.nan, "edge_id": np.nan, "photo": None, "photo_file": None,
        "day": 20_000.0,
    }  # fmt: skip
    frame = drawn(said, np.full(len(who), None, dtype=object), 50_000_000)
    return frame.astype({"item": "str", "photo": "str", "photo_file": "str", "fault": "boolean"})


def rest(buildings: int, rng: np.random.Generator, size: float) -> dict[str, GeoDataFrame]:
    """Return gas services, pipes, sensors, models, projects and neighbours of fuel stations."""
    at = rng.uniform(0, size, (buildings, 2))
    pipes = drawn(
        {"network": "water", "installed_year": 2001.0, "monitored": rng.uniform(size=buildings) < 0.1},
        shapely.linestrings(np.stack([at, at + 30.0], axis=1)), 7_000_000,
    ).astype({"network": "str", "monitored": "boolean"})  # fmt: skip
    nothing = np.full(buildings, None, dtype=object)
    return {
        "gas_service": drawn({"oldest_year": 2000.0}, nothing, 1),
        "building_model": drawn({"modelled": True}, nothing[::2], 1),
        "fire_sensor": drawn({"kind": "fire"}, nothing[::2], 1).astype({"kind": "str"}),
        "pipe_segment": pipes,
        "fuel_neighbour": drawn({"usage": "office"}, shapely.buffer(shapely.points(at[:2000]), 8), 1),
        **{theme: drawn({name: [] for name in names}, nothing[:0], 1) for theme, names in EMPTY.items()},
    }


EMPTY = {
    "construction_project": ["kind", "stage", "started_year"],
    "statistic": ["figure", "value", "low", "high", "unit_id", "age_years"],
    "problem": ["state"],
}


def with_networkx(streets: StreetNetwork, at_home: Snaps, at_place: Snaps, limit_m: float) -> tuple[float, int]:
    """Return the seconds that networkx takes to tell which homes are in reach, their snaps given, and how many are."""
    started = time.perf_counter()
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(streets.start.tolist(), streets.end.tolist(), streets.length_m.tolist(), strict=True)
    )
    for number, (edge, along, off) in enumerate(zip(at_place.edge, at_place.along, at_place.off, strict=True)):
        if edge >= 0:
            graph.add_edge(("place", number), int(streets.start[edge]), weight=off + along)
            graph.add_edge(("place", number), int(streets.end[edge]), weight=off + streets.length_m[edge] - along)
    sources = {("place", number) for number in np.flatnonzero(at_place.on).tolist()}
    reach = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=limit_m)
    near = 0
    for edge, along, off in zip(at_home.edge, at_home.along, at_home.off, strict=True):
        if edge >= 0:
            by_start = reach.get(int(streets.start[edge]), np.inf) + along
            by_end = reach.get(int(streets.end[edge]), np.inf) + streets.length_m[edge] - along
            near += min(by_start, by_end) + off <= limit_m
    return time.perf_counter() - started, near


def walking(frames: dict[str, GeoDataFrame]) -> None:
    """Print what walking access to 500 schools takes, here and with networkx."""
    homes = frames["building"].geometry.to_numpy()
    places = frames["facility"].geometry[frames["facility"]["kind"] == "middle_school"].to_numpy()
    started = time.perf_counter()
    network = street_network(frames["road_edge"])
    assert network is not None
    at_home, at_place = network.snaps(homes), network.snaps(places)
    snapped = time.perf_counter()
    near = np.isfinite(network.distances(at_home, at_place, 1000.0)).sum()
    ours = time.perf_counter() - snapped
    theirs, same = with_networkx(network, at_home, at_place, 1000.0)
    print(f"walking: network and snaps {snapped - started:.2f} s, 500 places {ours:.3f} s; {near:,} homes in reach")
    print(f"networkx on the same snaps {theirs:.2f} s ({theirs / ours:.0f} times), {same:,} in reach")


def main() -> None:
    """Draw a town and examine it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1, help="Processes that share the districts out.")
    parser.add_argument("--walking", action=argparse.BooleanOptionalAction, default=True, help="networkx, too.")
    wanted = parser.parse_args()
    frames = town(wanted.buildings, np.random.default_rng(7))
    register, measures = load_register("national-2024"), find_measures()
    started, worked = time.perf_counter(), time.process_time()
    found = examination(register, 2026, frames, measures, workforce=Workforce(wanted.workers))
    examined, worked = time.perf_counter(), time.process_time() - worked
    problems = found.problems
    done = time.perf_counter()
    told = found.table[found.table["value"].notna()]["code"].nunique()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{wanted.buildings:,} buildings, {len(frames['road_edge']):,} street edges, {told} indicators told")
    seconds, listing = examined - started, done - examined
    print(f"examination {seconds:.1f} s ({worked:.1f} s of this process's processor time), peak {peak:,.0f} MB")
    print(f"{len(problems):,} problems listed in {listing:.1f} s")
    if wanted.walking:
        walking(frames)


if __name__ == "__main__":
    main()
