"""Ground and top of city objects, from the vertices of their finest geometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cim.etl.readers.cityjson_footprints import level_number
from cim.etl.readers.cityjson_objects import APPENDAGES, CityObject
from cim.etl.readers.cityjson_polygons import Floats, starts
from cim.etl.readers.cityjson_semantics import GROUND
from cim.etl.readers.cityjson_surfaces import Surfaces

GROUND_MIN, GROUND_MAX, TOP = 0, 1, 2
"""Columns of what `levels` returns."""


def levels(found: Surfaces, objects: Sequence[CityObject]) -> Floats:
    """Return lowest ground, highest ground and highest point of each object, city heights in metres.

    Ground is that of the ground surfaces, else the lowest vertex (and then the highest ground is not known).
    A building takes in its parts. What a LoD 0 footprint alone cannot tell is NaN.

    Returns
    -------
    ndarray
        (objects, 3).
    """
    out = np.full((len(objects), 3), np.nan)
    geometries = _geometry_levels(found)
    finest: dict[int, tuple[float, int]] = {}
    for number, piece in enumerate(found.pieces):
        rank = (level_number(piece.lod), number)
        finest[piece.owner] = max(finest.get(piece.owner, rank), rank)
    for owner, (lod, number) in finest.items():
        out[owner] = geometries[number]
        if lod < 1:
            out[owner, GROUND_MAX:] = np.nan
    _take_in_parts(out, objects)
    return out


def _geometry_levels(found: Surfaces) -> Floats:
    """Return ground and top of each geometry."""
    count = len(found.pieces)
    z = found.points[:, 2]
    first_ring = starts(found.polygons.ring_count)
    polygon_at = found.polygons.ring_start[first_ring]
    geometry_at = polygon_at[found.polygon_start]
    low, high = np.minimum.reduceat(z, geometry_at), np.maximum.reduceat(z, geometry_at)
    ground = found.kind == GROUND
    where = found.polygons.polygon_geometry[ground]
    ground_low, ground_high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(ground_low, where, np.minimum.reduceat(z, polygon_at)[ground])
    np.maximum.at(ground_high, where, np.maximum.reduceat(z, polygon_at)[ground])
    known = np.isfinite(ground_low)
    return np.column_stack([np.where(known, ground_low, low), np.where(known, ground_high, np.nan), high])


def _take_in_parts(out: Floats, objects: Sequence[CityObject]) -> None:
    """Widen the levels of parents by those of their parts; parts stand after their parents."""
    place = {item.key: position for position, item in enumerate(objects)}
    for position in range(len(objects) - 1, -1, -1):
        item = objects[position]
        above = place.get(item.parent) if item.parent else None
        if above is None or above >= position or item.kind in APPENDAGES or item.theme != "building":
            continue
        out[above, GROUND_MIN] = np.fmin(out[above, GROUND_MIN], out[position, GROUND_MIN])
        out[above, GROUND_MAX:] = np.fmax(out[above, GROUND_MAX:], out[position, GROUND_MAX:])
