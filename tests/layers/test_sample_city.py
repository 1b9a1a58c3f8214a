"""The layers of the sample city, loaded, analysed and built as a user would, against each other and the tables."""

from __future__ import annotations

import json

import mapbox_vector_tile
import numpy as np

from cim.layers.catalogue import catalogue
from cim.layers.city import summary
from cim.layers.features import feature, page
from cim.layers.terrain import layer_json, terrain_tile
from cim.layers.titles import value_title
from cim.layers.vector_tiles import tile
from cim.viewer import LOCAL


def test_every_kind_of_layer_is_there(sample_store):
    layers = {layer.name: layer for layer in catalogue(sample_store, LOCAL)}
    assert {"terrain", "buildings", "pipes-water", "roads", "road-steps", "admin-community", "land-use"} <= set(layers)
    assert {"planning-height", "construction-projects", "population", "network-criticality"} <= set(layers)
    assert sum(name.startswith("examination-") for name in layers) >= 5
    assert all(layer.synthetic for layer in layers.values())
    classes = {layer.group for layer in layers.values()}
    assert classes == {"spatiotemporal", "resource", "planning", "project", "public"}


def test_no_indicator_is_shown_by_its_code_alone(sample_store):
    examined = [layer for layer in catalogue(sample_store, LOCAL) if layer.name.startswith("examination-")]
    codes = [layer.name.removeprefix("examination-") for layer in examined]
    assert [layer.title_zh for layer, code in zip(examined, codes, strict=True) if code in layer.title_zh] == []


def test_every_coded_value_that_occurs_is_called_by_name(sample_store):
    """What the sample says must not reach a person as a bare code."""
    coded = {
        "pipe_segment": ("network", "material", "burial", "state", "shape", "kind"),
        "building": ("usage", "structure", "roof_type", "object_type"),
        "road_edge": ("road_class",),
        "facility": ("kind",),
        "pipe_node": ("kind",),
        "pipe_device": ("kind", "state"),
        "construction_project": ("stage", "kind"),
        "admin_unit": ("level", "kind"),
        "service_connection": ("critical_kind", "linked_by"),
        "green_space": ("kind",),
        "city_object": ("object_type",),
        "control_line": ("kind",),
        "pipe_break": ("cause",),
    }
    bare = set()
    for theme, columns in coded.items():
        for column in columns:
            query = f"SELECT DISTINCT {column} AS value FROM city.{theme}_current WHERE {column} IS NOT NULL"
            values = {row["value"] for row in sample_store.rows(LOCAL, query)}
            bare |= {(theme, column, value) for value in values if value_title(theme, column, value) is None}
    assert bare == set()


def test_pages_of_a_layer_hold_what_the_catalogue_counts(sample_store):
    for layer in catalogue(sample_store, LOCAL):
        if layer.count and layer.count < 900:
            told = json.loads(page(sample_store, LOCAL, layer.name, limit=1000))
            assert told["numberReturned"] == layer.count, layer.name


def test_one_tile_over_the_city_holds_every_community(sample_store):
    layer = next(layer for layer in catalogue(sample_store, LOCAL) if layer.name == "admin-community")
    west, south, east, north = layer.bounds
    z = 10
    column, row = address(z, (west + east) / 2, (south + north) / 2)
    told = mapbox_vector_tile.decode(tile(sample_store, LOCAL, layer.name, z, column, row))
    ids = {item["properties"]["feature_id"] for item in told[layer.name]["features"]}
    rows = sample_store.rows(LOCAL, "SELECT feature_id FROM city.admin_unit_current WHERE level = 'community'")
    assert ids == {one["feature_id"] for one in rows}


