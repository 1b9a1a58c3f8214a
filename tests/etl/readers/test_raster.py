"""Rasters: what a GeoTIFF is, where it lies, and the file kept beside the database."""

from __future__ import annotations

import hashlib

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.kept_files import keep_files
from cim.etl.readers.raster import READER
from cim.manifest import SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)


def write(path, values, **changes):
    profile = {"driver": "GTiff", "crs": "EPSG:4545", "transform": from_origin(500_000, 3_270_400, 5, 4)}
    profile |= {"count": 1, "dtype": values.dtype, "height": values.shape[-2], "width": values.shape[-1]} | changes
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values if values.ndim == 3 else values[None])
    return path


@pytest.fixture
def dem(tmp_path):
    values = np.arange(300, dtype=np.float32).reshape(15, 20)
    values[3, 4] = -9999
    values[0, 0] = np.nan
    return write(tmp_path / "dem.tif", values, nodata=-9999)


def read(path, city=CITY, **fields):
    (batch,) = READER.read(SourceSpec("terrain", "raster", path, **fields), city)
    (record,) = batch.frame.to_dict("records")
    return batch, record


def test_a_terrain_model(dem):
    batch, record = read(dem, height_offset_m=0.3)
    digest = hashlib.sha256(dem.read_bytes()).hexdigest()
    assert batch.theme == "raster_asset"
    assert batch.files == {f"raster/{digest}.tif": dem}
    assert record["file"] == f"{digest}.tif"
    assert (record["source_key"], record["kind"], record["crs"]) == ("terrain", "dem", "EPSG:4545")
    assert (record["columns"], record["rows"], record["bands"], record["nodata"]) == (20, 15, 1, -9999.0)
    assert (record["minimum"], record["maximum"], record["height_offset_m"]) == (1.0, 299.0, 0.3)
    assert record["resolution_m"] == pytest.approx(np.sqrt(20))
    assert record["geom"].equals(shapely.box(500_000, 3_270_340, 500_100, 3_270_400))


def test_an_extent_in_another_crs(tmp_path):
    path = write(tmp_path / "dem.tif", np.ones((9, 9)), crs="EPSG:4490", transform=from_origin(107.5, 30.0, 0.05, 0.05))
    batch, record = read(path)
    expected = transform_bounds("EPSG:4490", "EPSG:4545", 107.5, 29.55, 107.95, 30.0, densify_pts=99)
    assert record["geom"].bounds == pytest.approx(expected, abs=1)
    assert record["geom"].is_valid
    assert record["resolution_m"] == pytest.approx(5177, rel=0.01)  # a twentieth of a degree each way
    assert batch.pipeline is not None


def test_an_orthophoto(tmp_path):
    path = write(tmp_path / "photo.tif", np.full((3, 8, 8), 7, dtype=np.uint8), count=3)
    _, record = read(path, options={"raster": "orthophoto"})
    assert (record["kind"], record["bands"], record["nodata"]) == ("orthophoto", 3, None)


def test_a_crs_whose_name_is_no_text_is_refused_in_one_line(tmp_path):
    own = pyproj.CRS("EPSG:4545").to_wkt("WKT1_GDAL").replace("CGCS2000 / 3-degree Gauss-Kruger CM 108E", "Our own")
    own = own.replace('AUTHORITY["EPSG","4545"]', "").replace("108,", "108.1,").replace(",]", "]")
    path = write(tmp_path / "dem.tif", np.ones((9, 9), dtype=np.float32), crs=own)
    assert b"Our own" in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b"Our own", b"Our\xffown"))
    with pytest.raises(BadSource, match=r"cannot be read as a raster \('utf-8' codec can't decode") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_heights_in_feet_are_refused(tmp_path):
    path = write(tmp_path / "dem.tif", np.ones((9, 9), dtype=np.float32), crs="EPSG:26916+6360")
    city = CityProfile("t", "t", "T", "EPSG:26916", "NAVD88", -30.0)
    with pytest.raises(BadSource, match=r"has heights in units of 0.304801 m: convert its values to metres"):
        read(path, city)


