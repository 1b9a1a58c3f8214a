"""A real city: how many homes have a school within 300 m, straight and on foot, and why the two differ.

OpenStreetMap of Las Palmas de Gran Canaria (2023). 81 % of the homes have a school within 300 m in a straight line,
57 % within 300 m along streets (60 % a school or a kindergarten), and half when the way from the middle of the house to
the street and from there to the school's point counts too, as it does in the examination: blocks are deep and schools
have large grounds. PostGIS counts the homes within the radius, networkx walks on momepy's graph of the same streets.

pandana finds on the same streets what ours finds between junctions, to the centimetre. By it 54 % are within 300 m:
it knows places at junctions only, and takes a home and its school to the nearest corner, which shortens some ways and
lengthens others. It is AGPL and no dependency: its figures stand in `las_palmas_pandana.json`, with the command that
made them.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import momepy
import networkx as nx
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.frames import theme_frames
from cim.analytics.examination.walking import Snaps, StreetNetwork, street_network
from cim.viewer import LOCAL

REACH_M = 300.0
NEAR_A_SCHOOL = """
WITH home AS MATERIALIZED (
    SELECT ST_PointOnSurface(geom) AS geom FROM city.building_current
    WHERE parent_id IS NULL AND (usage IS NULL OR usage = 'residential')
), judged AS MATERIALIZED (
    SELECT geom, EXISTS (SELECT FROM city.facility_current f
                         WHERE f.kind = 'school' AND ST_DWithin(f.geom, home.geom, 300)) AS near
    FROM home
)
SELECT u.level, u.name, count(*) FILTER (WHERE near) AS near, count(*) AS homes
FROM city.admin_unit_current u JOIN judged ON ST_Intersects(u.geom, judged.geom)
WHERE u.level = 'city' OR u.name LIKE 'IES LA %' GROUP BY u.level, u.name
"""
STREETS = """
WITH built AS MATERIALIZED (
    SELECT u.level, u.name, ST_Intersection(u.geom, b.geom) AS geom
    FROM city.admin_unit_current u, city.builtup_area_current b
    UNION ALL
    SELECT 'every community', '', ST_Intersection(ST_Union(u.geom), (SELECT geom FROM city.builtup_area_current))
    FROM city.admin_unit_current u WHERE level = 'community'
), street AS MATERIALIZED (
    SELECT ST_Force2D(geom) AS geom FROM city.road_edge_current WHERE road_class = ANY(%(classes)s)
)
SELECT level, name, sum(km) AS km, ST_Area((array_agg(shape))[1]) / 1e6 AS km2
FROM (SELECT level, name, built.geom AS shape,
             ST_Length(CASE WHEN ST_Contains(built.geom, street.geom) THEN street.geom
                            ELSE ST_Intersection(street.geom, built.geom) END) / 1e3 AS km
      FROM built JOIN street ON ST_Intersects(built.geom, street.geom)) parts
