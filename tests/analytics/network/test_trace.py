"""Traces of a city's own data, by hand: a town's water, and a sewer with levels and sizes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadQuestion, UnknownPlace
from cim.analytics.network import places
from cim.analytics.network.traces.trace import KINDS, TraceQuestion, trace
from cim.analytics.network.traces.velocity import full_pipe_velocity
from cim.viewer import LOCAL, OPERATOR

SEWER = {71: (61, 62), 72: (62, 63), 73: (64, 62), 74: (63, 65)}


def publish_sewer(city, publish):
    """Two branches join at 62 and drain to the outfall 65; each pipe is 50 m of DN500 concrete at 4 ‰.

    ::

        61 ─71→ 62 ─72→ 63 ─74→ 65 outfall       73 is flat and of no known size
                 ↑
        64 ─73───┘
    """
    place = {61: (0, 0, 10.0), 62: (50, 0, 9.8), 63: (100, 0, 9.6), 64: (50, -50, 9.8), 65: (150, 0, 9.4)}
    nodes = {"network": "sewage", "is_sink": [node == 65 for node in place], "kind": "manhole"}
    geom = [shapely.Point(*xyz) for xyz in place.values()]
    publish(city, "pipe_node", pd.DataFrame(nodes | {"geom": geom}, index=list(place)))
    segments = {
        "network": "sewage",
        "start_node_id": [start for start, _ in SEWER.values()],
        "end_node_id": [end for _, end in SEWER.values()],
        "flow_direction": [0, 0, 0, 0],
        "diameter_mm": [500.0, 500.0, None, 500.0],
        "diameter_basis": "inner",
        "material": ["concrete", "concrete", None, "concrete"],
        "length_m": 50.0,
        "geom": [shapely.LineString([place[start], place[end]]) for start, end in SEWER.values()],
    }
    publish(city, "pipe_segment", pd.DataFrame(segments, index=list(SEWER)))
    return city


@pytest.fixture(scope="module")
def town(shared_water_city, publish):
    """The town's water and its sewer, for tests that only read."""
    return publish_sewer(shared_water_city, publish)


@pytest.fixture
def sewer_city(water_city, publish):
    """The same for a test that changes it."""
    return publish_sewer(water_city, publish)


def asker(city, folder):
    return lambda kind, *start, **more: trace(city, LOCAL, TraceQuestion(kind, start, **more), folder)


@pytest.fixture
def ask(town, tmp_path):
    """Ask a question of the town."""
    return asker(town, tmp_path)


@pytest.fixture
def ask_changed(sewer_city, tmp_path):
    """Ask a question of the town that the test changes."""
    return asker(sewer_city, tmp_path)


def told(found):
    return {code: reason["count"] for code, reason in found.left_out.items()}


def test_up_and_down_a_sewer(ask) -> None:
    assert set(ask("upstream", 63).nodes) == {61, 62, 63, 64}
    found = ask("downstream", 61)
    assert (found.nodes, found.segments, found.length_m) == ([61, 62, 63, 65], [71, 72, 74], 150.0)
    assert found.distance_m == [0.0, 50.0, 100.0, 150.0]
    assert [(place["node_id"], place["sink"], place["distance_m"]) for place in found.places] == [(65, True, 150.0)]
    assert ask("downstream", 61, barriers=[63]).nodes == [61, 62]
    assert ask("downstream", 61, barriers=[72]).nodes == [61, 62]
    assert ask("downstream", 61, limit_m=60).nodes == [61, 62]


def test_a_segment_starts_at_its_end_that_way(ask) -> None:
    assert ask("upstream", 72).nodes[0] == 62
    found = ask("downstream", 72)
    assert (found.nodes, found.segments) == ([63, 65], [72, 74])


def test_water_is_traced_toward_its_source(ask) -> None:
    found = ask("upstream", 4)
    assert (set(found.nodes), found.places[0]["source"]) == ({1, 2, 3, 4}, True)
    found = ask("downstream", 2)
    assert (set(found.nodes), found.served["customers"]) == ({2, 3, 4, 5}, 100)
    assert found.served["residents_unknown"] == 1
    assert ask("source", 5).nodes == [5, 2, 1]


