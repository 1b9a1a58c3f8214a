"""All that is known of one feature."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from cim.crs import longitude_latitude
from cim.errors import UnknownFeature
from cim.layers.features import feature
from cim.tables import THEMES
from cim.viewer import LOCAL


def told(entry, name):
    (found,) = [item for item in entry if item["name"] == name]
    return found


def test_attributes_have_titles_units_and_what_the_source_said_beyond_the_columns(plant, web, shapes):
    pipe = plant(
        "pipe_segment",
        shapes.line((0, 0, 198.0), (50, 0, 197.0)),
        network="water",
        diameter_mm=300,
        material="ductile_iron",
        surveyed_on="2019-05-30",
        attributes={"竣工图号": "GS-17", "measuredHeight": 3, "material": "ductile_iron"},
    )
    known = feature(web, LOCAL, pipe)
    assert (known["theme"], known["theme_title_zh"], known["theme_title_en"]) == (
        "pipe_segment",
        "管线段",
        "Pipe segment",
    )
    diameter = told(known["attributes"], "diameter_mm")
    assert diameter == {"name": "diameter_mm", "title_zh": "管径", "title_en": "Diameter", "value": 300, "unit": "mm"}
    material = told(known["attributes"], "material")
    assert (material["value"], material["value_zh"], material["value_en"]) == (
        "ductile_iron",
        "球墨铸铁",
        "Ductile iron",
    )
    assert told(known["attributes"], "surveyed_on")["value"] == "2019-05-30"
    assert told(known["attributes"], "竣工图号") == {
        "name": "竣工图号",
        "title_zh": "竣工图号",
        "title_en": "竣工图号",
        "value": "GS-17",
        "unit": None,
        "of_source": True,
    }
    assert told(known["attributes"], "measuredHeight")["title_zh"] == "实测高度"
    assert told(known["attributes"], "network")["value_zh"] == "给水"
    hidden = {"version_id", "load_id", "content_hash", "geom", "start_node_id"}
    assert not hidden & {item["name"] for item in known["attributes"]}
    json.dumps(known, default=str)


def test_provenance_names_source_and_load_but_not_the_folder(plant, web, shapes):
    tree = plant("tree", shapes.point(0, 0, 200.0), source_key="T-1")
    known = feature(web, LOCAL, tree)
    assert known["source"] == {"source_id": plant.source_id, "name": "planted", "kind": "register", "source_key": "T-1"}
    assert known["load"]["path"] == "planted.gpkg"
    assert known["load"]["licence"] == "CC0-1.0"
    assert known["load"]["attribution"] == "The planters"
    assert known["load"]["load_id"] == plant.load_id
    assert known["load"]["published_at"] is not None


def test_extent_is_in_degrees_and_on_the_ellipsoid(plant, web, shapes):
    pipe = plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 20, 197.0)), network="water")
    known = feature(web, LOCAL, pipe)
    x, y = shapes.east + np.array([0, 50, 50, 0.0]), shapes.north + np.array([0, 0, 20, 20.0])
    lon, lat = longitude_latitude(web.city, x, y)
    assert known["bounds"] == pytest.approx([lon.min(), lat.min(), lon.max(), lat.max()], abs=1e-9)
    assert known["height_range_m"] == [161.0, 162.0]


def test_building_tells_its_levels_of_detail_and_their_heights(plant, web, shapes):
    house = plant("building", shapes.square(0, 0), ground_min_m=210.0, height_m=15.0)
    assert feature(web, LOCAL, house)["height_range_m"] == [174.0, 189.0]
    assert feature(web, LOCAL, house)["lods"] == []
    block = plant("building", shapes.square(0, 0), storeys_above=2.0, block_base_m=200.0, block_top_m=206.0)
    assert feature(web, LOCAL, block)["height_range_m"] == [164.0, 170.0]
    assert feature(web, LOCAL, block)["lods"] == [{"lod": "1", "geometry_type": "Solid", "polygons": 6}]
    wall = shapely.Polygon([(shapes.east, shapes.north, z) for z in (209.0, 226.5, 226.5)])
    plant.lod("building", house, "2.2", shapely.MultiPolygon([wall, wall]))
    known = feature(web, LOCAL, house)
    assert known["lods"] == [{"lod": "2.2", "geometry_type": "Solid", "polygons": 2}]
    assert known["height_range_m"] == [173.0, 190.5]


def test_record_without_geometry_lies_nowhere(plant, web, shapes):
    customer = plant("service_connection", network="water", customers=3)
    known = feature(web, LOCAL, customer)
    assert (known["bounds"], known["height_range_m"]) == (None, None)


def test_relations_lead_both_ways(plant, web, shapes):
    start = plant("pipe_node", shapes.point(0, 0, 198.0), network="water", source_key="JS1")
    end = plant("pipe_node", shapes.point(50, 0, 197.0), network="water", source_key="#af31")
    pipe = plant(
        "pipe_segment",
        shapes.line((0, 0, 198.0), (50, 0, 197.0)),
        network="water",
        start_node_id=start,
        end_node_id=end,
    )
    house = plant("building", shapes.square(0, 0), name="一号楼")
    part = plant("building", shapes.square(0, 0), parent_id=house, object_type="BuildingPart", source_key="B1-1")
    customer = plant("service_connection", network="water", node_id=start, building_id=house, source_key="户1")
    of_pipe = feature(web, LOCAL, pipe)["related"]
    assert told(of_pipe, "start_node_id")["features"] == [{"feature_id": start, "name": "JS1"}]
    assert told(of_pipe, "end_node_id")["features"] == [{"feature_id": end, "name": None}]
    assert told(of_pipe, "start_node_id")["title_zh"] == "起点"
    of_node = feature(web, LOCAL, start)["related"]
    assert told(of_node, "pipe_segment.start_node_id")["features"][0]["feature_id"] == pipe
    assert told(of_node, "service_connection.node_id")["features"] == [{"feature_id": customer, "name": "户1"}]
    of_house = feature(web, LOCAL, house)["related"]
    assert told(of_house, "building.parent_id")["features"] == [{"feature_id": part, "name": "B1-1"}]
    assert told(feature(web, LOCAL, part)["related"], "parent_id")["features"] == [
        {"feature_id": house, "name": "一号楼"}
    ]


def test_many_relatives_are_counted_and_the_first_are_named(plant, web, shapes):
    node = plant("pipe_node", shapes.point(0, 0, 198.0), network="water")
    served = [plant("service_connection", network="water", node_id=node) for _ in range(23)]
    relation = told(feature(web, LOCAL, node)["related"], "service_connection.node_id")
    assert relation["count"] == 23
    assert [item["feature_id"] for item in relation["features"]] == served[:20]


def test_criticality_of_the_newest_run_is_told(plant, web, shapes):
    pipe = plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="water")
    row = {"segment_id": pipe, "network": "water", "component": 0, "bridge": True, "nodes_cut": 3}
    row |= {"residents_cut": 80.0, "critical_cut": 1}
    plant.run("network.criticality", "segment_criticality", [row | {"grade": 1, "customers_cut": 5}])
    newest = plant.run("network.criticality", "segment_criticality", [row | {"grade": 4, "customers_cut": 700}])
    results = feature(web, LOCAL, pipe)["results"]
    assert told(results, "customers_cut")["value"] == 700
    assert told(results, "customers_cut")["title_zh"] == "失效时停供用户"
    assert told(results, "bridge_segment")["value"] is True
    assert told(results, "criticality")["value_zh"] == "最大"
    assert {item["run_id"] for item in results} == {newest}


def test_indicators_of_a_unit_are_told_in_their_units(plant, web, shapes):
    unit = plant("admin_unit", shapes.square(0, 0), level="community", name="东坡社区")
    row = {"unit_id": unit, "level": "community", "year": 2024, "definition": "national-2024"}
    declared = {"C07": {"title_zh": "覆盖率", "title_en": "Coverage", "unit_zh": "个", "unit_en": "%"}}
    found = [row | {"code": "C07", "value": 71.0, "standard": 80.0, "grade": "near"}]
    found.append(row | {"code": "C09", "grade": "not_assessable", "reason": "no data"})
    plant.run("examination", "indicator", found, indicators=declared)
    results = feature(web, LOCAL, unit)["results"]
    coverage = told(results, "C07")
    assert (coverage["title_zh"], coverage["value"], coverage["unit"]) == ("覆盖率", 71.0, "%")
    assert (coverage["unit_zh"], coverage["unit_en"]) == ("个", "%")
    assert (coverage["grade"], coverage["grade_zh"], coverage["standard"]) == ("near", "接近", 80.0)
    assert told(results, "C09")["value"] is None
    assert told(results, "C09")["reason"] == "no data"


def test_restricted_feature_is_for_those_who_may_see_it(plant, web, shapes, insider):
    secret = plant("building", shapes.square(30, 0), classification=2, name="secret")
    house = plant("building", shapes.square(0, 0), parent_id=secret)
    assert told(feature(web, insider, secret)["attributes"], "classification")["value_zh"] == "受限"
    with pytest.raises(UnknownFeature):
        feature(web, LOCAL, secret)
    assert feature(web, LOCAL, house)["related"] == []
    assert told(feature(web, insider, house)["related"], "parent_id")["count"] == 1


@pytest.mark.parametrize("number", [0, -3, 987654, 2**53, 2**70])
def test_number_of_no_feature_is_refused(web, number):
    with pytest.raises(UnknownFeature, match=str(number)):
        feature(web, LOCAL, number)


def test_feature_that_was_removed_is_no_more(plant, web, shapes):
    gone = plant("tree", shapes.point(0, 0, 200.0), closed_by=plant.load_id)
    with pytest.raises(UnknownFeature):
        feature(web, LOCAL, gone)


def test_a_feature_of_every_theme_can_be_told(plant, web, shapes):
    needed = {
        "admin_unit": {"level": "city", "name": "市"},
        "builtup_area": {"year": 2024},
        "population": {"year": 2024, "residents": 5},
        "land_use": {"use_code": "07"},
        "green_space": {"kind": "park"},
        "construction_project": {"name": "桥"},
        "facility": {"kind": "clinic"},
        "pipe_node": {"network": "gas"},
        "pipe_segment": {"network": "gas"},
        "pipe_device": {"network": "gas", "kind": "valve"},
        "service_connection": {"network": "gas"},
        "pipe_break": {"broke_on": "2020-01-02"},
        "pipe_inspection": {"inspected_on": "2020-01-02"},
        "road_edge": {"road_class": "local"},
        "city_object": {"object_type": "Bridge"},
        "customer": {"network": "gas", "account_no": "1"},
        "sensor": {"kind": "level"},
        "control_line": {"kind": "red"},
        "survey_finding": {"item": "structure", "fault": True, "surveyed_on": "2026-01-02"},
        "statistic": {"figure": "satisfaction", "year": 2026, "value": 80},
        "scan_asset": {"format": "las", "file": "-", "crs": "-", "points": 1},
        "raster_asset": dict.fromkeys(("kind", "file", "crs"), "-")
        | dict.fromkeys(("resolution_m", "columns", "rows", "bands"), 1),
    }
    for theme, table in THEMES.items():
        kind = table.columns["geom"].shape if "geom" in table.columns else None
        shape = {
            None: None,
            "POINT": shapes.point(0, 0),
            "POINTZ": shapes.point(0, 0, 200.0),
            "LINESTRINGZ": shapes.line((0, 0, 200.0), (5, 5, 201.0)),
            "POLYGON": shapes.square(0, 0).geoms[0],
        }.get(kind, shapes.square(0, 0))
        known = feature(web, LOCAL, plant(theme, shape, **needed.get(theme, {})))
        assert known["theme"] == theme
        assert (known["bounds"] is None) == (shape is None)
