"""Tubes along axes: closed, true in size, mitred at bends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.layers.tiles3d.joints import Ends, continued, meeting
from cim.layers.tiles3d.tubes import Axes, axis_lines, round_section, sides_by_size, tubes

NAN = np.full((1, 3), np.nan)


def pipe(points, width=1.0, height=None, rectangular=False, before=NAN, after=NAN):
    size = np.array([width]), np.array([height or width])
    return Axes(np.array(points, float), np.array([0, len(points)]), *size, np.array([rectangular]), before, after)


def volume(mesh):
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def edges_meet(mesh):
    """Whether every edge is run once each way: the surface is closed."""
    corner = np.unique(np.round(mesh.position, 6), axis=0, return_inverse=True)[1].ravel()[mesh.indices]
    runs = np.concatenate([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [2, 0]]])
    runs = runs[runs[:, 0] != runs[:, 1]]
    there = np.unique(runs, axis=0, return_counts=True)
    back = np.unique(runs[:, ::-1], axis=0, return_counts=True)
    return np.array_equal(there[0], back[0]) and np.array_equal(there[1], back[1])


BENDS = [(0, 0, 0), (10, 0, 0), (10, 12, 0), (16, 20, 0)]
CLIMBING = [*BENDS[:3], (16, 20, 3)]


@pytest.mark.parametrize("sides", [4, 8, 16])
def test_a_bent_pipe_is_closed_and_as_large_as_a_round_one(sides):
    mesh = tubes(pipe(BENDS), np.array([sides]), capped=True)
    assert edges_meet(mesh)
    assert volume(mesh) == pytest.approx((10 + 12 + 10) * np.pi / 4)


def test_a_bend_upwards_keeps_the_size():
    # The sections of the two pieces are turned against one another by a hair; the pipe is not thinner for it.
    mesh = tubes(pipe(CLIMBING), np.array([8]), capped=True)
    assert volume(mesh) == pytest.approx((10 + 12 + np.sqrt(109)) * np.pi / 4)


def test_a_culvert_keeps_its_width_and_height():
    mesh = tubes(pipe([(0, 0, 5), (20, 0, 5)], 2.4, 1.6, rectangular=True), np.array([8]), capped=True)
    assert edges_meet(mesh)
    assert np.ptp(mesh.position, axis=0).tolist() == pytest.approx([20, 2.4, 1.6])
    assert volume(mesh) == pytest.approx(20 * 2.4 * 1.6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=2, max_size=7), st.booleans())
def test_faces_look_the_way_they_are_wound(points, rectangular):
    mesh = tubes(pipe(points, 0.2, rectangular=rectangular), np.array([6]), capped=True)
    if not len(mesh.indices):
        return
    assert np.isfinite(mesh.position).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normal, axis=1), 1)
    a, b, c = (mesh.position[mesh.indices[:, column]] for column in range(3))
    along = np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normal[mesh.indices].sum(axis=1))
    assert (along > -1e-6).all()


def test_upright_pipes_stand():
    mesh = tubes(pipe([(3, 4, 0), (3, 4, 9)], 0.5), np.array([8]), capped=True)
    assert volume(mesh) == pytest.approx(9 * np.pi * 0.25**2)


def test_corners_that_coincide_are_passed_over():
    doubled = [(0, 0, 0), (0, 0, 0), (10, 0, 0), (10, 0, 0), (10, 8, 0)]
    assert volume(tubes(pipe(doubled), np.array([8]), capped=True)) == pytest.approx(18 * np.pi / 4)
    assert not len(tubes(pipe([(1, 1, 1), (1, 1, 1)]), np.array([8]), capped=True).indices)


def test_ends_are_open_where_a_pipe_goes_on():
    east = np.array([[1.0, 0, 0]])
    alone = tubes(pipe([(0, 0, 0), (5, 0, 0)]), np.array([8]), capped=True)
    between = tubes(pipe([(0, 0, 0), (5, 0, 0)], before=east, after=east), np.array([8]), capped=True)
    assert (len(alone.indices), len(between.indices)) == (16 + 2 * 6, 16)


def ends_of(*segments):
    """Ends of straight segments given as (start node, end node, start, end, width)."""
    start, end = (np.array([segment[place] for segment in segments], float) for place in (2, 3))
    along = (end - start) / np.linalg.norm(end - start, axis=1)[:, None]
    width = np.array([segment[4] for segment in segments] * 2, float)
    node = np.array([segment[0] for segment in segments] + [segment[1] for segment in segments])
    return Ends(node, np.concatenate([start, end]), np.concatenate([along, -along]), width, width)


def test_two_pipes_that_meet_end_in_one_plane():
    ends = ends_of((1, 2, (0, 0, 0), (10, 0, 0), 0.5), (3, 2, (10, 9, 0), (10, 0, 0), 0.5))
    beyond = continued(ends)
    # The second is drawn towards the first: seen from the first's end it leads away north.
    np.testing.assert_allclose(beyond[2], [0, 1, 0])
    np.testing.assert_allclose(beyond[3], [-1, 0, 0])
    assert np.isnan(beyond[:2]).all()
    first = tubes(pipe([(0, 0, 0), (10, 0, 0)], 0.5, after=beyond[2:3]), np.array([8]), capped=False)
    second = tubes(pipe([(10, 9, 0), (10, 0, 0)], 0.5, after=beyond[3:4]), np.array([8]), capped=False)
    for mesh in (first, second):
        rim = mesh.position[np.abs(mesh.position - [10, 0, 0]).max(axis=1) < 1]
        # Mitred at 45 degrees: both pipes end on the plane x - 10 = -y.
        assert len(rim) == 8
        np.testing.assert_allclose(rim[:, 0] - 10, -rim[:, 1], atol=1e-9)


@pytest.mark.parametrize(
    ("what", "second"),
    [
        ("sizes differ", (2, 3, (10, 0, 0), (20, 0, 0), 0.8)),
        ("levels differ", (2, 3, (10, 0, -1), (20, 0, -1), 0.5)),
        ("turns back", (2, 3, (10, 0, 0), (0, 1, 0), 0.5)),
    ],
)
def test_pipes_that_do_not_close_are_cut_square(what, second):
    ends = ends_of((1, 2, (0, 0, 0), (10, 0, 0), 0.5), second)
    assert np.isnan(continued(ends)).all(), what
    met = meeting(ends, np.array([3, 2, 9]))
    assert met.pipes.tolist() == [1, 2, 0]
    assert met.gap.tolist() == [False, True, False]


def test_a_node_knows_its_widest_pipe():
    ends = ends_of(
        (1, 2, (0, 0, 0), (10, 0, 0), 0.3), (2, 3, (10, 0, 0), (10, 9, 0), 0.5), (2, 4, (10, 0, 0), (20, 0, 0), 0.3)
    )
    met = meeting(ends, np.array([2]))
    assert (met.pipes[0], met.width_m[0], met.lowest_m[0], met.gap[0]) == (3, 0.5, -0.25, True)
    np.testing.assert_allclose(met.direction[0], [0, 1, 0])


def test_lines_follow_the_axes():
    mesh = axis_lines(pipe(BENDS))
    assert mesh.is_lines
    assert mesh.indices.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_sides_grow_with_size():
    assert sides_by_size(np.array([0.1, 0.3, 1.0, 2.0])).tolist() == [6, 8, 12, 16]
    unit = round_section(8).point
    around = np.roll(unit, -1, axis=0)
    assert abs(np.sum(unit[:, 0] * around[:, 1] - unit[:, 1] * around[:, 0])) / 2 == pytest.approx(np.pi / 4)
