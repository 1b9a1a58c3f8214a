"""Which coordinate is the easting: told, checked, never swapped in silence."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyproj
import pytest

from cim.errors import BadCrs, BadSource
from cim.etl.readers.axis_order import EAST_NORTH, NORTH_EAST, authority_order, east_first

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
EAST, NORTH = np.array([505_800.0, 506_000.0]), np.array([3_271_000.0, 3_271_200.0])
PATH = Path("points.xlsx")


def test_declared_order_is_obeyed():
    for order, first, second in ((EAST_NORTH, EAST, NORTH), (NORTH_EAST, NORTH, EAST)):
        east, north, said = east_first(first, second, crs=GRID, order=order, usual=EAST_NORTH, path=PATH)
        assert (east.tolist(), north.tolist(), said) == (EAST.tolist(), NORTH.tolist(), order)


@pytest.mark.parametrize(("first", "second", "usual", "remedy"), [
    (EAST, NORTH, NORTH_EAST, 'axis_order = "east_north"'),
    (NORTH, EAST, EAST_NORTH, 'axis_order = "north_east"'),
])  # fmt: skip
def test_swapped_coordinates_are_refused_with_the_remedy(first, second, usual, remedy):
    with pytest.raises(BadSource, match=remedy) as error:
        east_first(first, second, crs=GRID, order=None, usual=usual, path=PATH)
    said = str(error.value)
    assert "points.xlsx" in said
    # Both extents, in degrees only: beside the file's own coordinates they would give a secret grid away.
    read_so, inside = re.findall(r"reach \[([^]]*)\] degrees", said)
    corners = [pyproj.Proj(GRID)(at(EAST), at(NORTH), inverse=True) for at in (np.min, np.max)]
    assert [float(value) for value in inside.split(", ")] == pytest.approx([*corners[0], *corners[1]], abs=1e-4)
    assert 120 < float(read_so.split(", ")[0]) < 140
    assert "505800" not in said
    assert "3271" not in said


def test_small_coordinates_of_a_shifted_grid_cannot_be_told_apart_and_are_believed():
    shifted = GRID.replace("+x_0=500000 +y_0=0", "+x_0=0 +y_0=-3260000")
    for first, second in ((EAST - 500_000, NORTH - 3_260_000), (NORTH - 3_260_000, EAST - 500_000)):
        east, _, _ = east_first(first, second, crs=shifted, order=None, usual=EAST_NORTH, path=PATH)
        assert east is first


def test_coordinates_that_lie_nowhere_are_refused_even_when_the_order_is_told():
    with pytest.raises(BadCrs, match="is not used where the points would lie"):
        east_first(EAST, EAST, crs="EPSG:28992", order=EAST_NORTH, usual=EAST_NORTH, path=PATH)


def test_missing_coordinates_do_not_count():
    east, _, _ = east_first(
        np.array([np.nan, *EAST]), np.array([1.0, *NORTH]), crs=GRID, order=None, usual=EAST_NORTH, path=PATH
    )
    assert len(east) == 3
    none = np.array([np.nan])
    assert np.isnan(east_first(none, none, crs=GRID, order=None, usual=EAST_NORTH, path=PATH)[0]).all()


@pytest.mark.parametrize(
    ("crs", "order"),
    [("EPSG:4326", NORTH_EAST), ("EPSG:6697", NORTH_EAST), ("OGC:CRS84", EAST_NORTH), ("EPSG:28992", EAST_NORTH),
     ("EPSG:4545", EAST_NORTH), ("EPSG:7415", EAST_NORTH)],
)  # fmt: skip
def test_usual_order_of_a_file(crs, order):
    assert authority_order(crs) == order


def test_area_across_the_date_line():
    # Fiji lies on both sides of 180 degrees.
    east, north = np.array([179.5, -179.5]), np.array([-17.0, -17.0])
    east_first(east, north, crs="EPSG:4720", order=EAST_NORTH, usual=EAST_NORTH, path=PATH)
    with pytest.raises(BadCrs):
        east_first(np.array([100.0]), np.array([-17.0]), crs="EPSG:4720", order=EAST_NORTH, usual=EAST_NORTH, path=PATH)
