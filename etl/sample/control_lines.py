"""Control lines of the made-up control plan: red ones along streets, and green, blue, yellow and purple ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample.blocks import outlines
from cim.etl.sample.kerbside import sides
from cim.etl.sample.landuse import LAND_USE, District, green_spaces
from cim.etl.sample.roads import StreetRecords
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.streets import Streets
from cim.etl.sample.territory import district_outline, river_outline

PLAN = "两江样例区控制性详细规划（合成）"
"""The plan that sets them."""
BLUE_M = 12.0
"""Width that the blue line keeps free beside the water, metres."""
INFRASTRUCTURE = ("waterworks", "treatment", "substation", "energy")
"""Uses of blocks that a yellow line encloses."""
_APPROVED_ON = dt.date(2022, 6, 30)


def control_lines(land: District, records: StreetRecords) -> pd.DataFrame:
    """Return all control lines of a district: red and blue ones as lines, the others as the areas that they enclose."""
    parts = [red_lines(land.streets, records), green_lines(land), blue_lines(land), yellow_lines(land)]
    return pd.concat([*parts, purple_lines(land)], ignore_index=True).assign(plan=PLAN, approved_on=_APPROVED_ON)


def red_lines(streets: Streets, records: StreetRecords) -> pd.DataFrame:
    """Return the red lines (道路红线) on both sides of every street but bridges."""
    half = np.array([SECTIONS[str(name)].half_m for name in streets.edges.road_class])
    found = [sides(streets, sign * half, streets.edges.kind != "bridge") for sign in (1.0, -1.0)]
    edges = np.concatenate([edges for _, edges in found])
    letters = np.repeat(["L", "R"], [len(edges) for _, edges in found])
    number = streets.district.number
    return pd.DataFrame(
        {
            "source_key": [f"HX{number:03d}{edge:05d}{side}" for edge, side in zip(edges, letters, strict=True)],
            "kind": "red",
            "name": records.name[edges],
            "width_m": 2 * half[edges],
            "geom": shapely.force_2d(np.concatenate([lines for lines, _ in found])),
        }
    )


def green_lines(land: District) -> pd.DataFrame:
    """Return the green lines (绿线) about parks, squares, greenways and protective woods."""
    green = green_spaces(land)
    return _lines("green", "LX", land, zip(green["name"], green["geom"], strict=True))


def blue_lines(land: District) -> pd.DataFrame:
    """Return the blue lines (蓝线) along both banks of the rivers, as far as the district reaches."""
    streets = land.streets
    water = river_outline(land.relief, streets.valley, streets.district)
    # Of the outline about the water; across it, where the neighbour's river goes on, there is no line.
    edge = shapely.boundary(shapely.buffer(water, BLUE_M))
    banks = shapely.line_merge(shapely.intersection(edge, district_outline(land.relief, streets.district)))
    return _lines("blue", "SX", land, (("样江、样溪", part) for part in shapely.get_parts(banks))).assign(
        width_m=BLUE_M
    )


def yellow_lines(land: District) -> pd.DataFrame:
    """Return the yellow lines (黄线) about land of water works, treatment plants, substations and heating plants."""
    shapes = outlines(land.relief, land.streets, land.blocks, to_middle=False)
    found = [(LAND_USE[str(use)][1], shapes[index]) for index, use in enumerate(land.use) if use in INFRASTRUCTURE]
    return _lines("yellow", "JX", land, found)


def purple_lines(land: District) -> pd.DataFrame:
    """Return the purple line (紫线) about the block of the old town that is next to the river, if there is old town."""
    old = np.flatnonzero(land.use == "old")
    nearest = old[np.argsort(land.blocks.from_river[old], kind="stable")][:1]
    shapes = outlines(land.relief, land.streets, land.blocks, to_middle=False)
    return _lines("purple", "ZX", land, (("样江老街历史文化街区（合成）", shapes[index]) for index in nearest))


def _lines(kind: str, letters: str, land: District, found: Iterable[tuple[str, shapely.Geometry]]) -> pd.DataFrame:
    """Return control lines of one kind, numbered."""
    number = land.streets.district.number
    rows = [(f"{letters}{number:03d}{index:04d}", kind, name, geom) for index, (name, geom) in enumerate(found)]
    return pd.DataFrame(rows, columns=["source_key", "kind", "name", "geom"])