GROUP BY level, name
"""


@pytest.fixture(scope="module")
def frames(las_palmas_store) -> dict[str, GeoDataFrame]:
    """The city as measures read it."""
    return theme_frames(las_palmas_store, LOCAL, ("building", "facility", "road_edge"), 2023)


@pytest.fixture(scope="module")
def las_palmas(frames) -> tuple[StreetNetwork, np.ndarray, np.ndarray]:
    """Streets, homes and schools of the whole extract; a building of unknown use is taken for a home."""
    network = street_network(frames["road_edge"])
    assert network is not None
    building, facility = frames["building"], frames["facility"]
    home = (building["usage"] == "residential") | building["usage"].isna()
    return network, building.geometry[home].to_numpy(), facility.geometry[facility["kind"] == "school"].to_numpy()


def share(reached: np.ndarray) -> float:
    return float(reached.mean() * 100)


def test_homes_near_a_school(las_palmas, frames) -> None:
    network, homes, schools = las_palmas
    straight = shapely.distance(homes, schools[shapely.STRtree(schools).nearest(homes)])
    at_home, at_school = network.snaps(homes), network.snaps(schools)
    assert at_home.on.mean() > 0.999
    on_foot = network.distances(at_home, at_school, REACH_M)

    def on_the_street(snaps: Snaps) -> Snaps:
        return dataclasses.replace(snaps, off=np.zeros_like(snaps.off))

    street_only = network.distances(on_the_street(at_home), on_the_street(at_school), REACH_M)
    facility = frames["facility"]
    either = facility.geometry[facility["kind"].isin(["school", "kindergarten"])].to_numpy()
    young = network.distances(on_the_street(at_home), on_the_street(network.snaps(either)), REACH_M)
    assert share(straight <= REACH_M) == pytest.approx(81.2, abs=0.5)
    assert share(np.isfinite(street_only)) == pytest.approx(57.3, abs=0.5)
    assert share(np.isfinite(young)) == pytest.approx(60.0, abs=0.5)
    assert share(np.isfinite(on_foot)) == pytest.approx(49.4, abs=1.0)
    assert (on_foot[np.isfinite(on_foot)] >= straight[np.isfinite(on_foot)] - 1e-6).all()


def test_pandana_finds_the_same_between_junctions(las_palmas) -> None:
    network, homes, schools = las_palmas
    figures = orjson.loads((Path(__file__).parent / "las_palmas_pandana.json").read_bytes())
    counted = {"junctions": network.nodes, "edges": len(network.start), "homes": len(homes), "schools": len(schools)}
    assert counted.items() <= figures.items()
    at = np.empty((network.nodes, 2))
    for node, index in ((network.end, -1), (network.start, 0)):
        at[node] = shapely.get_coordinates(shapely.get_point(network.lines, index))
    corners = shapely.STRtree(shapely.points(at))
    at_home, at_school = (network.at_nodes(corners.nearest(points)) for points in (homes, schools))
    found = network.distances(at_home, at_school, 1000.0)
    within = {metres: int((found <= float(metres)).sum()) for metres in figures["homes_within_m_of_a_school"]}
    assert within == figures["homes_within_m_of_a_school"]
    theirs = np.array(figures["metres_of_every_100th_home"], dtype=float)
    np.testing.assert_allclose(np.where(np.isfinite(found), found, np.nan)[::100], theirs, atol=0.05)
    assert share(found <= REACH_M) == pytest.approx(53.7, abs=0.1)


@pytest.fixture(scope="module")
def told(las_palmas_store) -> pd.DataFrame:
    """What `cim examine` found of the city and its communities (index code, level and name of the unit)."""
    rows = las_palmas_store.frame(
        LOCAL,
        "SELECT i.code, u.level, u.name, i.value, i.numerator, i.denominator, i.grade, i.on_foot "
        "FROM result.indicator_latest i JOIN city.admin_unit_current u ON u.feature_id = i.unit_id",
    )
    return rows.set_index(["code", "level", "name"]).sort_index()


def whole(told: pd.DataFrame, code: str) -> pd.Series:
    return told.loc[code, "city"].iloc[0]


def test_what_the_examination_finds(told) -> None:
    """Inside the city's boundary; the figures above are of the whole extract."""
    homes, roads = whole(told, "L01"), whole(told, "D37")
    assert homes["denominator"] == 21_287
    assert homes[["value", "on_foot"]].tolist() == pytest.approx([82.5, 50.2], abs=0.1)
    assert (roads["value"], roads["grade"]) == (pytest.approx(12.5, abs=0.05), "meets")
    assert told.loc["D37", "community"]["value"].notna().all()
    assert whole(told, "C13")["numerator"] == 25
    # Storeys are recorded of one home in ten: floor area cannot stand for people, and nobody can say who walks.
    assert whole(told, "B26")["value"] == pytest.approx(10.7, abs=0.05)
    assert pd.isna(whole(told, "B26")["on_foot"])


def test_postgis_finds_the_same_homes_near_a_school(las_palmas_store, told) -> None:
    rows = las_palmas_store.rows(LOCAL, NEAR_A_SCHOOL)
    expected = {(row["level"], row["name"]): (row["near"], row["homes"]) for row in rows}
    found = told.loc["L01"].loc[list(expected)]
    assert len(expected) == 4
    assert {unit: (row["numerator"], row["denominator"]) for unit, row in found.iterrows()} == expected


