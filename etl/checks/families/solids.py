"""Faces and solids: closed, with a volume, planar, not crossing themselves, wound rightly, alike in plan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.face_measures import Measures, free_edges
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding, Floats, Ints
from cim.etl.checks.register import tolerance
from cim.etl.checks.ring_crossings import crossing_rings
from cim.etl.checks.solid_rows import SOLIDS

Bools = npt.NDArray[np.bool_]
_GROUND, _ROOF = 1, 3
_UPRIGHT = 0.1
"""Share of the vertical in a normal below which a face looks neither up nor down."""


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the geometries of a batch that come with flat arrays of their faces."""
    for name, faces in batch.faces.items():
        rows = batch.details[name]
        if not len(rows):
            continue
        measures = Measures(faces)
        view = _View(measures, rows)
        yield from _faces(view)
        yield from _solids(view)
        yield from _plans(view)


class _View:
    """The geometries of a batch, and to which record and level each belongs."""

    def __init__(self, measures: Measures, rows: pd.DataFrame) -> None:
        self.measures = measures
        self.parent = rows["parent"].to_numpy(dtype=np.int64)
        self.lod = rows["lod"].to_numpy(dtype=object)
        self.is_solid: Bools = rows["geometry_type"].isin(SOLIDS).to_numpy()

    def places(self, geometries: Ints) -> Floats:
        """Return a point of each geometry."""
        return self.measures.faces.points[self.measures.geometry_point[geometries], :2]

    def counted(self, code: str, faulty: Bools, **values: object) -> Iterator[Finding]:
        """Tell of polygons, once for each geometry, with their number."""
        if not faulty.any():
            return
        count = np.bincount(self.measures.polygon_geometry[faulty], minlength=len(self.parent))
        where = np.flatnonzero(count)
        point = self.measures.polygon_point[faulty]
        first = np.unique(self.measures.polygon_geometry[faulty], return_index=True)[1]
        places = self.measures.faces.points[point[first], :2]
        told = {"faces": count[where], "lod": self.lod[where], **values}
        yield Finding(code, self.parent[where], told, places)


def _faces(view: _View) -> Iterator[Finding]:
    """Look at each face by itself."""
    measures = view.measures
    crossing, touching = (np.logical_or.reduceat(rings, measures.polygon_ring) for rings in crossing_rings(measures))
    narrow = tolerance("face.sliver", "width_m")
    # The halves of a face that crosses itself may cancel: that is no sliver.
    yield from view.counted("face.sliver", (measures.width < narrow) & ~crossing, width_m=narrow)
    uneven = measures.unevenness()
    faulty = uneven > tolerance("face.not_planar", "deviation_m")
    if faulty.any():
        worst = np.zeros(len(view.parent))
        np.maximum.at(worst, measures.polygon_geometry[faulty], uneven[faulty])
        yield from view.counted("face.not_planar", faulty, deviation=worst[worst > 0])
    yield from view.counted("face.self_intersection", crossing)
    yield from view.counted("face.touches_itself", touching & ~crossing)
    faces = measures.faces
    if len(faces.ring_size) > len(faces.ring_count):
        outer = np.repeat(measures.polygon_ring, faces.ring_count)
        hole = np.arange(len(faces.ring_size)) != outer
        alike = hole & ((measures.ring_normal * measures.ring_normal[:, outer]).sum(axis=0) > 0)
        yield from view.counted("face.hole_orientation", np.logical_or.reduceat(alike, measures.polygon_ring))


def _solids(view: _View) -> Iterator[Finding]:
    """Look at the solids: closed, with a volume, roof up and ground down."""
    if not view.is_solid.any():
        return
    measures = view.measures
    volume = measures.volume()
    of_solid = measures.polygon_geometry[measures.solid_start]
    is_open = np.zeros(len(view.parent), dtype=bool)
    of_shell = measures.polygon_geometry[measures.shell_start]
    suspects = np.flatnonzero(measures.open_shells() & view.is_solid[of_shell])
    edges = np.array([_free(measures, shell) for shell in suspects.tolist()], dtype=np.int64)
    suspects, edges = suspects[edges > 0], edges[edges > 0]
    is_open[of_shell[suspects]] = True
    if len(suspects):
        where = of_shell[suspects]
        yield Finding("solid.open", view.parent[where], {"lod": view.lod[where], "edges": edges}, view.places(where))
    least = tolerance("solid.no_volume", "volume_m3")
    flat = np.flatnonzero((volume < least) & view.is_solid[of_solid] & ~is_open[of_solid])
    if len(flat):
        where = of_solid[flat]
        values = {"lod": view.lod[where], "volume": volume[flat]}
        yield Finding("solid.no_volume", view.parent[where], values, view.places(where))
    sound = view.is_solid & ~is_open
    sound[of_solid[flat]] = False
    upward = measures.normal[2] / np.maximum(measures.area, 1e-12)
    kind = measures.faces.kind
    wrong = ((kind == _GROUND) & (upward > _UPRIGHT)) | ((kind == _ROOF) & (upward < -_UPRIGHT))
    yield from view.counted("solid.surface_orientation", wrong & sound[measures.polygon_geometry])


def _free(measures: Measures, shell: int) -> int:
    """Return how many edges of a shell have no partner."""
    polygons = np.append(measures.shell_start, len(measures.polygon_point))
    points = np.append(measures.polygon_point, len(measures.faces.points))
    begin, end = points[polygons[shell]], points[polygons[shell + 1]]
    return free_edges(measures.faces.points[begin:end], measures.next_point[begin:end] - begin)


def _plans(view: _View) -> Iterator[Finding]:
    """Compare the bounding boxes in plan of each record's levels of detail."""
    measures = view.measures
    points = measures.faces.points
    at = measures.geometry_point
    box = np.stack([-np.minimum.reduceat(points[:, 0], at), -np.minimum.reduceat(points[:, 1], at),
                    np.maximum.reduceat(points[:, 0], at), np.maximum.reduceat(points[:, 1], at)])  # fmt: skip
    order = np.argsort(view.parent, kind="stable")
    parents, first = np.unique(view.parent[order], return_index=True)
    sizes = np.diff(np.append(first, len(order)))
    several = np.flatnonzero(sizes > 1)
    if not len(several):
        return
    widest, narrowest = (
        np.maximum.reduceat(box[:, order], first, axis=1),
        np.minimum.reduceat(box[:, order], first, axis=1),
    )
    gap = (widest - narrowest).max(axis=0)
    wrong = np.flatnonzero((gap > tolerance("building.lod_disagree", "distance_m")) & (sizes > 1))
    if not len(wrong):
        return
    lods, others = [], []
    for group in wrong.tolist():
        mine = order[first[group] : first[group] + sizes[group]]
        side = int((widest - narrowest)[:, group].argmax())
        lods.append(view.lod[mine[box[side, mine].argmax()]])
        others.append(view.lod[mine[box[side, mine].argmin()]])
    where = order[first[wrong]]
    values = {"lod": lods, "other": others, "distance": gap[wrong]}
    yield Finding("building.lod_disagree", parents[wrong], values, view.places(where))


FAMILY = Family(themes=frozenset({"building", "city_object"}), batch=look)
