"""The catalogue lists what the city has, in the six classes, with legends of what occurs."""

from __future__ import annotations

import re

import pytest
from psycopg.types.json import Jsonb

from cim.crs import longitude_latitude
from cim.drawing import pipe_colours
from cim.layers.catalogue import catalogue, grouped, layer_definition
from cim.layers.definitions import definitions, groups
from cim.tables import THEMES
from cim.viewer import LOCAL, OPERATOR, Viewer

CJJT_315 = ["时空基础数据", "资源调查数据", "规划管控数据", "工程建设项目数据", "公共专题数据", "物联感知数据"]


def named(store, viewer=LOCAL):
    return {layer.name: layer for layer in catalogue(store, viewer)}


def build(store, layer, kind, classification=0, **details):
    with store.connection(OPERATOR) as connection:
        connection.execute(
            "INSERT INTO layer.build (layer, kind, data_version, details) VALUES (%s, %s, 1, %s)",
            (layer, kind, Jsonb(details)),
        )
        if kind == "terrain":
            connection.execute("INSERT INTO layer.terrain_tile VALUES (0, 0, 0, '', %s)", (classification,))
            return
        connection.execute(
            "INSERT INTO layer.tile3d (layer, key, depth, geometric_error_m, region, classification)"
            " VALUES (%s, 'r', 0, 0, '{}', %s)",
            (layer, classification),
        )


def test_an_empty_city_has_the_six_classes_and_no_layers(web):
    told = grouped(web, LOCAL)
    assert [group["title_zh"] for group in told] == CJJT_315
    assert [group["name"] for group in told] == ["spatiotemporal", "resource", "planning", "project", "public", "iot"]
    assert all(group["layers"] == [] for group in told)


def test_every_vector_layer_is_cut_from_stored_geometries():
    # Transformed for each tile, no index would be used.
    drawn = {each.theme for each in definitions() if each.kind == "vector"}
    assert {theme for theme in drawn if "geom_3857" not in THEMES[theme].columns} == set()


def test_layer_tells_where_it_lies_and_how_many_it_has(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0))
    plant("tree", shapes.point(400, 300, 230.0))
    layer = named(web)["trees"]
    (west, east), (south, north) = longitude_latitude(web.city, [shapes.east, shapes.east + 400], [shapes.north] * 2)
    assert layer.count == 2
    assert layer.bounds[0] == pytest.approx(west, abs=2e-6)
    assert layer.bounds[2] == pytest.approx(east, abs=2e-6)
    assert layer.bounds[1] == pytest.approx(south, abs=1e-5)
    assert layer.bounds[3] > north
    assert layer.url == "/tiles/vector/trees/{z}/{x}/{y}.mvt"
    assert (layer.group, layer.kind, layer.theme, layer.minzoom) == ("resource", "vector", "tree", 15)
    assert layer.synthetic
    assert not layer.underground


def test_legend_has_the_classes_that_occur(plant, web, shapes):
    plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="gas")
    plant("pipe_segment", shapes.line((0, 9, 198.0), (50, 9, 197.0)), network="storm")
    layer = named(web)["pipe-segments"]
    colours = pipe_colours()
    assert [(entry["label_zh"], entry["color"]) for entry in layer.legend] == [
        ("雨水", colours["storm"].hex),
        ("燃气", colours["gas"].hex),
    ]
    assert layer.underground


def test_layer_without_classes_has_its_title_as_legend(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0))
    (entry,) = named(web)["trees"].legend
    assert (entry["label_zh"], entry["label_en"]) == ("树木", "Trees")


def test_new_data_is_seen_at_once(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0))
    assert set(named(web)) == {"trees"}
    plant("green_space", shapes.square(0, 0), kind="park")
    assert set(named(web)) == {"trees", "green-space"}


def test_superseded_and_unpublished_versions_do_not_count(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0))
    plant("tree", shapes.point(9, 0, 200.0), closed_by=plant.load_id)
    with plant.store.connection(OPERATOR) as connection:
        connection.execute(
            "INSERT INTO run.load (source_id, path, software_version) VALUES (%s, 'later', '0')", (plant.source_id,)
        )
        (row,) = connection.execute("SELECT max(load_id) AS load_id FROM run.load").fetchall()
    plant("tree", shapes.point(18, 0, 200.0), load_id=row["load_id"])
    assert named(web)["trees"].count == 1


def test_counts_and_bounds_are_those_of_what_one_may_see(plant, web, shapes, insider):
    plant("tree", shapes.point(0, 0, 200.0))
    plant("tree", shapes.point(5000, 0, 200.0), classification=2)
    assert named(web, insider)["trees"].count == 2
    assert named(web)["trees"].count == 1
    assert named(web)["trees"].bounds[2] < named(web, insider)["trees"].bounds[2] - 0.01


def test_built_layers_stand_where_they_are_built_and_have_features(plant, web, shapes):
    plant("building", shapes.square(0, 0))
    plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="gas")
    assert "buildings" not in named(web)
    build(plant.store, "buildings", "tiles3d")
    build(plant.store, "pipes-gas", "tiles3d")
    build(plant.store, "pipes-water", "tiles3d")
    build(plant.store, "terrain", "terrain", bounds=[106.5, 29.5, 106.6, 29.6], maxzoom=16)
    layers = named(web)
    assert {name for name, layer in layers.items() if layer.kind != "vector"} == {"terrain", "buildings", "pipes-gas"}
    assert layers["buildings"].url == "/tiles/3d/buildings/tileset.json"
    assert layers["pipes-gas"].title_zh == "燃气管线（三维）"
    assert layers["pipes-gas"].underground
    assert layers["pipes-gas"].legend[0]["color"] == pipe_colours()["gas"].hex
    assert layers["terrain"].bounds == (106.5, 29.5, 106.6, 29.6)
    assert layers["terrain"].url == "/tiles/terrain"
    assert "非实测" in layers["terrain"].legend[0]["label_zh"]


