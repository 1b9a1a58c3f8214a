"""A cross-section (横断面): what a line drawn on the ground cuts below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim.analytics.errors import BadQuestion, UnknownPlace
from cim.analytics.ground_levels import ground_along, level_at
from cim.analytics.network.places import place_of
from cim.analytics.network.sections.pipe_sections import DrawnPipe, drawn_pipe, rounded
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.crs import transformation
from cim.store import Store
from cim.viewer import Viewer

GROUND_STEP_M = 0.5
"""Distance between the places at which the terrain is read, metres."""

LONGEST_M = 2_000.0
"""Longest section, metres."""

SHARPEST_DEG = 5.0
"""A pipe that meets the line at a smaller angle is named, not drawn: its cut would be a streak."""


@dataclass(frozen=True)
class Section:
    """A cross-section, in plain values that JSON can hold; offsets along the line and levels in metres."""

    length_m: float
    """Length of the line."""
    line: Sequence[tuple[float, float]]
    """The line: longitude and latitude, degrees."""
    cuts: Sequence[Mapping[str, Any]]
    """Pipes cut, from the start of the line: offset_m, segment_id, key, network, code, size, material, state, surveyed,
    width_m, height_m (over the walls), round, angle_deg (between pipe and line), cut_width_m (of the cut along the
    line), axis_m, crown_m, invert_m, ground_m, depth_m (ground to crown), spacing_m (clear, to the next cut)."""
    ground: Sequence[tuple[float, float]]
    """Ground line: offset and level; empty where there is no terrain."""
    beside: Sequence[Mapping[str, Any]]
    """What stands on the ground: kind (kerb, red_line, road, building), name, from_m, to_m."""
    left_out: Mapping[str, Any]
    """What is not known: code, count and sentences."""


def line_points(text: str) -> list[tuple[float, float]]:
    """Return the points of `lon,lat lon,lat …`; semicolons part them too.

    Raises
    ------
    BadQuestion
        It is written otherwise.
    """
    try:
        points = [tuple(float(number) for number in point.split(",")) for point in text.replace(";", " ").split()]
    except ValueError:
        points = [()]
    if any(len(point) != 2 for point in points):
        raise BadQuestion(f"{text[:60]!r} is no line", "write longitude,latitude longitude,latitude, in degrees")
    return [(point[0], point[1]) for point in points]


def drawn_line(store: Store, points: Sequence[tuple[float, float]]) -> shapely.LineString:
    """Return a line of longitudes and latitudes in the city's CRS.

    Raises
    ------
    BadQuestion
        It has no length, or too much of it.
    """
    if len(points) < 2:
        raise BadQuestion("a section follows a line", "give two points or more")
    degrees = np.array(points, float)
    if not np.isfinite(degrees).all() or (np.abs(degrees) > [180, 90]).any():
        raise BadQuestion("the line does not lie on the earth", "give longitude,latitude in degrees", "LineNowhere")
    way = transformation("EPSG:4326", store.city, Path("line"))
    return _checked(shapely.LineString(np.column_stack(way.plane(degrees[:, 0], degrees[:, 1]))))


def line_across(store: Store, viewer: Viewer, segment: int | str, width_m: float) -> shapely.LineString:
    """Return a line across a pipe segment, through its middle, as long on both sides.

    Raises
    ------
    UnknownPlace, AmbiguousPlace
        There is no such segment.
    """
    place = place_of(store, viewer, segment)
    rows = store.rows(viewer, query("network.sections", "path"), {"segments": [place.feature_id]})
    if not rows:
        raise UnknownPlace(segment, "that is a pipe segment")
    axis = shapely.LineString(drawn_pipe(rows[0]).course[:, :2])
    middle, after = (axis.interpolate(share, normalized=True) for share in (0.5, 0.501))
    along = np.array([after.x - middle.x, after.y - middle.y])
    across = np.array([-along[1], along[0]]) / (np.hypot(*along) or 1.0) * width_m / 2
    centre = np.array([middle.x, middle.y])
    # From west to east, as maps are read.
    ends = sorted([tuple(centre - across), tuple(centre + across)])
    return _checked(shapely.LineString(ends))


def section(store: Store, viewer: Viewer, line: shapely.LineString, data_dir: Path) -> Section:
    """Return what a line cuts.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    line
        In the city's CRS.
    data_dir
        Folder of what the platform keeps; rasters stand in it.
    """
    ground = ground_along(store, viewer, data_dir, line, GROUND_STEP_M)
    asked = {"line": shapely.to_wkb(line), "srid": store.city.srid}
    pipes = [drawn_pipe(row) for row in store.rows(viewer, query("network.sections", "crossing"), asked)]
    met = sorted(
        ((offset, axis, angle, pipe) for pipe in pipes for offset, axis, angle in pipe.crossings(line)),
        key=lambda each: (each[0], each[1]),
    )
    cuts = [_cut(*each, ground) for each in met if each[2] >= SHARPEST_DEG]
    for cut, after in pairwise(cuts):
        cut["spacing_m"] = _spacing(cut, after)
    beside = _beside(store.rows(viewer, query("network.sections", "beside"), asked), line)
    way = transformation("EPSG:4326", store.city, Path("line"))
    longitude, latitude = way.source_plane(*(np.array(part) for part in zip(*line.coords, strict=True)))
    counts = {
        "pipe_without_level": sum(cut["axis_m"] is None for cut in cuts),
        "pipe_depth_not_surveyed": sum(cut["axis_m"] is not None and not cut["surveyed"] for cut in cuts),
        "pipe_without_size": sum(cut["height_m"] is None for cut in cuts),
        "pipe_along_line": len(met) - len(cuts),
        "no_terrain_section": int(not ground),
    }
    return Section(
        round(line.length, 2),
        [(round(float(x), 7), round(float(y), 7)) for x, y in zip(longitude, latitude, strict=True)],
        cuts,
        ground,
        beside,
        left_out(counts),
    )


def _checked(line: shapely.LineString) -> shapely.LineString:
    if not 0.1 <= line.length <= LONGEST_M:
        values = {"length": round(line.length, 1), "most": LONGEST_M}
        raise BadQuestion(
            f"the line is {line.length:,.1f} m long", f"draw 0.1 to {LONGEST_M:,.0f} m", "LineLength", **values
        )
    return line


def _cut(
    offset: float, axis: float, angle: float, pipe: DrawnPipe, ground: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """Return what the section tells of a pipe that it cuts."""
    above = level_at(ground, offset)
    crown = pipe.crown_m(axis)
    skew = None if pipe.outer_width_m is None else pipe.outer_width_m / np.sin(np.radians(angle))
    return {
        "offset_m": rounded(offset, 2),
        "segment_id": pipe.segment_id,
        "key": pipe.key,
        "network": pipe.network,
        "code": pipe.class_code,
        "size": pipe.size,
        "material": pipe.material,
        "state": pipe.state,
        "surveyed": pipe.surveyed,
        "width_m": rounded(pipe.outer_width_m),
        "height_m": rounded(pipe.outer_height_m),
        "round": pipe.round,
        "angle_deg": round(angle, 1),
        "cut_width_m": rounded(skew),
        "axis_m": rounded(axis),
        "crown_m": rounded(crown),
        "invert_m": rounded(pipe.invert_m(axis)),
        "ground_m": rounded(above),
        "depth_m": rounded(None if above is None or crown is None else above - crown, 2),
        "spacing_m": None,
    }


def _spacing(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Return the clear distance along the line between two cuts; below zero where one lies over the other."""
    if one["cut_width_m"] is None or other["cut_width_m"] is None:
        return None
    away = other["offset_m"] - one["offset_m"]
    return rounded(away - (one["cut_width_m"] + other["cut_width_m"]) / 2, 2)


def _beside(rows: Sequence[Mapping[str, Any]], line: shapely.LineString) -> list[dict[str, Any]]:
    """Return where the line crosses what stands on the ground."""
    found = []
    for row in rows:
        met = shapely.from_wkb(row["geom"])
        for part in getattr(met, "geoms", [met]):
            if part.is_empty:
                continue
            ends = [line.project(shapely.Point(place)) for place in shapely.get_coordinates(part)]
            found.append(
                {
                    "kind": row["kind"],
                    "name": row["name"],
                    "from_m": rounded(min(ends), 2),
                    "to_m": rounded(max(ends), 2),
                }
            )
    return sorted(found, key=lambda each: (each["from_m"], each["kind"]))
