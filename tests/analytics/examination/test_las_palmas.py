"""A real city: how many homes have a school within 300 m, straight and on foot, and why the two differ.

OpenStreetMap of Las Palmas de Gran Canaria (2023). 81 % of the homes have a school within 300 m in a straight line,
57 % within 300 m along streets, and half when the way from the middle of the house to the street and from there to
the school's point counts too, as it does in the examination: blocks are deep and schools have large grounds.

pandana finds on the same streets what ours finds between junctions, to the centimetre. By it 54 % are within 300 m:
it knows places at junctions only, and takes a home and its school to the nearest corner, which shortens some ways and
lengthens others. It is AGPL and no dependency: its figures stand in `las_palmas_pandana.json`, with the command that
made them.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from pathlib import Path

import networkx as nx
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.walking import Snaps, StreetNetwork, street_network
from cim.city import CityProfile
from cim.etl.readers import find
from cim.manifest import SourceSpec

REACH_M = 300.0


@pytest.fixture(scope="module")
def las_palmas(real_data) -> tuple[StreetNetwork, np.ndarray, np.ndarray]:
    """Streets, homes and schools."""
    path = real_data / "urban" / "laspalmas" / "example_las_palmas_2023_osm_20230221.osm.pbf"
    options = {"themes": ["building", "facility", "road_edge"]}
    source = SourceSpec("osm", "osm", path, attribution="© OpenStreetMap contributors", options=options)
    parts = defaultdict(list)
    for batch in find("osm").read(source, CityProfile("x", "x", "x", "EPSG:32628", "d", 0.0)):
        parts[batch.theme].append(batch.frame)
    frames = {theme: pd.concat(found, ignore_index=True) for theme, found in parts.items()}
    edges, building, facility = frames["road_edge"], frames["building"], frames["facility"]
    keys = pd.concat([edges["start_node_key"], edges["end_node_key"]])
    node = pd.factorize(keys)[0].reshape(2, -1).astype(float)
    table = {"walkable": edges["walkable"].astype("boolean"), "length_m": np.nan}
    table |= {"start_node_id": node[0], "end_node_id": node[1]}
    network = street_network(GeoDataFrame(table, geometry=shapely.force_2d(edges["geom"].to_numpy())))
    assert network is not None
    home = (building["usage"] == "residential") | building["usage"].isna()
    homes = shapely.point_on_surface(shapely.force_2d(building["geom"][home].to_numpy()))
    schools = shapely.force_2d(facility["geom"][facility["kind"] == "school"].to_numpy())
    return network, homes, schools


def share(reached: np.ndarray) -> float:
    return float(reached.mean() * 100)


def test_homes_near_a_school(las_palmas) -> None:
    network, homes, schools = las_palmas
    straight = shapely.distance(homes, schools[shapely.STRtree(schools).nearest(homes)])
    at_home, at_school = network.snaps(homes), network.snaps(schools)
    assert at_home.on.mean() > 0.999
    on_foot = network.distances(at_home, at_school, REACH_M)

    def on_the_street(snaps: Snaps) -> Snaps:
        return dataclasses.replace(snaps, off=np.zeros_like(snaps.off))

    street_only = network.distances(on_the_street(at_home), on_the_street(at_school), REACH_M)
    assert share(straight <= REACH_M) == pytest.approx(81.2, abs=0.5)
    assert share(np.isfinite(street_only)) == pytest.approx(57.3, abs=0.5)
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
