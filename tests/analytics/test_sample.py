"""The sample city: its planted faults are found and none invented, and plain removal agrees on real layouts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cim.analytics.examination.frames import theme_frames
from cim.analytics.examination.population import residents_of_units, spread
from cim.analytics.examination.register_file import load_register
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.criticality import criticality
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.codes import NETWORKS
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR


@pytest.fixture(scope="module")
def graphs(sample_store, tmp_path_factory):
    """Graph of each network of the sample city."""
    folder = tmp_path_factory.mktemp("graphs")
    return {
        name: network_graph(sample_store, OPERATOR, name, folder) for name in loaded_networks(sample_store, OPERATOR)
    }


def test_sewer_faults_are_found_and_no_others(sample_store, sample_dir, graphs) -> None:
    faults = {fault["kind"]: fault["record"] for fault in json.loads((sample_dir / "planted_faults.json").read_text())}
    found = criticality(graphs["sewage"])
    assert found.left_out["node_without_segment"] == 1  # the orphan manhole
    orphan = graphs["sewage"].node_id[np.diff(graphs["sewage"].first_arc) == 0]
    key = "SELECT source_key FROM city.feature WHERE feature_id = ANY(%(ids)s)"
    (row,) = sample_store.rows(OPERATOR, key, {"ids": orphan.tolist()})
    assert row["source_key"] == faults["orphan manhole"]
    assert found.left_out["node_without_supply"] >= 1  # above the reversed sewer
    for network in ("storm", "water", "gas", "heat"):
        left_out = criticality(graphs[network]).left_out
        wrong = ("segment_without_nodes", "segment_self_loop", "node_without_segment", "connection_without_node")
        assert {code: left_out[code] for code in wrong if left_out[code]} == {}, network


@pytest.mark.parametrize("network", ["water", "sewage", "storm", "gas"])
def test_as_plain_removal_finds(graphs, fed, network) -> None:
    graph = graphs[network]
    table = criticality(graph).segments
    gravest = table.sort_values("nodes_cut", ascending=False).index[:5]
    some = gravest.union(table.index[:: max(len(table) // 15, 1)])
    before = fed(graph)
    customers = dict(zip(graph.node_id.tolist(), graph.customers.tolist(), strict=True))
    for segment in some.tolist():
        lost = before - fed(graph, segment)
        assert table.nodes_cut[segment] == len(lost)
        assert table.customers_cut[segment] == sum(customers[node] for node in lost)
    assert table.nodes_cut.max() > 1


def test_every_network_was_assessed(sample_store, graphs) -> None:
    rows = sample_store.rows(OPERATOR, "SELECT subject FROM run.analysis_latest WHERE kind = 'network.criticality'")
    assert {row["subject"] for row in rows} == set(graphs)
    assert set(graphs) <= set(NETWORKS)


def test_every_community_was_examined(sample_store) -> None:
    table = sample_store.frame(OPERATOR, "SELECT * FROM result.indicator_latest WHERE level = 'community'")
    units = sample_store.rows(OPERATOR, "SELECT FROM city.admin_unit_current WHERE level = 'community'")
    register = load_register("national-2024").indicators
    wanted = [code for code, indicator in register.items() if "community" in indicator.levels]
    assert table.groupby("code").size().to_dict() == dict.fromkeys(wanted, len(units))
    assert set(table["grade"]) <= {"meets", "near", "short", "not_assessable"}
    assert (table["grade"] == "not_assessable")[table["value"].isna()].all()
    shares = table[table["code"] == "B26"]["value"].dropna()
    assert shares.between(0, 100 + 1e-9).all()


def test_a_second_run_changes_nothing(sample_cluster, graphs, tmp_path) -> None:
    with Store.open(sample_cluster, "sample") as store:
        for network in graphs:
            assert not assess_network(store, LOCAL, network, tmp_path).fresh, network


def test_residents_of_the_sample_are_all_placed(sample_store) -> None:
    frames = theme_frames(sample_store, OPERATOR, ("admin_unit", "population", "building"), 2026)
    units = frames["admin_unit"]
    found = residents_of_units(units, spread(frames["population"], frames["building"]), frames["building"])
    total = frames["population"]["residents"].sum()
    assert total > 0
    # Cells reach over the city's edge where nobody's home stands; homes themselves lie inside.
    np.testing.assert_allclose(found[units["level"] == "city"], total, rtol=0.01)
    assert found[units["level"] == "community"].sum() <= total * (1 + 1e-9)