def test_layer_whose_tiles_one_may_not_see_is_not_there(plant, web, shapes, insider):
    plant("building", shapes.square(0, 0))
    build(plant.store, "buildings", "tiles3d", classification=1)
    assert "buildings" not in named(web, Viewer("visitor"))
    assert "buildings" in named(web, insider)


def test_each_indicator_is_a_layer_of_communities_or_else_of_the_smallest_units(plant, web, shapes):
    unit = plant("admin_unit", shapes.square(0, 0), level="community", name="东坡社区")
    street = plant("admin_unit", shapes.square(0, 0), level="subdistrict", name="东坡街道")
    whole = plant("admin_unit", shapes.square(0, 0), level="city", name="市")
    row = {"year": 2024, "definition": "test", "value": 0.7, "grade": "near"}
    declared = {"C07": {"title_zh": "社区养老服务设施覆盖率", "title_en": "Elderly care coverage", "unit": "%"}}
    plant.run(
        "examination",
        "indicator",
        [
            row | {"code": "C07", "unit_id": unit, "level": "community"},
            row | {"code": "C07", "unit_id": street, "level": "subdistrict"},
            row | {"code": "D56", "unit_id": whole, "level": "city"},
            row | {"code": "D56", "unit_id": street, "level": "subdistrict"},
            row | {"code": "Z99", "unit_id": unit, "level": "community"},
        ],
        indicators=declared,
    )
    layers = {name: layer for name, layer in named(web).items() if name.startswith("examination")}
    assert set(layers) == {"examination-C07", "examination-D56", "examination-Z99"}
    assert layers["examination-C07"].title_zh == "体检：社区养老服务设施覆盖率（社区）"
    assert layers["examination-C07"].title_en == "Examination: Elderly care coverage (community)"
    assert layers["examination-D56"].title_en == "Examination: D56 (sub-district)"
    assert layers["examination-Z99"].title_zh == "体检：Z99（社区）"
    assert layers["examination-C07"].count == 1
    assert [entry["label_en"] for entry in layers["examination-C07"].legend] == ["Near the standard"]


def test_two_systems_of_one_year_do_not_take_each_others_maps_away(plant, web, shapes):
    """Each indicator is drawn of the newest run that has it, whichever system that was."""
    unit = plant("admin_unit", shapes.square(0, 0), level="community", name="东坡社区")
    row = {"unit_id": unit, "level": "community", "year": 2026, "definition": "test", "grade": "near"}

    def run(year, system, *codes):
        rows = [row | {"code": code, "value": 0.7} for code in codes]
        found = plant.run("examination", "indicator", rows, system=system, indicators={})
        with plant.store.connection(OPERATOR) as connection:
            connection.execute("UPDATE run.analysis SET subject = %s WHERE run_id = %s", (year, found))
        return found

    def maps():
        return {
            name.removeprefix("examination-"): layer.title_en for name, layer in named(web).items() if "exam" in name
        }

    def drawn(code):
        definition, *_ = layer_definition(web, LOCAL, f"examination-{code}")
        return next(condition.values[0] for condition in definition.where if condition.column == "run_id")

    run("2025", "national-2024", "C99")
    national = run("2026", "national-2024", "C07", "D60")
    own = run("2026", "chongqing", "X01", "D60")
    assert set(maps()) == {"C07", "D60", "X01"}
    assert (drawn("C07"), drawn("D60"), drawn("X01")) == (national, own, own)
    # Examined again with the city's own changes, which leave one out: that replaces the system's earlier run.
    changed = run("2026", "national-2024+mycity", "D60")
    assert set(maps()) == {"D60", "X01"}
    assert drawn("D60") == changed


def test_real_city_is_not_called_synthetic_but_its_made_up_theme_is(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0))
    plant("green_space", shapes.square(0, 0), kind="park")
    with plant.store.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.city SET synthetic = false")
        connection.execute("UPDATE run.load SET synthetic = true")
    plant.extent("tree", 0, 0, 1, 1)
    layers = named(web)
    assert layers["trees"].synthetic
    assert not layers["green-space"].synthetic


def test_the_data_is_sound():
    names = [definition.name for definition in definitions()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert {definition.group for definition in definitions()} <= {group.name for group in groups()}
    for definition in definitions():
        style = definition.style or {}
        entries = style.get("by", {}).get("classes", [])
        colours = [style["color"], *(entry["color"] for entry in entries)]
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in colours), definition.name
        assert all(entry["label_zh"] and entry["label_en"] for entry in entries)
        if definition.kind == "vector":
            assert style["type"] in {"fill", "line", "circle"}
        if entries and definition.kind == "vector":
            assert style["by"]["property"] in {item.name for item in definition.properties}
        limits = [entry["max"] for entry in entries if entry.get("max") is not None]
        assert limits == sorted(limits)


@pytest.mark.parametrize(
    ("solid", "plan"),
    [("buildings", "buildings-footprints"), ("objects", "city-objects"), ("pipes-gas", "pipe-segments")],
)
def test_a_3d_layer_says_what_its_plan_says(solid, plan):
    told = {definition.name: definition.properties for definition in definitions()}
    assert told[solid] == told[plan]
    assert len(told[plan]) > 1


def test_every_facility_is_in_exactly_one_layer():
    layers = [definition for definition in definitions() if definition.theme == "facility"]
    listed = [value for one in layers for item in one.where if item.test == "in" for value in item.values]
    (rest,) = [item for one in layers for item in one.where if item.test == "not_in"]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(rest.values)