def test_paths_and_what_stands_in_common(ask) -> None:
    found = ask("path", 61, end=[64])
    assert (found.nodes, found.segments, found.length_m) == ([61, 62, 64], [71, 73], 100.0)
    assert told(ask("path", 61, end=[64], way="downstream")) == {"no_path": 1}
    assert ask("outfall", 64).segments == [73, 72, 74]
    assert told(ask("source", 61)) == {"no_source_reached": 1}
    assert ask("common", 61, 64, way="downstream").nodes == [62, 63, 65]
    assert ask("common", 63, 65).nodes == [63, 62, 61, 64]
    assert told(ask("common", 61, 64)) == {"no_common": 1}


def test_a_closed_pipe_is_named_where_no_other_way_leads(ask_changed, sewer_city) -> None:
    with sewer_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET state = 'closed' WHERE feature_id = 72")
        connection.execute("UPDATE run.theme_version SET version = version + 10 WHERE theme = 'pipe_segment'")
    assert told(ask_changed("outfall", 61)) == {"no_outfall": 1, "path_only_through_closed": 1}
    assert ask_changed("outfall", 61, through_closed=True).segments == [71, 72, 74]


def test_a_spill_arrives_by_the_pipes_velocity(ask) -> None:
    """DN500 at 4 ‰ carries 1.13 m/s: 50 m in 44 s; the pipe of no known size is taken at 0.6 m/s."""
    found = ask("spill", 61)
    assert found.minutes == pytest.approx([0, 50 / 1.129 / 60, 100 / 1.129 / 60, 150 / 1.129 / 60], abs=0.06)
    assert told(found) == {}
    assert ask("spill", 61, velocity_m_s=0.5).minutes[-1] == 5.0
    slow = ask("spill", 64)
    assert slow.minutes[1] == pytest.approx(50 / 0.6 / 60, abs=0.06)
    assert told(slow) == {"segment_velocity_assumed": 1}


def test_velocity_by_hand() -> None:
    """R = 0.125 m, v = 0.125^⅔ · √0.004 / 0.014 = 1.129 m/s; a box of 1 × 1 m has R = 0.25 m, v = 1.793 m/s."""
    pipes = pd.DataFrame(
        {
            "material": ["concrete"] * 4,
            "shape": ["circular", "rectangular", "circular", "circular"],
            "diameter_mm": [500.0, np.nan, 500.0, 500.0],
            "width_mm": [np.nan, 1000.0, np.nan, np.nan],
            "height_mm": [np.nan, 1000.0, np.nan, np.nan],
            "fall_m": [0.2, 0.2, -0.2, 50.0],
        }
    )
    found = full_pipe_velocity(pipes, np.full(4, 50.0))
    assert found.m_s == pytest.approx([1.129, 1.793, 0.6, 5.0], abs=0.001)
    assert found.assumed.tolist() == [False, False, True, False]


def test_an_odour_comes_by_the_flow_or_by_the_air(ask) -> None:
    found = ask("odour", 62)
    assert set(found.nodes) == {61, 62, 63, 64, 65}
    assert set(found.carried) == {61, 62, 64}
    assert set(ask("intrusion", 62).nodes) == {61, 62, 64}


def test_flow_by_level_finds_what_is_recorded_uphill(ask_changed, sewer_city) -> None:
    with sewer_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET flow_direction = 1 WHERE feature_id = 74")
        connection.execute("UPDATE run.theme_version SET version = version + 10 WHERE theme = 'pipe_segment'")
    assert ask_changed("downstream", 61).nodes == [61, 62, 63]
    found = ask_changed("downstream", 61, flow="level")
    assert set(found.nodes) == {61, 62, 63, 64, 65}  # 73 is flat: it may flow either way
    assert told(found) == {"segment_direction_unknown": 1, "segment_against_level": 1}


def test_every_source_is_told_with_its_distance(ask_changed, sewer_city) -> None:
    """Sources 1 and 4: from 3 the one is 20 m away, the other 10; 2 ── 3 is equally far from both."""
    with sewer_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_node SET is_source = true WHERE feature_id = 4")
        connection.execute("UPDATE run.theme_version SET version = version + 10 WHERE theme = 'pipe_node'")
    found = ask_changed("source", 3)
    assert (found.nodes, [(place["node_id"], place["distance_m"]) for place in found.places]) == (
        [3, 4],
        [(4, 10.0), (1, 20.0)],
    )