def test_control_lines_are_drawn_and_told_in_the_colours_that_name_them(sample_store):
    layer = next(layer for layer in catalogue(sample_store, LOCAL) if layer.name == "control-lines")
    assert (layer.group, layer.style["type"], layer.visible) == ("planning", "line", False)
    labels = {entry["label_zh"]: entry["color"] for entry in layer.legend}
    assert list(labels) == ["道路红线", "城市绿线", "城市蓝线", "城市紫线", "城市黄线"]
    for label, (most, *less) in {"道路红线": "rgb", "城市绿线": "grb", "城市蓝线": "brg"}.items():
        channel = dict(zip("rgb", bytes.fromhex(labels[label][1:]), strict=True))
        assert all(channel[most] > 1.4 * channel[other] for other in less), label
    rows = sample_store.rows(LOCAL, "SELECT feature_id, kind, name FROM city.control_line_current")
    west, south, east, north = layer.bounds
    z = 12
    shown = {}
    (first_x, last_y), (last_x, first_y) = address(z, west, south), address(z, east, north)
    for x in range(first_x, last_x + 1):
        for y in range(first_y, last_y + 1):
            content = tile(sample_store, LOCAL, layer.name, z, x, y)
            told = mapbox_vector_tile.decode(content)[layer.name]["features"] if content else []
            shown |= {one["properties"]["feature_id"]: one for one in told}
    assert {key: (one["properties"]["kind"], one["properties"]["name"]) for key, one in shown.items()} == {
        row["feature_id"]: (row["kind"], row["name"]) for row in rows
    }
    shapes = {one["properties"]["kind"]: one["geometry"]["type"].removeprefix("Multi") for one in shown.values()}
    assert (shapes["red"], shapes["blue"], shapes["green"]) == ("LineString", "LineString", "Polygon")


def test_a_control_line_says_in_both_languages_what_it_is(sample_store):
    query = "SELECT feature_id FROM city.control_line_current WHERE kind = 'blue' ORDER BY 1 LIMIT 1"
    ((feature_id,),) = (row.values() for row in sample_store.rows(LOCAL, query))
    told = feature(sample_store, LOCAL, feature_id)
    assert (told["theme_title_zh"], told["theme_title_en"]) == ("规划控制线", "Control line")
    by_name = {one["name"]: one for one in told["attributes"]}
    assert (by_name["kind"]["value_zh"], by_name["kind"]["value_en"]) == ("城市蓝线", "Blue line")
    assert (by_name["width_m"]["title_zh"], by_name["width_m"]["value"], by_name["width_m"]["unit"]) == (
        "控制宽度", 12, "m",
    )  # fmt: skip


def address(z, longitude, latitude):
    angle = np.radians(latitude)
    return int((longitude + 180) / 360 * 2**z), int((1 - np.arcsinh(np.tan(angle)) / np.pi) / 2 * 2**z)


def test_manholes_stand_on_the_terrain(sample_store, quantized_mesh_file):
    """Surveyed ground levels and the terrain come from different files, and meet in the tiles."""
    rows = sample_store.rows(
        LOCAL,
        "SELECT ground_level_m AS ground, ST_X(place) AS lon, ST_Y(place) AS lat FROM city.pipe_node_current n,"
        " ST_Transform(ST_Force2D(n.geom), 4326) AS place WHERE kind = 'manhole' AND ground_level_m IS NOT NULL",
    )
    lon, lat, ground = (np.array([row[name] for row in rows]) for name in ("lon", "lat", "ground"))
    z = layer_json(sample_store, LOCAL)["maxzoom"]
    size = 180 / 2**z
    columns, lines = np.floor((lon + 180) / size).astype(int), np.floor((lat + 90) / size).astype(int)
    found = np.full(len(rows), np.nan)
    for x, y in set(zip(columns, lines, strict=True)):
        here = (columns == x) & (lines == y)
        read = quantized_mesh_file.read(terrain_tile(sample_store, LOCAL, z, int(x), int(y)), z, int(x), int(y))
        found[here] = read.heights_at(lon[here], lat[here])
    off = found - ground - sample_store.city.ellipsoid_offset_m
    assert len(off) > 200
    assert np.median(np.abs(off)) < 0.3
    assert np.percentile(np.abs(off), 95) < 1.5


def test_buildings_stand_inside_the_terrain_model(sample_store):
    told, terrain = summary(sample_store, LOCAL), layer_json(sample_store, LOCAL)
    (buildings,) = [layer.bounds for layer in catalogue(sample_store, LOCAL) if layer.name == "buildings"]
    assert terrain["bounds"][0] < buildings[0] < buildings[2] < terrain["bounds"][2]
    assert terrain["bounds"][1] < buildings[1] < buildings[3] < terrain["bounds"][3]
    assert len(told["attributions"]) == 1
    assert "synthetic" in told["attributions"][0]["text"]
