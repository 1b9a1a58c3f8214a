"""From a city's tables to its results, and what is kept between runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import psycopg
import pytest
from psycopg import sql
from shapely import LineString, Point

from cim.analytics.errors import UnknownNetwork
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.graph import ARRAYS
from cim.analytics.network.graph_files import load_graph, save_graph
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.viewer import LOCAL, OPERATOR

CRITICALITY = "SELECT * FROM result.segment_criticality_latest ORDER BY segment_id"


def test_results_of_a_small_network(water_city, tmp_path) -> None:
    run = assess_network(water_city, OPERATOR, "water", tmp_path)
    table = water_city.frame(OPERATOR, CRITICALITY).set_index("segment_id")
    assert table.customers_cut.to_dict() == {11: 100, 12: 40, 13: 30, 14: 60}
    assert table.nodes_cut.to_dict() == {11: 4, 12: 2, 13: 1, 14: 1}
    assert table.residents_cut.to_dict() == {11: 250.0, 12: 100.0, 13: 75.0, 14: 150.0}
    assert table.critical_cut.to_dict() == {11: 1, 12: 1, 13: 1, 14: 0}
    assert table.bridge.all()
    assert set(table.network) == {"water"}
    (part,) = water_city.rows(OPERATOR, "SELECT * FROM result.network_component_latest")
    assert part == {
        "run_id": run.run_id,
        "component": 0,
        "network": "water",
        "nodes": 5,
        "segments": 4,
        "length_m": 40.0,
        "sources": 1,
        "customers": 100,
    }


def test_run_says_what_it_read_and_left_out(water_city, tmp_path) -> None:
    run = assess_network(water_city, OPERATOR, "water", tmp_path)
    (row,) = water_city.rows(OPERATOR, "SELECT * FROM run.analysis")
    assert (row["run_id"], row["kind"], row["subject"]) == (run.run_id, "network.criticality", "water")
    assert (row["status"], row["data_version"], row["viewer"]) == ("done", 3, "operator")
    assert row["seconds"] > 0
    assert set(row["left_out"]) == {"connection_without_residents"}
    assert row["left_out"]["connection_without_residents"]["count"] == 1
    assert "服务人口" in row["left_out"]["connection_without_residents"]["zh"]
    (audit,) = water_city.rows(OPERATOR, "SELECT viewer, action, subject, details FROM run.audit")
    assert audit["action"] == "analyse"
    assert audit["subject"] == "network.criticality water"
    assert audit["details"]["rows"] == {"network_component": 1, "segment_criticality": 4}


def test_unchanged_network_is_not_assessed_again(water_city, publish, tmp_path) -> None:
    first = assess_network(water_city, OPERATOR, "water", tmp_path)
    assert first.fresh
    again = assess_network(water_city, OPERATOR, "water", tmp_path)
    assert (again.run_id, again.fresh) == (first.run_id, False)
    publish(water_city, "tree", pd.DataFrame({"geom": [Point(0, 0, 0)]}, index=[90]))
    assert not assess_network(water_city, OPERATOR, "water", tmp_path).fresh  # a tree is no pipe
    other = assess_network(water_city, OPERATOR, "water", tmp_path, breaks=(0.1, 0.2, 0.3))
    assert other.fresh
    back = assess_network(water_city, OPERATOR, "water", tmp_path)
    assert back.fresh  # the newest run is what layers show: it must be the one asked for
    assert assess_network(water_city, OPERATOR, "water", tmp_path, again=True).fresh
    (count,) = water_city.rows(
        OPERATOR, "SELECT count(*) AS n, count(DISTINCT run_id) AS r FROM result.segment_criticality"
    )
    assert count == {"n": 16, "r": 4}
    assert len(water_city.rows(OPERATOR, CRITICALITY)) == 4


def test_changed_network_is_assessed_again(water_city, publish, tmp_path) -> None:
    assess_network(water_city, OPERATOR, "water", tmp_path)
    closing = water_city.geoframe(
        OPERATOR,
        "SELECT feature_id, network, start_node_id, end_node_id, geom "
        "FROM city.pipe_segment_current WHERE feature_id = 13",
    ).set_index("feature_id")
    publish(water_city, "pipe_segment", pd.DataFrame(closing.assign(state="closed")))
    run = assess_network(water_city, OPERATOR, "water", tmp_path)
    assert run.fresh
    table = water_city.frame(OPERATOR, CRITICALITY).set_index("segment_id")
    assert table.customers_cut.to_dict() == {11: 70, 12: 10, 14: 60}


def test_closed_valve_in_the_database_closes_its_segment(water_city, publish, tmp_path) -> None:
    publish(
        water_city,
        "pipe_device",
        pd.DataFrame(
            {
                "network": "water",
                "kind": ["valve", "drain_valve", "valve"],
                "segment_id": [14, 12, 13],
                "state": ["closed", "closed", "open"],
            },
            index=[31, 32, 33],
        ),
    )
    graph = network_graph(water_city, OPERATOR, "water", tmp_path)
    assert graph.segment_id[graph.closed].tolist() == [14]


def test_flow_is_taken_from_levels_where_it_is_not_recorded(database, publish, tmp_path) -> None:
    heights = {1: 203.0, 2: 202.0, 3: 202.0, 4: 201.0}
    nodes = {"network": "sewage", "is_sink": [False, False, False, True]}
    publish(
        database,
        "pipe_node",
        pd.DataFrame(nodes | {"geom": [Point(n, 0, z) for n, z in heights.items()]}, index=list(heights)),
    )
    ends = {11: (1, 2), 12: (2, 3), 13: (4, 3), 14: (3, 4)}
    frame = pd.DataFrame(
        {
            "network": "sewage",
            "start_node_id": [start for start, _ in ends.values()],
            "end_node_id": [end for _, end in ends.values()],
            "flow_direction": pd.array([None, None, None, 1], dtype="Int64"),
            "geom": [LineString([(s, 0, heights[s]), (e, 0, heights[e])]) for s, e in ends.values()],
        },
        index=list(ends),
    )
    publish(database, "pipe_segment", frame)
    graph = network_graph(database, OPERATOR, "sewage", tmp_path)
    assert graph.direction.tolist() == [0, 2, 1, 1]  # down, level, drawn upwards, as recorded
    assert graph.left_out["segment_direction_by_level"] == 3
    np.testing.assert_allclose(graph.length_m, [2**0.5, 1.0, 2**0.5, 2**0.5])


def test_sewer_hands_over_to_another_network(database, publish, tmp_path) -> None:
    """A storm sewer that ends in a combined manhole drains there."""
    nodes = {"network": ["storm", "storm", "combined"], "geom": [Point(n, 0, 200 - n) for n in range(3)]}
    publish(database, "pipe_node", pd.DataFrame(nodes, index=[1, 2, 3]))
    frame = {
        "network": "storm",
        "start_node_id": [1, 2],
        "end_node_id": [2, 3],
        "flow_direction": 0,
        "geom": [LineString([(n, 0, 200), (n + 1, 0, 199)]) for n in range(2)],
    }
    publish(database, "pipe_segment", pd.DataFrame(frame, index=[11, 12]))
    assess_network(database, OPERATOR, "storm", tmp_path)
    assert database.frame(OPERATOR, CRITICALITY).nodes_cut.tolist() == [1, 2]


def test_what_a_viewer_may_not_see_is_not_in_their_graph(water_city, publish, tmp_path) -> None:
    with water_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET classification = 2 WHERE feature_id = 13")
    assert network_graph(water_city, OPERATOR, "water", tmp_path).segment_id.tolist() == [11, 12, 13, 14]
    assert network_graph(water_city, LOCAL, "water", tmp_path).segment_id.tolist() == [11, 12, 14]


def test_failed_analysis_leaves_the_last_results(water_city, tmp_path) -> None:
    run = assess_network(water_city, OPERATOR, "water", tmp_path)
    with water_city.connection(OPERATOR) as connection:
        connection.execute(
            sql.SQL("ALTER TABLE result.segment_criticality ADD CONSTRAINT no_more CHECK (run_id = {})").format(
                sql.Literal(run.run_id)
            )
        )
    with pytest.raises(psycopg.errors.CheckViolation, match="no_more"):
        assess_network(water_city, OPERATOR, "water", tmp_path, again=True)
    runs = water_city.rows(OPERATOR, "SELECT status, left_out FROM run.analysis ORDER BY run_id")
    assert [row["status"] for row in runs] == ["done", "failed"]
    assert {row["run_id"] for row in water_city.rows(OPERATOR, CRITICALITY)} == {run.run_id}
    assert len(water_city.rows(OPERATOR, "SELECT FROM result.network_component")) == 1


def test_unknown_and_absent_networks_are_told(water_city, tmp_path) -> None:
    with pytest.raises(UnknownNetwork, match="'steam' is not known: use one of water, storm"):
        assess_network(water_city, OPERATOR, "steam", tmp_path)
    with pytest.raises(UnknownNetwork, match=r"'gas' is not loaded in city 'test_.*': use one of water"):
        assess_network(water_city, OPERATOR, "gas", tmp_path)
    assert loaded_networks(water_city, OPERATOR) == {"water": 4}


def test_graph_is_shared_as_files(water_city, publish, tmp_path) -> None:
    graph = network_graph(water_city, OPERATOR, "water", tmp_path)
    home = tmp_path / water_city.city.slug
    (folder,) = home.iterdir()
    assert folder.name.startswith("water-3-")
    assert isinstance(graph.node_id, np.memmap)
    with water_city.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM city.pipe_segment")  # unversioned: files are what is read
    again = network_graph(water_city, OPERATOR, "water", tmp_path)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(graph, name), getattr(again, name))
    assert again.left_out == graph.left_out
    with pytest.raises(ValueError, match="read-only"):
        again.length_m[0] = 1.0


def test_old_graphs_are_removed_and_newest_two_stay(water_city, publish, tmp_path) -> None:
    network_graph(water_city, OPERATOR, "water", tmp_path)
    for year in range(3):
        publish(
            water_city,
            "service_connection",
            pd.DataFrame({"network": "water", "node_id": [3], "customers": [year]}, index=[29]),
        )
        network_graph(water_city, OPERATOR, "water", tmp_path)
    names = sorted(folder.name for folder in (tmp_path / water_city.city.slug).iterdir())
    assert [name.split("-")[1] for name in names] == ["5", "6"]


def test_second_writer_of_a_graph_yields_to_the_first(graph_of, tmp_path) -> None:
    first, second = graph_of(2, [(1, 2)], sources=[1]), graph_of(2, [(1, 2)], sources=[2])
    save_graph(first, tmp_path / "water-1")
    save_graph(second, tmp_path / "water-1")
    loaded = load_graph(tmp_path / "water-1")
    assert loaded is not None
    assert loaded.source.tolist() == [True, False]
    assert [folder.name for folder in tmp_path.iterdir()] == ["water-1"]
    assert load_graph(tmp_path / "water-2") is None


def test_city_made_anew_does_not_meet_the_old_graph(water_city, tmp_path) -> None:
    """The data version counts from the start again; the first publication tells the two cities apart."""
    network_graph(water_city, OPERATOR, "water", tmp_path)
    with water_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.load SET published_at = published_at + interval '1 day'")
        connection.execute("DELETE FROM city.pipe_segment WHERE feature_id = 14")
    assert network_graph(water_city, OPERATOR, "water", tmp_path).segment_id.tolist() == [11, 12, 13]
