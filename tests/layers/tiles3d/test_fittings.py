"""Nodes and devices as small shapes."""

import numpy as np
import pytest

from cim.layers.tiles3d.fittings import PIPE, RED, Fittings, fitting_mesh, palette


def fittings(*kinds, ground=232.0, bottom=228.5, width=0.4, joint=False):
    count = len(kinds)
    point = np.column_stack([505_000.0 + 5.0 * np.arange(count), np.full(count, 3.27e6), np.full(count, 229.0)])
    return Fittings(
        np.arange(count),
        np.array(kinds, object),
        point,
        np.full(count, ground),
        np.full(count, bottom),
        np.full(count, width),
        np.tile([1.0, 1.0], (count, 1)),
        np.full(count, joint),
    )


def span(mesh, feature=0):
    z = mesh.position[mesh.feature == feature, 2]
    return z.min(), z.max()


KINDS = ["manhole", "gully", "hydrant", "valve", "meter", "pump", "regulator", "source", "tee"]


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_are_seen_from_outside(kind):
    mesh = fitting_mesh(fittings(kind, joint=True))
    assert len(mesh.indices)
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    facing = np.cross(b - a, c - a)
    assert (np.linalg.norm(facing, axis=1) > 0).all()
    assert (np.einsum("ij,ij->i", facing, mesh.normal[mesh.indices].sum(axis=1)) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normal, axis=1), 1)


def test_a_well_reaches_from_its_bottom_to_the_ground():
    assert span(fitting_mesh(fittings("manhole"))) == pytest.approx((228.5, 232.02))


def test_a_hydrant_stands_above_the_ground_in_red():
    mesh = fitting_mesh(fittings("hydrant"))
    assert span(mesh) == pytest.approx((229.0, 232.8))
    assert mesh.position[mesh.colour == RED, 2].min() >= 232.0


def test_without_a_ground_level_no_well_is_made_up():
    mesh = fitting_mesh(fittings("manhole", ground=np.nan, bottom=np.nan, joint=True))
    low, high = span(mesh)
    assert high - low == pytest.approx(0.4 * 1.06, rel=0.01)


def test_a_bare_node_shows_nothing_and_a_gap_is_closed_by_a_ball():
    assert not len(fitting_mesh(fittings("junction")).indices)
    mesh = fitting_mesh(fittings("junction", "tee", joint=True))
    assert np.unique(mesh.feature).tolist() == [0, 1]
    assert np.unique(mesh.colour).tolist() == [PIPE]


def test_a_valve_lies_along_its_pipe():
    mesh = fitting_mesh(fittings("valve"))
    body = mesh.position[(mesh.colour != RED) & (mesh.position[:, 2] < 229.4)] - [505_000.0, 3.27e6, 229.0]
    along, across = body @ [np.sqrt(0.5), np.sqrt(0.5), 0], body @ [np.sqrt(0.5), -np.sqrt(0.5), 0]
    assert np.abs(along).max() > np.abs(across).max()


def test_colours_start_with_the_network_s_own():
    assert palette((0, 255, 255))[PIPE].tolist() == [0, 255, 255]
