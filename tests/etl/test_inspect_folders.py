"""`cim inspect` of folders and tables: what it proposes is what loads them, and nothing reaches the terminal raw."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import laspy
import numpy as np
import openpyxl
import pytest
import rasterio
from click.testing import CliRunner
from pyproj import CRS
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.inspecting.command import inspect
from cim.etl.inspecting.inspection import Inspection, inspect_file
from cim.etl.readers import find
from cim.manifest import SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
EAST, NORTH = 500_000, 3_270_000
GML = """<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
 xmlns:bldg="http://www.opengis.net/citygml/building/2.0"><core:cityObjectMember><bldg:Building gml:id="{key}">
 <bldg:lod1MultiSurface><gml:MultiSurface srsName="EPSG:4545"><gml:surfaceMember><gml:Polygon><gml:exterior>
 <gml:LinearRing><gml:posList srsDimension="3">{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>
 </gml:surfaceMember></gml:MultiSurface></bldg:lod1MultiSurface></bldg:Building></core:cityObjectMember>
</core:CityModel>"""


def read(source):
    """Read a source as it is proposed; return how many records it has."""
    options = source.get("options", {})
    spec = SourceSpec("s", source["kind"], Path(source["path"]), source.get("crs"), options=options)
    return sum(len(batch.frame) for batch in find(spec.kind).read(spec, CITY))


def proposed(found: Inspection):
    return tomllib.loads(found.source_lines())["source"]


def counts(found: Inspection):
    return {layer.name: layer.count for layer in found.found.layers}


def document(number):
    """A CityJSON document of one building."""
    ring = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]]
    building = {
        "type": "Building",
        "attributes": {"number": number},
        "geometry": [{"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}],
    }
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [1, 1, 1], "translate": [EAST + 20 * number, NORTH, 200]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4545"},
        "CityObjects": {f"b{number}": building},
        "vertices": ring,
    }


def rasters(folder):
    for at in range(2):
        where = from_origin(EAST + 40 * at, NORTH, 10, 10)
        with rasterio.open(folder / f"t{at}.tif", "w", driver="GTiff", width=4, height=3, count=1, dtype="float32",
                           crs="EPSG:4545", transform=where) as file:  # fmt: skip
            file.write(np.full((1, 3, 4), 200.0 + at, dtype=np.float32))


def scans(folder):
    for at in range(2):
        header = laspy.LasHeader(point_format=6, version="1.4")
        header.add_crs(CRS.from_epsg(4545))
        header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0]
        points = laspy.LasData(header)
        points.x, points.y, points.z = np.array([[EAST, EAST + 10.0 + at], [NORTH, NORTH + 5.0], [200.0, 210.0 + at]])
        points.classification = [2, 6]
        points.write(str(folder / f"t{at}.laz"))


def cityjson(folder):
    for at in range(2):
        (folder / f"t{at}.city.json").write_text(json.dumps(document(at)), encoding="utf-8")


def citygml(folder):
    for at in range(2):
        x = EAST + 20 * at
        corners = [(x, NORTH), (x + 10, NORTH), (x + 10, NORTH + 10), (x, NORTH)]
        ring = " ".join(f"{east} {north} 200" for east, north in corners)
        (folder / f"t{at}.gml").write_text(GML.format(key=f"b{at}", ring=ring), encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "title", "kind", "layers", "extent", "records"),
    [
        (rasters, "folder of 2 GeoTIFF files", "raster", {"cells": 24}, (0, -30, 80, 0), 2),
        (scans, "folder of 2 LAZ scan files", "scan",
         {"points": 4, "class 2 (ground)": 2, "class 6 (building)": 2}, (0, 0, 11, 5), 2),
        (cityjson, "folder of 2 CityJSON files", "cityjson", {"Building": 2}, (0, 0, 30, 10), 2),
        (citygml, "folder of 2 CityGML files", "citygml", {"Building": 2}, (0, 0, 30, 10), 2),
    ],
)  # fmt: skip
def test_a_folder_of_tiles_is_one_source(tmp_path, make, title, kind, layers, extent, records):
    make(tmp_path)
    found = inspect_file(tmp_path)
    assert (found.found.format, found.found.kind, found.crs) == (title, kind, "EPSG:4545")
    assert counts(found) == layers
    assert found.found.extent == tuple(corner + (EAST, NORTH)[at % 2] for at, corner in enumerate(extent))
    assert found.found.complete
    (source,) = proposed(found)
    assert read(source) == records


def test_a_broken_tile_is_told_and_the_others_are_counted(tmp_path):
    rasters(tmp_path)
    (tmp_path / "t2.tif").write_bytes((tmp_path / "t1.tif").read_bytes()[:100])
    found = inspect_file(tmp_path)
    assert counts(found) == {"cells": 24}
    (problem,) = found.problems
    assert "t2.tif: cannot be read as a raster" in problem
    assert inspect_file(tmp_path, seconds=0).problems[-1].startswith("was not read to its end")


def test_the_header_of_a_survey_may_stand_below_a_title(tmp_path):
    book = openpyxl.Workbook()
    for name, titles, row in (
        ("JS管点表", ["物探点号", "X", "Y", "地面高程"], ["JS1", NORTH, EAST, 210]),
        ("JS管线表", ["起点点号", "连接点号", "管径", "起点埋深"], ["JS1", "JS2", 300, 1.2]),
    ):
        sheet = book.create_sheet(name)
        for line in (["某市地下管线普查成果表"], titles, row):
            sheet.append(line)
    book.remove(book["Sheet"])
    book.save(tmp_path / "title.xlsx")
    found = inspect_file(tmp_path / "title.xlsx", crs="EPSG:4545")
    assert {layer.name: [item.name for item in layer.attributes] for layer in found.found.layers} == {
        "JS管点表": ["物探点号", "X", "Y", "地面高程"],
        "JS管线表": ["起点点号", "连接点号", "管径", "起点埋深"],
    }
    assert counts(found) == {"JS管点表": 1, "JS管线表": 1}
    assert found.found.extent == (NORTH, EAST, NORTH, EAST)


def test_csv_files_of_points_and_lines_are_a_survey_by_their_names(tmp_path):
    (tmp_path / "WSPoint.csv").write_text(f"点号,X,Y\nW1,{NORTH},{EAST}\n", encoding="utf-8")
    (tmp_path / "WSLine.csv").write_text("起点,终点,管径\nW1,W2,300\n", encoding="utf-8")
    assert inspect_file(tmp_path).found.kind == "pipe_survey"


def test_csv_files_that_are_no_survey_are_registers_each_by_its_path(tmp_path):
    (tmp_path / "facility.csv").write_text(f"key,kind,x,y,name\nf1,school,{EAST},{NORTH},a\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("key,kind\nf1,school\n", encoding="utf-8")
    first, second = proposed(inspect_file(tmp_path, crs="EPSG:4545"))
    assert (first["path"], first["options"]["theme"]) == (str(tmp_path / "facility.csv"), "facility")
    assert read(first) == 1
    assert (second["path"], second["options"]["theme"]) == (str(tmp_path / "other.csv"), "…")


def test_an_account_of_zeros_is_text(tmp_path):
    (tmp_path / "customer.csv").write_text("户号,n,share\n00000000,0,0.5\n00012,-3,1\n", encoding="utf-8")
    (layer,) = inspect_file(tmp_path / "customer.csv").found.layers
    told = {item.name: (item.type, item.examples) for item in layer.attributes}
    assert told == {
        "户号": ("text", ("00000000", "00012")),
        "n": ("integer", ("0", "-3")),
        "share": ("integer | number", ("0.5", "1")),
    }


def test_a_table_in_utf_16_as_it_is_loaded(tmp_path):
    (tmp_path / "customer.csv").write_text("户号;用水性质\nA1;居民\n", encoding="utf-16")
    found = inspect_file(tmp_path / "customer.csv")
    assert found.found.facts == {"encoding": "UTF-16", "delimiter": "';'"}
    assert [item.name for item in found.found.layers[0].attributes] == ["户号", "用水性质"]


def test_packed_cityjson_is_not_proposed_for_it_is_refused(tmp_path):
    path = tmp_path / "b.city.json.gz"
    path.write_bytes(gzip.compress(json.dumps(document(0)).encode()))
    found = inspect_file(path)
    assert (found.found.kind, counts(found), found.source_lines()) == (None, {"Building": 1}, "")
    assert "is packed (gzip): unpack it to load it: gunzip b.city.json.gz" in found.problems
    with pytest.raises(BadSource, match=r"is packed \(gzip\): unpack it: gunzip b.city.json.gz"):
        list(find("cityjson").read(SourceSpec("s", "cityjson", path), CITY))


def test_no_control_character_reaches_the_terminal(tmp_path):
    path = tmp_path / "b.city.json"
    body = document(0)
    body["CityObjects"]["b0"]["attributes"] = {"a\x1b[31mb": "c\x07d", "e\u202ef\x9b": 1}
    path.write_text(json.dumps(body), encoding="utf-8")
    said = CliRunner().invoke(inspect, [str(path)]).stdout
    assert all(char.isprintable() for char in said.replace("\n", ""))
    assert "a\\x1b[31mb: text, 100 %; c\\x07d" in said
    assert "e\\u202ef\\x9b" in said
    broken = tmp_path / "x\x1b[31m.city.json"
    broken.write_bytes(b"")
    assert "x\\x1b[31m.city.json: is empty" in CliRunner().invoke(inspect, [str(broken)]).stderr
