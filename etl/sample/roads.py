"""Street register: junctions and edges with names, classes, levels, steps, years and 3D length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample import names
from cim.etl.sample.randomness import Ints, stream
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.settle import street_lines
from cim.etl.sample.streets import Names, Streets

_YEARS = {"steps": (1930, 1990), "alley": (1935, 1985), "local": (1952, 2016), "collector": (1958, 2012),
          "arterial": (1994, 2014)}  # fmt: skip


@dataclass(frozen=True)
class StreetRecords:
    """What the register says of each edge; one entry an edge."""

    name: Names
    """Name of the street."""
    built_year: Ints
    """Year of completion."""
    overhauled_year: Ints
    """Year of the last overhaul; 0: none."""


def edge_key(district: int, number: int) -> str:
    """Return the key of a street edge."""
    return f"R{district:03d}{number:05d}"


def describe_streets(seed: int, streets: Streets) -> StreetRecords:
    """Name the edges of a district and say when they were built."""
    rng = stream(seed, "streets", streets.district.number)
    edges, count = streets.edges, len(streets.edges.start)
    low, high = (np.array([_YEARS[str(name)][i] for name in edges.road_class]) for i in (0, 1))
    upslope = np.clip(edges.row / 12.0, 0.0, 1.0)
    # One street was built at one time, give or take a section.
    street = [stream(seed, "year", *key).uniform() for key in _street_keys(streets)]
    share = np.clip(0.3 * upslope + 0.7 * np.array(street), 0.0, 1.0)
    built = np.round(low + share * (high - low)).astype(np.int64)
    overhauled = np.where(rng.uniform(size=count) < 0.3, np.maximum(built + 12, rng.integers(2005, 2025, count)), 0)
    found = np.array([_edge_name(seed, streets, index) for index in range(count)])
    return StreetRecords(found, built, np.where(overhauled > 2024, 0, overhauled))


def _street_keys(streets: Streets) -> list[tuple[int | str, ...]]:
    edges, district = streets.edges, streets.district
    return [
        ("row", district.valley, int(side), int(row))
        if kind in ("row", "bridge")
        else ("climb", district.number, int(side), int(row) // 3, index // 40)
        for index, (kind, side, row) in enumerate(zip(edges.kind, edges.side, edges.row, strict=True))
    ]


def _edge_name(seed: int, streets: Streets, index: int) -> str:
    edges, district = streets.edges, streets.district
    kind, side, row = str(edges.kind[index]), int(edges.side[index]), int(edges.row[index])
    if kind == "bridge":
        return "样江大桥" if side == 0 else f"样溪{row // 3 + 1}桥"
    if kind == "row":
        return names.row_street(seed, district.valley, side, row)
    if kind == "pass":
        return names.avenue(seed, district.valley, f"edge {district.column}")
    road_class = str(edges.road_class[index])
    share = float(streets.nodes.u[edges.start[index]]) / streets.valley.length_m
    nearest = min((0.0, 0.27, 1.0), key=lambda place: abs(share - district.column - place))
    if road_class == "collector" and nearest == 0.27:
        return names.avenue(seed, district.number, "hub")
    if road_class == "collector":
        return names.avenue(seed, district.valley, f"edge {district.column + round(nearest)}")
    return names.climbing_street(seed, district.number, side, row, index, road_class)


def road_nodes(streets: Streets) -> pd.DataFrame:
    """Return the junctions that the district owns, as the register hands them over."""
    nodes, edges = streets.nodes, streets.edges
    degree = np.bincount(np.concatenate([edges.start, edges.end]), minlength=len(nodes.u))
    own = nodes.own
    return pd.DataFrame(
        {
            "source_key": nodes.key[own],
            "kind": np.where(degree[own] > 1, "junction", "end"),
            "level": 0,
            "geom": shapely.points(nodes.xyz[own]),
        }
    )


def road_edges(streets: Streets, records: StreetRecords) -> pd.DataFrame:
    """Return the street edges, as the register hands them over."""
    edges, nodes = streets.edges, streets.nodes
    classes = [str(name) for name in edges.road_class]
    sections = [SECTIONS[name] for name in classes]
    steps = edges.road_class == "steps"
    great = edges.side == 0
    surfaces = {"steps": "stone", "alley": "concrete"}
    return pd.DataFrame(
        {
            "source_key": [edge_key(streets.district.number, n) for n in range(len(classes))],
            "start_node_key": nodes.key[edges.start],
            "end_node_key": nodes.key[edges.end],
            "road_class": classes,
            "name": records.name,
            "level": np.where(edges.kind == "bridge", 1, 0),
            "width_m": [2 * (section.kerb_m or section.half_m) for section in sections],
            "lanes": [section.lanes for section in sections],
            "oneway": False,
            "drivable": ~steps,
            "walkable": True,
            "steps": steps,
            "bridge": edges.kind == "bridge",
            "tunnel": False,
            "sidewalk": [section.kerb_m is not None for section in sections],
            "surface": [surfaces.get(name, "asphalt") for name in classes],
            "built_year": np.where(great, 2009, records.built_year),
            "overhauled_year": pd.Series(records.overhauled_year, dtype="Int64").mask(records.overhauled_year == 0),
            "length_3d_m": streets.length_3d.round(2),
            "geom": street_lines(streets),
        }
    )
