"""Extracts, drainage models and drawn pipes in the tables: loaded, read back, and loaded again unchanged."""

from __future__ import annotations

import geopandas
import osmium
import shapely
from osmium.osm.mutable import Node, Way

E0, N0 = 500_000.0, 3_270_000.0
SWMM = """[OPTIONS]
FLOW_UNITS CMS
[SUBCATCHMENTS]
S1 R1 J1 2 40 100 0.5 0
S2 R1 O1 2 40 100 0.5 0
[JUNCTIONS]
J1 100 3 0 0 0
[OUTFALLS]
O1 97 FREE NO
[CONDUITS]
C1 J1 O1 100 0.013 0 0 0 0
[ORIFICES]
R1 J1 O1 SIDE 0.3 0.65 NO 0
[XSECTIONS]
C1 CIRCULAR 0.6 0 0 0 1
R1 CIRCULAR 0.3 0 0 0 1
[COORDINATES]
J1 500000 3270000
O1 500100 3270000
[POLYGONS]
S1 500000 3270000
S1 500100 3270000
S1 500100 3270200
"""


def write_extract(path, height="12"):
    """Write a street of two ways and two buildings, one of them a school."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for at in range(1, 30):
            place = (108.0 + at % 10 * 0.001, 29.55 + at // 10 * 0.001)
            writer.add_node(Node(id=at, location=place, version=1, tags={"natural": "tree"} if at == 29 else {}))
        ways = [
            ([1, 2, 12, 11, 1], {"building": "yes", "height": height}),
            ([5, 6, 16, 15, 5], {"building": "school", "amenity": "school", "building:levels": "4"}),
            ([1, 3, 5], {"highway": "residential", "name": "Minzu"}),
            ([3, 13, 23], {"highway": "steps"}),
            ([20, 21, 24, 20], {"leisure": "park"}),
            ([20, 22, 23, 20], {"landuse": "residential"}),
        ]
        for at, (refs, tags) in enumerate(ways, 1):
            writer.add_way(Way(id=at, nodes=refs, tags=tags, version=1))


def totals(report):
    return [report.outcome.total(what) for what in ("added", "changed", "removed", "unchanged")]


def test_an_extract_in_the_tables(town):
    path = town.folder / "town.osm.pbf"
    write_extract(path)
    town.source("osm", "osm", path.name, options={"ground_m": 205.0})
    report = town.load()["osm"]
    assert report.outcome.rejected == 0
    # Whoever shows the data owes the name, though nobody has told it.
    assert town.rows("SELECT licence, attribution FROM run.source") == [
        {"licence": "ODbL-1.0", "attribution": "© OpenStreetMap contributors"}
    ]
    assert not report.tally.warnings["source.attribution"]
    buildings, edges, nodes = (town.by_key(theme) for theme in ("building", "road_edge", "road_node"))
    assert {key: (row["height_m"], row["storeys_above"], row["usage"]) for key, row in buildings.items()} == {
        "w1": (12.0, None, None), "w2": (None, 4.0, "school"),
    }  # fmt: skip
    assert sorted(edges) == ["w3/1-3", "w3/3-5", "w4/3-23"]
    assert edges["w4/3-23"]["start_node_id"] == nodes["n3"]["feature_id"]
    assert (edges["w4/3-23"]["road_class"], edges["w3/1-3"]["name"]) == ("steps", "Minzu")
    assert town.by_key("facility")["w2"]["kind"] == "school"
    assert town.by_key("green_space")["w5"]["kind"] == "park"
    assert town.by_key("land_use")["w6"]["use_code"] == "0701"
    assert list(town.by_key("tree")) == ["n29"]
    assert {key: row["block_top_m"] for key, row in buildings.items()} == {"w1": 217.0, "w2": 217.0}
    write_extract(path, height="15 m")
    assert totals(town.load()["osm"])[:3] == [0, 1, 0]


def test_a_drainage_model_in_the_tables(town):
    path = town.folder / "model.inp"
    path.write_text(SWMM, encoding="utf-8")
    town.source("model", "swmm", path.name, crs="EPSG:4545", options={"network": "storm"})
    assert town.load()["model"].outcome.rejected == 0
    nodes, segments = town.by_key("pipe_node"), town.by_key("pipe_segment")
    assert segments["C1"]["start_node_id"] == nodes["J1"]["feature_id"]
    assert (segments["C1"]["start_level_m"], segments["C1"]["depth_reference"]) == (100.0, "invert")
    assert town.by_key("pipe_device")["R1"]["segment_id"] == segments["R1"]["feature_id"]
    areas = town.by_key("city_object")
    assert areas["S1"]["attributes"]["outlet"] == "J1"
    assert areas["S2"]["geom"] is None


def test_drawn_pipes_in_the_tables(town):
    shapes = [
        shapely.LineString([(E0, N0, 10), (E0 + 50, N0, 9.5)]),
        shapely.LineString([(E0 + 50, N0 + 0.01, 9.5), (E0 + 90, N0, 9)]),
    ]
    lines = geopandas.GeoDataFrame({"ID": ["a", "b"], "DN": [300, 200]}, geometry=shapes, crs="EPSG:4545")
    lines.to_file(town.folder / "gas.gpkg", layer="pipes")
    columns = {"key": "ID", "diameter_mm": "DN"}
    town.source("gas", "pipe_layers", "gas.gpkg", options={"network": "gas", "columns": columns})
    assert town.load()["gas"].outcome.rejected == 0
    segments = town.by_key("pipe_segment")
    assert segments["a"]["end_node_id"] == segments["b"]["start_node_id"]
    assert shapely.equals_exact(shapely.from_wkb(segments["b"]["geom"]), shapes[1])
    again = town.load("gas", again=True)["gas"]
    assert totals(again) == [0, 0, 0, 5]
