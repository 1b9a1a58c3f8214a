"""Geometries of a batch of city objects: surfaces, lines and points, templates put in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cim.crs import Transformation
from cim.etl.places import on_grid
from cim.etl.readers.cityjson_objects import CityObject
from cim.etl.readers.cityjson_polygons import DEPTH, MALFORMED, Floats, Ints, as_solids
from cim.etl.readers.cityjson_templates import Template

LINES = frozenset({"MultiPoint", "MultiLineString"})
"""Geometry types that no surface holds."""


@dataclass(frozen=True)
class Vertices:
    """Vertices of a batch of features."""

    source: Floats
    """(n, 3) in the source's CRS."""
    points: Floats
    """(n, 3) the same in the city's CRS and datum, metres."""
    start: Ints
    """First vertex of each feature."""
    size: Ints
    """Vertices of each feature."""


class Piece(NamedTuple):
    """A geometry made of polygons, not yet flattened."""

    owner: int
    """Position of its object."""
    lod: str
    """Level of detail."""
    kind: str
    """Geometry type; for an instance that of its template."""
    solids: Any
    """Boundaries as solids of shells of surfaces."""
    body: Mapping[str, Any]
    """Geometry as in the file, or the template."""
    start: int
    """Its first vertex."""
    size: int
    """How many vertices it may point to."""
    instance: Mapping[str, Any] | None
    """The instance, where it is one."""


class Thread(NamedTuple):
    """A geometry made of lines or points."""

    owner: int
    """Position of its object."""
    lod: str
    """Level of detail."""
    kind: str
    """MultiPoint or MultiLineString."""
    lines: list[Ints]
    """Vertices of each line; for a MultiPoint one run of them."""


class Fault(NamedTuple):
    """Why an object is refused."""

    code: str
    """Code of the reject."""
    reason: str
    """What is wrong."""


class Gathered(NamedTuple):
    """All geometries of a batch."""

    pieces: list[Piece]
    """Those of polygons."""
    threads: list[Thread]
    """Those of lines and points."""
    points: Floats
    """(n, 3) vertices in the city's CRS, those of instances at the end."""
    faults: dict[int, Fault]
    """Objects whose geometry cannot be read, by position."""


def gather(
    objects: Sequence[CityObject], vertices: Vertices, templates: Sequence[Template], transform: Transformation
) -> Gathered:
    """Collect the geometries of all objects, with templates put in their places."""
    pieces: list[Piece] = []
    threads: list[Thread] = []
    faults: dict[int, Fault] = {}
    added: list[Floats] = []
    end = len(vertices.points)
    for position, item in enumerate(objects):
        start, size = int(vertices.start[item.feature]), int(vertices.size[item.feature])
        for number, body in enumerate(item.body.get("geometry") or ()):
            try:
                kind, lod = body["type"], body.get("lod")
                if kind in LINES:
                    threads.append(Thread(position, level(lod), kind, _threads(kind, body["boundaries"], start, size)))
                elif kind == "GeometryInstance":
                    piece, placed = _instance(position, body, templates, vertices.source[start : start + size], end)
                    pieces.append(piece)
                    added.append(placed)
                    end += len(placed)
                else:
                    solids = as_solids(kind, body["boundaries"])
                    pieces.append(Piece(position, level(lod), kind, solids, body, start, size, None))
            except MALFORMED as error:
                faults[position] = _fault(number, body, error)
    points = vertices.points
    if added:
        points = np.concatenate([points, on_grid(transform.points(np.concatenate(added)))])
    return Gathered(pieces, threads, points, faults)


def level(lod: Any) -> str:
    """Return a level of detail as text; older files write numbers."""
    if type(lod) is str and lod and lod[0] > " " < lod[-1]:
        return lod
    if isinstance(lod, str | int | float) and not isinstance(lod, bool) and str(lod).strip():
        return str(lod).strip().removesuffix(".0") if isinstance(lod, float) else str(lod).strip()
    raise ValueError("has no lod")


def _threads(kind: str, boundaries: Any, start: int, size: int) -> list[Ints]:
    """Return vertex numbers of lines or points."""
    runs = [boundaries] if kind == "MultiPoint" else boundaries
    lines = [np.array(run, dtype=np.int64) for run in runs]
    for line in lines:
        if line.ndim != 1 or line.size < (1 if kind == "MultiPoint" else 2):
            raise ValueError("has an empty line")
        if line.min() < 0 or line.max() >= size:
            raise IndexError(f"points to vertex {line.max()} of {size}")
    return [line + start for line in lines]


def _instance(
    owner: int, body: Mapping[str, Any], templates: Sequence[Template], vertices: Floats, end: int
) -> tuple[Piece, Floats]:
    """Put a template in its place: multiply by the matrix, move to the reference point (CityJSON 2.0, section 3.4)."""
    number, place = body["template"], body["boundaries"][0]
    if not 0 <= number < len(templates):
        raise IndexError(f"points to template {number} of {len(templates)}")
    if not 0 <= place < len(vertices):
        raise IndexError(f"points to vertex {place} of {len(vertices)}")
    template = templates[number]
    matrix = np.array(body["transformationMatrix"], dtype=np.float64).reshape(4, 4)
    placed = template.vertices @ matrix[:3, :3].T + matrix[:3, 3] + vertices[place]
    lod = level(template.body.get("lod"))
    piece = Piece(owner, lod, template.body["type"], template.solids, template.body, end, len(placed), body)
    return piece, placed


def _fault(number: int, body: Any, error: Exception) -> Fault:
    """Say what is wrong with a geometry."""
    if isinstance(error, KeyError) and isinstance(body, dict):
        kind = body.get("type")
        if kind is not None and kind not in DEPTH and kind not in LINES and kind != "GeometryInstance":
            return Fault("geometry.type", f"geometry {number} has unknown type {kind!r}")
        return Fault("geometry.malformed", f"geometry {number} lacks {error.args[0]!r}")
    code = "geometry.dangling_vertex" if isinstance(error, IndexError) else "geometry.malformed"
    return Fault(code, f"geometry {number} {error}")