def test_filters_keep_what_is_known_to_pass(ask) -> None:
    found = ask("upstream", 65, min_diameter_mm=400)
    assert (set(found.nodes), told(found)) == ({61, 62, 63, 65}, {"segment_filter_unknown": 1})
    found = ask("upstream", 65, materials=["pvc"])
    assert (found.nodes, told(found)) == ([65], {"segment_filtered": 3, "segment_filter_unknown": 1})


def test_the_next_valves(ask_changed, sewer_city, publish) -> None:
    """A valve on 12 at node 3, and a closed one on 14 at node 5: from 2 the first is 10 m away along 12."""
    devices = {"network": "water", "kind": "valve", "node_id": [3, 5], "segment_id": [12, 14]}
    publish(sewer_city, "pipe_device", pd.DataFrame(devices | {"state": ["open", "closed"]}, index=[31, 32]))
    found = ask_changed("valves", 2, through_closed=True)
    assert [(valve["valve_id"], valve["state"], valve["distance_m"]) for valve in found.valves] == [
        (31, "open", 10.0),
        (32, "closed", 10.0),
    ]
    assert set(found.nodes) == {1, 2}
    assert set(found.segments) == {11, 12, 14}
    assert ask_changed("valves", 13).nodes == [3, 4]
    assert told(ask_changed("valves", 61)) == {"no_valves": 1}


def test_a_network_without_source_answers_what_it_can(ask_changed, sewer_city) -> None:
    with sewer_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_node SET is_source = false")
        connection.execute("UPDATE run.theme_version SET version = version + 10 WHERE theme = 'pipe_node'")
    found = ask_changed("upstream", 3)
    assert (set(found.nodes), told(found)) == ({1, 2, 3, 4, 5}, {"network_without_source": 1})


@pytest.mark.parametrize(
    ("kind", "start", "more", "says"),
    [
        ("upstream", (), {}, "starts nowhere"),
        ("astrology", (61,), {}, "use one of connected, upstream"),
        ("path", (61,), {}, "name the place where it ends"),
        ("common", (61,), {}, "two places or more"),
        ("upstream", (61,), {"way": "sideways"}, "no way 'sideways'"),
    ],
)
def test_questions_that_cannot_be_meant(kind, start, more, says) -> None:
    with pytest.raises(BadQuestion, match=says):
        TraceQuestion(kind, start, **more).check()


def test_places_that_are_not_there(ask) -> None:
    with pytest.raises(BadQuestion, match="does not drain by gravity"):
        ask("upstream", 3, flow="level")
    with pytest.raises(BadQuestion, match="of one network"):
        places.one_network([places.Place("node", 3, "water", "3"), places.Place("node", 61, "sewage", "61")])
    with pytest.raises(UnknownPlace, match="'nowhere' of this city"):
        ask("upstream", "nowhere")
    with pytest.raises(UnknownPlace, match="62 of network 'water'"):
        ask("path", 3, end=[62])
    with pytest.raises(UnknownPlace, match="valve in use in network 'sewage'"):
        ask("upstream", 61, barriers=[3])


def test_what_is_restricted_is_not_walked(ask_changed, sewer_city, tmp_path) -> None:
    with sewer_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.pipe_segment SET classification = 2 WHERE feature_id = 72")
    assert ask_changed("downstream", 61).nodes == [61, 62]
    question = TraceQuestion("downstream", [61])
    assert trace(sewer_city, OPERATOR, question, tmp_path).nodes == [61, 62, 63, 65]


def test_command_prints_and_tells_machines(town, run) -> None:
    slug = town.city.slug
    shown = run("network", "trace", "downstream", 61, "--city", slug)
    assert shown.exit_code == 0
    assert "Downstream of 61 (61)" in shown.output
    assert "合成数据" in shown.output
    answer = json.loads(run("network", "trace", "path", 61, "--to", 64, "--city", slug, "--json").output)
    assert answer["segments"] == [71, 73]
    for kind in sorted(set(KINDS) - {"path", "common"}):
        assert run("network", "trace", kind, 61, "--city", slug).exit_code == 0, kind
    assert run("network", "trace", "common", 61, 64, "--city", slug).exit_code == 0
    assert "loops" in run("network", "trace", "loops", "--network", "water", "--city", slug).output.lower()
