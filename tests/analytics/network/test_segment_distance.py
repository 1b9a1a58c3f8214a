"""Distance of two segments, against shapely in plan and against a fine search in space."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.analytics.network.clearance.segment_distance import nearest, place

NUMBER = st.integers(-40, 40).map(lambda value: value / 8)


def segments(size: int):
    return st.lists(st.tuples(*[NUMBER] * size), min_size=4, max_size=4).map(lambda ends: np.array(ends)[:, None, :])


@given(segments(2))
def test_in_plan_as_shapely_says(ends) -> None:
    p, p_end, q, q_end = ends
    found = nearest(p, p_end, q, q_end)
    lines = [shapely.LineString([*start, *end]) for start, end in ((p, p_end), (q, q_end))]
    assert found.distance[0] == pytest.approx(lines[0].distance(lines[1]), abs=1e-9)
    apart = place(p, p_end, found.s) - place(q, q_end, found.t)
    assert np.hypot(*apart[0]) == pytest.approx(found.distance[0], abs=1e-9)


@given(segments(3))
def test_in_space_nothing_is_nearer(ends) -> None:
    p, p_end, q, q_end = ends
    found = nearest(p, p_end, q, q_end)
    share = np.linspace(0, 1, 33)
    one = p + share[:, None] * (p_end - p)
    other = q + share[:, None] * (q_end - q)
    every = np.linalg.norm(one[:, None] - other[None, :], axis=-1)
    assert found.distance[0] <= every.min() + 1e-9
    apart = place(p, p_end, found.s) - place(q, q_end, found.t)
    assert np.linalg.norm(apart) == pytest.approx(found.distance[0], abs=1e-9)
    assert 0 <= found.s[0] <= 1
    assert 0 <= found.t[0] <= 1


def test_far_from_the_origin_nothing_is_lost() -> None:
    """City coordinates are large: two pipes 1 mm apart in space at 3,271,000 m."""
    at = np.array([[505000.0, 3271000.0, 200.0]])
    east, north = np.array([[20.0, 0, 0]]), np.array([[0, 20.0, 0]])
    up = np.array([[0, 0, 0.001]])
    found = nearest(at - east, at + east, at - north + up, at + north + up)
    assert found.distance[0] == pytest.approx(0.001, abs=1e-8)
    assert (found.s[0], found.t[0]) == (pytest.approx(0.5), pytest.approx(0.5))
