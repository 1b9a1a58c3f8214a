"""Polygons in space to triangles: nothing lost, nothing turned inside out."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.layers.tiles3d.rings import rings_of, rings_of_wkb
from cim.layers.tiles3d.triangulate import GROUND, ROOF, WALL, newell, triangulated


def geometries(*shapes):
    return np.array(shapes, object)


def areas(mesh):
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def volume(mesh):
    a, b, c = (mesh.position[mesh.indices[:, column]] - mesh.position[0] for column in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def tilted(flat, normal=(0.3, -0.5, 0.8), shift=(505_000.0, 3_270_000.0, 240.0)):
    """A plane polygon laid into a tilted plane at city coordinates, without changing its area."""
    n = np.array(normal) / np.linalg.norm(normal)
    u = np.cross([0.0, 1.0, 0.0] if abs(n[1]) < 0.9 else [1.0, 0.0, 0.0], n)
    u /= np.linalg.norm(u)
    axes = np.stack([u, np.cross(n, u)])
    return shapely.transform(shapely.force_3d(flat), lambda p: p[:, :2] @ axes + shift, include_z=True)


def test_every_surface_of_a_house_becomes_triangles(town):
    body, kinds = town.house(0.0, 0.0)
    mesh = triangulated(geometries(body), np.array(kinds, np.uint8))
    # Ground 80, two eaves walls 60 each, two gables 48 + 12 each, two roofs of 10 x 5.
    assert areas(mesh).sum() == pytest.approx(80 + 120 + 120 + 100)
    assert volume(mesh) == pytest.approx(10 * 8 * 6 + 10 * 8 * 3 / 2)
    assert [areas(mesh)[mesh.colour[mesh.indices[:, 0]] == kind].sum() for kind in (GROUND, WALL, ROOF)] == (
        pytest.approx([80, 240, 100])
    )


def test_kinds_are_told_from_the_lean_where_the_source_tells_none(town):
    body, kinds = town.house(0.0, 0.0)
    told, guessed = triangulated(geometries(body), np.array(kinds, np.uint8)), triangulated(geometries(body))
    assert (told.colour == guessed.colour).all()


def test_a_house_that_is_inside_out_is_turned(town):
    body, _ = town.house(0.0, 0.0)
    turned = shapely.MultiPolygon([shapely.Polygon(face.exterior.coords[::-1]) for face in body.geoms])
    mesh = triangulated(geometries(turned, body))
    for feature in (0, 1):
        part = mesh.indices[mesh.feature[mesh.indices[:, 0]] == feature]
        a, b, c = (mesh.position[part[:, column]] - mesh.position[part[0, 0]] for column in range(3))
        assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6 == pytest.approx(600)
        assert np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normal[part[:, 0]]).min() > 0


def test_level_surfaces_look_up_however_they_are_drawn():
    square = shapely.Polygon([(0, 0, 5), (4, 0, 5), (4, 4, 5), (0, 4, 5)])
    mesh = triangulated(geometries(square, shapely.Polygon(square.exterior.coords[::-1])))
    assert mesh.normal[:, 2].tolist() == [1.0] * 8


def test_holes_stay_open():
    ring = shapely.Point(0, 0).buffer(5, 8).difference(shapely.Point(1, 0).buffer(2, 8))
    mesh = triangulated(geometries(tilted(ring)))
    assert areas(mesh).sum() == pytest.approx(ring.area)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(1.0, 10.0), min_size=3, max_size=24),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.05, 1)),
)
def test_area_is_that_of_the_polygon(radii, normal):
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    star = shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None])
    mesh = triangulated(geometries(tilted(star, normal)))
    assert areas(mesh).sum() == pytest.approx(star.area, rel=1e-6)
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normal[mesh.indices[:, 0]]) > -1e-9).all()
    lean = np.array(normal) / np.linalg.norm(normal)
    np.testing.assert_allclose(mesh.normal, np.broadcast_to(lean, mesh.normal.shape), atol=1e-6)


def test_slivers_and_repeated_corners_are_dropped():
    line = shapely.Polygon([(0, 0, 0), (5, 0, 0), (10, 0, 0)])
    tiny = shapely.Polygon([(0, 0, 0), (0.005, 0, 0), (0, 0.005, 0)])
    square = shapely.Polygon([(0, 0, 0), (4, 0, 0), (4, 0, 0), (4, 0, 4), (0, 0, 4)])
    mesh = triangulated(geometries(shapely.MultiPolygon([line, tiny, square])))
    assert areas(mesh).sum() == pytest.approx(16)
    assert np.isfinite(mesh.normal).all()


def test_nothing_in_nothing_out():
    for shapes in ([], [None], [shapely.MultiPolygon()], [shapely.Polygon([(0, 0, 0), (1, 0, 0), (2, 0, 0)])]):
        mesh = triangulated(np.array(shapes, object))
        assert len(mesh.indices) == len(mesh.position) == 0


def test_features_are_counted_over_missing_ones(town):
    body, _ = town.house(0.0, 0.0)
    mesh = triangulated(np.array([None, body, shapely.MultiPolygon(), body], object))
    assert np.unique(mesh.feature).tolist() == [1, 3]


def test_vector_area_agrees_with_the_plane_area():
    flat = shapely.Point(3, 4).buffer(7, 4)
    rings = rings_of(geometries(tilted(flat)))
    assert np.linalg.norm(newell(rings), axis=1).tolist() == pytest.approx([flat.area])


FIELDS = ("x", "y", "z", "start", "first_ring", "feature")


@pytest.mark.parametrize("srid", [0, 28992])
def test_bytes_of_the_database_are_read_as_shapely_reads_them(town, srid):
    body, _ = town.house(505_000.0, 3_270_000.0)
    court = shapely.box(0, 0, 20, 10).difference(shapely.box(5, 3, 10, 7))
    shapes = [body, shapely.MultiPolygon([tilted(court), tilted(court)]), shapely.MultiPolygon(), body]
    wkb = [shapely.to_wkb(shapely.set_srid(shape, srid), include_srid=srid > 0, output_dimension=3) for shape in shapes]
    told, true = rings_of_wkb(wkb), rings_of(np.array(shapes, object))
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(told, field), getattr(true, field), err_msg=field)


@pytest.mark.parametrize(
    "wkb",
    [
        shapely.to_wkb(shapely.from_wkt("POLYGON Z ((0 0 1, 4 0 1, 4 4 1, 0 0 1))")),
        shapely.to_wkb(shapely.from_wkt("MULTIPOLYGON Z (((0 0 1, 4 0 1, 4 4 1, 0 0 1)))"), byte_order=0),
        shapely.to_wkb(shapely.from_wkt("MULTIPOLYGON Z (EMPTY, ((0 0 1, 4 0 1, 4 4 1, 0 0 1)))")),
        shapely.to_wkb(shapely.from_wkt("MULTIPOLYGON Z (((0 0 1, 4 0 1, 4 4 1, 0 0 1)))"), flavor="iso"),
    ],
    ids=["polygon", "big-endian", "empty part", "iso"],
)
def test_other_bytes_are_left_to_shapely(wkb):
    mesh = triangulated(rings_of_wkb([wkb]))
    assert areas(mesh).sum() == pytest.approx(8)
