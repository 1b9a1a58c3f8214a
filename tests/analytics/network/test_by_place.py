"""An order by place: neighbours in the city stand together, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.analytics.network.by_place import ordered_by_place

METRES = st.integers(0, 2**16 - 1)


def interleaved(east: int, north: int) -> int:
    """The same by digits: those of north and east by turns."""
    pairs = zip(f"{north:016b}", f"{east:016b}", strict=True)
    return int("".join(up + right for up, right in pairs), 2)


@given(st.lists(st.tuples(METRES, METRES), max_size=50))
def test_places_stand_along_the_curve(places):
    places = [(0, 0), (2**16 - 1, 2**16 - 1), *places]  # cells of just a metre
    east, north = np.array(places, float).T
    order = ordered_by_place(east, north).tolist()
    assert order == sorted(range(len(places)), key=lambda at: interleaved(*places[at]))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_places_that_cannot_be_told_apart_stay_as_they_came(count):
    assert ordered_by_place(np.full(count, 3.0), np.full(count, 7.0)).tolist() == list(range(count))


def test_neighbours_in_the_city_are_neighbours_in_memory():
    """Of a grid numbered at random, half of all neighbours lie within a few places of each other."""
    side = 64
    shuffled = np.random.default_rng(1).permutation(side * side)
    north, east = np.divmod(shuffled, side)
    place = np.empty(side * side, int)
    place[shuffled[ordered_by_place(east.astype(float), north.astype(float))]] = np.arange(side * side)
    grid = place.reshape(side, side)
    apart = np.abs(np.concatenate([np.diff(grid, axis=0).ravel(), np.diff(grid, axis=1).ravel()]))
    assert np.median(apart) <= 3
