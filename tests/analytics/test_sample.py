"""The sample city: its planted faults are found and none invented, and plain removal agrees on real layouts."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
import shapely

from cim.analytics.examination.frames import theme_frames
from cim.analytics.examination.population import residents, residents_of_units
from cim.analytics.examination.register_file import load_register
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.criticality import criticality
from cim.analytics.network.digs.area import Dig
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.analytics.network.rules.tables import load_rules
from cim.analytics.network.sections.section import line_across, section
from cim.analytics.network.traces.trace import TraceQuestion, trace
from cim.analytics.queries import query
from cim.analytics.reasons import sentence
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
    assert found.left_out["node_without_supply"] == 1  # above the reversed sewer
    for network in ("storm", "water", "gas", "heat"):
        left_out = criticality(graphs[network]).left_out
        wrong = ("segment_without_nodes", "segment_self_loop", "node_without_segment", "connection_without_node")
        assert {code: left_out[code] for code in wrong if left_out[code]} == {}, network


def test_the_reversed_sewer_is_found_and_no_other(sample_store, sample_dir, graphs, tmp_path) -> None:
    """Of all drains that pipe alone is recorded against its levels: water leaves its head manhole by level only."""
    faults = {fault["kind"]: fault["record"] for fault in json.loads((sample_dir / "planted_faults.json").read_text())}
    turned = faults["reversed sewer"]
    against = """
        SELECT f.source_key FROM city.feature f WHERE f.feature_id = ANY(%(ids)s) ORDER BY f.source_key
    """
    for network, planted in (("sewage", [turned]), ("storm", [])):
        rows = sample_store.frame(OPERATOR, query("network.traces", "levels"), {"network": network})
        assert set(graphs[network].segment_id.tolist()) <= set(rows["segment_id"].tolist())
        ids = rows.loc[rows["against"].astype(bool), "segment_id"].tolist()
        found = sample_store.rows(OPERATOR, against, {"ids": ids})
        assert [row["source_key"] for row in found] == planted, network
    head = turned.split("-")[0]
    by_design = trace(sample_store, OPERATOR, TraceQuestion("outfall", [head]), tmp_path)
    assert (by_design.nodes, by_design.left_out["no_outfall"]["count"]) == ([], 1)
    by_level = trace(sample_store, OPERATOR, TraceQuestion("outfall", [head], flow="level"), tmp_path)
    assert by_level.left_out["segment_against_level"]["count"] == 1
    assert sample_store.rows(OPERATOR, against, {"ids": [by_level.segments[0]]}) == [{"source_key": turned}]
    assert by_level.places[-1]["sink"]


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


UNTOLD = {
    "D47": "no_data:construction_project/urban_village",  # in so small a city nobody renews one
    "D53": "no_data:statistic/gas_renewal_planned_km/2026",
}
"""National indicators of 2024 that the sample city cannot tell, and why."""


def test_all_but_a_few_of_the_national_indicators_are_told_and_each_other_has_its_reason(sample_store) -> None:
    table = sample_store.frame(OPERATOR, "SELECT * FROM result.indicator_latest WHERE definition = 'national-2024'")
    register = load_register("national-2024").indicators
    assert len(register) == 61
    told = set(table[table["value"].notna()]["code"])
    assert len(told) >= 40  # what is promised; what stands:
    untold = {code: ";".join(sorted(set(table[table["code"] == code]["reason"]))) for code in set(register) - told}
    assert untold == UNTOLD
    # Whatever has no value or no grade says why, in both languages; so no gap is silent.
    silent = table[(table["value"].isna() | (table["grade"] == "not_assessable")) & table["reason"].isna()]
    assert silent.empty
    for reason in table["reason"].dropna().unique():
        assert sentence(reason) != sentence(reason, "zh")


def test_candidates_get_no_grade_before_a_survey_looked(sample_store) -> None:
    """H07 is graded where inspectors were in every home, by the form that comes with the sample, and nowhere else."""
    table = sample_store.frame(OPERATOR, "SELECT * FROM result.indicator_latest WHERE definition = 'national-2024'")
    candidates = table["reason"].fillna("").str.contains(r"(?:^|;)prescreened", regex=True)
    assert set(table[candidates]["grade"]) == {"not_assessable"}
    assert table[candidates]["value"].notna().all()
    lifts = table[(table["code"] == "H07") & (table["level"] == "community") & table["value"].notna()]
    graded = lifts[lifts["grade"] != "not_assessable"]
    surveyed = """
        SELECT DISTINCT u.feature_id FROM city.survey_finding_current f JOIN city.building_current b
        ON b.feature_id = f.building_id JOIN city.admin_unit_current u
        ON u.level = 'community' AND ST_Intersects(u.geom, ST_PointOnSurface(b.geom)) WHERE f.item = 'age_friendly'
    """
    assert set(graded["unit_id"]) == {row["feature_id"] for row in sample_store.rows(OPERATOR, surveyed)}
    assert 1 <= len(graded) < len(lifts)


def test_a_second_run_changes_nothing(sample_cluster, graphs, tmp_path) -> None:
    with Store.open(sample_cluster, "sample") as store:
        for network in graphs:
            assert not assess_network(store, LOCAL, network, tmp_path).fresh, network


def test_residents_of_the_sample_are_all_placed(sample_store) -> None:
    frames = theme_frames(sample_store, OPERATOR, ("admin_unit", "population", "building"), 2026)
    units = frames["admin_unit"]
    city = units["level"] == "city"
    for told in ("residents_register", "residents_grid", "residents_units"):
        placed = residents(frames["population"], frames["building"], units)
        assert placed is not None
        assert placed.source == told
        found = residents_of_units(units, placed, frames["building"])
        total = placed.homes.sum() + placed.open_cells["residents"].sum()
        assert total > 0
        # Cells reach over the city's edge where nobody's home stands; homes themselves lie inside.
        np.testing.assert_allclose(found[city], total, rtol=0.01)
        assert found[units["level"] == "community"].sum() <= total * (1 + 1e-9)
        # The three are of one made-up people: what each counts, the others count too.
        np.testing.assert_allclose(total, units["residents"][units["level"] == "district"].sum(), rtol=0.01)
        # The next source is taken where this one is not there.
        if told == "residents_register":
            frames["building"] = frames["building"].assign(residents=np.nan)
        else:
            frames["population"] = frames["population"].iloc[:0]


def test_every_owner_at_the_metro_can_be_called(sample_store, sample_dir) -> None:
    """A hole at the entrance of the metro station: each who signs, the operator of the metro too, has a number."""
    place = "SELECT ST_AsBinary(ST_Force2D(geom)) AS geom FROM city.facility_current WHERE kind = 'metro_station'"
    (at,) = sample_store.rows(LOCAL, place)
    dig = Dig(shapely.from_wkb(at["geom"]).buffer(30), 3.0, dt.date(2026, 6, 1))
    own = excavation(sample_store, LOCAL, dig, load_rules(sample_dir / "rules"))
    assert len({one["owner"] for one in own.owners}) > 3
    assert [one["zones"][0]["zone"] for one in own.rail] == ["rail_entrance"]
    assert all(one["contact"] and one["phone"].startswith("000-") for one in (*own.owners, *own.rail))
    assert not any(one["phone"] for one in excavation(sample_store, LOCAL, dig, load_rules()).owners)


def test_a_section_across_a_street_meets_its_red_lines(sample_store, sample_ready) -> None:
    """Those of the plan, as far apart as it says, outside of kerbs and carriageway."""
    main, wide = sample_store.rows(
        LOCAL,
        "SELECT p.feature_id, c.width_m FROM city.pipe_segment_current p "
        "JOIN city.control_line_current c ON c.kind = 'red' AND ST_DWithin(c.geom, ST_Force2D(p.geom), 12) "
        "WHERE p.network = 'water' AND c.width_m = 30 ORDER BY ST_3DLength(p.geom) DESC, 1 LIMIT 1",
    )[0].values()
    line = line_across(sample_store, LOCAL, main, 70.0)
    found = section(sample_store, LOCAL, line, sample_ready)
    red = [each["from_m"] for each in found.beside if each["kind"] == "red_line"]
    kerbs = [each["from_m"] for each in found.beside if each["kind"] == "kerb"]
    assert len(red) == len(kerbs) == 2
    assert red[0] < kerbs[0] < kerbs[1] < red[1]
    assert red[1] - red[0] == pytest.approx(wide, abs=0.5)
