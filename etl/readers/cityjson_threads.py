"""Lines and points of city objects: no surface holds them, so they stand among the attributes, in city coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from cim.etl.readers.cityjson_pieces import Fault, Thread
from cim.etl.readers.cityjson_polygons import FARTHEST_M, Floats

NAME = "lines_and_points"
"""Attribute that holds them."""


def far_threads(threads: Sequence[Thread], points: Floats) -> dict[int, Fault]:
    """Find, by owner, lines and points that the city's CRS cannot hold."""
    fault = Fault("geometry.not_finite", "has coordinates that the city's CRS cannot express")
    return {
        thread.owner: fault
        for thread in threads
        if not all((np.abs(points[line]) < FARTHEST_M).all() for line in thread.lines)
    }


def kept_threads(threads: Sequence[Thread], points: Floats) -> dict[int, list[dict[str, Any]]]:
    """Return, by owner, type, lod and coordinates (city CRS, three-dimensional) of each geometry."""
    out: dict[int, list[dict[str, Any]]] = {}
    for thread in threads:
        lines = [points[line].tolist() for line in thread.lines]
        coordinates = lines[0] if thread.kind == "MultiPoint" else lines
        record = {"type": thread.kind, "lod": thread.lod, "coordinates": coordinates}
        out.setdefault(thread.owner, []).append(record)
    return out


def thread_shapes(threads: Sequence[Thread], points: Floats) -> dict[int, shapely.Geometry]:
    """Return, by owner, a flat shape of its first geometry."""
    out: dict[int, shapely.Geometry] = {}
    for thread in threads:
        if thread.owner not in out:
            flat = [points[line, :2] for line in thread.lines]
            many = shapely.MultiPoint(flat[0]) if thread.kind == "MultiPoint" else shapely.MultiLineString(flat)
            out[thread.owner] = many
    return out