def test_real_terrain(real_data):
    path = real_data / "terrain" / "codem_dem.tif"
    city = CityProfile("t", "t", "T", "EPSG:32616", "NAVD88", -30.0)
    _, record = read(path, city)
    with rasterio.open(path) as dataset:
        values = dataset.read(1, masked=True)
        assert record["minimum"] == pytest.approx(float(values.min()))
        assert record["maximum"] == pytest.approx(float(values.max()))
        assert record["geom"].area == pytest.approx(dataset.width * dataset.height * record["resolution_m"] ** 2)


def test_files_are_kept_whole_or_not_at_all(tmp_path, dem):
    folder = tmp_path / "data"
    keep_files({"raster/x.tif": dem}, folder)
    assert (folder / "raster/x.tif").read_bytes() == dem.read_bytes()
    assert [file.name for file in (folder / "raster").iterdir()] == ["x.tif"]
    stamp = (folder / "raster/x.tif").stat().st_mtime_ns
    keep_files({"raster/x.tif": dem}, folder)
    assert (folder / "raster/x.tif").stat().st_mtime_ns == stamp
    (folder / "flat").write_text("a file where a folder is wanted")
    with pytest.raises(BadSource, match="cannot be copied to"):
        keep_files({"flat/x.tif": dem}, folder)
    with pytest.raises(BadSource, match="cannot be copied to"):
        keep_files({"raster/y.tif": tmp_path / "gone.tif"}, folder)
    assert [file.name for file in (folder / "raster").iterdir()] == ["x.tif"]


def test_a_raster_in_a_town(town, dem):
    town.source("terrain", "raster", "dem.tif", licence="CC0-1.0")
    town.load()
    row = town.by_key("raster_asset")["terrain"]
    assert (town.folder / "data" / "raster" / row["file"]).read_bytes() == dem.read_bytes()
    assert town.load()["terrain"].status == "unchanged"


def test_tiles_of_a_folder_become_records_of_their_own(tmp_path, town):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for at in range(2):
        write(
            tiles / f"t{at}.tif", np.full((9, 9), at + 1.0), transform=from_origin(500_000 + 45 * at, 3_270_400, 5, 5)
        )
    (tiles / "t0.tif.aux.xml").write_text("<PAMDataset/>")
    town.source("terrain", "raster", "tiles")
    assert town.load()["terrain"].outcome.kept == 2
    rows = town.by_key("raster_asset")
    assert {key: row["minimum"] for key, row in rows.items()} == {"t0.tif": 1.0, "t1.tif": 2.0}


def test_a_real_cog_and_real_models(real_data):
    image = real_data / "imagery" / "mosaic_cog1.tif"
    city = CityProfile("t", "测", "T", "EPSG:32618", "1985", 0.0)
    (batch,) = READER.read(SourceSpec("image", "raster", image, options={"raster": "orthophoto"}), city)
    (record,) = batch.frame.to_dict("records")
    with rasterio.open(image) as dataset:
        assert (record["columns"], record["rows"], record["bands"]) == (dataset.width, dataset.height, dataset.count)
        assert record["geom"].bounds == pytest.approx(tuple(dataset.bounds))
    for name in ("dem", "dsm"):
        path = real_data / "terrain" / f"codem_{name}.tif"
        city = CityProfile("t", "测", "T", "EPSG:32616", "1985", 0.0)
        (batch,) = READER.read(SourceSpec(name, "raster", path, options={"raster": name}), city)
        (record,) = batch.frame.to_dict("records")
        with rasterio.open(path) as dataset:
            values = dataset.read(1, masked=True)
        assert (record["minimum"], record["maximum"]) == pytest.approx((values.min(), values.max()))
        assert record["resolution_m"] == pytest.approx(1.0, rel=1e-3)
