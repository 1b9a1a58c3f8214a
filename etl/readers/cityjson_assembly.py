"""From the objects of a batch to their geometry: what cannot be read is refused, the rest is put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import shapely

from cim.crs import Transformation
from cim.etl.batch import Reject
from cim.etl.readers.cityjson_document import Chunk
from cim.etl.readers.cityjson_footprints import Shapes, areas, footprints
from cim.etl.readers.cityjson_frames import Assembly, remark
from cim.etl.readers.cityjson_heights import levels
from cim.etl.readers.cityjson_objects import APPENDAGES, CityObject
from cim.etl.readers.cityjson_pieces import Fault, Gathered, Vertices, gather
from cim.etl.readers.cityjson_surfaces import Surfaces, surfaces
from cim.etl.readers.cityjson_threads import far_threads, kept_threads, thread_shapes
from cim.etl.readers.cityjson_wkb import multipolygon_z


def assembled(
    chunk: Chunk, objects: Sequence[CityObject], vertices: Vertices, transform: Transformation, srid: int
) -> tuple[Assembly, list[Reject]]:
    """Return the geometry of all objects that have a sound one, and the rejects and remarks on the others."""
    rejects: list[Reject] = []
    while True:
        gathered, found, faults = _attempt(chunk, objects, vertices, transform)
        if not faults:
            break
        # A batch without the broken objects is read again: they are few, and all sound ones stay vectorised.
        rejects += [remark(objects[at], fault, "error") for at, fault in sorted(faults.items())]
        objects = [item for at, item in enumerate(objects) if at not in faults]
    shapes, remarks = _shapes(objects, gathered, found)
    rejects += remarks
    height = np.full((len(objects), 3), np.nan) if found is None else levels(found, objects)
    wkb = pa.array([], pa.binary()) if found is None else multipolygon_z(found.polygons, found.points, srid)
    threads = kept_threads(gathered.threads, gathered.points)
    library = chunk.header.appearance
    return Assembly(chunk.features, objects, found, shapes, height, threads, library, transform, wkb), rejects


def _attempt(
    chunk: Chunk, objects: Sequence[CityObject], vertices: Vertices, transform: Transformation
) -> tuple[Gathered, Surfaces | None, dict[int, Fault]]:
    """Read all geometries; with any fault there are no surfaces."""
    gathered = gather(objects, vertices, chunk.header.templates, transform)
    faults = gathered.faults or far_threads(gathered.threads, gathered.points)
    if faults:
        return gathered, None, faults
    found, faults = surfaces(gathered.pieces, gathered.points) if gathered.pieces else (None, {})
    if not faults:
        faults = _without_geometry(objects, gathered, found)
    return gathered, found if found and found.pieces else None, faults


def _without_geometry(objects: Sequence[CityObject], gathered: Gathered, found: Surfaces | None) -> dict[int, Fault]:
    """Find objects that have no geometry, nor a part that has one; groups need none."""
    shown = {thread.owner for thread in gathered.threads} | {piece.owner for piece in (found.pieces if found else ())}
    place = {item.key: at for at, item in enumerate(objects)}
    for at in range(len(objects) - 1, -1, -1):
        above = place.get(objects[at].parent or "")
        if at in shown and above is not None:
            shown.add(above)
    fault = Fault("geometry.missing", "has no geometry, nor has any of its parts")
    return {at: fault for at, item in enumerate(objects) if at not in shown and item.kind != "CityObjectGroup"}


def _shapes(objects: Sequence[CityObject], gathered: Gathered, found: Surfaces | None) -> tuple[Shapes, list[Reject]]:
    """Return a flat shape for each object, and remarks."""
    shapes: Shapes = np.full(len(objects), None, dtype=object)
    remarks: list[Reject] = []
    if found is not None:
        shapes, repaired = footprints(found, len(objects))
        fault = Fault("geometry.repaired_footprint", "the footprint crossed itself and was made valid")
        remarks = [remark(objects[at], fault) for at in repaired]
        remarks += [remark(objects[at], fault) for at, fault in found.remarks]
        _upright(shapes, objects, found)
    for at, shape in thread_shapes(gathered.threads, gathered.points).items():
        if shapes[at] is None and objects[at].theme != "building":
            shapes[at] = shape
    _from_parts(shapes, objects)
    return shapes, remarks


def _upright(shapes: Shapes, objects: Sequence[CityObject], found: Surfaces) -> None:
    """Give objects that only stand upright, such as a wall, the line they stand on."""
    # Points of a geometry lie side by side.
    ends = np.searchsorted(found.polygons.point_geometry, np.arange(len(found.pieces) + 1)).tolist()
    for number, piece in enumerate(found.pieces):
        if shapes[piece.owner] is None and objects[piece.owner].theme != "building":
            mine = found.points[ends[number] : ends[number + 1], :2]
            shapes[piece.owner] = shapely.convex_hull(shapely.MultiPoint(mine))


def _from_parts(shapes: Shapes, objects: Sequence[CityObject]) -> None:
    """Give a building without a footprint of its own the union of its parts'."""
    place = {item.key: at for at, item in enumerate(objects)}
    parts: dict[int, list[shapely.Geometry]] = {}
    for at in range(len(objects) - 1, -1, -1):
        if at in parts and shapes[at] is None:
            shapes[at] = areas(shapely.union_all(parts[at]))
        above = place.get(objects[at].parent or "")
        counts = objects[at].theme == "building" and objects[at].kind not in APPENDAGES
        if above is not None and counts and shapes[at] is not None:
            parts.setdefault(above, []).append(shapes[at])
