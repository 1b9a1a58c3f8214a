"""What checks know around a source, from the manifest alone and from the database: all terrain, the extent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.etl.checking import check_manifest
from cim.etl.checks import terrain
from cim.etl.checks.terrain import Terrain, TerrainFile
from cim.manifest import read_manifest

EAST, NORTH = 500_000.0, 3_270_000.0
CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)


def write_tile(
    path, height_m: float, east: float, cell_m: float = 10.0, cells: int = 4, crs: str | None = "EPSG:4545"
) -> TerrainFile:
    """Cells from a cell below NORTH upwards: a place on the last edge itself lies outside."""
    transform = from_origin(east, NORTH + (cells - 1) * cell_m, cell_m, cell_m)
    profile = {"driver": "GTiff", "crs": crs, "nodata": -9999, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", width=cells, height=cells, transform=transform, **profile) as raster:
        raster.write(np.full((cells, cells), height_m, np.float32), 1)
    return TerrainFile(path, None, 0.0)


def test_a_place_has_the_height_of_the_first_raster_that_tells_one(tmp_path):
    fine = write_tile(tmp_path / "fine.tif", 10.0, EAST)
    coarse = write_tile(tmp_path / "coarse.tif", 20.0, EAST, cell_m=40.0)
    beside = write_tile(tmp_path / "beside.tif", 30.0, EAST + 160)
    lost = TerrainFile(tmp_path / "lost.tif", None, 0.0)
    nowhere = write_tile(tmp_path / "nowhere.tif", 50.0, EAST, crs=None)
    models = Terrain.open([lost, nowhere, fine, coarse, beside], CITY)
    assert models is not None
    x, y = EAST + np.array([5.0, 55.0, 165.0, 999.0]), np.full(4, NORTH + 5)
    assert models.at(x, y) == pytest.approx([10.0, 20.0, 30.0, np.nan], nan_ok=True)
    assert Terrain.open([lost], CITY) is None


def test_large_models_are_read_thinned_out(tmp_path, monkeypatch):
    monkeypatch.setattr(terrain, "LARGEST_CELLS", 50)
    tiles = [write_tile(tmp_path / f"{at}.tif", 10.0 + at, EAST + 160 * at, cells=16) for at in range(2)]
    models = Terrain.open(tiles, CITY)
    assert models is not None
    assert sum(raster.heights.size for raster in models.rasters) <= 50
    x = EAST + np.array([1.0, 159.0, 161.0, 319.0])
    assert models.at(x, np.full(4, NORTH + 149)) == pytest.approx([10.0, 10.0, 11.0, 11.0])


def test_every_tile_of_the_terrain_counts_in_a_check_and_in_a_load(house_town, houses):
    """Ground at 0 and 100 m: the first house, and the third, stand on the wrong one."""
    tiles = house_town.folder / "tiles"
    tiles.mkdir()
    write_tile(tiles / "west.tif", 0.0, EAST, cell_m=5.0, cells=8)
    write_tile(tiles / "east.tif", 100.0, EAST + 40, cell_m=5.0, cells=8)
    house_town.write_layer("houses.gpkg", houses.iloc[:4].assign(ground=[100.0, 0.0, 0.0, 100.0]))
    house_town.sources.clear()
    house_town.source("ground", "raster", "tiles")  # a terrain model unless it says otherwise
    columns = {"key": "id", "height": "height", "ground": "ground"}
    house_town.source("houses", "footprints", "houses.gpkg", options={"columns": columns})
    house_town.write()
    checked = check_manifest(read_manifest(house_town.folder))[1].rejects
    assert {item.source_key for item in checked if item.code == "building.off_terrain"} == {"a", "c"}
    house_town.load()
    kept = house_town.rows("SELECT source_key FROM run.reject WHERE code = 'building.off_terrain'")
    assert {row["source_key"] for row in kept} == {"a", "c"}


def test_the_declared_extent_tells_what_lies_outside_where_there_are_no_units(house_town, houses):
    house_town.city["extent"] = [107.99, 29.54, 108.01, 29.56]
    stray = pd.concat([houses, houses.iloc[:1].assign(id="e", geom=[house_town.square(2000)])])
    house_town.write_layer("houses.gpkg", stray)
    house_town.write()
    (checked,) = check_manifest(read_manifest(house_town.folder))
    assert [item.source_key for item in checked.rejects if item.code == "geometry.outside_city"] == ["e"]
    house_town.load()
    kept = house_town.rows("SELECT source_key FROM run.reject WHERE code = 'geometry.outside_city'")
    assert [row["source_key"] for row in kept] == ["e"]
