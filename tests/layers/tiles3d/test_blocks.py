"""Footprints as blocks, and how well they stand for buildings."""

import numpy as np
import pytest
import shapely

from cim.layers.tiles3d.blocks import block_triangles, blocks, roof_measures, solid_blocks
from cim.layers.tiles3d.mesh import drop_unused
from cim.layers.tiles3d.triangulate import triangulated


def volume(mesh, base):
    """Enclosed volume above a level floor, which blocks leave out."""
    a, b, c = (mesh.position[mesh.indices[:, column]] - [0, 0, base] for column in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


COURT = shapely.box(0, 0, 20, 10).difference(shapely.box(5, 3, 10, 7))


@pytest.mark.parametrize("footprint", [COURT, shapely.reverse(COURT), shapely.orient_polygons(COURT)])
def test_walls_face_outwards_whichever_way_the_footprint_runs(footprint):
    mesh = blocks(np.array([footprint], object), np.array([3.0]), np.array([9.0]))
    assert volume(mesh, 3.0) == pytest.approx((200 - 20) * 6)
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    assert np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normal[mesh.indices[:, 0]]).min() > 0
    assert len(mesh.indices) <= block_triangles(np.array([footprint], object))[0]


@pytest.mark.parametrize("footprint", [COURT, shapely.reverse(COURT), shapely.MultiPolygon([COURT])])
def test_a_solid_block_is_closed_and_looks_outwards(footprint):
    mesh = solid_blocks(np.array([footprint], object), np.array([3.0]), np.array([9.0]))
    assert volume(mesh, 0.0) == volume(mesh, 500.0) == pytest.approx((200 - 20) * 6)  # wherever one measures from
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    assert np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normal[mesh.indices[:, 0]]).min() > 0
    kinds = np.unique(mesh.colour[mesh.indices[:, 0]], return_counts=True)
    assert dict(zip(*kinds, strict=True)) == {1: 8, 2: 16, 3: 8}
    assert (len(mesh.indices), len(mesh.position)) == (4 * 8, 6 * 8)  # of eight walls


def test_many_blocks_keep_their_heights():
    shapes = np.array([shapely.box(i * 30, 0, i * 30 + 10, 10) for i in range(4)], object)
    mesh = blocks(shapes, np.arange(4.0), np.arange(4.0) + 5)
    for feature in range(4):
        z = mesh.position[mesh.feature == feature, 2]
        assert (z.min(), z.max()) == (feature, feature + 5)


def test_measures_of_a_gable(town):
    body, kinds = town.house(0.0, 0.0, eaves=6.0, ridge=9.0, ground=200.0)
    base, top, deviation = roof_measures(triangulated(np.array([body], object), np.array(kinds, np.uint8)), 2)
    assert (base[0], top[0], deviation[0]) == pytest.approx((200, 207.5, 1.5))
    assert np.isnan([base[1], top[1], deviation[1]]).all()


def test_unused_corners_go():
    mesh = blocks(np.array([shapely.box(0, 0, 1, 1)], object), np.array([0.0]), np.array([1.0]))
    fewer = type(mesh)(mesh.position, mesh.normal, mesh.colour, mesh.feature, mesh.indices[:2])
    assert len(drop_unused(fewer).position) == 4
