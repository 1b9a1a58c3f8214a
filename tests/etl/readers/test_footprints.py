"""Footprints: any vector file, its columns brought into ours, nothing lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource
from cim.etl.readers.footprints import READER
from cim.manifest import SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
BLOCK = ["block_base_m", "block_top_m"]
BOX = shapely.box(500_000, 3_270_000, 500_010, 3_270_020)


def frame(**columns):
    length = max(len(values) for values in columns.values())
    boxes = [shapely.affinity.translate(BOX, 30 * number) for number in range(length)]
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=boxes, crs="EPSG:4545")


def read(path, **fields):
    """Return the one batch of a small file, and its frame with records by key where there are keys."""
    (batch,) = READER.read(SourceSpec("houses", "footprints", path, **fields), CITY)
    return batch


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "shp", "gml"])
def test_any_vector_file(tmp_path, ending):
    path = tmp_path / f"houses.{ending}"
    houses = frame(id=["a", "b"], tall=[6.0, np.nan], floors=[2, 3], colour=["红", None])
    # GeoJSON is in longitude and latitude by its standard.
    stored = houses.to_crs("EPSG:4490") if ending == "geojson" else houses
    # A FlatGeobuf with an index is sorted by place.
    stored.to_file(path, **{"shp": {"encoding": "utf-8"}, "fgb": {"SPATIAL_INDEX": "NO"}}.get(ending, {}))
    batch = read(path, options={"columns": {"key": "id", "height": "tall", "storeys": "floors"}})
    assert batch.theme == "building"
    assert batch.records_in == 2
    out = batch.frame
    assert out.index.tolist() == [1, 2]
    assert out["source_key"].tolist() == ["a", "b"]
    assert out["height_m"].tolist() == [6.0, 9.0]  # the second from its storeys
    assert out["storeys_above"].tolist() == [2, 3]
    attributes = [json.loads(item) if isinstance(item, str) else {} for item in out["attributes"]]
    assert [item.get("colour") for item in attributes] == ["红", None]
    assert shapely.hausdorff_distance(out["geom"].to_numpy(), houses.geometry.to_numpy()).max() < 1e-3
    assert out[BLOCK].to_numpy().tolist() == [[0.0, 6.0], [0.0, 9.0]]
    assert batch.details == {}


def test_a_shapefile_in_gbk_that_does_not_say_so(tmp_path):
    path = tmp_path / "houses.shp"
    frame(name=["解放碑大厦", "洪崖洞"]).to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()
    assert read(path).frame["name"].tolist() == ["解放碑大厦", "洪崖洞"]
    path.with_suffix(".dbf").rename(tmp_path / "kept.dbf")
    frame(name=["解放碑大厦", "洪崖洞"]).to_file(path, encoding="utf-8")
    path.with_suffix(".cpg").unlink()
    assert read(path).frame["name"].tolist() == ["解放碑大厦", "洪崖洞"]


def test_from_another_crs_as_geopandas_would(tmp_path):
    path = tmp_path / "houses.gpkg"
    houses = frame(id=["a"]).to_crs("EPSG:32648")
    houses.to_file(path)
    batch = read(path)
    expected = houses.to_crs("EPSG:4545").geometry.to_numpy()
    assert shapely.hausdorff_distance(batch.frame["geom"].to_numpy(), expected).max() < 1.0
    assert batch.crs == "EPSG:32648"
    assert batch.pipeline is not None
    assert batch.accuracy_m is not None


def test_the_crs_of_the_manifest_comes_first(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(id=["a"]).to_file(path)
    moved = read(path, crs="EPSG:4546").frame["geom"].iloc[0]
    assert moved.distance(BOX) > 100_000
    with pytest.raises(BadCrs, match="EPSG:1"):
        read(path, crs="EPSG:1")


def test_columns_of_our_names_need_no_telling(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(KEY=["a"], Height_M=[5.0], usage=["school"], built_year=[1999], odd=[1]).to_file(path)
    out = read(path).frame
    assert out[["source_key", "height_m", "usage", "built_year"]].iloc[0].tolist() == ["a", 5.0, "school", 1999]
    assert json.loads(out["attributes"].iloc[0]) == {"odd": 1}


def test_ground_from_a_column_a_constant_or_zero(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(height=[6.0, 6.0], base=[212.5, np.nan]).to_file(path)

    def floors(**options):
        batch = read(path, options=options, height_offset_m=1.5)
        assert (batch.frame["block_top_m"] - batch.frame["block_base_m"]).tolist() == [6.0, 6.0]
        return batch.frame["block_base_m"].tolist(), batch.frame

    assert floors()[0] == [0.0, 0.0]
    assert floors(ground_m=180)[0] == [180.0, 180.0]
    low, out = floors(ground_m=180, columns={"ground": "base"})
    assert low == [214.0, 180.0]
    assert out["ground_min_m"].tolist() == [214.0, 180.0]


def test_storeys_times_their_height(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(storeys=[2, 3]).to_file(path)
    assert read(path).frame["height_m"].tolist() == [6.0, 9.0]
    assert read(path, options={"storey_height_m": 2.8}).frame["height_m"].tolist() == pytest.approx([5.6, 8.4])


def test_an_edited_export_raises_its_blocks_anew(tmp_path):
    path = tmp_path / "houses.gpkg"
    told = {"height_m": [20.0, np.nan], "block_base_m": [205.0, 205.0], "block_top_m": [214.0, 212.5]}
    frame(key=["a", "b"], **told).to_file(path)
    batch = read(path)
    # The height was mended after the export; of the other only the block is known.
    assert batch.frame[BLOCK].to_numpy().tolist() == [[205.0, 225.0], [205.0, 212.5]]
    assert [item.code for item in batch.rejects] == ["building.no_height"]


def test_buildings_without_height_are_kept_and_remarked_on(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(key=["a", "b", "c"], height=[6.0, np.nan, -1.0]).to_file(path)
    batch = read(path, options={"ground_m": 0.0})
    assert len(batch.frame) == 3
    assert batch.frame["block_top_m"].notna().tolist() == [True, False, False]
    assert [(item.record, item.source_key, item.code, item.severity, item.reason) for item in batch.rejects] == [
        ("2", "b", "building.no_height", "warning", "has no height"),
        ("3", "c", "building.no_height", "warning", "has a height of -1 m"),
    ]


def test_a_file_that_tells_no_ground_is_remarked_on_once(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(key=["a", "b"], height=[6.0, 7.0]).to_file(path)
    (remark,) = read(path).rejects
    assert (remark.code, remark.severity, remark.source_key) == ("building.no_ground", "warning", None)
    assert "ground_m" in remark.remedy
    assert read(path, options={"ground_m": 180.0}).rejects == []


def test_a_file_that_knows_no_heights_is_not_remarked_on(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(key=["a", "b"]).to_file(path)
    batch = read(path)
    assert batch.rejects == []
    assert batch.frame[BLOCK].isna().all(axis=None)


def test_text_among_the_heights_is_left_for_the_checks(tmp_path):
    path = tmp_path / "houses.gpkg"
    frame(height=["6", "tall"]).to_file(path)
    batch = read(path)
    assert batch.frame["height_m"].tolist() == ["6", "tall"]
    assert batch.frame["block_top_m"].notna().tolist() == [True, False]


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "shp"])
def test_records_without_a_place_are_refused(tmp_path, ending):
    path = tmp_path / f"houses.{ending}"
    houses = frame(key=["a", "b", "c", "d"], height=[6.0, 7.0, np.nan, 8.0])
    houses.loc[[0, 2], "geometry"] = None
    houses.to_file(path, SPATIAL_INDEX="NO")
    batch = read(path, options={"ground_m": 0.0})
    assert batch.frame["source_key"].tolist() == ["b", "d"]
    assert batch.frame["block_top_m"].tolist() == [7.0, 8.0]
    assert shapely.equals(batch.frame["geom"].to_numpy(), houses.geometry[[1, 3]].to_numpy()).all()
    assert [(item.record, item.source_key, item.code, item.severity) for item in batch.rejects] == [
        ("1", "a", "geometry.missing", "error"),
        ("3", "c", "geometry.missing", "error"),
    ]


def test_bounded_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("cim.etl.vector_file._BATCH", 10)
    path = tmp_path / "houses.fgb"
    frame(key=[str(number) for number in range(25)]).to_file(path, SPATIAL_INDEX="NO")
    batches = list(READER.read(SourceSpec("houses", "footprints", path), CITY))
    assert [len(batch.frame) for batch in batches] == [10, 10, 5]
    assert batches[2].frame.index.tolist() == [21, 22, 23, 24, 25]
    assert [key for batch in batches for key in batch.frame["source_key"]] == [str(number) for number in range(25)]


def test_one_of_several_layers(tmp_path):
    path = tmp_path / "town.gpkg"
    frame(key=["a"]).to_file(path, layer="old")
    frame(key=["b"]).to_file(path, layer="new")
    with pytest.raises(BadSource, match=r"has several layers \(old, new\): name one with layer"):
        read(path)
    assert read(path, options={"layer": "new"}).frame["source_key"].tolist() == ["b"]


def test_attributes_of_every_type(tmp_path):
    path = tmp_path / "houses.gpkg"
    houses = frame(
        i=pd.array([1, None], dtype="Int64"),
        f=[1.5, np.nan],
        b=[True, False],
        s=['say "hi"\n', None],
        d=[pd.Timestamp("2020-02-29").date(), None],
        t=[pd.Timestamp("2020-02-29 12:30"), pd.NaT],
    )
    houses.to_file(path)
    first, second = (json.loads(item) for item in read(path).frame["attributes"])
    assert {name: first[name] for name in ("i", "f", "b", "s")} == {
        "i": 1,
        "f": 1.5,
        "b": True,
        "s": 'say "hi"\n',
    }
    assert first["d"].startswith("2020-02-29")
    assert first["t"].startswith("2020-02-29T12:30")
    assert second == {"b": False}


def test_geoparquet(tmp_path):
    path = tmp_path / "houses.parquet"
    houses = frame(id=["a", "b"], tall=[6.0, 9.0], colour=["红", None])
    houses.to_parquet(path, write_covering_bbox=True)
    batch = read(path, options={"columns": {"key": "id", "height": "tall"}})
    assert (batch.records_in, batch.crs) == (2, "EPSG:4545")
    assert batch.frame["source_key"].tolist() == ["a", "b"]
    assert [json.loads(item) if isinstance(item, str) else None for item in batch.frame["attributes"]] == [
        {"colour": "红"}, None,
    ]  # fmt: skip
    assert shapely.equals_exact(batch.frame["geom"].to_numpy(), houses.geometry.to_numpy(), 0).all()
    # By the standard a file that says nothing is in longitude and latitude.
    degrees = houses.to_crs("OGC:CRS84")
    degrees.to_parquet(path)
    moved = read(path).frame["geom"].to_numpy()
    assert shapely.hausdorff_distance(moved, houses.geometry.to_numpy()).max() < 1e-3


def test_parquet_that_is_no_geoparquet(tmp_path):
    path = tmp_path / "houses.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(BadSource, match="is Parquet without a geometry"):
        read(path)
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(BadSource, match="cannot be read as Parquet"):
        read(path)
    houses = frame(id=["a"])
    houses.to_parquet(path, geometry_encoding="geoarrow")
    with pytest.raises(BadSource, match="keeps its geometry as 'polygon' in column 'geometry'"):
        read(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_closed_polylines_of_a_drawing(tmp_path):
    path = tmp_path / "plan.dxf"
    ring = shapely.LineString(BOX.exterior.coords)
    shapes = [ring, shapely.affinity.translate(ring, 30), shapely.LineString([(5e5, 3.27e6), (5.1e5, 3.27e6)])]
    drawing = geopandas.GeoDataFrame({"Layer": ["BUILDING", "BUILDING", "ROAD"]}, geometry=shapes)
    drawing.to_file(path, driver="DXF")
    batch = read(path, crs="EPSG:4545", options={"where": "Layer = 'BUILDING'"})
    assert shapely.equals(batch.frame["geom"].to_numpy(), np.array([BOX, shapely.affinity.translate(BOX, 30)])).all()
    # Without the condition the road stays a line, for the checks to refuse.
    every = read(path, crs="EPSG:4545")
    assert shapely.get_type_id(every.frame["geom"].to_numpy()).tolist() == [3, 3, 1]
    with pytest.raises(BadSource, match="cannot be read as a vector file"):
        read(path, crs="EPSG:4545", options={"where": "Layer = = 'x"})


def drawing(path, version, encoding):
    """A closed polyline on layer 居民地, as a drawing of a version has it whose code page is GBK."""
    corners = "".join(f"10\n{500_000 + x}\n20\n{3_270_000 + y}\n" for x, y in ((0, 0), (9, 0), (9, 9), (0, 9)))
    path.write_bytes(
        f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n"
        f"0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n居民地\n90\n4\n70\n1\n{corners}0\nENDSEC\n0\nEOF\n".encode(
            encoding
        )
    )
    return path


@pytest.mark.parametrize(
    ("version", "encoding", "options"),
    [
        ("AC1021", "utf-8", {}),  # AutoCAD 2007: UTF-8 whatever the code page says
        ("AC1032", "utf-8", {}),
        ("AC1021", "gbk", {}),  # some programs say the version and keep the code page
        ("AC1018", "gbk", {}),
        ("AC1018", "utf-8", {"encoding": "utf-8"}),
        ("AC1009", "gbk", {"encoding": "gbk"}),
    ],
)
def test_text_of_a_drawing_is_in_the_encoding_of_its_version(tmp_path, version, encoding, options):
    path = drawing(tmp_path / "plan.dxf", version, encoding)
    options = {"where": "Layer = '居民地'", "columns": {"name": "Layer"}, **options}
    assert read(path, crs="EPSG:4545", options=options).frame["name"].tolist() == ["居民地"]
    assert pyogrio.get_gdal_config_option("DXF_ENCODING") is None


def test_a_shapefile_with_chinese_column_names_in_gbk(tmp_path):
    path = tmp_path / "houses.shp"
    frame(楼号=["1栋"], 高度=[9.0], 用途=["住宅"]).to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()
    out = read(path, options={"columns": {"key": "楼号", "height": "高度", "usage": "用途"}}).frame
    assert out[["source_key", "height_m", "usage"]].iloc[0].tolist() == ["1栋", 9.0, "住宅"]


def test_geojson_of_openstreetmap(tmp_path):
    """As Overpass and osmtogeojson write it: keys `@id`, numbers as text."""
    path = tmp_path / "osm.geojson"
    ring = [[106.5, 29.5], [106.501, 29.5], [106.501, 29.501], [106.5, 29.5]]
    tags = {"@id": "way/123", "building": "apartments", "building:levels": "6", "name": "甲"}
    feature = {"type": "Feature", "id": "way/123", "properties": tags,
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    node = {"type": "Feature", "properties": {"@id": "node/1"},
            "geometry": {"type": "Point", "coordinates": [106.5, 29.5]}}  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, node]}), encoding="utf-8")
    columns = {"key": "@id", "storeys": "building:levels"}
    batch = read(path, options={"columns": columns, "where": "building IS NOT NULL", "ground_m": 200.0})
    out = batch.frame.iloc[0]
    assert (out["source_key"], out["name"], out["height_m"]) == ("way/123", "甲", 18.0)
    assert len(batch.frame) == 1
    assert out[BLOCK].tolist() == [200.0, 218.0]


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_one_column_of_the_file_may_be_two_of_ours(tmp_path, ending):
    path = tmp_path / f"houses.{ending}"
    houses = frame(nm=["a", "b"], colour=["red", None])
    houses.to_parquet(path) if ending == "parquet" else houses.to_file(path)
    out = read(path, options={"columns": {"name": "nm", "address": "nm", "key": "nm"}}).frame
    assert out["name"].tolist() == out["address"].tolist() == out["source_key"].tolist() == ["a", "b"]
    assert out["attributes"].tolist()[0] == '{"colour":"red"}'


def test_objects_and_lists_of_geoparquet_become_attributes(tmp_path):
    """Only the column of boxes that the file names as such says nothing more than the geometry."""
    path = tmp_path / "houses.parquet"
    names = [{"primary": "甲", "common": {"en": "A"}}, None]
    houses = frame(id=["a", "b"], names=names, floors=[[1, 2], []], bbox_of_lot=[{"xmin": 1.0}, None])
    houses.to_parquet(path, write_covering_bbox=True)
    assert "bbox" in pq.read_schema(path).names
    found = [json.loads(item) for item in read(path, options={"columns": {"key": "id"}}).frame["attributes"]]
    assert found == [
        {"names": {"primary": "甲", "common": {"en": "A"}}, "floors": [1, 2], "bbox_of_lot": {"xmin": 1.0}},
        {"floors": []},
    ]


def test_a_map_of_parquet_is_an_object(tmp_path):
    path = tmp_path / "houses.parquet"
    frame(id=["a", "b"]).to_parquet(path)
    table = pq.read_table(path)
    tags = pa.array([[("red", 1), ("tall", 2)], None], pa.map_(pa.string(), pa.int64()))
    pq.write_table(table.append_column("tags", tags), path)
    assert read(path).frame["attributes"].tolist() == ['{"id":"a","tags":{"red":1,"tall":2}}', '{"id":"b"}']


def test_objects_and_lists_of_geojson_become_attributes(tmp_path):
    path = tmp_path / "houses.geojson"
    frame(id=["a"]).to_crs("EPSG:4490").to_file(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    said = {"id": "a", "owner": {"name": "甲", "share": [1, None]}, "tags": ["x", "y"], "mixed": [1, {"a": None}]}
    document["features"][0]["properties"] = said
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [json.loads(item) for item in read(path).frame["attributes"]] == [said]


def test_a_folder_of_shapefiles_in_gbk_that_do_not_say_so(tmp_path):
    for name in ("HOUSES", "SHEDS"):
        frame(name=["解放碑大厦", "洪崖洞"]).to_file(tmp_path / f"{name}.shp", encoding="gbk")
        (tmp_path / f"{name}.cpg").unlink()
    (tmp_path / "SHEDS.dbf").rename(tmp_path / "SHEDS.DBF")
    for name in ("HOUSES", "SHEDS"):
        assert read(tmp_path, options={"layer": name}).frame["name"].tolist() == ["解放碑大厦", "洪崖洞"]


def test_a_packed_shapefile_in_gbk_that_does_not_say_so(tmp_path):
    folder = tmp_path / "packed"
    folder.mkdir()
    frame(名称=["解放碑大厦"]).to_file(folder / "houses.shp", encoding="gbk")
    (folder / "houses.cpg").unlink()
    packed = Path(shutil.make_archive(str(tmp_path / "houses"), "zip", folder))
    assert read(packed).frame["attributes"].tolist() == ['{"名称":"解放碑大厦"}']


def test_text_that_cannot_be_read_says_which_option_names_its_encoding(tmp_path):
    path = tmp_path / "houses.shp"
    frame(名称=["解放碑大厦"]).to_file(path, encoding="gbk")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="utf-8")
    with pytest.raises(BadSource, match='name the encoding of its text in options, such as encoding = "gbk"'):
        read(path)
    assert read(path, options={"encoding": "gbk"}).frame["attributes"].tolist() == ['{"名称":"解放碑大厦"}']
