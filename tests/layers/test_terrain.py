"""Terrain built from rasters: read back tile by tile and held against the rasters' own cells."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from cim.crs import longitude_latitude
from cim.errors import UnknownLayer
from cim.etl.load import LoadOptions, load_city
from cim.layers.catalogue import catalogue
from cim.layers.terrain import layer_json, terrain_tile
from cim.layers.terrain_build import build_terrain, max_error_m
from cim.layers.terrain_rasters import MissingRaster
from cim.manifest import read_manifest
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR, Viewer

OFFSET = -36.0
EAST, NORTH = 505_800.0, 3_271_600.0
"""South-western corner of the rasters, city coordinates."""

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[1] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)


def valley(x, y):
    """A rough made-up valley with a cliff, city heights."""
    east, north = x - EAST, y - NORTH
    waves = 25 * np.sin(east / 47) + 18 * np.cos(north / 31) + 3 * np.sin(east * north / 900)
    return 260 + 0.15 * north + waves + 30.0 * (east > 333)


def write(path, values, transform, crs="EPSG:32648", nodata=-9999.0):
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": crs, "nodata": nodata, "transform": transform}
    with rasterio.open(path, "w", width=values.shape[1], height=values.shape[0], **profile) as dataset:
        dataset.write(values.astype("float32"), 1)


class Model:
    """A terrain model as a file, and what its cells say."""

    def __init__(self, folder, name="a" * 8, columns=180, rows=140, cell=2.5, corner=(EAST, NORTH), height=valley):
        self.file = f"{name}.tif"
        self.columns, self.rows, self.cell = columns, rows, cell
        self.transform = Affine(cell, 0, corner[0], 0, -cell, corner[1] + rows * cell)
        column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
        self.x, self.y = self.transform @ (column, row)
        self.z = height(self.x, self.y).astype("float32").astype(float)
        self.known = np.ones(self.z.shape, bool)
        self.folder = folder

    def save(self):
        write(self.folder / self.file, np.where(self.known, self.z, -9999.0), self.transform)
        return self

    def plant(self, plant, **columns):
        box = shapely.box(self.x.min(), self.y.min(), self.x.max(), self.y.max())
        told = {"kind": "dem", "file": self.file, "crs": plant.store.city.crs, "resolution_m": self.cell, "bands": 1}
        told |= {"columns": self.columns, "rows": self.rows, "minimum": 0, "maximum": 500} | columns
        feature = plant("raster_asset", box, **told)
        changed(plant.store)
        return feature


def changed(store):
    """Note that the rasters have changed, as a published load does."""
    with store.connection(OPERATOR) as connection:
        connection.execute(
            "INSERT INTO run.theme_version VALUES ('raster_asset', 1)"
            " ON CONFLICT (theme) DO UPDATE SET version = theme_version.version + 1"
        )


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def sample(quantized_mesh_file):
    """Heights of the tiles of one level at places in degrees."""

    def heights(store, z, longitude, latitude):
        size = 180 / 2**z
        columns, rows = np.floor((longitude + 180) / size).astype(int), np.floor((latitude + 90) / size).astype(int)
        found = np.full(longitude.shape, np.nan)
        for x, y in set(zip(columns.ravel(), rows.ravel(), strict=True)):
            content = terrain_tile(store, LOCAL, z, int(x), int(y))
            here = (columns == x) & (rows == y)
            if content is not None:
                tile = quantized_mesh_file.read(content, z, int(x), int(y))
                found[here] = tile.heights_at(longitude[here], latitude[here])
        return found

    return heights


@pytest.fixture
def modelled(plant, folder):
    """A model with a hole and a ragged border, planted and built."""
    model = Model(folder)
    row, column = np.mgrid[: model.rows, : model.columns]
    model.known = (column > 12 + 6 * np.sin(row / 5)) & ((row - 60) ** 2 + (column - 90) ** 2 > 40)
    model.save().plant(plant)
    return model


def test_deepest_tiles_go_through_the_cells_of_the_model(modelled, database, folder, sample):
    built = build_terrain(database, LOCAL, folder)
    assert (built.rasters, built.fresh, built.maxzoom) == (1, False, 17)
    lon, lat = longitude_latitude(database.city, modelled.x, modelled.y)
    found = sample(database, built.maxzoom, lon, lat)
    off = found[modelled.known] - modelled.z[modelled.known] - OFFSET
    assert np.abs(off).max() < 0.15


def test_each_level_is_as_near_as_it_promises(modelled, database, folder, sample):
    built = build_terrain(database, LOCAL, folder)
    lon, lat = longitude_latitude(database.city, modelled.x, modelled.y)
    # Where the ground bends no sharper than the cells of the level: away from the cliff and the border.
    gentle = (np.abs(modelled.x - EAST - 333) > 60) & (modelled.x < EAST + 300) & (modelled.x > EAST + 120)
    gentle &= (modelled.y > NORTH + 60) & (modelled.y < NORTH + 130)
    deepest = sample(database, built.maxzoom, lon[gentle], lat[gentle]) - modelled.z[gentle] - OFFSET
    assert np.abs(deepest).max() < max_error_m(built.maxzoom, built.maxzoom) + 0.01
    # Above it, ripples of 20 m are lost step by step, then the hills of 200 m.
    for z, mean_off_m in ((built.maxzoom - 1, 0.5), (built.maxzoom - 2, 1.5), (13, 8.0), (12, 20.0)):
        off = sample(database, z, lon[gentle], lat[gentle]) - modelled.z[gentle] - OFFSET
        assert np.abs(off).mean() < mean_off_m, z


def test_ground_goes_on_without_a_step_beyond_the_border_and_across_the_hole(modelled, database, folder, sample):
    built = build_terrain(database, LOCAL, folder)
    x = np.arange(EAST - 700, EAST + 330, 1.0)
    for north in (60.0, 150 * 2.5 - 2.5 * 40):
        lon, lat = longitude_latitude(database.city, x, np.full(len(x), NORTH + north))
        along = sample(database, built.maxzoom, lon, lat)
        # Tiles of the deepest level end one tile beyond the model.
        along = along[~np.isnan(along)]
        assert len(along) > 500
        steepest = np.abs(np.diff(valley(x, np.full(len(x), NORTH + north)))).max()
        assert np.abs(np.diff(along)).max() < steepest + 1.0
        assert along.max() < modelled.z[modelled.known].max() + OFFSET + 1
        assert along.min() > modelled.z[modelled.known].min() + OFFSET - 1


def test_what_the_coarse_surroundings_do_not_know_is_carried_over_the_border(plant, database, folder, sample):
    """Heights that leap from cell to cell: a cell beyond the border they are still those of the last cell."""
    noise = np.random.default_rng(7)
    model = Model(folder, height=lambda x, y: 200 + noise.normal(0, 5, x.shape)).save()
    model.plant(plant)
    built = build_terrain(database, LOCAL, folder)
    last, beyond, far = ((model.x[20:-20, 0] - cells * model.cell, model.y[20:-20, 0]) for cells in (0, 1, 12))
    told = [sample(database, built.maxzoom, *longitude_latitude(database.city, *at)) for at in (last, beyond, far)]
    assert np.std(told[0]) > 4
    assert np.std(told[1] - told[0]) < 1
    assert np.std(told[2]) < 1.5


def test_far_ground_is_level_with_the_mean_of_the_border(modelled, database, folder, sample):
    build_terrain(database, LOCAL, folder)
    far = layer_json(database, LOCAL)
    places = np.array([[-70.0, -30.0], [0.1, 80.0], [106.9, 29.9]])
    heights = sample(database, 2, *places.T)
    told = float(far["description"].split(" m above")[0].rpartition(" ")[2])
    np.testing.assert_allclose(heights, told, atol=300.0)
    edge = modelled.z[:, [20, -1]] + OFFSET
    assert edge.min() < told < edge.max()
    assert "not data" in far["description"]


def test_neighbouring_tiles_meet(modelled, database, folder, quantized_mesh_file):
    built = build_terrain(database, LOCAL, folder)
    for z in (built.maxzoom, built.maxzoom - 2, 12):
        parts = layer_json(database, LOCAL)["available"][z][0]
        tiles = {
            (x, y): quantized_mesh_file.read(terrain_tile(database, LOCAL, z, x, y), z, x, y)
            for x in range(parts["startX"], parts["endX"] + 1)
            for y in range(parts["startY"], parts["endY"] + 1)
        }
        # Within a cell two triangulations may cut the 30 m cliff another way; skirts close what is left.
        allowed = 2 * max_error_m(z, built.maxzoom) + 1.0
        for (x, y), tile in tiles.items():
            if (x + 1, y) in tiles:
                assert gap(tile, tiles[x + 1, y], "east", "west", "v") < allowed
            if (x, y + 1) in tiles:
                assert gap(tile, tiles[x, y + 1], "north", "south", "u") < allowed


def gap(one, other, side, opposite, along):
    """Largest height between the edges of two neighbours."""
    at = np.linspace(0, 32767, 400)
    lines = []
    for tile, edge in ((one, side), (other, opposite)):
        index = tile.edges[edge]
        lines.append(np.interp(at, getattr(tile, along)[index], tile.height[index]))
    return np.abs(lines[0] - lines[1]).max()


def test_layer_json_names_exactly_the_tiles_there_are(modelled, database, folder):
    built = build_terrain(database, LOCAL, folder)
    told = layer_json(database, LOCAL)
    listed = {
        (z, x, y)
        for z, parts in enumerate(told["available"])
        for part in parts
        for x in range(part["startX"], part["endX"] + 1)
        for y in range(part["startY"], part["endY"] + 1)
    }
    rows = database.rows(LOCAL, "SELECT z, x, y FROM layer.terrain_tile")
    assert {(row["z"], row["x"], row["y"]) for row in rows} == listed
    assert len(listed) == built.tiles
    assert [len(parts) for parts in told["available"]] == [1] * (told["maxzoom"] + 1)
    assert {(0, 0, 0), (0, 1, 0), (2, 7, 3)} <= listed
    assert told["extensions"] == ["octvertexnormals"]
    assert (told["scheme"], told["projection"], told["format"]) == ("tms", "EPSG:4326", "quantized-mesh-1.0")
    lon, lat = longitude_latitude(database.city, modelled.x, modelled.y)
    west, south, east, north = told["bounds"]
    assert west < lon.min() < lon.max() < east
    assert south < lat.min() < lat.max() < north
    assert told["attribution"] == "The planters"


def test_every_parent_of_a_tile_is_there(modelled, database, folder):
    build_terrain(database, LOCAL, folder)
    rows = {(row["z"], row["x"], row["y"]) for row in database.rows(LOCAL, "SELECT z, x, y FROM layer.terrain_tile")}
    assert all(z == 0 or (z - 1, x // 2, y // 2) in rows for z, x, y in rows)


def test_catalogue_has_the_terrain_as_soon_as_it_is_built(modelled, database, folder):
    assert [layer for layer in catalogue(database, LOCAL) if layer.kind == "terrain"] == []
    built = build_terrain(database, LOCAL, folder)
    (layer,) = [layer for layer in catalogue(database, LOCAL) if layer.kind == "terrain"]
    assert layer.maxzoom == built.maxzoom
    assert list(layer.bounds) == layer_json(database, LOCAL)["bounds"]


def test_nothing_is_done_while_nothing_changes(modelled, database, folder, plant):
    first = build_terrain(database, LOCAL, folder)
    (before,) = database.rows(LOCAL, "SELECT built_at FROM layer.build")
    plant("tree", shapely.Point(EAST, NORTH, 200.0))
    again = build_terrain(database, LOCAL, folder)
    assert again.fresh
    assert (again.tiles, again.size_bytes, again.maxzoom) == (first.tiles, first.size_bytes, first.maxzoom)
    assert database.rows(LOCAL, "SELECT built_at FROM layer.build") == [before]


def test_a_changed_model_is_built_anew_and_a_removed_one_leaves_no_terrain(plant, database, folder, sample):
    feature = Model(folder, "old", height=lambda x, y: 0 * x + 100.0).save().plant(plant)
    build_terrain(database, LOCAL, folder)
    model = Model(folder, "new", height=lambda x, y: 0 * x + 150.0).save()
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.raster_asset SET file = 'new.tif' WHERE feature_id = %s", (feature,))
    changed(database)
    built = build_terrain(database, LOCAL, folder)
    assert not built.fresh
    lon, lat = longitude_latitude(database.city, model.x, model.y)
    np.testing.assert_allclose(sample(database, built.maxzoom, lon, lat), 150.0 + OFFSET, atol=0.01)
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.raster_asset SET closed_by = load_id")
    changed(database)
    assert build_terrain(database, LOCAL, folder).tiles == 0
    assert database.rows(LOCAL, "SELECT z FROM layer.terrain_tile") == []
    with pytest.raises(UnknownLayer):
        layer_json(database, LOCAL)


def test_restricted_model_is_not_in_tiles_for_all(plant, database, folder, sample):
    Model(folder, "open", height=lambda x, y: 0 * x + 100.0).save().plant(plant)
    Model(folder, "closed", height=lambda x, y: 0 * x + 150.0).save().plant(plant, classification=2)
    assert build_terrain(database, LOCAL, folder).rasters == 1
    lon, lat = longitude_latitude(database.city, np.array([EAST + 100.0]), np.array([NORTH + 100.0]))
    assert sample(database, 15, lon, lat) == pytest.approx([64.0], abs=0.01)
    assert build_terrain(database, Viewer("insider", clearance=2), folder).rasters == 2


def test_terrain_is_as_visible_as_its_models(plant, database, web, folder):
    """An open model built by one who may see more stays open; an internal one needs a clearance."""
    visitor, insider = Viewer("visitor"), Viewer("insider", clearance=2)
    model = Model(folder).save().plant(plant)
    build_terrain(database, insider, folder)
    assert terrain_tile(web, visitor, 0, 1, 0)
    assert layer_json(web, visitor)["maxzoom"] == 17
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.raster_asset SET classification = 1 WHERE feature_id = %s", (model,))
    changed(database)
    build_terrain(database, insider, folder)
    assert terrain_tile(web, visitor, 0, 1, 0) is None
    assert terrain_tile(web, Viewer("staff", clearance=1), 0, 1, 0)
    with pytest.raises(UnknownLayer):
        layer_json(web, visitor)


def test_where_models_overlap_the_finer_one_holds_and_the_other_goes_on_around_it(plant, database, folder, sample):
    wide = Model(folder, "wide", 60, 60, 20.0, (EAST - 400, NORTH - 400), lambda x, y: 100 + 0.02 * (x - EAST)).save()
    fine = Model(folder, "fine", 120, 120, 2.0, (EAST, NORTH), lambda x, y: 130 + 0 * x).save()
    wide.plant(plant)
    fine.plant(plant, height_offset_m=5.0)
    built = build_terrain(database, LOCAL, folder)
    lon, lat = longitude_latitude(database.city, fine.x, fine.y)
    found = sample(database, built.maxzoom, lon, lat)
    inside = (slice(2, -2), slice(2, -2))
    np.testing.assert_allclose(found[inside], 135.0 + OFFSET, atol=0.15)
    outside = (wide.x < EAST - 60) & (wide.x > wide.x.min() + 60)
    lon, lat = longitude_latitude(database.city, wide.x[outside], wide.y[outside])
    deepest_of_wide = 14
    np.testing.assert_allclose(sample(database, deepest_of_wide, lon, lat), wide.z[outside] + OFFSET, atol=0.8)
    beyond_the_ring = wide.x[outside] < EAST - 2 * 153
    assert np.isnan(sample(database, built.maxzoom, lon[beyond_the_ring], lat[beyond_the_ring])).all()


def test_model_in_degrees_turned_and_upside_down(plant, database, folder, sample):
    """Rows from south to north, and a grid that leans by 20 degrees: cells are where their transform says."""
    turned = Affine.translation(EAST, NORTH) @ Affine.rotation(20) @ Affine.scale(3.0, 3.0)
    column, row = np.meshgrid(np.arange(90) + 0.5, np.arange(70) + 0.5)
    x, y = turned @ (column, row)
    write(folder / "turned.tif", valley(x, y), turned)
    model = Model(folder, "turned", 90, 70, 3.0)
    model.plant(plant)
    built = build_terrain(database, LOCAL, folder)
    lon, lat = longitude_latitude(database.city, x, y)
    off = sample(database, built.maxzoom, lon, lat) - valley(x, y) - OFFSET
    assert np.abs(off).max() < 0.15
    degrees = Affine(4e-5, 0, 106.561, 0, -4e-5, 29.565)
    lon, lat = degrees @ (column, row)
    heights = 200 + 4000 * (lon - 106.561) + 20 * np.sin(lat * 30_000)
    write(folder / "degrees.tif", heights, degrees, "EPSG:4326")
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.raster_asset SET file = 'degrees.tif', crs = 'EPSG:4326', resolution_m = 4.1")
    changed(database)
    built = build_terrain(database, LOCAL, folder)
    off = sample(database, built.maxzoom, lon, lat) - heights - OFFSET
    assert np.abs(off).max() < 0.15


def test_two_processes_make_the_same_tiles_as_one(modelled, database, folder):
    build_terrain(database, LOCAL, folder, workers=1)
    every = "SELECT z, x, y, md5(content) AS digest FROM layer.terrain_tile ORDER BY z, x, y"
    before = database.rows(LOCAL, every)
    changed(database)
    build_terrain(database, LOCAL, folder, workers=2)
    assert database.rows(LOCAL, every) == before


def test_failed_build_leaves_the_old_terrain(modelled, database, folder):
    built = build_terrain(database, LOCAL, folder)
    (folder / modelled.file).write_bytes(b"no raster")
    changed(database)
    with pytest.raises(MissingRaster, match=r"aaaaaaaa.tif is missing or damaged: load its source again"):
        build_terrain(database, LOCAL, folder)
    (row,) = database.rows(LOCAL, "SELECT count(*) AS tiles FROM layer.terrain_tile")
    assert row["tiles"] == built.tiles
    (folder / modelled.file).unlink()
    with pytest.raises(MissingRaster):
        build_terrain(database, LOCAL, folder)


def test_city_without_a_model_has_no_terrain(database, web, folder):
    assert build_terrain(database, LOCAL, folder).tiles == 0
    with pytest.raises(UnknownLayer, match="terrain"):
        layer_json(web, LOCAL)
    assert terrain_tile(web, LOCAL, 0, 0, 0) is None


def test_address_of_no_tile_has_none(modelled, database, web, folder):
    build_terrain(database, LOCAL, folder)
    assert terrain_tile(web, LOCAL, 0, 1, 0)
    for z, x, y in ((-1, 0, 0), (0, 2, 0), (0, 0, 1), (30, 0, 0), (17, 1, 1)):
        assert terrain_tile(web, LOCAL, z, x, y) is None


def test_real_terrain_model_is_met_within_a_third_of_a_metre(real_data, cluster, sample, tmp_path):
    with rasterio.open(real_data / "terrain" / "codem_dem.tif") as dataset:
        values = dataset.read(1, masked=True)
        transform = dataset.transform
    manifest = read_manifest(real_cities.codem(tmp_path, real_data))
    list(load_city(cluster, manifest, tmp_path / "data", LoadOptions(bars=False)))
    with Store.open(cluster, "codem") as store:
        built = build_terrain(store, LOCAL, tmp_path / "data" / "raster")
        known = np.argwhere(~np.ma.getmaskarray(values))[::23]
        x, y = transform @ (known[:, 1] + 0.5, known[:, 0] + 0.5)
        lon, lat = longitude_latitude(manifest.profile, np.asarray(x), np.asarray(y))
        off = sample(store, built.maxzoom, lon, lat) - (values.data[tuple(known.T)] + 12.5)
    cluster.drop_database(manifest.profile.database)
    assert len(off) > 5000
    assert np.abs(off).max() < 0.3
