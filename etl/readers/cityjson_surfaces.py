"""Surfaces of a batch of geometries: checked, placed, with the kind of each polygon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from cim.etl.readers.cityjson_pieces import Fault, Piece
from cim.etl.readers.cityjson_polygons import (
    FARTHEST_M,
    MALFORMED,
    Bools,
    Floats,
    Ints,
    Polygons,
    culprits,
    flatten,
    owners,
    sound,
    starts,
    with_polygons,
)
from cim.etl.readers.cityjson_semantics import kinds_of_surfaces, says_more, surface_index, surface_kinds


@dataclass(frozen=True)
class Surfaces:
    """Polygons of a batch in the city's CRS."""

    pieces: Sequence[Piece]
    """The geometries, as many as in `polygons`."""
    polygons: Polygons
    """Their polygons; `vertex` points into the vertices of the batch."""
    points: Floats
    """(points, 3) coordinates of the ring points."""
    kind: Ints
    """(polygons,) Code of each polygon's semantic surface."""
    semantic: Ints
    """(polygons,) Index of each polygon into its geometry's semantic surfaces, -1 none."""
    labelled: Bools
    """(geometries,) Whether the geometry has semantic surfaces."""
    detailed: Bools
    """(geometries,) Whether these say more than their kind."""
    masks: Sequence[Bools]
    """(geometries,) For each a mask over its polygons in the file: False where one without area was dropped."""
    remarks: Sequence[tuple[int, Fault]]
    """Owners and what was put right."""

    @property
    def polygon_start(self) -> Ints:
        """(geometries,) First polygon of each geometry."""
        return starts(self.polygons.polygon_count)


def surfaces(pieces: Sequence[Piece], vertices: Floats) -> tuple[Surfaces | None, dict[int, Fault]]:
    """Flatten and check the geometries of a batch.

    Returns
    -------
    tuple
        The surfaces, and the owners that must be refused. With any of these there are no surfaces: leave the
        owners out and call again.
    """
    try:
        raw = flatten([piece.solids for piece in pieces])
    except MALFORMED:
        found = culprits(pieces, lambda some: flatten([piece.solids for piece in some]))
        fault = Fault("geometry.malformed", "boundaries are not nested lists of whole numbers as their type demands")
        return None, {pieces[position].owner: fault for position in found}
    faults = _dangling(pieces, raw)
    if faults:
        return None, faults
    clean, kept = sound(raw)
    left, present = with_polygons(clean)
    left_pieces = [piece for piece, there in zip(pieces, present.tolist(), strict=True) if there]
    first = np.fromiter((piece.start for piece in left_pieces), np.int64, len(left_pieces))
    points = vertices[left.vertex + first[left.point_geometry]]
    faults = _not_finite(left_pieces, left, points)
    if faults:
        return None, faults
    remarks = _dropped(pieces, raw, kept)
    semantic, kind, labelled, detailed = _semantics(pieces, raw.polygon_count, remarks)
    return (
        Surfaces(
            left_pieces,
            left,
            points,
            kind[kept],
            semantic[kept],
            labelled[present],
            detailed[present],
            [mask for mask, there in zip(np.split(kept, starts(raw.polygon_count)[1:]), present, strict=True) if there],
            remarks,
        ),
        {},
    )


def _dangling(pieces: Sequence[Piece], polygons: Polygons) -> dict[int, Fault]:
    """Find geometries that point to vertices that are not there."""
    size = np.fromiter((piece.size for piece in pieces), np.int64, len(pieces))
    limit = size[polygons.point_geometry]
    wrong = np.flatnonzero((polygons.vertex < 0) | (polygons.vertex >= limit))
    return {
        pieces[polygons.point_geometry[at]].owner: Fault(
            "geometry.dangling_vertex", f"a boundary points to vertex {polygons.vertex[at]} of {limit[at]}"
        )
        for at in wrong[::-1]
    }


def _not_finite(pieces: Sequence[Piece], polygons: Polygons, points: Floats) -> dict[int, Fault]:
    """Find geometries that the city's CRS cannot hold."""
    # Written so that NaN counts as too far.
    if not len(points) or (points.min() > -FARTHEST_M and points.max() < FARTHEST_M):
        return {}
    near = (np.abs(points) < FARTHEST_M).all(axis=1)
    wrong = np.unique(polygons.point_geometry[~near]).tolist()
    fault = Fault("geometry.not_finite", "has coordinates that the city's CRS cannot express")
    return {pieces[geometry].owner: fault for geometry in wrong}


