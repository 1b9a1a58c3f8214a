"""Blocks: closed, facing outward, and of the footprint's area times the height."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.etl.extrusion import GROUND, ROOF, WALL, extruded

COURT = shapely.Polygon([(0, 0), (20, 0), (20, 20), (0, 20)], [[(5, 5), (5, 15), (15, 15), (15, 5)]])
TWO = shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(10, 0, 14, 4)])


@st.composite
def footprints(draw):
    """Star-shaped polygons, clockwise or not, as polygons or multipolygons of one."""
    corners = draw(st.integers(3, 12))
    radii = np.array(draw(st.lists(st.floats(2, 20), min_size=corners, max_size=corners)))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.column_stack([500_000 + radii * np.cos(angle), 3_270_000 + radii * np.sin(angle)])
    shape = shapely.Polygon(ring[::-1] if draw(st.booleans()) else ring)
    return shapely.MultiPolygon([shape]) if draw(st.booleans()) else shape


def block_of(frame, row=0):
    block = shapely.from_wkb(frame["geom"].iloc[row])
    return shapely.get_parts(block), list(frame["surface"].iloc[row])


def volume(faces):
    """Return six times the signed volume over six: positive where the faces look outward."""
    total = 0.0
    for face in faces:
        for ring in (face.exterior, *face.interiors):
            points = np.asarray(ring.coords) - [500_000, 3_270_000, 0]
            for second, third in pairwise(points[1:-1]):
                total += np.dot(points[0], np.cross(second, third))
    return total / 6


def check_block(footprint, faces, kinds, low, rise):
    edges = Counter()
    for face in faces:
        for ring in (face.exterior, *face.interiors):
            edges.update(zip(ring.coords[:-1], ring.coords[1:], strict=True))
    # Closed: each edge is passed once each way.
    assert all(edges[(b, a)] == count == 1 for (a, b), count in edges.items())
    assert volume(faces) == pytest.approx(footprint.area * rise, rel=1e-6)
    for face, kind in zip(faces, kinds, strict=True):
        heights = {z for _, _, z in face.exterior.coords}
        assert heights == {GROUND: {low}, ROOF: {low + rise}, WALL: {low, low + rise}}[kind]
    assert kinds.count(GROUND) == kinds.count(ROOF) == len(shapely.get_parts(footprint))
    corners = shapely.get_num_coordinates(footprint) - len(shapely.get_rings(shapely.get_parts(footprint)))
    assert kinds.count(WALL) == corners


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(footprints(), st.floats(-50, 300), st.floats(1, 100)), min_size=1, max_size=5))
def test_blocks_are_closed_and_full(cases):
    shapes = np.array([shape for shape, _, _ in cases], dtype=object)
    low, rise = np.array([item[1] for item in cases]), np.array([item[2] for item in cases])
    frame = extruded(shapes, low, low + rise)
    assert sorted(frame["parent"]) == list(range(len(cases)))
    assert set(frame["geometry_type"]) == {"Solid"}
    for number, parent in enumerate(frame["parent"]):
        faces, kinds = block_of(frame, number)
        check_block(shapes[parent], faces, kinds, low[parent], rise[parent])


@pytest.mark.parametrize(("footprint", "kind", "solids"), [(COURT, "Solid", None), (TWO, "MultiSolid", {0, 1})])
def test_courtyards_and_buildings_in_parts(footprint, kind, solids):
    frame = extruded(np.array([footprint], dtype=object), np.array([100.0]), np.array([109.0]))
    assert frame["geometry_type"].tolist() == [kind]
    faces, kinds = block_of(frame)
    check_block(footprint, faces, kinds, 100.0, 9.0)
    solid = frame["solid"].iloc[0]
    assert (None if solids is None else set(solid)) == solids
    assert solids is None or len(solid) == len(faces)


def test_what_has_no_height_gets_no_block():
    square = shapely.box(0, 0, 1, 1)
    shapes = np.array([square, square, square, None, shapely.Point(0, 0), shapely.Polygon(), square], dtype=object)
    rise = np.array([np.nan, 0.0, -3.0, 5.0, 5.0, 5.0, 5.0])
    frame = extruded(shapes, np.zeros(7), rise)
    assert frame["parent"].tolist() == [6]
    assert list(extruded(shapes[:1], np.zeros(1), rise[:1]).columns) == list(frame.columns)


def test_more_footprints_than_are_written_at_once():
    x = np.arange(5_000) * 3.0
    shapes = shapely.box(x, 0, x + 2, 2)
    frame = extruded(shapes, np.zeros(5_000), x + 1)
    assert sorted(frame["parent"]) == list(range(5_000))
    top = shapely.get_coordinates(shapely.from_wkb(frame["geom"].to_numpy(dtype=object)), include_z=True)[:, 2]
    assert top.reshape(5_000, -1).max(axis=1).tolist() == (x[frame["parent"].to_numpy(dtype=int)] + 1).tolist()
