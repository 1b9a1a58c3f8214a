"""CGCS2000 in all its forms, against PROJ asked without us."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadCrs

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CITY = CityProfile("chongqing", "重庆", "Chongqing", GRID, "1985", -36.0)
ZONES = range(4491, 4555)
"""Six-degree zones with and without the zone before the easting, then three-degree zones with and without."""
NEAREST = {
    4491 + 5: "6 degrees, zone 18",
    4502 + 5: "6 degrees, 105 E",
    4513 + 11: "3 degrees, zone 36",
    4545: "3 degrees, 108 E",
}


@cache
def way(crs: str) -> Transformation:
    return transformation(crs, CITY, Path("survey.gpkg"))


@cache
def plain(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)


@cache
def into_city() -> pyproj.Transformer:
    # The grid stands on CGCS2000; its ellipsoid differs from GRS 80 by a tenth of a millimetre.
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        "+step +proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +a=6378137 +rf=298.257222101"
    )


@given(st.sampled_from(ZONES), st.floats(106.3, 106.9), st.floats(29.3, 29.9))
def test_every_zone_leads_to_the_same_place(code: int, longitude: float, latitude: float) -> None:
    crs = f"EPSG:{code}"
    meridian = pyproj.CRS(code).coordinate_operation.params[1].value
    if abs(meridian - longitude) > 6:
        longitude = meridian + (longitude - 106.6) * 5
    east, north = plain(crs).transform(longitude, latitude)
    x, y = way(crs).plane(np.array([east]), np.array([north]))
    assert (x[0], y[0]) == pytest.approx(into_city().transform(longitude, latitude), abs=2e-3)
    assert way(crs).accuracy_m == 0.0


def test_zones_differ_by_their_prefix_alone() -> None:
    """18 500 000 and 500 000 are one easting: the prefix is the zone, and only its CRS takes it away."""
    with_zone, without = plain("EPSG:4524").transform(106.5, 29.5), plain("EPSG:4545").transform(106.5, 29.5)
    assert with_zone[0] - without[0] == pytest.approx(36_000_000)
    places = [way(crs).plane(*map(np.atleast_1d, place)) for crs, place in
              (("EPSG:4524", with_zone), ("EPSG:4545", without))]  # fmt: skip
    assert np.allclose(places[0], places[1], atol=1e-6)


@given(st.floats(106.3, 106.9), st.floats(29.3, 29.9), st.floats(-50, 3000))
def test_earth_centred_coordinates_become_city_coordinates(longitude: float, latitude: float, height: float) -> None:
    """EPSG:4479 is CGCS2000's 4978: the heights that come out are ellipsoidal, and the declared offset is added."""
    centred = pyproj.Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True).transform(
        longitude, latitude, height
    )
    found = transformation("EPSG:4479", CITY, Path("scan.las"), height_offset_m=36.0).points(np.array([centred]))[0]
    assert tuple(found[:2]) == pytest.approx(into_city().transform(longitude, latitude), abs=2e-3)
    assert found[2] == pytest.approx(height + 36.0, abs=1e-6)


def test_earth_centred_wgs84_is_a_metre_from_cgcs2000() -> None:
    found = transformation("EPSG:4978", CITY, Path("scan.las"), height_offset_m=36.0)
    assert found.accuracy_m == 1.0
    assert transformation("EPSG:4479", CITY, Path("scan.las"), height_offset_m=36.0).accuracy_m == 0.0


def test_earth_centred_heights_need_an_offset_and_three_coordinates() -> None:
    with pytest.raises(BadCrs, match=r"height_offset_m = 36"):
        transformation("EPSG:4978", CITY, Path("scan.las"))
    flat = transformation("EPSG:4978", CITY, Path("scan.las"), height_offset_m=36.0)
    with pytest.raises(BadCrs, match=r"scan\.las.*three coordinates"):
        flat.plane(np.array([1.0]), np.array([1.0]))


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4480", "EPSG:4979", "EPSG:4326"])
def test_degrees_with_and_without_heights(crs: str) -> None:
    found = way(crs).points(np.array([[106.56, 29.56, 250.0]]))[0]
    assert tuple(found[:2]) == pytest.approx(into_city().transform(106.56, 29.56), abs=2e-3)
    assert found[2] == 250.0


@pytest.mark.parametrize(
    ("extent", "accuracy_m", "shift"),
    [(None, 10.0, "x=-87 y=-98"), ((2.0, 41.0, 2.5, 41.5), 1.5, "x=-131 y=-100.3"),
     ((2.2, 48.7, 2.5, 49.0), 1.0, "x=-89.5 y=-93.8")],
)  # fmt: skip
def test_the_declared_extent_chooses_the_operation(extent, accuracy_m: float, shift: str) -> None:
    """Of ED50's many operations PROJ takes Spain's for Barcelona, France's for Paris, if the city says where."""
    city = CityProfile("c", "城", "City", "EPSG:32631", "mean sea level", 50.0, extent=extent)
    found = transformation("EPSG:4230", city, Path("old.shp"))
    assert found.accuracy_m == accuracy_m
    assert shift in found.pipeline


def test_heights_of_another_datum_need_a_word() -> None:
    city = CityProfile("c", "城", "City", "EPSG:4545", "1985国家高程基准", -36.0)
    assert transformation("EPSG:4545+5737", city, Path("x.gpkg")).height_offset_m == 0
    with pytest.raises(BadCrs, match="Yellow Sea 1956 height and the city 1985"):
        transformation("EPSG:4545+5736", city, Path("x.gpkg"))
    assert transformation("EPSG:4545+5736", city, Path("x.gpkg"), height_offset_m=-0.029).height_offset_m == -0.029
