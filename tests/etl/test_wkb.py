"""WKB: what is written straight from coordinates is what shapely writes from geometries."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.etl.wkb import wkb

COORDINATE = st.floats(-1e6, 1e6).map(lambda value: value + 0.0)


@st.composite
def lines(draw, z):
    count = draw(st.integers(2, 5))
    return shapely.LineString([[draw(COORDINATE) for _ in range(3 if z else 2)] for _ in range(count)])


@st.composite
def polygons(draw, z):
    x, y, size = draw(COORDINATE), draw(COORDINATE), draw(st.floats(1, 100))
    corners = draw(st.integers(3, 7))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = np.column_stack([x + size * np.cos(angle), y + size * np.sin(angle)])
    holes = [ring[::-1] * 0.5 + np.array([x, y]) * 0.5] if draw(st.booleans()) else []
    shape = shapely.Polygon(ring, holes)
    return shapely.force_3d(shape, draw(COORDINATE)) if z else shape


@st.composite
def points(draw, z):
    return shapely.Point(*[draw(COORDINATE) for _ in range(3 if z else 2)])


def multi(shape):
    return st.lists(shape, min_size=1, max_size=3).map(shapely.MultiPolygon)


def expected(shape, kind, dimension):
    if shape is None:
        return None
    shape = shapely.force_2d(shape) if dimension == 2 else shape
    if kind == "MULTIPOLYGON" and shape.geom_type == "Polygon":
        shape = shapely.MultiPolygon([shape])
    return shapely.to_wkb(shape, flavor="iso")


CASES = [
    ("POINT", 3, points(True)),
    ("POINT", 2, points(True) | points(False)),
    ("LINESTRING", 3, lines(True)),
    ("LINESTRING", 2, lines(True) | lines(False)),
    ("MULTIPOLYGON", 2, polygons(False) | polygons(True) | multi(polygons(False))),
    ("MULTIPOLYGON", 3, polygons(True) | multi(polygons(True))),
    ("POLYGON", 2, polygons(False)),
    ("GEOMETRY", 2, polygons(False) | lines(True) | points(False) | multi(polygons(False))),
]


@pytest.mark.parametrize(("kind", "dimension", "shapes"), CASES)
def test_as_shapely_writes_it(kind, dimension, shapes):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.none() | shapes, max_size=6))
    def compare(geometry):
        written = wkb(np.array(geometry, dtype=object), kind, dimension).to_pylist()
        # Byte for byte, but for the way to say Z: compare what is read.
        read = [None if item is None else shapely.from_wkb(item) for item in written]
        wanted = [expected(item, kind, dimension) for item in geometry]
        assert [None if item is None else shapely.to_wkb(item, flavor="iso") for item in read] == wanted

    compare()


def test_other_coordinates_in_place_of_their_own():
    square = shapely.box(0, 0, 1, 1)
    pierced = shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(1, 1), (2, 1), (2, 2)]])
    geometry = np.array([square, None, pierced, shapely.MultiPolygon([square, pierced])], dtype=object)
    step = np.array([100.0, 200.0])
    moved = shapely.get_coordinates(geometry) + step
    read = shapely.from_wkb(wkb(geometry, "MULTIPOLYGON", 2, moved).to_pylist())
    for before, after in zip(geometry, read, strict=True):
        if before is not None:
            assert after.geom_type == "MultiPolygon"
            assert shapely.transform(before, lambda c: c + step).equals(after)
    assert read[1] is None
