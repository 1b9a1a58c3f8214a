"""What readers yield fits the tables: loaded, read back, and changed by one record at a time."""

from __future__ import annotations

import json

import shapely
import xlsxwriter

EAST, NORTH = 500_000.0, 3_270_000.0
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
SHELL_WITHOUT_ITS_VERTEX = [[[[0, 3, 2, 99]]]]
KINDS = [{"type": "GroundSurface"}, {"type": "RoofSurface", "slope": 0}, {"type": "WallSurface"}]


def feature(key, shift=0, **attributes):
    """A building with one part; the part has a solid with an inner shell, materials, and a line."""
    vertices = [[x + shift * 20000, y, z] for z in (0, 3000) for x, y in ((0, 0), (10000, 0), (10000, 5000), (0, 5000))]
    solid = {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [SHELL, SHELL[:1]],
        "semantics": {"surfaces": KINDS, "values": [[0, 1, 2, 2, 2, 2], None]},
        "material": {"seen": {"value": 0}},
    }
    line = {"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1]]}
    objects = {
        key: {"type": "Building", "children": [f"{key}-0"], "attributes": attributes},
        f"{key}-0": {"type": "BuildingPart", "parents": [key], "geometry": [solid]},
        f"{key}-rail": {"type": "+Rail", "geometry": [line], "parents": [key]},
    }
    return {"type": "CityJSONFeature", "id": key, "CityObjects": objects, "vertices": vertices}


def write_sequence(path, features):
    header = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [EAST, NORTH, 200.0]},
        "metadata": {"referenceSystem": "EPSG:4545"},
        "appearance": {"materials": [{"name": "brick"}]},
        "CityObjects": {},
        "vertices": [],
    }
    path.write_text("\n".join(map(json.dumps, [header, *features])), encoding="utf-8")


def test_city_json_in_the_tables(town):
    path = town.folder / "city.jsonl"
    write_sequence(path, [feature("a", 0, yearOfConstruction=1990), feature("b", 1)])
    town.source("buildings", "cityjson", "city.jsonl")
    report = town.load()["buildings"]
    assert (report.outcome.kept, report.outcome.rejected) == (6, 0)
    buildings, others = town.by_key("building"), town.by_key("city_object")
    assert buildings["a"]["built_year"] == 1990
    assert buildings["a"]["attributes"] == {"yearOfConstruction": 1990}
    assert buildings["a-0"]["parent_id"] == buildings["a"]["feature_id"]
    assert shapely.from_wkb(buildings["a"]["geom"]).bounds == (EAST, NORTH, EAST + 10, NORTH + 5)
    assert (buildings["a"]["ground_min_m"], buildings["a"]["height_m"]) == (200.0, 3.0)
    assert others["a-rail"]["attributes"]["lines_and_points"][0]["coordinates"][0][1] == [EAST + 10, NORTH, 200.0]
    lods = town.rows("SELECT l.*, ST_AsEWKT(l.geom) AS text FROM city.building_lod l ORDER BY version_id")
    assert [row["version_id"] for row in lods] == sorted(buildings[key]["version_id"] for key in ("a-0", "b-0"))
    first = lods[0]
    assert (first["lod"], first["geometry_type"], first["solid"]) == ("2.2", "Solid", None)
    assert first["shell"] == [0] * 6 + [1]
    assert first["surface"] == [1, 3, 2, 2, 2, 2, 0]
    assert first["semantic"] == [0, 1, 2, 2, 2, 2, -1]
    assert first["semantics"] == KINDS
    assert first["appearance"] == {"material": {"seen": [0] * 7}, "materials": [{"name": "brick"}]}
    assert first["text"].startswith("SRID=4545;MULTIPOLYGON(((500000 3270000 200,500000 3270005 200,")


def test_part_stays_with_its_building_while_that_is_refused_but_stands(town):
    path = town.folder / "city.jsonl"
    write_sequence(path, [feature("a"), feature("b", 1)])
    town.source("buildings", "cityjson", "city.jsonl")
    town.load()
    before = town.by_key("building")
    solid = {"type": "Solid", "lod": "1", "boundaries": SHELL_WITHOUT_ITS_VERTEX}
    broken = [feature("a"), feature("c", 2)]
    for item in broken:
        item["CityObjects"][item["id"]]["geometry"] = [solid]
    write_sequence(path, [*broken, feature("b", 1)])
    report = town.load()["buildings"]
    assert report.tally.errors == {"geometry.dangling_vertex": 2}
    found = town.by_key("building")
    assert found["a-0"] == before["a-0"]
    # c never stood: its part is kept without it, and it is the part that is told of.
    assert found["c-0"]["parent_id"] is None
    told = town.rows("SELECT source_key FROM run.reject WHERE code = 'reference.unresolved'")
    assert [item["source_key"] for item in told] == ["c-0"]


