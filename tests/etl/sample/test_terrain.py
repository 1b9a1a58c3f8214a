"""Terrain: two rivers that meet, terraces, hills of a hundred metres and more."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.etl.sample.dem import NODATA, extent
from cim.etl.sample.manifest import CRS
from cim.etl.sample.plan import plan_city
from cim.etl.sample.relief import make_relief

RELIEF = make_relief(plan_city(1200, 7))


def test_raster_is_a_tiled_compressed_float_grid(clean) -> None:
    with rasterio.open(clean.folder / "terrain.tif") as terrain:
        assert terrain.dtypes == ("float32",)
        assert terrain.profile["tiled"]
        assert terrain.compression.name == "deflate"
        assert terrain.crs == rasterio.CRS.from_user_input(CRS)
        assert terrain.nodata == NODATA
        assert terrain.res == (2.0, 2.0)
        height = terrain.read(1)
        assert (height != NODATA).all()
        assert "synthetic" in terrain.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        outline = shapely.box(*terrain.bounds)
    city = clean.register("admin_unit").geometry.iloc[0]
    assert outline.buffer(-100).contains(city)


def test_a_full_district_has_hills() -> None:
    grid = extent(RELIEF.plan, RELIEF)
    x, y = np.meshgrid(
        grid.west + np.arange(0, grid.columns, 8) * grid.cell_m, grid.north - np.arange(0, grid.rows, 8) * grid.cell_m
    )
    height = RELIEF.height_at(x.ravel(), y.ravel())
    assert 1_000 < grid.columns * grid.cell_m < 3_400
    assert 120 < np.ptp(height) < 260
    # Half of the land is gentler than one in five.
    slope = np.hypot(*np.gradient(height.reshape(x.shape), grid.cell_m * 8))
    assert np.median(slope) < 0.2


def test_rivers_meet_without_a_step() -> None:
    valley = RELIEF.valley(0)
    u = float(valley.stream_u(0))
    mouth = RELIEF.stream_level(np.array([u]), np.array([110.0]))[0]
    assert mouth == pytest.approx(RELIEF.water_level(np.array([u]))[0], abs=0.01)
    up = RELIEF.stream_level(np.full(30, u), np.linspace(110, 800, 30))
    assert (np.diff(up) >= 0).all()
    assert (np.diff(RELIEF.water_level(np.linspace(0, 1500, 30))) < 0).all()


def test_ground_lies_below_the_water_in_the_river() -> None:
    valley = RELIEF.valley(0)
    u = np.linspace(50, 1450, 40)
    bed = RELIEF.height(valley, u, np.zeros(40))
    assert (bed < RELIEF.water_level(u) - 4).all()
    bank = RELIEF.height(valley, u[:20], np.full(20, 160.0))
    assert (bank > RELIEF.water_level(u[:20]) + 8).all()


def test_streets_lie_on_level_benches() -> None:
    valley = RELIEF.valley(0)
    row = valley.south.across[2]
    u = np.linspace(100, 1400, 50)
    north, south = (RELIEF.height(valley, u, np.full(50, row + side)) for side in (5.0, -5.0))
    between = RELIEF.height(valley, u, np.full(50, row - 40.0)) - RELIEF.height(valley, u, np.full(50, row - 30.0))
    assert np.abs(north - south).mean() < 0.5
    assert between.mean() > 1.0


@given(st.floats(-4_000, 6_000), st.floats(-3_000, 4_000))
def test_mapping_has_an_inverse(u: float, v: float) -> None:
    x, y = RELIEF.mapping.world(np.array([u]), np.array([v]))
    back_u, back_v = RELIEF.mapping.planned(x, y)
    assert back_u[0] == pytest.approx(u, abs=1e-6)
    assert back_v[0] == pytest.approx(v, abs=1e-6)


@given(st.floats(0, 1_500), st.floats(-600, 1_000))
def test_bend_has_an_inverse(u: float, c: float) -> None:
    valley = RELIEF.valley(0)
    v = valley.across(np.array([u]), np.array([c]))
    assert valley.straighten(np.array([u]), v)[0] == pytest.approx(c, abs=1e-6)


def test_neighbouring_valleys_meet_on_the_ridge() -> None:
    relief = make_relief(plan_city(5000, 7))
    low, high = relief.valley(0), relief.valley(1)
    u = np.linspace(0, 2 * relief.plan.length_m, 80)
    below = relief.height(low, u, np.full(80, 100.0 + low.north.crest_m - 0.01))
    above = relief.height(high, u, np.full(80, -100.0 - high.south.crest_m + 0.01))
    assert np.abs(below - above).max() < 0.6
