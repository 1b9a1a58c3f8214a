"""Registers as handed over: the themes' columns, references that lead somewhere, areas that nest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.tables import THEMES

LAYERS = (
    "admin_unit", "builtup_area", "land_use", "planning_parcel", "green_space", "population", "construction_project",
    "road_node", "road_edge", "kerb", "control_line", "tree", "facility", "pipe_device", "pipe_break",
    "sensor", "survey_finding",
)  # fmt: skip
KINDS = (
    "primary_school", "kindergarten", "hospital", "clinic", "elderly_care", "childcare", "market", "bus_stop",
    "parking",
    "fire_station", "park_entrance", "culture", "sports", "metro_station",
)  # fmt: skip
EXTRAS = {
    "admin_unit": {"elderly", "children", "waste_sorting", "ebike_charging"},
    "green_space": {"activity_ground_m2"},
    "facility": {"classes", "filed", "vacant", "listed_year", "dual_use"},
    "construction_project": {"green_building", "monitored", "programme"},
}


def allowed(theme: str) -> set[str]:
    columns = THEMES[theme].columns
    keys = {column.name.removesuffix("_id") + "_key" for column in columns.values() if column.references}
    return set(columns) | keys | {"source_key"} | EXTRAS.get(theme, set())


@pytest.mark.parametrize("theme", LAYERS)
def test_columns_are_the_themes(clean, theme: str) -> None:
    frame = clean.register(theme)
    assert len(frame)
    assert set(frame.columns) - {"geometry"} <= allowed(theme)
    assert shapely.is_valid(frame.geometry.to_numpy()).all()
    if "source_key" in frame:
        assert frame["source_key"].is_unique
    wanted = {"MULTIPOLYGON": "MultiPolygon", "POINT": "Point", "POINTZ": "Point", "LINESTRINGZ": "LineString"}
    kind = THEMES[theme].columns["geom"].shape
    assert set(frame.geom_type) == ({wanted[kind]} if kind in wanted else {"LineString", "Polygon"})
    assert frame.has_z.all() == kind.endswith("Z")


@pytest.mark.parametrize("theme", ["service_connection", "pipe_inspection", "statistic"])
def test_tables_have_the_themes_columns(clean, theme: str) -> None:
    frame = clean.table(theme)
    assert len(frame)
    assert set(frame.columns) <= allowed(theme)


def test_every_register_is_in_the_manifest(clean) -> None:
    named = {source["path"] for source in clean.manifest["source"]}
    there = {
        path.relative_to(clean.folder).as_posix()
        for path in clean.folder.rglob("*")
        if path.is_file() and path.name not in ("city.toml", "planted_faults.json")
    }
    # The forms are a folder: a workbook and the photos beside it. Rules are no source: a city puts them elsewhere.
    assert named == {path for path in there if not path.startswith(("survey/", "rules/"))} | {"survey"}
    assert clean.manifest["city"]["synthetic"] is True
    assert all("synthetic" in source["attribution"] for source in clean.manifest["source"])
    assert len({source["name"] for source in clean.manifest["source"]}) == len(clean.manifest["source"])


def test_red_lines_keep_the_width_of_their_street_free(clean) -> None:
    """Both sides of it, half of the width from its middle."""
    lines, streets = clean.register("control_line"), clean.register("road_edge")
    lines = lines[lines["kind"] == "red"]
    middle = streets.geometry.force_2d().set_axis(streets["source_key"].str[-8:])
    of_it = lines["source_key"].str[2:10]
    places = shapely.line_interpolate_point(lines.geometry.to_numpy(), 0.5, normalized=True)
    away = shapely.distance(places, middle[of_it].to_numpy())
    assert np.abs(away - lines["width_m"] / 2).max() < 0.3
    assert lines["source_key"].str[-1].value_counts().nunique() == 1


def test_control_lines_of_every_colour_enclose_or_follow_what_they_are_of(clean) -> None:
    """Green, yellow and purple ones are areas; the blue ones keep both banks free, and cross no water."""
    lines, land = clean.register("control_line"), clean.register("land_use")
    assert set(lines["kind"]) == {"red", "green", "blue", "yellow", "purple"}
    areas = lines.geom_type == "Polygon"
    assert set(lines["kind"][areas]) == {"green", "yellow", "purple"}
    assert lines[["name", "plan", "approved_on"]].notna().all().all()
    yellow = lines[lines["kind"] == "yellow"]
    assert set(yellow["name"]) == {"供水用地", "排水用地", "供电用地", "供热用地"}
    served = land[land["use_name"].isin(set(yellow["name"]))]
    assert yellow.union_all().symmetric_difference(served.union_all()).area < 1.0
    water = land[land["use_code"] == "1701"].union_all()
    blue = lines[lines["kind"] == "blue"]
    points = shapely.points(shapely.get_coordinates(blue.geometry.to_numpy()))
    away, wide = shapely.distance(points, water), blue["width_m"].iloc[0]
    # Where districts meet the neighbour's water comes a little nearer.
    assert np.abs(np.quantile(away, [0.05, 1.0]) - wide).max() < 0.1
    assert away.min() > 0.75 * wide
    west, _, east, _ = water.bounds
    assert blue.length.sum() > 2 * (east - west), "one bank is without it"
    assert not blue.intersects(water).any()


def test_streets_join_junctions(clean) -> None:
    nodes, edges = clean.register("road_node"), clean.register("road_edge")
    keys = set(nodes["source_key"])
    assert set(edges["start_node_key"]) | set(edges["end_node_key"]) == keys
    place = nodes.set_index("source_key").geometry
    for column, at in (("start_node_key", 0), ("end_node_key", -1)):
        ends = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), at), include_z=True)
        wanted = shapely.get_coordinates(place[edges[column]].to_numpy(), include_z=True)
        assert np.abs(ends - wanted).max() < 0.01


def test_streets_climb_by_steps_where_it_is_steep(clean) -> None:
    edges = clean.register("road_edge")
    points = shapely.get_coordinates(edges.geometry.to_numpy(), include_z=True)
    owner = np.repeat(np.arange(len(edges)), shapely.get_num_coordinates(edges.geometry.to_numpy()))
    step = np.where(np.diff(owner) == 0, np.linalg.norm(np.diff(points, axis=0), axis=1), 0.0)
    length = np.bincount(owner[1:], step, minlength=len(edges))
    assert np.abs(length - edges["length_3d_m"]).max() < 0.02
    first, last = (
        shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), i), include_z=True) for i in (0, -1)
    )
    grade = np.abs(last[:, 2] - first[:, 2]) / length
    stairs = edges["steps"].to_numpy()
    assert 1 < stairs.sum() < 0.6 * len(edges)
    assert grade[stairs].mean() > 2 * grade[~stairs].mean()
    assert grade[edges["drivable"]].max() < 0.31
    assert not (edges["steps"] & edges["drivable"]).any()
    assert set(edges["road_class"]) >= {"arterial", "collector", "local", "steps"}


def test_the_great_bridge_flies_over_streets_without_a_junction(clean) -> None:
    edges = clean.register("road_edge")
    bridges = edges[edges["bridge"]]
    assert set(bridges["level"]) == {1}
    great = bridges[bridges["name"] == "样江大桥"]
    assert len(great)
    for row in great.itertuples():
        ends = {row.start_node_key, row.end_node_key}
        below = edges[edges.crosses(row.geometry) & ~edges["bridge"]]
        below = below[~below["start_node_key"].isin(ends) & ~below["end_node_key"].isin(ends)]
        assert len(below) >= 2, "the riverside streets of both banks pass below"
        for street in below.itertuples():
            at = street.geometry.intersection(row.geometry)
            height = [
                shapely.line_interpolate_point(line, line.project(at)).z for line in (row.geometry, street.geometry)
            ]
            assert height[0] - height[1] > 4.5


def test_units_nest(clean) -> None:
    units = clean.register("admin_unit").set_index("source_key")
    order = ["city", "district", "subdistrict", "block", "community", "compound"]
    assert units.iloc[0]["level"] == "city"
    assert set(units["level"]) == set(order)
    below = units[units["level"] != "city"]
    parents = units.loc[below["parent_key"]]
    steps = below["level"].map(order.index).to_numpy() - parents["level"].map(order.index).to_numpy()
    assert (steps == 1).all()
    middles = below.geometry.representative_point()
    assert shapely.covers(parents.geometry.buffer(1.0).to_numpy(), middles.to_numpy()).mean() > 0.97
    compounds = below[below["level"] == "compound"]
    within = shapely.covers(
        units.loc[compounds["parent_key"]].geometry.buffer(1.0).to_numpy(), compounds.geometry.to_numpy()
    )
    assert within.all()


def test_people_add_up(clean) -> None:
    units = clean.register("admin_unit")
    said = sum(f["CityObjects"][f["id"]]["attributes"]["residents"] for f in clean.features)
    for level in ("district", "subdistrict", "block", "community"):
        assert units.loc[units["level"] == level, "residents"].sum() == said
    cells = clean.register("population")
    assert cells["residents"].sum() == said
    assert (cells["elderly"] + cells["children"] <= cells["residents"]).all()
    assert (cells["toddlers"] + cells["preschoolers"] <= cells["children"] + 1).all()
    assert np.allclose(cells.area, 10_000.0)


def test_facilities_stand_where_they_say(clean) -> None:
    facilities = clean.register("facility")
    counts = facilities["kind"].value_counts()
    for kind in KINDS:
        assert counts.get(kind, 0) > 0, kind
    inside = facilities[facilities["building_key"].notna() & (facilities["building_key"] != "")]
    plans = clean.plans.loc[inside["building_key"]]
    distance = shapely.distance(plans.to_numpy(), shapely.force_2d(inside.geometry.to_numpy()))
    assert distance.max() < 12
    schools = facilities[facilities["kind"] == "primary_school"]
    assert schools["capacity"].min() > 50


def test_built_up_area_grows(clean) -> None:
    built = clean.register("builtup_area").sort_values("year")
    assert built["area_km2"].is_monotonic_increasing
    assert np.allclose(built.area / 1e6, built["area_km2"], atol=1e-3)


def test_references_to_compounds_lead_somewhere(clean) -> None:
    units = clean.register("admin_unit")
    compounds = set(units.loc[units["level"] == "compound", "source_key"])
    said = [f["CityObjects"][f["id"]]["attributes"] for f in clean.features]
    assert {one["compound_key"] for one in said if "compound_key" in one and one["residents"]} <= compounds


def test_trees_stand_over_no_pipe(clean) -> None:
    trees = shapely.force_2d(clean.register("tree").geometry.to_numpy())
    for network, least in (("water", 1.5), ("gas", 0.75), ("telecom", 1.0), ("storm", 1.5), ("sewage", 1.5)):
        points, lines = clean.pipes[network]
        place = points.set_index("物探点号")[["Y", "X"]].astype(float)
        ends = np.stack([place.loc[lines["起点点号"]].to_numpy(), place.loc[lines["终点点号"]].to_numpy()], axis=1)
        near = shapely.STRtree(trees).query(shapely.linestrings(ends), predicate="dwithin", distance=least)[1]
        # A tree may stand near a pipe that the neighbour laid under the boundary street.
        assert len(near) <= 0.002 * len(trees) * (len(clean.plans) != 300), network


def test_names_are_made_up(clean) -> None:
    found = []
    for theme in ("admin_unit", "road_edge", "green_space", "facility", "construction_project"):
        found.append(clean.register(theme)["name"])
    names = pd.concat(found).dropna()
    assert names.str.startswith("样").all()
