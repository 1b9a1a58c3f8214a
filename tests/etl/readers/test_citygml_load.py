"""CityGML in the tables of a city: our synthetic files and real ones, against a plain reading of the XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

DATA = Path(__file__).parents[2] / "data" / "citygml"
GML = "{http://www.opengis.net/gml}"
BLDG = "{http://www.opengis.net/citygml/building/2.0}"
EAST, NORTH = 500_000.0, 3_270_000.0


def test_synthetic_files_in_the_tables(town):
    for name in ("themes_2_0", "spaces_3_0"):
        town.source(name, "citygml", str(DATA / f"{name}.gml"))
    reports = town.load()
    assert [(r.outcome.kept, r.outcome.rejected) for r in reports.values()] == [(21, 0), (9, 0)]
    buildings, others = town.by_key("building"), town.by_key("city_object")
    assert buildings["b1-part"]["parent_id"] == buildings["b1"]["feature_id"]
    assert others["re1-tin"]["parent_id"] == others["re1"]["feature_id"]
    assert shapely.from_wkb(buildings["b1"]["geom"]).bounds == (EAST, NORTH, EAST + 10, NORTH + 8)
    assert (buildings["b1"]["height_m"], buildings["b1"]["ground_min_m"]) == (6.5, 200.0)
    assert buildings["b1"]["attributes"]["uro:buildingDetailAttribute"]["totalFloorArea"] == 160.5
    count = "SELECT count(*) FROM city.{}_lod"
    assert [town.one(count.format(theme)) for theme in ("building", "city_object")] == [9 + 5, 12 + 3]
    again = town.load(again=True)
    outcome = again["themes_2_0"].outcome
    assert [outcome.total(what) for what in ("added", "changed", "removed", "unchanged")] == [0, 0, 0, 21]


def tree(path):
    return ET.parse(path).getroot()  # noqa: S314  as above


def rings_of(element):
    """(n, 3) coordinates of every posList below an element."""
    texts = [item.text for item in element.iter(f"{GML}posList")]
    return np.array(" ".join(texts).split(), dtype=np.float64).reshape(-1, 3)


def points_of(element):
    """(n, 3) coordinates of every pos below an element."""
    texts = [item.text for item in element.iter(f"{GML}pos")]
    return np.array(" ".join(texts).split(), dtype=np.float64).reshape(-1, 3)


def test_plateau_buildings_in_their_city(town, real_data):
    path = real_data / "citymodels" / "plateau_yokosuka_bldg.gml"
    root = tree(path)
    town.city = {"crs": "EPSG:6677", "vertical_datum": "TP", "ellipsoid_offset_m": 36.0}
    town.source("model", "citygml", str(path))
    report = town.load()["model"]
    objects = [*root.iter(f"{BLDG}Building"), *root.iter(f"{BLDG}BuildingPart")]
    keys = {item.get(f"{GML}id"): item for item in objects}
    assert (report.outcome.kept, report.outcome.rejected) == (len(keys), 0)
    rows = town.by_key("building")
    assert set(rows) == set(keys)
    # Latitude comes first, and northing.
    to_city = pyproj.Transformer.from_crs("EPSG:6668", "EPSG:6677")
    low, high = (np.array(root.find(f".//{GML}{name}Corner").text.split(), float) for name in ("lower", "upper"))
    north, east = to_city.transform(
        *np.array([[low[0], low[1]], [low[0], high[1]], [high[0], low[1]], [high[0], high[1]]]).T
    )
    frame = shapely.box(east.min() - 1, north.min() - 1, east.max() + 1, north.max() + 1)  # fmt: skip
    for key, element in keys.items():
        row = rows[key]
        assert frame.contains(shapely.from_wkb(row["geom"]))
        told = element.find(f"{BLDG}measuredHeight")
        if told is not None:
            assert row["height_m"] == pytest.approx(float(told.text))
        storeys = element.find(f"{BLDG}storeysAboveGround")
        assert row["storeys_above"] == (None if storeys is None else float(storeys.text))
        name = element.find(f"{GML}name")
        assert row["name"] == (None if name is None else name.text)
        assert row["attributes"].get("usage") == getattr(element.find(f"{BLDG}usage"), "text", None)
    _same_geometries(town, keys)


def _same_geometries(town, keys):
    """Every level has as many polygons, between the same heights, as the file."""
    query = """SELECT f.source_key, l.lod, sum(ST_NumGeometries(l.geom)) AS polygons,
        min(ST_ZMin(l.geom)) AS low, max(ST_ZMax(l.geom)) AS high
        FROM city.building_lod l JOIN city.building v USING (version_id) JOIN city.feature f USING (feature_id)
        GROUP BY 1, 2"""
    found = {(row["source_key"], row["lod"]): row for row in town.rows(query)}
    wanted = {}
    for key, element in keys.items():
        for name, lod in (("lod0FootPrint", "0"), ("lod0RoofEdge", "0.2"), ("lod1Solid", "1")):
            for part in element.findall(f"{BLDG}{name}"):
                heights = rings_of(part)[:, 2]
                wanted[key, lod] = (len(list(part.iter(f"{GML}Polygon"))), heights.min(), heights.max())
        # The solid of level 2 shares the polygons of the surfaces about it.
        solid = element.find(f"{BLDG}lod2Solid")
        if solid is not None:
            walls = [ring for part in element.findall(f"{BLDG}boundedBy") for ring in [rings_of(part)]]
            heights = np.concatenate(walls)[:, 2]
            members = len(list(solid.iter(f"{GML}surfaceMember")))
            wanted[key, "2"] = (members, heights.min(), heights.max())
    told = {key: (row["polygons"], row["low"], row["high"]) for key, row in found.items()}
    assert set(told) == set(wanted)
    for key, values in wanted.items():
        assert told[key] == pytest.approx(values), key


def test_textures_and_semantics_of_plateau(town, real_data):
    path = real_data / "citymodels" / "plateau_yokosuka_bldg.gml"
    root = tree(path)
    town.city = {"crs": "EPSG:6677", "vertical_datum": "TP", "ellipsoid_offset_m": 36.0}
    town.source("model", "citygml", str(path))
    town.load()
    app = "{http://www.opengis.net/citygml/appearance/2.0}"
    aimed = {item.get("ring") for item in root.iter(f"{app}textureCoordinates")}
    outer = {
        "#" + ring.get(f"{GML}id") for part in root.iter(f"{GML}exterior") for ring in part if ring.get(f"{GML}id")
    }
    images = town.rows("SELECT appearance, surface FROM city.building_lod WHERE lod = '2'")
    worn = sum(
        sum(number >= 0 for number in theme["image"])
        for row in images
        if row["appearance"]
        for theme in row["appearance"]["texture"].values()
    )
    assert worn == len(aimed & outer) > 0
    kinds = {1: "GroundSurface", 2: "WallSurface", 3: "RoofSurface"}
    for code, name in kinds.items():
        polygons = sum(len(list(part.iter(f"{GML}Polygon"))) for part in root.iter(f"{BLDG}{name}"))
        assert sum(row["surface"].count(code) for row in images) == polygons


UTILITIES = {
    "nagaoka_08EE752_unf_10169_sewer_op.gml": ("EPSG:6676", 2, 2),
    "09LD283_unf_10170_op.gml": ("EPSG:6677", 2, 0),
    "takeshiba_53393680_unf_6697_op.gml": ("EPSG:6677", 1, 1),
}
"""CRS of the city, pipes and cables, manholes."""


def test_utility_networks_in_their_cities(new_town, tmp_path, real_data):
    for name, (crs, pipes, manholes) in UTILITIES.items():
        path = real_data / "pipelines" / name
        members = [item for part in tree(path) if part.tag.endswith("cityObjectMember") for item in part]
        assert len(members) == pipes + manholes
        folder = tmp_path / name
        folder.mkdir()
        with new_town(folder) as town:
            town.city = {"crs": crs, "vertical_datum": "TP", "ellipsoid_offset_m": 36.0}
            # Half of Nagaoka's sample is drawn as map symbols, without heights.
            town.source("network", "citygml_network", str(path), options={"axis_level_m": 160.0})
            town.source("shapes", "citygml", str(path))
            reports = town.load()
            assert [report.outcome.rejected for report in reports.values()] == [0, 0]
            # As shapes all of them are kept, too.
            assert reports["shapes"].outcome.kept == len(members)
            segments, nodes = town.by_key("pipe_segment"), town.by_key("pipe_node")
            own = {key: row for key, row in nodes.items() if row["kind"] == "manhole"}
            assert (len(segments), len(own)) == (pipes, manholes)
            for member in members:
                _inside(member, {**segments, **own}[member.get(f"{GML}id")])
            if name.startswith("nagaoka"):
                _the_sewer(segments["unf_ef397b53-7d2f-43d8-9398-6a2e91ee41e0"])


def test_a_network_drawn_without_heights_is_refused_with_the_way_out(town, real_data):
    town.city = {"crs": "EPSG:6676", "vertical_datum": "TP", "ellipsoid_offset_m": 36.0}
    path = real_data / "pipelines" / "nagaoka_08EE752_unf_10169_sewer_op.gml"
    town.source("network", "citygml_network", str(path))
    town.load()
    told = town.rows("SELECT source_key, code, remedy FROM run.reject WHERE severity = 'error'")
    assert len(told) == 2
    assert {row["code"] for row in told} == {"height.missing"}
    assert "options.axis_level_m" in told[0]["remedy"]


def _inside(member, row):
    """A pipe or manhole lies within the box of its own coordinates: the northing comes first."""
    points = np.concatenate([rings_of(member), points_of(member)])
    if np.abs(points).max() < 180:
        east, north = pyproj.Transformer.from_crs("EPSG:6668", "EPSG:6677").transform(points[:, 0], points[:, 1])[::-1]
    else:
        east, north = points[:, 1], points[:, 0]
    shape = shapely.from_wkb(row["geom"])
    around = shapely.box(east.min() - 0.01, north.min() - 0.01, east.max() + 0.01, north.max() + 0.01)
    assert around.contains(shape)
    heights = shapely.get_coordinates(shape, include_z=True)[:, 2]
    if points[:, 2].any():
        assert points[:, 2].min() <= heights.min()
        assert heights.max() <= points[:, 2].max()
    else:
        assert set(heights) == {160.0}


def _the_sewer(row):
    """The pipe of the file is a vinyl pipe VU 200, whose outer diameter is 216 mm by its standard (JIS K 6741)."""
    assert (row["network"], row["installed_year"], row["diameter_basis"]) == ("sewage", 1999, "outer")
    assert row["diameter_mm"] == pytest.approx(216, abs=0.5)
    assert row["length_m"] == pytest.approx(7.865, abs=0.001)