def _dropped(pieces: Sequence[Piece], polygons: Polygons, kept: Bools) -> list[tuple[int, Fault]]:
    """Remark on geometries that lost polygons."""
    lost = np.bincount(polygons.polygon_geometry[~kept], minlength=len(pieces))
    return [
        (
            pieces[at].owner,
            Fault("geometry.degenerate_polygon", f"{lost[at]} polygon(s) of lod {pieces[at].lod} without area dropped"),
        )
        for at in np.flatnonzero(lost).tolist()
    ]


def _semantics(
    pieces: Sequence[Piece], count: Ints, remarks: list[tuple[int, Fault]]
) -> tuple[Ints, Ints, Bools, Bools]:
    """Return index and kind for each polygon, and for each geometry whether it has semantics and details."""
    try:
        return _sound_semantics(pieces, count)
    except MALFORMED:
        return _semantics_one_by_one(pieces, count, remarks)


def _sound_semantics(pieces: Sequence[Piece], count: Ints) -> tuple[Ints, Ints, Bools, Bools]:
    """Do it for all geometries at once, when the semantics of all of them fit."""
    there = [number for number, piece in enumerate(pieces) if piece.body.get("semantics")]
    parts = [pieces[number].body["semantics"] for number in there]
    bodies = ((pieces[number].kind, pieces[number].body["boundaries"]) for number in there)
    values = [surface_index(*body, part["values"]) for body, part in zip(bodies, parts, strict=True)]
    size = np.fromiter(map(len, values), np.int64, len(values))
    if not np.array_equal(size, count[there]):
        raise ValueError("semantics do not fit the boundaries")
    codes, records, detailed_parts = kinds_of_surfaces([part["surfaces"] for part in parts])
    flat = np.fromiter(chain.from_iterable(values), np.int64, int(size.sum()))
    limit = np.repeat(records, size)
    if len(flat) and (flat.min() < -1 or (flat >= limit).any()):
        raise IndexError("semantics point past their surfaces")
    labelled, detailed = np.zeros(len(pieces), dtype=bool), np.zeros(len(pieces), dtype=bool)
    labelled[there], detailed[there] = True, detailed_parts
    polygon = np.repeat(labelled, count)
    index, kind = np.full(len(polygon), -1, dtype=np.int64), np.zeros(len(polygon), dtype=np.int64)
    index[polygon] = flat
    # Behind the surfaces of each geometry stands the code of what has none.
    kind[polygon] = codes[np.repeat(starts(records + 1), size) + np.where(flat < 0, limit, flat)]
    return index, kind, labelled, detailed


def _semantics_one_by_one(
    pieces: Sequence[Piece], count: Ints, remarks: list[tuple[int, Fault]]
) -> tuple[Ints, Ints, Bools, Bools]:
    """Leave out, and remark on, those that do not fit."""
    index = np.full(int(count.sum()), -1, dtype=np.int64)
    kind = np.zeros(len(index), dtype=np.int64)
    labelled, detailed = np.zeros(len(pieces), dtype=bool), np.zeros(len(pieces), dtype=bool)
    begin = starts(count).tolist()
    for number, piece in enumerate(pieces):
        part = piece.body.get("semantics")
        if not part:
            continue
        here = slice(begin[number], begin[number] + int(count[number]))
        try:
            records = part["surfaces"]
            values = np.array(surface_index(piece.kind, piece.body["boundaries"], part["values"]), dtype=np.int64)
            kind[here] = surface_kinds(records, values)
            index[here] = values
            labelled[number], detailed[number] = True, says_more(records)
        except MALFORMED as error:
            kind[here], index[here] = 0, -1
            reason = f"semantics of lod {piece.lod} do not fit the boundaries and are left out ({error})"
            remarks.append((piece.owner, Fault("geometry.semantics", reason)))
    return index, kind, labelled, detailed


def polygon_owner(found: Surfaces) -> Ints:
    """Return the position of the object of each polygon."""
    owner = np.fromiter((piece.owner for piece in found.pieces), np.int64, len(found.pieces))
    return owner[owners(found.polygons.polygon_count)]
