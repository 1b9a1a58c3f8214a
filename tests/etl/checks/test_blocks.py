"""Blocks raised from footprints come without faces for the checks: they are sound by the way they are made."""

from __future__ import annotations

import numpy as np
import shapely

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import faces_cross, solids
from cim.etl.checks.findings import rejects_of, told_of
from cim.etl.extrusion import extruded
from cim.etl.faces import Faces

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
EAST, NORTH = 500_000.0, 3_270_000.0


def faces_of(rows):
    """Read blocks back from what is stored, as shapely sees it; equal places are one corner."""
    rings, sizes, counts, solid = [], [], [], []
    for geom, owners in zip(shapely.from_wkb(rows["geom"].to_numpy(dtype=object)), rows["solid"], strict=True):
        polygons = shapely.get_parts(geom)
        sizes.append(len(polygons))
        solid += list(owners) if isinstance(owners, np.ndarray | list) else [0] * len(polygons)
        for polygon in polygons:
            mine = [polygon.exterior, *polygon.interiors]
            counts.append(len(mine))
            rings += [shapely.get_coordinates(ring, include_z=True)[:-1] for ring in mine]
    points = np.concatenate(rings)
    corner = np.unique(points.round(6), axis=0, return_inverse=True)[1].reshape(-1)
    zeros = np.zeros(len(counts), dtype=np.int64)
    kind = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows["surface"]])
    ring_size = np.array([len(ring) for ring in rings])
    return Faces(points, corner, ring_size, np.array(counts), np.array(sizes), zeros, np.array(solid), kind)


def told(footprints, heights):
    """Return the codes of all that the checks find on the blocks of footprints."""
    shapes = np.array(footprints, dtype=object)
    rows = extruded(shapes, np.full(len(shapes), 200.0), 200.0 + np.array(heights))
    frame = rows[["parent"]].assign(source_key=rows["parent"].astype(str))
    rows = rows.assign(parent=np.arange(len(rows)))
    batch = Batch("building", frame, {"building_lod": rows}, faces={"building_lod": faces_of(rows)})
    looks = (solids.look(batch, Context(CITY)), faces_cross.look(batch, Context(CITY)))
    found = [item for look in looks for finding in look for item in rejects_of(finding, told_of(batch), frame)]
    return len(rows), sorted({item.code for item in found})


def test_blocks_of_every_shape_are_sound():
    yard = shapely.box(EAST, NORTH, EAST + 30, NORTH + 20).difference(
        shapely.box(EAST + 8, NORTH + 5, EAST + 20, NORTH + 15)
    )
    angle = shapely.box(EAST, NORTH, EAST + 30, NORTH + 8).union(shapely.box(EAST, NORTH, EAST + 8, NORTH + 20))
    round_ = shapely.Point(EAST, NORTH).buffer(12).difference(shapely.Point(EAST + 3, NORTH).buffer(5))
    twins = shapely.union_all([yard, shapely.affinity.translate(angle, 100, 0)])
    shapes = [yard, angle, round_, twins, *(shapely.reverse(shape) for shape in (yard, angle, round_))]
    turned = [shapely.affinity.rotate(shape, 10 * at) for at, shape in enumerate(shapes)]
    assert told([*shapes, *turned], [3.0, 9.5, 30.0, 12.0, 0.5, 100.0, 7.0] * 2) == (14, [])


def test_the_look_itself_can_fail():
    """A footprint that crosses itself would be refused before; its block shows that the checks see faces here."""
    tie = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 4)])
    _, codes = told([tie], [5.0])
    assert "face.self_intersection" in codes
