"""Bad input: one clear line (what, where, remedy), a non-zero exit, and the database as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import from_origin

from cim.__main__ import main
from cim.etl.vector_places import refuse_mixed_crs

STATE = """SELECT (SELECT md5(coalesce(string_agg(v::text, '|' ORDER BY version_id), '')) FROM city.building v),
    (SELECT count(*) FROM city.facility), (SELECT count(*) FROM city.raster_asset),
    (SELECT count(*) FROM city.pipe_node), (SELECT data_version FROM run.city),
    (SELECT count(*) FROM run.load WHERE published_at IS NOT NULL)"""


@pytest.fixture(scope="module")
def house_town(new_town, houses, tmp_path_factory):
    """A town that stands, for all tests of this module: none of them may change it."""
    with new_town(tmp_path_factory.mktemp("standing")) as town:
        town.write_layer("houses.gpkg", houses)
        town.source("houses", "footprints", "houses.gpkg")
        town.load()
        yield town


@pytest.fixture
def refused(house_town, monkeypatch):
    """Load a further source that must be refused; return what was said."""
    before = house_town.rows(STATE)
    monkeypatch.setenv("CIM_DATA_DIR", str(house_town.cluster.status().data.parent))

    def load(kind, path, **fields):
        house_town.source("bad", kind, path, **fields)
        result = CliRunner().invoke(main, ["load", str(house_town.write()), "--source", "bad"])
        assert result.exit_code == 1, result.output
        assert house_town.rows(STATE) == before
        assert house_town.one("SELECT count(*) FROM run.load WHERE status = 'staging'") == 0
        lines = result.stderr.splitlines()
        said = [line for line in lines if line.startswith("cim: ")]
        # A bar's last line may stand before it; nothing after, and no traceback.
        assert [lines[-1]] == said
        assert len(lines) <= 2
        return said[0].removeprefix(f"cim: {house_town.folder}/")

    return load


def csv(town, text, encoding="utf-8", name="facility.csv"):
    (town.folder / name).write_bytes(text.encode(encoding))


def test_a_misspelt_option(refused, house_town):
    """It was as if it were not there: without `columns` every record would lose its key."""
    said = refused("footprints", "houses.gpkg", options={"colums": {"key": "id"}})
    known = "axis_order, columns, encoding, ground_m, heights, layer, storey_height_m, where"
    assert said == (
        "city.toml: source 'bad' has option 'colums': "
        f"kind footprints knows no such option: known are {known}; is columns meant?"
    )
    checked = CliRunner().invoke(main, ["check", str(house_town.write())])
    assert checked.exit_code == 1
    assert said in checked.stderr
    house_town.source("bad", "scan", "houses.gpkg", options={"kind": "las"})
    assert (
        "kind scan knows no such option: it has none\n"
        in CliRunner().invoke(main, ["check", str(house_town.write())]).stderr
    )


def test_a_missing_file(refused):
    said = refused("footprints", "gone.gpkg")
    assert said == "gone.gpkg: no such file: correct the path in city.toml or put the file there"


def test_a_folder_without_files(refused, house_town):
    (house_town.folder / "empty").mkdir()
    assert refused("pipe_survey", "empty").startswith("empty: the folder is empty: put the source's files there")


def test_a_truncated_geopackage(refused, house_town):
    whole = (house_town.folder / "houses.gpkg").read_bytes()
    (house_town.folder / "half.gpkg").write_bytes(whole[: len(whole) // 2])
    said = refused("footprints", "half.gpkg")
    assert said.startswith("half.gpkg: cannot be read as a vector file (")
    assert said.endswith("): see that it is whole and of the kind")


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_a_truncated_flatgeobuf(refused, house_town, houses, share):
    many = pd.concat([houses.assign(id=houses["id"] + str(number)) for number in range(50)])
    whole = house_town.write_layer("whole.fgb", many).read_bytes()
    (house_town.folder / "half.fgb").write_bytes(whole[: int(len(whole) * share)])
    assert refused("footprints", "half.fgb").startswith("half.fgb: ")


def test_a_truncated_geojson(refused, house_town, houses):
    whole = house_town.write_layer("whole.geojson", houses).read_bytes()
    (house_town.folder / "half.geojson").write_bytes(whole[: len(whole) // 2])
    assert refused("footprints", "half.geojson").startswith("half.geojson: cannot be read as a vector file (")


def test_a_truncated_shapefile(refused, house_town, houses):
    house_town.write_layer("whole.shp", houses)
    for ending in ("shp", "shx", "dbf", "prj"):
        shutil.copy(house_town.folder / f"whole.{ending}", house_town.folder / f"half.{ending}")
    whole = (house_town.folder / "half.shp").read_bytes()
    (house_town.folder / "half.shp").write_bytes(whole[: len(whole) // 2])
    assert refused("footprints", "half.shp").startswith("half.shp: ")


def test_a_truncated_raster(refused, house_town):
    raster(house_town.folder / "whole.tif")
    whole = (house_town.folder / "whole.tif").read_bytes()
    (house_town.folder / "half.tif").write_bytes(whole[: len(whole) // 2])
    said = refused("raster", "half.tif")
    assert said.startswith("half.tif: cannot be read as a raster (")
    assert said.endswith("): give a whole GeoTIFF")


def test_a_truncated_workbook(refused, house_town):
    pd.DataFrame({"key": ["a"], "level": ["city"]}).to_excel(house_town.folder / "whole.xlsx", index=False)
    whole = (house_town.folder / "whole.xlsx").read_bytes()
    (house_town.folder / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    said = refused("register", "half.xlsx", options={"theme": "population"})
    assert said.startswith("half.xlsx: cannot be read as a workbook (")


@pytest.mark.parametrize("kind", ["footprints", "raster", "register", "cityjson", "pipe_survey", "epanet"])
def test_the_wrong_kind(refused, house_town, kind):
    (house_town.folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    options = {"theme": "population"} if kind == "register" else {"network": "water"} if kind == "pipe_survey" else {}
    assert refused(kind, "picture.png", crs="EPSG:4545", options=options).startswith("picture.png: ")


def test_a_kind_that_there_is_not(refused):
    assert "source 'bad' has kind 'dwg': known kinds are citygml, citygml_network, cityjson" in refused(
        "dwg", "houses.gpkg"
    )


def test_an_unknown_crs(refused):
    said = refused("footprints", "houses.gpkg", crs="EPSG:99999")
    assert said == (
        "houses.gpkg: CRS 'EPSG:99999' is not known to PROJ: give the right one with --crs or crs in city.toml"
    )


def test_no_crs(refused, house_town, houses):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        house_town.write_layer("nowhere.gpkg", houses, crs=None)
    said = refused("footprints", "nowhere.gpkg")
    assert said == 'nowhere.gpkg: has no CRS: give one with crs = "EPSG:…" in city.toml or --crs'


@pytest.mark.parametrize("crs", [{}, {"crs": "EPSG:4545"}], ids=["as it is", "with a CRS given"])
def test_mixed_crs(refused, house_town, crs):
    ring = "500000,3270000 500010,3270000 500010,3270010 500000,3270000"
    member = (
        '<gml:featureMember><a><g><gml:Polygon srsName="EPSG:{}"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>'
        f"{ring}</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></g></a></gml:featureMember>"
    )
    text = f'<c xmlns:gml="http://www.opengis.net/gml">{member.format(4545)}{member.format(4546)}</c>'
    (house_town.folder / "mixed.gml").write_text(text)
    said = refused("footprints", "mixed.gml", **crs)
    expected = "mixed.gml: mixed CRS: geometries name EPSG:4545 and EPSG:4546: write each CRS to a file of its own"
    assert said == expected


def test_one_crs_in_several_spellings_is_not_mixed(tmp_path):
    path = tmp_path / "one.gml"
    path.write_text('<c><a srsName="EPSG:4545"/><b srsName="urn:ogc:def:crs:EPSG::4545"/></c>')
    refuse_mixed_crs(path)


def test_nan_coordinates(refused, house_town, houses):
    nowhere = shapely.set_coordinates(shapely.box(0, 0, 1, 1), [[0, 0], [1, 0], [np.nan, 1], [0, 1], [0, 0]])
    house_town.write_layer("nan.gpkg", houses.assign(geom=nowhere))
    said = refused("footprints", "nan.gpkg")
    assert said == (
        "nan.gpkg: 4 of 4 records are refused, 4 for geometry.not_finite: record 1 has coordinates that are NaN or "
        "infinite: correct the coordinates; see that the source's CRS is the right one"
    )


@pytest.mark.parametrize("shape", [shapely.Polygon(), None])
def test_empty_geometry(refused, house_town, houses, shape):
    house_town.write_layer("empty.gpkg", houses.assign(geom=shape), geometry_type="Polygon")
    said = refused("footprints", "empty.gpkg")
    assert said.startswith("empty.gpkg: 4 of 4 records are refused, 4 for geometry.")
    assert "record 1" in said


def test_text_in_a_number_column(refused, house_town):
    csv(house_town, "key,kind,capacity,x,y,z\na,school,about twelve,500000,3270000,200\n")
    said = refused("register", "facility.csv", crs="EPSG:4545", options={"theme": "facility"})
    assert said == (
        "facility.csv: 1 of 1 records are refused, 1 for value.not_a_number: record 2 capacity is 'about twelve' where "
        "a number is wanted: give a number, or leave it empty"
    )


def test_a_csv_that_is_no_text(refused, house_town):
    (house_town.folder / "facility.csv").write_bytes(b"key,kind\n\xff\xfe\x80\x81,\xff\n")
    said = refused("register", "facility.csv", options={"theme": "facility"})
    assert said == (
        "facility.csv: line 2 is neither UTF-8 nor GB18030 (GBK) text: "
        "save it as UTF-8, or name its encoding in options"
    )


def test_a_csv_with_a_broken_row(refused, house_town):
    csv(house_town, "key,year,residents\na,2020,1\nb,2020,2,3,4\n", name="population.csv")
    said = refused("register", "population.csv", options={"theme": "pipe_break"})
    assert said.startswith("population.csv: line 3 has 5 cells where the header has 3: '3' stands in no column: ")


def test_an_empty_csv(refused, house_town):
    csv(house_town, "")
    assert refused("register", "facility.csv", options={"theme": "pipe_break"}).startswith("facility.csv: ")


def test_a_workbook_without_the_sheet(refused, house_town):
    pd.DataFrame({"key": ["a"]}).to_excel(house_town.folder / "book.xlsx", index=False)
    said = refused("register", "book.xlsx", options={"theme": "pipe_break", "sheet": "Breaks"})
    assert said == "book.xlsx: has no sheet 'Breaks' (Sheet1): name one with sheet = \"…\" in options"


def test_a_truncated_cityjson(refused, house_town):
    (house_town.folder / "half.city.json").write_text('{"type": "CityJSON", "version": "2.0", "CityObjects": {"a"')
    said = refused("cityjson", "half.city.json")
    assert said.startswith("half.city.json: is not whole JSON (")
    assert said.endswith("the file may be cut off: fetch it again")


def test_a_truncated_epanet_file(refused, house_town):
    (house_town.folder / "half.inp").write_text("[JUNCTIONS]\n a 10 5\n[PIPES]\n p a")
    assert refused("epanet", "half.inp", crs="EPSG:32648").startswith("half.inp: ")


def test_a_survey_without_its_sheets(refused, house_town):
    pd.DataFrame({"a": [1]}).to_excel(house_town.folder / "survey.xlsx", index=False)
    said = refused("pipe_survey", "survey.xlsx")
    assert said.startswith("survey.xlsx: ")
    assert "管点" in said


def test_a_layer_that_is_not_there(refused):
    said = refused("footprints", "houses.gpkg", options={"layer": "roads"})
    assert said == "houses.gpkg: has no layer 'roads' (houses): name one with layer = \"…\" in options"


def test_a_theme_that_there_is_not(refused):
    said = refused("register", "houses.gpkg", options={"theme": "castle"})
    assert said.startswith("houses.gpkg: theme 'castle': give theme = \"…\" in options: one of admin_unit, building")


def test_a_register_without_places(refused, house_town):
    csv(house_town, "key,kind\na,school\n")
    said = refused("register", "facility.csv", options={"theme": "facility"})
    assert said == "facility.csv: has no places: name their columns in options: wkt, or x and y"


def test_points_without_heights(refused, house_town):
    csv(house_town, "key,kind,x,y\na,school,500000,3270000\n")
    said = refused("register", "facility.csv", crs="EPSG:4545", options={"theme": "facility"})
    assert "1 for geometry.no_height: record 2 has no height: give Z coordinates, or option height_m or z" in said


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"columns": ["a"]}, "option columns = ['a']: give a table such as"),
        ({"columns": {"colour": "id"}}, "option columns: building has no column 'colour': known are address, "),
        ({"columns": {"height": "tall"}}, "has no column 'tall' (for height): it has id, name, height, colour"),
        ({"storey_height_m": "three"}, "option storey_height_m = 'three': give a number"),
    ],
)
def test_options_that_cannot_be(refused, options, what):
    assert refused("footprints", "houses.gpkg", options=options).startswith(f"houses.gpkg: {what}")


def raster(path, **changes):
    profile = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "float32", "crs": "EPSG:4545"}
    profile |= {"transform": from_origin(500_000, 3_270_000, 5, 5), "nodata": -9999.0} | changes
    with rasterio.open(path, "w", **profile) as dataset:
        for band in range(1, profile["count"] + 1):
            dataset.write(np.full((20, 20), changes.get("nodata") or 5, dtype=profile["dtype"]), band)


@pytest.mark.parametrize(
    ("changes", "options", "what"),
    [
        ({"crs": None}, {}, "has no CRS: give one"),
        ({"nodata": 7.0}, {}, "has no data in any cell: give the raster with its values"),
        ({"count": 3, "dtype": "uint8", "nodata": None}, {}, "has 3 bands where a dem has one"),
        ({}, {"raster": "orthophoto"}, "has 1 band(s) where an orthophoto has three"),
        ({}, {"raster": "painting"}, "option raster = 'painting': give one of dem, dsm, orthophoto"),
        ({"crs": "EPSG:32648+3855"}, {"raster": 1}, "option raster = 1: give text in quotes"),
    ],
)
def test_rasters_that_cannot_be(refused, house_town, changes, options, what):
    raster(house_town.folder / "dem.tif", **changes)
    assert refused("raster", "dem.tif", options=options).startswith(f"dem.tif: {what}")


def test_a_raster_that_is_no_geotiff(refused, house_town):
    (house_town.folder / "dem.asc").write_text("ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n3 4\n")
    said = refused("raster", "dem.asc", crs="EPSG:4545")
    assert said == "dem.asc: is a AAIGrid, not a GeoTIFF: convert it: gdal_translate -of COG dem.asc dem.tif"


def test_the_process_ends_as_a_shell_expects(house_town):
    variables = {**os.environ, "CIM_DATA_DIR": str(house_town.cluster.status().data.parent)}
    house_town.source("bad", "footprints", "gone.gpkg")
    command = [sys.executable, "-m", "cim", "load", str(house_town.write())]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"cim: {house_town.folder}/gone.gpkg: no such file: correct the path in city.toml or put the file there\n"
    )
