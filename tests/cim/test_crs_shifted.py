"""GCJ-02 and BD-09: what everybody's formulas give, undone to the micrometre, and said to be approximate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.crs import transformation
from cim.errors import BadCrs
from cim.shifted_coordinates import bd09, gcj02, shift_named
from cim.source_crs import remark_on

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CITY = CityProfile("chongqing", "重庆", "Chongqing", GRID, "1985", -36.0)

# Places given as examples by programs in wide use: WGS 84 longitude and latitude, then GCJ-02.
KNOWN = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
    (116.404, 39.915, 116.41024449916938, 39.91640428150164),
]


@pytest.mark.parametrize(("x", "y", "east", "north"), KNOWN)
def test_gcj02_of_known_places(x: float, y: float, east: float, north: float) -> None:
    found = gcj02(np.array([x]), np.array([y]))
    assert (found[0][0], found[1][0]) == pytest.approx((east, north), abs=1e-9)


def test_bd09_of_a_known_place() -> None:
    wgs84 = shift_named("GCJ-02").undone(np.array([116.404]), np.array([39.915]))
    found = bd09(*wgs84)
    assert (found[0][0], found[1][0]) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@given(st.sampled_from(["GCJ-02", "BD-09"]), st.floats(75, 133), st.floats(4, 53))
def test_undoing_leads_back(name: str, longitude: float, latitude: float) -> None:
    shift = shift_named(name)
    x, y = shift.undone(*shift.forward(np.array([longitude]), np.array([latitude])))
    assert (x[0], y[0]) == pytest.approx((longitude, latitude), abs=1e-10)


def test_outside_china_nothing_is_shifted() -> None:
    assert gcj02(np.array([4.35]), np.array([52.0])) == (np.array([4.35]), np.array([52.0]))


@pytest.mark.parametrize(("name", "shift_m"), [("GCJ-02", (200, 800)), ("BD-09", (500, 1800)), ("gcj02", (200, 800))])
def test_a_declared_shift_is_undone_on_the_way_into_the_city(name: str, shift_m: tuple[float, float]) -> None:
    way = transformation(name, CITY, Path("poi.csv"))
    true = transformation("EPSG:4326", CITY, Path("poi.csv")).plane(np.array([106.56]), np.array([29.56]))
    shown = shift_named(name).forward(np.array([106.56]), np.array([29.56]))
    assert np.allclose(way.plane(*shown), true, atol=1e-4)
    assert np.allclose(way.source_plane(*true), shown, atol=1e-9)
    unshifted = transformation("EPSG:4326", CITY, Path("poi.csv")).plane(*shown)
    assert shift_m[0] < np.hypot(unshifted[0] - true[0], unshifted[1] - true[1])[0] < shift_m[1]
    assert "approximate" in way.pipeline
    assert way.accuracy_m >= 5
    assert remark_on(name)[0] == "crs.approximate"


def test_nothing_is_taken_for_shifted_that_does_not_say_so() -> None:
    assert shift_named("EPSG:4326") is None
    assert remark_on("EPSG:4490") is None
    with pytest.raises(BadCrs, match="not known"):
        transformation("GCJ-03", CITY, Path("poi.csv"))


def test_missing_coordinates_stay_missing() -> None:
    x, _ = transformation("BD-09", CITY, Path("poi.csv")).plane(np.array([np.nan, 106.56]), np.array([29.0, 29.56]))
    assert np.isnan(x[0])
    assert np.isfinite(x[1])
