"""Coordinates: no ballpark transformation, and heights only by the declared offset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.crs import earth_centred, longitude_latitude, transformation
from cim.errors import BadCrs

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CHONGQING = CityProfile("chongqing", "重庆", "Chongqing", GRID, "1985", -36.0)
DELFT = CityProfile("delft", "代尔夫特", "Delft", "EPSG:28992", "NAP", 43.0)
KENTUCKY = CityProfile("ky", "肯塔基", "Kentucky", "EPSG:32616", "NAVD88", -33.0)


def test_delft_stands_on_the_ellipsoid_43_metres_up() -> None:
    """PROJ without geoid grids would leave NAP heights as they are, or shift them by the datum's 43 m twice."""
    geocentric = earth_centred(DELFT, np.array([[84000.0, 447000.0, 2.5]]))
    geodetic = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*geocentric[0])
    assert geodetic == pytest.approx((4.3531211, 52.0068221, 45.5), abs=1e-4)


def test_same_crs_needs_no_pipeline_and_keeps_heights() -> None:
    way = transformation("EPSG:7415", DELFT, Path("delft.json"))
    points = np.array([[84000.0, 447000.0, 2.5]])
    assert way.pipeline is None
    assert (way.points(points) == points).all()


def test_a_definition_of_many_lines_is_told_by_its_beginning() -> None:
    wkt = pyproj.CRS("EPSG:28992").to_wkt().replace("Amersfoort", "Nowhere").replace('ID["EPSG"', 'ID["X"')
    with pytest.raises(BadCrs, match=r"^.{0,140}…' (is|has) ") as caught:
        transformation(wkt + " " * 9, CHONGQING, Path("a.las"))
    assert 'PROJCRS["Nowhere / RD New"' in str(caught.value)


def test_a_way_is_sought_once_for_all_files_of_a_crs(monkeypatch) -> None:
    """Looking through the operations between WGS 84 and CGCS2000 takes PROJ a tenth of a second."""
    city = replace(CHONGQING, crs="EPSG:4545")
    first = transformation("EPSG:4326", city, Path("a.osm"))
    monkeypatch.setattr("cim.crs.TransformerGroup", None)
    again = transformation("EPSG:4326", replace(city, slug="other"), Path("b.osm"), height_offset_m=1.0)
    assert (again.pipeline, again.accuracy_m, again.height_offset_m) == (first.pipeline, 1.0, 1.0)


def test_height_offset_is_added_once() -> None:
    way = transformation("EPSG:7415", DELFT, Path("delft.json"), height_offset_m=0.4)
    assert way.points(np.array([[84000.0, 447000.0, 2.5]]))[0, 2] == pytest.approx(2.9)


def test_us_feet_become_metres_in_plane_and_height() -> None:
    way = transformation("EPSG:6473", KENTUCKY, Path("ky.inp"))
    east, north = way.plane(np.array([5_264_000.0]), np.array([3_890_000.0]))
    wgs84 = pyproj.Transformer.from_crs("EPSG:32616", "EPSG:4326", always_xy=True).transform(east[0], north[0])
    assert -86.5 < wgs84[0] < -84.5
    assert 37.5 < wgs84[1] < 38.5


def test_wgs84_and_cgcs2000_coincide_within_a_stated_metre() -> None:
    way = transformation("EPSG:4326", CHONGQING, Path("osm.gpkg"))
    assert way.accuracy_m == 1.0
    exact = transformation("EPSG:4490", CHONGQING, Path("survey.gpkg"))
    assert exact.accuracy_m == 0.0
    assert way.plane(np.array([106.56]), np.array([29.56])) == pytest.approx((505814.545, 3271341.4516), abs=1e-3)


@pytest.mark.parametrize(
    ("crs", "words"), [("EPSG:6697", "ballpark"), ("EPSG:0", "not known"), ("rubbish", "not known")]
)
def test_what_proj_can_only_guess_is_refused(crs: str, words: str) -> None:
    with pytest.raises(BadCrs, match=words) as caught:
        transformation(crs, CHONGQING, Path("file.gml"))
    assert "file.gml" in str(caught.value)
    assert "--crs" in str(caught.value)


@given(st.floats(490_000, 530_000), st.floats(3_250_000, 3_290_000))
def test_longitude_latitude_is_the_inverse_of_reading(x: float, y: float) -> None:
    longitude, latitude = longitude_latitude(CHONGQING, np.array([x]), np.array([y]))
    way = transformation("EPSG:4490", CHONGQING, Path("x"))
    assert way.plane(longitude, latitude) == pytest.approx((x, y), abs=1e-6)
