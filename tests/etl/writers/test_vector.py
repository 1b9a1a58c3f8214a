"""GeoPackage, FlatGeobuf, GeoParquet and GeoJSON: read by GDAL and Arrow, and loaded again without a change."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from cim.etl.export_place import BadExport
from cim.viewer import LOCAL, Viewer

OPEN = Viewer("guest", frozenset(), 0)
REGISTER = {"theme": "building"}


@pytest.fixture
def city(town, houses, loaded):
    """Four houses, and pipes that only insiders see."""
    town.write_layer("houses.gpkg", houses.assign(storeys=[2, None, 10, 1], share=[0.5, 2.0, None, 1e-7]))
    options = {"columns": {"key": "id", "height": "height"}}
    town.source("houses", "footprints", "houses.gpkg", licence="CC0-1.0", attribution="甲测绘", options=options)
    nodes = pd.DataFrame(
        {
            "key": ["n1", "n2", "n3"],
            "network": ["water", "water", "sewage"],
            "tags": ["红", None, "蓝"],
            "classification": [0, 1, 2],
            "geom": [shapely.Point(500_000 + at, 3_270_000, 200.125) for at in range(3)],
        }
    )
    town.write_layer("nodes.gpkg", nodes)
    town.source("nodes", "register", "nodes.gpkg", options={"theme": "pipe_node"})
    return loaded(town.write())


@pytest.mark.parametrize(
    ("name", "file"), [("geopackage", "b.gpkg"), ("flatgeobuf", "b.fgb"), ("geoparquet", "b.parquet")]
)
def test_footprints_come_back_unchanged(city, houses, tmp_path, name, file):
    assert city.export(name, file, themes=("building",)).written == {"building": 4}
    read = geopandas.read_parquet if name == "geoparquet" else geopandas.read_file
    found = read(tmp_path / file).sort_values("source_key")
    assert found["source_key"].tolist() == ["a", "b", "c", "d"]
    assert found["colour"].fillna("").tolist() == ["red", "", "blue", "red"]
    assert shapely.equals(found.geometry.to_numpy(), houses["geom"].to_numpy()).all()
    assert found.crs.to_epsg() == 4545
    assert city.again("houses", "footprints", file) == (0, 0, 0, 4)


def test_blocks_of_footprints_stand_in_cityjson(city, houses, tmp_path):
    assert city.export("cityjsonseq", "b.city.jsonl", themes=("building",)).written == {"building": 4}
    header, *features = map(json.loads, (tmp_path / "b.city.jsonl").read_text(encoding="utf-8").splitlines())
    tops = {}
    for feature in features:
        (geometry,) = feature["CityObjects"][feature["id"]]["geometry"]
        assert (geometry["type"], geometry["lod"], len(geometry["boundaries"][0])) == ("Solid", "1", 6)
        kinds = [item["type"] for item in geometry["semantics"]["surfaces"]]
        assert sorted(kinds) == ["GroundSurface", "RoofSurface", "WallSurface"]
        z = np.array(feature["vertices"])[:, 2] * header["transform"]["scale"][2] + header["transform"]["translate"][2]
        tops[feature["id"]] = (round(z.min(), 3), round(z.max(), 3))
        assert not {"block_base_m", "block_top_m"} & feature["CityObjects"][feature["id"]]["attributes"].keys()
    assert tops == dict(zip(houses["id"], [(0.0, height) for height in houses["height"]], strict=True))


def test_a_geopackage_holds_themes_and_licences(city, tmp_path):
    city.export("geopackage", "all.gpkg", themes=("building", "pipe_node"))
    assert {name for name, _ in pyogrio.list_layers(tmp_path / "all.gpkg")} == {"building", "pipe_node"}
    told = json.loads(pyogrio.read_info(tmp_path / "all.gpkg", layer="building")["dataset_metadata"]["cim"])
    assert told["synthetic"] is True
    assert {(item["name"], item["licence"], item["attribution"]) for item in told["sources"]} == {
        ("houses", "CC0-1.0", "甲测绘"),
        ("nodes", None, None),
    }
    again = {"options": {"theme": "pipe_node", "layer": "pipe_node"}}
    assert city.again("nodes", "register", "all.gpkg", **again) == (0, 0, 0, 3)


def test_a_geoparquet_file_is_read_by_geopandas(city, tmp_path):
    city.export("geoparquet", "b.parquet", themes=("building",), crs="EPSG:4326")
    found = geopandas.read_parquet(tmp_path / "b.parquet")
    assert found.crs.to_epsg() == 4326
    expected = geopandas.read_file(tmp_path / "houses.gpkg").to_crs(4326)
    assert np.allclose(found.total_bounds, expected.total_bounds, atol=1e-9)
    assert json.loads(pq.read_metadata(tmp_path / "b.parquet").metadata[b"cim"])["city"] == city.manifest.profile.slug
    assert found["share"].tolist()[:2] == [0.5, 2.0]


def test_geojson_is_in_wgs84_and_counter_clockwise(city, tmp_path):
    city.export("geojson", "b.geojson", themes=("building",))
    document = json.loads((tmp_path / "b.geojson").read_text(encoding="utf-8"))
    assert document["cim"]["sources"][0]["licence"] == "CC0-1.0"
    shapes = [shapely.geometry.shape(item["geometry"]) for item in document["features"]]
    assert all(part.exterior.is_ccw for shape in shapes for part in shape.geoms)
    expected = geopandas.read_file(tmp_path / "houses.gpkg").to_crs(4326)
    assert np.allclose(geopandas.read_file(tmp_path / "b.geojson").total_bounds, expected.total_bounds, atol=1e-9)
    with pytest.raises(BadExport, match="always in EPSG:4326"):
        city.export("geojson", "b.geojson", themes=("building",), crs="EPSG:4545")


def test_nobody_gets_more_than_the_clearance(city, tmp_path):
    for viewer, count in ((OPEN, 1), (LOCAL, 2)):
        report = city.export("geopackage", "nodes.gpkg", themes=("pipe_node",), viewer=viewer)
        assert (report.written, report.withheld) == ({"pipe_node": count}, {"pipe_node": 3 - count})
        found = pyogrio.read_dataframe(tmp_path / "nodes.gpkg")
        assert found["source_key"].tolist() == ["n1", "n2", "n3"][:count]


def test_a_box_a_source_and_a_day_narrow_it_down(city, town, houses, tmp_path):
    def keys(**request):
        city.export("geopackage", "some.gpkg", themes=("building",), **request)
        return pyogrio.read_dataframe(tmp_path / "some.gpkg")["source_key"].tolist()

    assert keys(box=(500_015.0, 3_270_000.0, 500_035.0, 3_270_005.0)) == ["b"]
    before = town.one("SELECT max(published_at) FROM run.load")
    town.write_layer("houses.gpkg", houses.iloc[:2].assign(height=[7.0, 9.5]))
    city.load(*city.manifest.sources)
    assert keys() == ["a", "b"]
    assert keys(as_of=before) == ["a", "b", "c", "d"]
    assert keys(sources=("houses",)) == ["a", "b"]
    with pytest.raises(BadExport, match="no source 'huts'"):
        keys(sources=("huts",))


def test_a_failed_export_leaves_what_stood(city, tmp_path, monkeypatch):
    (tmp_path / "b.fgb").write_text("what stood")
    monkeypatch.setattr("cim.etl.writers.vector_rows._batch", lambda *_: 1 / 0)
    with pytest.raises(BadExport, match="cannot be written"):
        city.export("flatgeobuf", "b.fgb", themes=("building",))
    assert (tmp_path / "b.fgb").read_text() == "what stood"
    assert not list(tmp_path.glob(".part*"))
