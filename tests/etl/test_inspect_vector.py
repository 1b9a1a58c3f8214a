"""`cim inspect` of vector files: what it proposes is what loads them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.etl.inspecting.inspection import inspect_file
from cim.etl.readers import find
from cim.manifest import SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
NAMES = [{"primary": "甲"}, None]


def squares(**columns):
    shapes = [shapely.box(500_000 + 20 * at, 3_270_000, 500_010 + 20 * at, 3_270_010) for at in range(2)]
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs="EPSG:4545")


def proposed(path):
    """Return the sources that are proposed for a file."""
    return tomllib.loads(inspect_file(path).source_lines())["source"]


def read(source):
    """Read a source as it is proposed; return its records by theme."""
    spec = SourceSpec("s", source["kind"], Path(source["path"]), source.get("crs"), options=source.get("options", {}))
    found: dict[str, int] = {}
    for batch in find(spec.kind).read(spec, CITY):
        found[batch.theme] = found.get(batch.theme, 0) + len(batch.frame)
    return found


def test_geoparquet_is_looked_at_as_it_is_loaded(tmp_path):
    path = tmp_path / "houses.parquet"
    squares(id=["a", "b"], names=NAMES, floors=[[1, 2], []]).to_parquet(path, write_covering_bbox=True)
    found = inspect_file(path)
    assert (found.found.format, found.crs, found.found.kind) == ("GeoParquet file", "EPSG:4545", "footprints")
    assert found.found.extent == (500_000, 3_270_000, 500_030, 3_270_010)
    (layer,) = found.found.layers
    assert (layer.name, layer.count, layer.geometry) == ("houses", 2, "POLYGON")
    told = {item.name: (item.type, item.filled, item.examples) for item in layer.attributes}
    assert told == {
        "id": ("text", 1.0, ("a", "b")),
        "names": ("object", 0.5, ('{"primary": "甲"}',)),
        "floors": ("list", 1.0, ("[1, 2]", "[]")),
    }
    assert [read(source) for source in proposed(path)] == [{"building": 2}]


def test_objects_of_geojson_are_told(tmp_path):
    path = tmp_path / "houses.geojson"
    path.write_text(squares(id=["a", "b"], names=NAMES).to_crs(4326).to_json(), encoding="utf-8")
    (layer,) = inspect_file(path).found.layers
    told = {item.name: (item.type, item.filled) for item in layer.attributes}
    assert told == {"id": ("text", 1.0), "names": ("object", 0.5)}
    (example,) = layer.attributes[1].examples
    assert json.loads(example) == NAMES[0]


def test_layers_that_are_called_like_a_theme_are_registers_of_it(tmp_path):
    """As footprints the districts of a city would become its buildings."""
    path = tmp_path / "city.gpkg"
    for name in ("building", "land_use", "houses"):
        squares(key=["a", "b"], use_code=["0701", "0702"]).to_file(path, layer=name)
    told = {source["options"]["layer"]: (source["kind"], source["options"].get("theme")) for source in proposed(path)}
    assert told == {
        "building": ("footprints", None),
        "houses": ("footprints", None),
        "land_use": ("register", "land_use"),
    }
    assert sorted(theme for source in proposed(path) for theme in read(source)) == ["building", "building", "land_use"]


def test_a_folder_of_shapefiles_is_told(tmp_path):
    for name in ("houses", "sheds"):
        squares(名称=["解放碑大厦", "洪崖洞"]).to_file(tmp_path / f"{name}.shp", encoding="gbk")
        (tmp_path / f"{name}.cpg").unlink()
    found = inspect_file(tmp_path)
    assert (found.found.format, found.found.facts) == ("folder of Shapefiles", {"encoding": "gb18030"})
    assert {layer.name: layer.attributes[0].examples[0] for layer in found.found.layers} == dict.fromkeys(
        ("houses", "sheds"), "解放碑大厦"
    )
    assert [read(source) for source in proposed(tmp_path)] == [{"building": 2}] * 2
