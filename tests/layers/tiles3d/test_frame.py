"""Places on the Earth, against PROJ."""

import numpy as np
import pyproj
import pytest

from cim.city import CityProfile
from cim.crs import earth_centred
from cim.layers.tiles3d.frame import EARTH, TOLERANCE_M, frame_of, localised, region_of, turned

GRIDS = {
    "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m": (505_000.0, 3_270_000.0, 230.0),
    "EPSG:28992": (85_000.0, 447_000.0, 2.0),
}


@pytest.fixture(params=GRIDS)
def city(request):
    return CityProfile("test", "", "", request.param, "", 43.0)


def scattered(city, size, count=4000):
    return np.array(GRIDS[city.crs]) + np.random.default_rng(3).random((count, 3)) * [size, size, 90.0]


@pytest.mark.parametrize("size", [50.0, 900.0, 200_000.0])
def test_local_coordinates_lead_back_to_where_proj_says(city, size):
    points = scattered(city, size)
    frame = frame_of(region_of(city, points.min(axis=0), points.max(axis=0), margin_m=0.0))
    back = localised(city, frame, points) @ frame.axes + frame.origin
    assert np.linalg.norm(back - earth_centred(city, points), axis=1).max() < 2 * TOLERANCE_M


def test_few_points_go_exactly(city):
    points = scattered(city, 900.0, count=5)
    frame = frame_of(region_of(city, points.min(axis=0), points.max(axis=0), margin_m=0.0))
    back = localised(city, frame, points) @ frame.axes + frame.origin
    assert np.linalg.norm(back - earth_centred(city, points), axis=1).max() < 1e-8


@pytest.mark.parametrize("size", [20.0, 3_000.0, 60_000.0])
def test_a_region_holds_all_its_points_and_the_edges_between_them(city, size):
    points = scattered(city, size)
    region = region_of(city, points.min(axis=0), points.max(axis=0), margin_m=0.01)
    centred = earth_centred(city, points)
    middles = (centred[:-1] + centred[1:]) / 2
    to_degrees = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    lon, lat, height = to_degrees.transform(*np.vstack([centred, middles]).T)
    assert np.radians(lon).min() >= region.west
    assert np.radians(lon).max() <= region.east
    assert np.radians(lat).min() >= region.south
    assert np.radians(lat).max() <= region.north
    assert height.min() >= region.lowest
    assert height.max() <= region.highest
    assert region.highest - points[:, 2].max() - 43.0 < 0.1


def test_axes_are_east_north_and_up(city):
    middle = np.array([GRIDS[city.crs]])
    frame = frame_of(region_of(city, middle[0] - 1, middle[0] + 1, margin_m=0.0))
    geodetic = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    lon, lat, height = geodetic.transform(*frame.origin)
    oracle = pyproj.Transformer.from_pipeline(f"+proj=topocentric +lon_0={lon} +lat_0={lat} +h_0={height} +ellps=WGS84")
    points = earth_centred(city, scattered(city, 500.0, count=20))
    np.testing.assert_allclose(frame.local(points), np.column_stack(oracle.transform(*points.T)), atol=1e-6)


def test_a_frame_within_another(city):
    here = np.array(GRIDS[city.crs])
    there = here + np.array([4_000.0, -2_500.0, 60.0])
    outer, inner = (frame_of(region_of(city, np.array(p) - 1, np.array(p) + 1, margin_m=0.0)) for p in (here, there))
    points = np.random.default_rng(1).random((9, 3)) * 100
    local = np.column_stack([points, np.ones(9)])
    through = local @ inner.within(outer).T @ outer.within(EARTH).T
    np.testing.assert_allclose(through, local @ inner.within(EARTH).T, atol=1e-7)


def test_directions_turn_with_the_grid(city):
    points = scattered(city, 800.0)
    frame = frame_of(region_of(city, points.min(axis=0), points.max(axis=0), margin_m=0.0))
    random = np.random.default_rng(5).normal(size=points.shape)
    normals = random / np.linalg.norm(random, axis=1)[:, None]
    told = turned(city, frame, points, normals)
    true = frame.local(earth_centred(city, points + normals)) - frame.local(earth_centred(city, points))
    true /= np.linalg.norm(true, axis=1)[:, None]
    assert np.degrees(np.arccos(np.clip((told * true).sum(axis=1), -1, 1))).max() < 0.02
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), 1)


def test_union_holds_both(city):
    points = scattered(city, 800.0)
    one, other = (region_of(city, p.min(axis=0), p.max(axis=0), margin_m=0.0) for p in (points[:10], points[10:]))
    both = one.union(other).as_list()
    for part in (one.as_list(), other.as_list()):
        assert all(both[i] <= part[i] for i in (0, 1, 4))
        assert all(both[i] >= part[i] for i in (2, 3, 5))