def test_postgis_finds_the_same_density_of_streets(las_palmas_store, told) -> None:
    """A street on the border of communities, or where catchments overlap, is shared out; PostGIS counts it in each."""
    rows = las_palmas_store.rows(LOCAL, STREETS, {"classes": ["expressway", "arterial", "collector", "local"]})
    expected = pd.DataFrame(rows).set_index(["level", "name"])
    found = told.loc["D37"]
    assert found["denominator"].to_numpy() == pytest.approx(expected["km2"][found.index].to_numpy(), rel=1e-9)
    city, communities = found.loc["city"]["numerator"], found.loc["community"]["numerator"]
    assert city.iloc[0] == pytest.approx(expected["km"]["city"].iloc[0], rel=1e-9)
    assert communities.sum() == pytest.approx(expected["km"]["every community"].iloc[0], rel=1e-6)
    counted = expected["km"]["community"][communities.index]
    assert (communities <= counted * (1 + 1e-9)).all()
    assert (communities / counted).median() > 0.99


def test_momepy_builds_the_same_graph_and_networkx_walks_it(las_palmas) -> None:
    """Junctions are where lines end, by momepy; ours are OpenStreetMap's nodes."""
    network, _, schools = las_palmas
    lines = GeoDataFrame({"metres": network.length_m}, geometry=network.lines, crs=32628)
    graph = momepy.gdf_to_nx(lines, approach="primal", multigraph=True)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (network.nodes, len(network.start))
    at = np.empty((network.nodes, 2))
    for node, index in ((network.end, -1), (network.start, 0)):
        at[node] = shapely.get_coordinates(shapely.get_point(network.lines, index))
    degree = momepy.node_degree(graph)
    ours = np.bincount(np.concatenate([network.start, network.end]), minlength=network.nodes)
    assert {tuple(place): count for place, count in zip(at.tolist(), ours.tolist(), strict=True)} == {
        node: each["degree"] for node, each in degree.nodes(data=True)
    }
    corners = shapely.STRtree(shapely.points(at)).nearest(schools)
    found = network.distances(network.at_nodes(np.arange(network.nodes)), network.at_nodes(corners), 1000.0)
    sources = {tuple(place) for place in at[corners].tolist()}
    reach = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=1000.0, weight="mm_len")
    expected = np.array([reach.get(tuple(place), np.inf) for place in at.tolist()])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.isfinite(found).sum() == 9_345


def test_networkx_finds_the_same_on_real_streets(las_palmas) -> None:
    network, homes, schools = las_palmas
    some = homes[:: max(len(homes) // 150, 1)]
    at_home, at_school = network.snaps(some), network.snaps(schools)
    graph = nx.Graph()

    def join(one: object, other: object, metres: float) -> None:
        """Keep the lighter of parallel edges; both ends of a loop are one node."""
        if not graph.has_edge(one, other) or graph[one][other]["weight"] > metres:
            graph.add_edge(one, other, weight=metres)

    for a, b, metres in zip(network.start.tolist(), network.end.tolist(), network.length_m.tolist(), strict=True):
        join(a, b, metres)
    # Both ends of the way are joined to the street where they touch it.
    for name, at in (("school", at_school), ("home", at_home)):
        for number, (edge, along, off) in enumerate(zip(at.edge.tolist(), at.along, at.off, strict=True)):
            if edge >= 0:
                join((name, number), int(network.start[edge]), off + along)
                join((name, number), int(network.end[edge]), off + network.length_m[edge] - along)
    sources = {("school", number) for number in range(len(schools)) if at_school.edge[number] >= 0}
    reach = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=600.0)
    expected = np.array([reach.get(("home", number), np.inf) for number in range(len(some))])
    found = network.distances(at_home, at_school, 600.0)
    same_street = np.isin(at_home.edge, at_school.edge)  # there the way along the street itself may be shorter
    np.testing.assert_allclose(found[~same_street], expected[~same_street], rtol=1e-6)
    assert (found[same_street] <= expected[same_street] + 1e-6).all()
    assert np.isfinite(found).sum() > 50
