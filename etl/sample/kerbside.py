"""What stands beside the carriageway: kerbs and trees."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample.blocks import Blocks, outlines
from cim.etl.sample.clearance import segments
from cim.etl.sample.network import Network
from cim.etl.sample.randomness import Bools, Floats, Ints, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.shapes import Shapes, lines
from cim.etl.sample.streets import Names, Streets, chain

SPECIES = ("黄葛树", "香樟", "银杏", "桂花", "小叶榕", "蓝花楹")
"""Street trees of the region."""

PIPE_CLEAR_M = {"water": 1.8, "gas": 0.95, "power": 1.0, "telecom": 1.8, "heat": 1.9, "storm": 2.2, "sewage": 2.0}
"""Least distance of a trunk from a pipe's axis: GB 50289-2016 4.1.9 (unverified) and half a pipe."""

_SPACING_M = 13.0
_PARK_TREES_M2 = 190.0


def sides(streets: Streets, offsets: Floats, chosen: Bools) -> tuple[Shapes, Ints]:
    """Return lines parallel to edges, between their inner points, clear of the corners.

    Parameters
    ----------
    streets
        The streets.
    offsets
        Distance of each edge's line to the left of its direction; negative: to the right.
    chosen
        Edges that get a line, where they have two inner points or more.

    Returns
    -------
    lines
        LineStringZ.
    edges
        Edge of each line.
    """
    xyz, begins = chain(streets.nodes.xyz, streets.points.xyz, streets.edges)
    ahead = np.zeros((len(xyz), 2))
    ahead[1:-1] = xyz[2:, :2] - xyz[:-2, :2]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    owner = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    inner = np.ones(len(xyz), dtype=bool)
    inner[begins[:-1]] = inner[begins[1:] - 1] = False
    inner &= (chosen & (np.diff(begins) >= 4))[owner]
    shift = offsets[owner][inner, None] * np.column_stack([-ahead[inner, 1], ahead[inner, 0]])
    moved = xyz[inner].copy()
    moved[:, :2] += shift
    edges, index = np.unique(owner[inner], return_inverse=True)
    return lines(moved, index), edges


def kerbs(streets: Streets) -> pd.DataFrame:
    """Return the kerbs on both sides of streets that have them."""
    classes = streets.edges.road_class
    kerb = np.array([SECTIONS[str(name)].kerb_m or 0.0 for name in classes])
    found = [sides(streets, sign * kerb, kerb > 0) for sign in (1.0, -1.0)]
    keys = [
        f"LY{streets.district.number:03d}{edge:05d}{letter}"
        for (_, edges), letter in zip(found, "LR", strict=True)
        for edge in edges
    ]
    return pd.DataFrame({"source_key": keys, "kind": "kerb", "geom": np.concatenate([part for part, _ in found])})


def trees(relief: Relief, streets: Streets, blocks: Blocks, use: Names) -> pd.DataFrame:
    """Return the trees along streets, and those of parks and woods."""
    rng = stream(relief.plan.seed, "trees", streets.district.number)
    xy = np.concatenate([_street_trees(streets), _park_trees(rng, relief, streets, blocks, use)])
    z = relief.height_at(xy[:, 0], xy[:, 1])
    age = rng.uniform(4, 55, len(xy))
    return pd.DataFrame(
        {
            "source_key": [f"SM{streets.district.number:03d}{n:06d}" for n in range(len(xy))],
            "species": rng.choice(SPECIES, len(xy)),
            "height_m": (3.0 + 11.0 * (1 - np.exp(-age / 25))).round(1),
            "crown_m": (1.5 + 7.5 * (1 - np.exp(-age / 28))).round(1),
            "trunk_cm": (6.0 + 0.9 * age).round(0),
            "planted_year": (2025 - age).astype(int),
            "geom": shapely.points(np.column_stack([xy, z]).round(2)),
        }
    )


def clear_of_pipes(trees: pd.DataFrame, networks: Mapping[str, Network]) -> pd.DataFrame:
    """Return the trees that stand far enough from every pipe: at bends the lanes come near the tree rows."""
    places = shapely.force_2d(trees["geom"].to_numpy())
    index = shapely.STRtree(places)
    near = [
        index.query(segments(network), predicate="dwithin", distance=PIPE_CLEAR_M[name])[1]
        for name, network in networks.items()
    ]
    keep = np.ones(len(trees), dtype=bool)
    keep[np.concatenate(near)] = False
    return trees[keep]


def _street_trees(streets: Streets) -> Floats:
    classes = streets.edges.road_class
    offset = np.array([SECTIONS[str(name)].tree_m or 0.0 for name in classes])
    both = np.array([SECTIONS[str(name)].both_sides for name in classes])
    grown = (offset > 0) & (streets.edges.kind != "bridge") & (streets.edges.kind != "pass")
    # Of narrow streets the right-hand side: south of contour streets, east of climbing ones is the pipes'.
    right = np.where(streets.edges.kind == "climb", 1.0, -1.0)
    places = []
    for sign, chosen in ((right, grown), (-right, grown & both)):
        rows, _ = sides(streets, sign * offset, chosen)
        length = np.asarray(shapely.length(rows))
        count = (length // _SPACING_M).astype(int)
        owner = np.repeat(np.arange(len(rows)), count)
        order = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        points = shapely.line_interpolate_point(rows[owner], (order + 0.5) * _SPACING_M)
        places.append(shapely.get_coordinates(points))
    return np.concatenate(places)


def _park_trees(rng: np.random.Generator, relief: Relief, streets: Streets, blocks: Blocks, use: Names) -> Floats:
    green = np.flatnonzero(np.isin(use, ["park", "wood"]))
    if not len(green):
        return np.empty((0, 2))
    land = shapely.buffer(outlines(relief, streets, blocks, to_middle=False)[green], -3.0)
    count = (shapely.area(land) / _PARK_TREES_M2).astype(int)
    west, south, east, north = shapely.bounds(land)[np.repeat(np.arange(len(green)), count)].T
    x, y = rng.uniform(west, east), rng.uniform(south, north)
    inside = shapely.contains_xy(land[np.repeat(np.arange(len(green)), count)], x, y)
    return np.column_stack([x, y])[inside]