def test_changed_building_changes_its_own_version_and_no_other(town):
    path = town.folder / "city.jsonl"
    write_sequence(path, [feature("a"), feature("b", 1)])
    town.source("buildings", "cityjson", "city.jsonl")
    town.load()
    before = {key: row["feature_id"] for key, row in town.by_key("building").items()}
    write_sequence(path, [feature("b", 1), feature("a", 0, households=3)])
    outcome = town.load()["buildings"].outcome
    counts = [outcome.total(what) for what in ("added", "changed", "removed", "unchanged")]
    assert counts == [0, 1, 0, 5]
    after = town.by_key("building")
    assert {key: row["feature_id"] for key, row in after.items()} == before
    assert after["a"]["households"] == 3


def write_survey(path, depth=1.0):
    points = [("物探点号", "X", "Y", "地面高程", "特征", "附属物", "井深", "探测日期")]
    points += [
        (f"J{n}", NORTH, EAST + 30 * n, 200.0, "直线点", "阀门" if n == 1 else "", 1.5, "2021-05-03") for n in range(3)
    ]
    lines = [
        ("起点点号", "终点点号", "起点埋深", "终点埋深", "管径", "断面", "材质", "埋设类型", "流向", "建设年代", "备忘")
    ]
    lines += [
        ("J0", "J1", depth, 1.2, "DN300", "", "QM", "直埋", "2", "1999", "甲"),
        ("J1", "J2", 1.2, "深", "DN300", "", "QM", "直埋", "2", "1999", ""),
        ("J2", "J9", 1.2, 1.2, "", "400×300", "", "", "", "", ""),
        ("J1", "J2", 1.2, 1.4, 100, "", "PE", "ZM", "", "", ""),
    ]
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (("JS管点表", points), ("JS管线表", lines)):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)


def test_survey_in_the_tables(town):
    write_survey(town.folder / "survey.xlsx")
    town.source("pipes", "pipe_survey", "survey.xlsx", crs="EPSG:4545", classification=1)
    report = town.load()["pipes"]
    assert (report.outcome.records_in, report.outcome.kept, report.outcome.rejected) == (8, 6, 2)
    nodes, segments, devices = (town.by_key(f"pipe_{theme}") for theme in ("node", "segment", "device"))
    assert sorted(segments) == ["J0-J1", "J1-J2"]
    first = segments["J0-J1"]
    assert (first["start_node_id"], first["end_node_id"]) == (nodes["J0"]["feature_id"], nodes["J1"]["feature_id"])
    assert (first["material"], first["installed_year"], first["flow_direction"], first["classification"]) == (
        "ductile_iron", 1999, 2, 1,
    )  # fmt: skip
    assert first["attributes"] == {"备忘": "甲"}
    assert devices["J1"]["node_id"] == nodes["J1"]["feature_id"]
    z = shapely.get_coordinates(shapely.from_wkb(first["geom"]), include_z=True)[:, 2]
    assert z.tolist() == [198.8375, 198.6375]
    rejects = town.rows("SELECT file, record, code, severity, original FROM run.reject ORDER BY record")
    assert [(row["file"], row["record"], row["code"]) for row in rejects if row["severity"] == "error"] == [
        ("survey.xlsx", "JS管线表!3", "value.not_a_number"),
        ("survey.xlsx", "JS管线表!4", "reference.unknown_point"),
    ]
    assert rejects[0]["original"]["start_node_key"] == "J1"


def test_resurveyed_pipe_moves_and_nothing_else_does(town):
    path = town.folder / "survey.xlsx"
    write_survey(path)
    town.source("pipes", "pipe_survey", "survey.xlsx", crs="EPSG:4545")
    town.load()
    write_survey(path, depth=1.6)
    outcome = town.load()["pipes"].outcome
    # The pipe, and the node whose lowest pipe it is.
    assert [outcome.total(what) for what in ("added", "changed", "removed", "unchanged")] == [0, 2, 0, 4]
