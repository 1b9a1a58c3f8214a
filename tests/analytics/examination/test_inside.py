"""Points in units by a grid, and ground near places by tiles: the same as asking one by one and all at once."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries

from cim.analytics.examination import inside
from cim.analytics.examination.inside import sums_inside
from cim.analytics.examination.overlay import area_in_units, parts_covered
from cim.analytics.examination.reach import ground_near


@pytest.fixture
def units() -> GeoDataFrame:
    """A city in two halves, a round unit across them, one with a hole, and one far off."""
    ring = shapely.box(100, 100, 300, 300).difference(shapely.box(150, 150, 250, 250))
    shapes = [
        shapely.box(0, 0, 1000, 500), shapely.box(0, 0, 500, 500), shapely.box(500, 0, 1000, 500),
        shapely.Point(500, 250).buffer(200), ring, shapely.box(5000, 5000, 5001, 5001),
    ]  # fmt: skip
    return geopandas.GeoDataFrame(geometry=shapes)


@pytest.fixture
def points() -> GeoSeries:
    """Points anywhere, on borders and corners, and outside."""
    at = np.random.default_rng(4).uniform([-50, -50], [1050, 550], (3000, 2))
    on = [(0, 0), (500, 100), (500, 500), (1000, 500), (150, 200), (100, 100), (5000, 5000), (5001, 5000.5)]
    return GeoSeries(shapely.points(np.vstack([at, on])))


def test_a_grid_counts_the_points_that_each_unit_holds(units, points, monkeypatch) -> None:
    values = np.column_stack([np.ones(len(points)), np.arange(len(points))]).astype(float)
    one_by_one = shapely.intersects(units.geometry.to_numpy()[:, None], points.to_numpy()[None, :]) @ values
    np.testing.assert_allclose(sums_inside(units, points, values), one_by_one)
    monkeypatch.setattr(inside, "MANY", 1)
    np.testing.assert_allclose(sums_inside(units, points, values), one_by_one)
    np.testing.assert_allclose(sums_inside(units, points, values[:, 1]), one_by_one[:, 1])
    assert one_by_one[5].tolist() == [2, 2 * len(points) - 3]


def test_ground_near_many_places_is_that_of_their_union() -> None:
    rng = np.random.default_rng(5)
    places = shapely.points(rng.uniform(0, 2000, (150, 2)))
    pieces = ground_near(places, rng.uniform(20, 200, 150))
    assert len(pieces) > 1
    parcels = shapely.box(*(np.tile([[0, 0, 90, 70]], (50, 1)) + np.tile(rng.uniform(0, 1900, (50, 2)), 2)).T)
    whole = shapely.union_all(pieces)
    assert shapely.area(pieces).sum() == pytest.approx(whole.area)
    city = geopandas.GeoDataFrame(geometry=[shapely.box(0, 0, 900, 2000), shapely.box(-500, -500, 3000, 3000)])
    covered = area_in_units(city, parts_covered(parcels, pieces))
    np.testing.assert_allclose(
        covered, [shapely.area(shapely.intersection(unit.intersection(whole), parcels)).sum() for unit in city.geometry]
    )


def test_ground_near_few_places_is_one_piece_of_round_corners() -> None:
    (piece,) = ground_near(shapely.points([[0.0, 0.0], [50.0, 0.0]]), 100.0)
    two = shapely.union_all(shapely.buffer(shapely.points([[0.0, 0.0], [50.0, 0.0]]), 100.0, quad_segs=32))
    assert piece.equals(two)
