"""Where the parts of a utility network are: axes of pipes, places of manholes, and which ends where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely

from cim.etl.readers.citygml_network_axes import Axis, axis, corners, outline
from cim.etl.readers.cityjson_polygons import DEPTH, Floats

_LEVELS = ("2", "3", "4", "1", "0")
"""Levels in the order in which they tell an axis: 2 is the outside, 3 and 4 may show what lies inside, 1 is a box."""
_REACH_M = 0.1
"""An end that lies within a node's outline, or this far outside, is at that node."""

_MEETING_M = 0.02
"""Ends that lie this near one another, and in no manhole, are one node."""


class ElementType(NamedTuple):
    """What an element of i-UR is to us."""

    theme: str
    """pipe_node or pipe_segment."""
    kind: str
    """Kind of the node or segment."""
    network: str
    """Network; sewer where the name decides between storm, sewage and combined; empty: not told."""


@dataclass
class Node:
    """A node with its place."""

    record: str
    """Where it stands in the file."""
    key: str
    """Its gml:id."""
    body: dict[str, Any]
    """Its CityJSON object."""
    kind: ElementType
    """What it is."""
    place: Floats
    """(3,) easting, northing and height, city CRS; the height is the bottom where the shape has one."""
    radius: float
    """Radius of its outline, metres; 0 for a point."""
    top: float
    """Height of its top, metres; NaN where not known."""
    network: str | None = None
    """Network, settled when all are read."""


@dataclass
class Segment:
    """A segment with its axis."""

    record: str
    """Where it stands in the file."""
    key: str
    """Its gml:id, with `#2` and so on for further parts."""
    body: dict[str, Any]
    """Its CityJSON object."""
    kind: ElementType
    """What it is."""
    line: Floats
    """(n, 3) points of the axis, city CRS."""
    section: Axis | None
    """Section measured on the shape; None where the shape is a line or a mere box."""
    network: str | None = None
    """Network, settled when all are read."""


class Unplaced(Exception):
    """A record has no place."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code, self.reason, self.remedy = code, reason, remedy
        super().__init__(reason)


_NO_HEIGHT = Unplaced(
    "height.missing",
    "is drawn without heights (all are 0)",
    "give options.axis_level_m, or load it with kind = citygml as a map symbol",
)


def _best(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an object's geometries, the one that tells most first."""
    rank = {lod: at for at, lod in enumerate(_LEVELS)}
    return sorted(body.get("geometry") or (), key=lambda item: rank.get(str(item["lod"]), len(rank)))


def place_segment(
    record: str, key: str, body: dict[str, Any], kind: ElementType, points: Floats, level: float | None
) -> list[Segment]:
    """Return the segments of an object: one, or one for each of the lines that it is drawn as.

    Raises
    ------
    Unplaced
        It has no geometry that has an axis, or one without heights and nobody has said how high it is.
    """
    flat: list[Floats] = []
    for geometry in _best(body):
        if geometry["type"] in DEPTH:
            found = axis(corners(geometry, points))
            if found is not None:
                # A box of level 1 stands for a pipe, as wide as it is drawn: it is no measure of it.
                measured = found if str(geometry["lod"]) != "1" else None
                return [Segment(record, key, body, kind, found.line, measured)]
        elif geometry["type"] == "MultiLineString":
            lines = [points[np.asarray(line)] for line in geometry["boundaries"]]
            if any((line[:, 2] != 0).any() for line in lines):
                return _along(record, key, body, kind, lines)
            flat = flat or lines
    if not flat:
        raise Unplaced(
            "geometry.no_axis", "has no geometry that shows an axis", "give it a line, or a straighter shape"
        )
    if level is None:
        raise _NO_HEIGHT
    return _along(record, key, body, kind, [np.column_stack([line[:, :2], np.full(len(line), level)]) for line in flat])


def _along(record: str, key: str, body: dict[str, Any], kind: ElementType, lines: Sequence[Floats]) -> list[Segment]:
    """Return a segment for each line."""
    keys = [key if number == 1 else f"{key}#{number}" for number in range(1, len(lines) + 1)]
    return [Segment(record, name, body, kind, line, None) for name, line in zip(keys, lines, strict=True)]


def place_node(
    record: str, key: str, body: dict[str, Any], kind: ElementType, points: Floats, level: float | None
) -> Node:
    """Return a node: the middle of its outline and its bottom, or its point.

    Raises
    ------
    Unplaced
        It has no geometry, or one without heights and nobody has said how high it is.
    """
    for geometry in _best(body):
        if geometry["type"] in DEPTH:
            found = corners(geometry, points)
            middle, radius = outline(found)
            bottom, top = float(found[:, 2].min()), float(found[:, 2].max())
            return Node(record, key, body, kind, np.array([*middle, bottom]), radius, top)
    drawn = [item for item in body.get("geometry") or () if item["type"] == "MultiPoint"]
    if not drawn:
        raise Unplaced("geometry.missing", "has no geometry", "give it a point or a shape")
    place = points[np.asarray(drawn[0]["boundaries"])].mean(axis=0)
    if place[2] == 0:
        if level is None:
            raise _NO_HEIGHT
        place[2] = level
    return Node(record, key, body, kind, place, 0.0, np.nan)


Ends = dict[int, list[Node | None]]
"""Node at the start and at the end of each segment, by the id of the segment object."""


def snapped(segments: Sequence[Segment], nodes: Sequence[Node]) -> Ends:
    """Return the nodes within whose outline each segment begins and ends; the file itself names none."""
    shapes = [shapely.Point(node.place[:2]).buffer(node.radius + _REACH_M) for node in nodes]
    tree = shapely.STRtree(shapes)

    def at(place: Floats) -> Node | None:
        inside = tree.query(shapely.Point(place[:2]), predicate="intersects")
        away = [float(np.hypot(*(nodes[number].place[:2] - place[:2]))) for number in inside]
        return nodes[inside[int(np.argmin(away))]] if len(inside) else None

    out: Ends = {}
    for segment in segments:
        start, end = at(segment.line[0]), at(segment.line[-1])
        # Both within one manhole: it leads nowhere that the file shows.
        out[id(segment)] = [start, None if end is start else end]
    return out


def free_ends(segments: Sequence[Segment], ends: Ends) -> list[Node]:
    """Return nodes for the ends that lie in no manhole, and enter them in `ends`: pipes that meet share one."""
    made: dict[tuple[int, ...], Node] = {}
    for segment in segments:
        for at, name in ((0, "start"), (-1, "end")):
            if ends[id(segment)][at] is not None:
                continue
            place = segment.line[at]
            spot = tuple(np.round(place / _MEETING_M).astype(np.int64).tolist())
            if spot not in made:
                body = {"type": "End", "attributes": {"end_of": []}}
                kind = ElementType("pipe_node", "end", "")
                key = f"{segment.key}/{name}"
                made[spot] = Node(segment.record, key, body, kind, place, 0.0, np.nan, segment.network)
            node = ends[id(segment)][at] = made[spot]
            node.body["attributes"]["end_of"].append(segment.key)
            if len(node.body["attributes"]["end_of"]) == 2:
                node.kind = node.kind._replace(kind="junction")
    return list(made.values())
