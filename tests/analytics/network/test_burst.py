"""A burst in a city's own data: valves told with what a crew needs, and who is without."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pypdfium2
import pytest
import shapely
from rich.table import Table

from cim.analytics.errors import AmbiguousSegment, UnknownSegment
from cim.analytics.network.bursts.burst import Parts, burst
from cim.analytics.network.bursts.distances import distances_from
from cim.analytics.network.bursts.files import burst_pdf, burst_xlsx
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.bursts.summary import burst_summary
from cim.analytics.network.bursts.tables import affected_listing, notes, service_listing, unlinked_listing
from cim.viewer import LOCAL, OPERATOR


@pytest.fixture
def valved_city(water_city, publish):
    """The town of five nodes, with a valve at each end of segment 12 and a hydrant on node 5.

    ::

        1 ─11─ 2 x─12─x 3 ─13─ 4
               └─14─ 5
    """
    devices = {
        "network": "water",
        "kind": ["valve", "valve", "hydrant", "drain_valve"],
        "node_id": [2, 3, 5, 3],
        "segment_id": [12, 12, None, None],
        "number": ["F1", "F2", "H1", "P1"],
        "diameter_mm": [200.0, 150.0, None, None],
        "operable": [True, None, None, None],
        "geom": [None, shapely.Point(20, 0, 200), None, None],
    }
    publish(water_city, "pipe_device", pd.DataFrame(devices, index=[31, 32, 33, 34]))
    return water_city


def roles(found):
    return {valve["valve_id"]: valve["role"] for valve in found.valves}


def test_answer_names_valves_customers_and_fittings(valved_city, tmp_path) -> None:
    found = burst(valved_city, LOCAL, 12, tmp_path)
    assert [(v["order"], v["valve_id"], v["number"], v["distance_m"]) for v in found.valves] == [
        (1, 31, "F1", 5.0),
        (2, 32, "F2", 5.0),
    ]
    assert found.isolated["segments"] == [12]
    assert found.isolated["customers"] == 0
    assert (found.beyond["segments"], found.beyond["nodes"], found.beyond["customers"]) == ([13], [3, 4], 40)
    assert found.beyond["critical"] == 1
    assert [(row["customers"], row["critical"], row["beyond"]) for row in found.services] == [(40, True, True)]
    assert [(row["kind"], row["number"], row["beyond"]) for row in found.fittings] == [("drain_valve", "P1", True)]
    assert all(-180 <= valve["longitude"] <= 180 for valve in found.valves)


def test_a_stuck_valve_makes_the_part_larger(valved_city, tmp_path) -> None:
    parts = Parts()
    found = burst(valved_city, LOCAL, 12, tmp_path, stuck=[31], parts_of=parts)
    assert roles(found) == {31: "not_usable", 32: "close"}
    assert found.isolated["segments"] == [11, 12, 14]
    assert found.sources == [1]
    assert {row["kind"] for row in found.fittings} == {"hydrant", "drain_valve"}
    assert roles(burst(valved_city, LOCAL, 12, tmp_path, parts_of=parts)) == {31: "close", 32: "close"}


def test_fittings_that_name_only_a_segment_are_told_in_its_part(valved_city, publish, tmp_path) -> None:
    """A burst on 12 leaves 13 without supply, and 14 with it."""
    named = {"network": "water", "kind": "hydrant", "segment_id": [12, 13, 14], "number": ["on", "past", "fed"]}
    publish(valved_city, "pipe_device", pd.DataFrame(named | {"node_id": None}, index=[41, 42, 43]))
    found = burst(valved_city, LOCAL, 12, tmp_path)
    hydrants = [(row["number"], row["beyond"]) for row in found.fittings if row["kind"] == "hydrant"]
    assert hydrants == [("on", False), ("past", True)]


def test_a_clinic_is_told_though_no_connection_says_so(valved_city, publish, tmp_path) -> None:
    """Its register names the building; the school's only its entrance, at the wall; the shop may be without."""
    block = {"name": "block", "geom": shapely.MultiPolygon([shapely.box(25, 5, 40, 15)])}
    publish(valved_city, "building", pd.DataFrame([block], index=[51]))
    row = {"network": "water", "node_id": 3, "building_id": 51, "customers": 10, "critical": False}
    publish(valved_city, "service_connection", pd.DataFrame([row], index=[21]))
    facilities = {
        "kind": ["clinic", "primary_school", "shop", "clinic", "hospital"],
        "name": ["Dr Li", None, "Corner", "elsewhere", "secret"],
        "building_id": [51, None, 51, None, 51],
        "classification": [0, 0, 0, 0, 2],
        "geom": [shapely.Point(x, 4.5, 200) for x in (90, 30, 30, 60, 30)],
    }
    publish(valved_city, "facility", pd.DataFrame(facilities, index=[61, 62, 63, 64, 65]))
    found = burst(valved_city, LOCAL, 12, tmp_path)
    (told,) = [row for row in found.services if row["building_id"] == 51]
    assert (told["critical"], told["critical_kind"]) == (True, "clinic, primary_school")
    assert [(each["feature_id"], each["name"]) for each in told["facilities"]] == [(61, "Dr Li"), (62, None)]
    assert (found.beyond["critical"], found.beyond["critical_facilities"]) == (1, 2)
    assert found.isolated["critical_facilities"] == 0
    (report,) = [
        row for row in service_listing(burst_report(valved_city, LOCAL, found), "zh").rows if row[1] == "block"
    ]
    assert report[5] == "诊所, 小学, Dr Li"
    *_, buildings = [one for one in burst_summary(found).renderables if isinstance(one, Table)]
    assert "Dr Li" in str([*buildings.columns[3].cells])


def test_facilities_of_which_nobody_knows_what_feeds_them_are_told(valved_city, publish, tmp_path) -> None:
    """A burst on 12 leaves 3 and 4 without: who stands nearest to 12 or 13, without a connection, may be, too."""
    blocks = {"name": ["linked", "bare"], "geom": [
        shapely.MultiPolygon([shapely.box(24, 5, 26, 9)]), shapely.MultiPolygon([shapely.box(27, 5, 29, 9)]),
    ]}  # fmt: skip
    publish(valved_city, "building", pd.DataFrame(blocks, index=[51, 52]))
    # One is linked; that the other has a connection helps nobody: it leads to no node.
    rows = {"network": "water", "node_id": [3, None], "building_id": [51, 52], "customers": 10, "critical": False}
    publish(valved_city, "service_connection", pd.DataFrame(rows, index=[21, 22]))
    told = {
        61: ("clinic", "linked", (25, 7)),
        62: ("hospital", "bare", (28, 7)),
        63: ("dialysis", "no building", (15, -3)),
        64: ("hospital", "fed", (5, 4)),
        65: ("shop", "no matter", (28, 3)),
        66: ("hospital", "secret", (28, 2)),
        67: ("hospital", "too far", (20, 160)),
    }
    facilities = {
        "kind": [kind for kind, _, _ in told.values()],
        "name": [name for _, name, _ in told.values()],
        "classification": [2 if name == "secret" else 0 for _, name, _ in told.values()],
        "geom": [shapely.Point(x, y, 200) for _, _, (x, y) in told.values()],
    }
    publish(valved_city, "facility", pd.DataFrame(facilities, index=list(told)))
    found = burst(valved_city, LOCAL, 12, tmp_path)
    assert [(row["name"], row["segment_id"], row["beyond"], row["distance_m"]) for row in found.unlinked] == [
        ("no building", 12, False, 3.0),
        ("bare", 13, True, 7.0),
    ]
    assert found.left_out["burst_facility_unlinked"]["count"] == 2
    assert [row["name"] for row in burst(valved_city, OPERATOR, 12, tmp_path).unlinked] == [
        "no building", "secret", "bare",
    ]  # fmt: skip
    report = burst_report(valved_city, LOCAL, found)
    assert [row[1:5] for row in unlinked_listing(report, "zh").rows] == [
        ("no building", "透析中心", 3.0, "隔离范围"),
        ("bare", "医院", 7.0, "范围外连带停供"),
    ]
    document = pypdfium2.PdfDocument(burst_pdf(report, "zh"))
    assert "未关联管网的重要设施" in "".join(page.get_textpage().get_text_range() for page in document)
    sheet = openpyxl.load_workbook(io.BytesIO(burst_xlsx(report, "en")))["Buildings without supply"]
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert {"Critical facilities not linked to the network: may be without", "no building", "bare"} <= set(cells)
    assert any("hospital bare" in line for line in burst_summary(found).renderables if isinstance(line, str))


def test_hours_are_assumed_and_the_city_s_own_stand_before_ours(valved_city, run, tmp_path) -> None:
    """Nodes 3 and 4 are cut off: 40 customers."""
    ours = burst(valved_city, LOCAL, 12, tmp_path)
    assert (ours.duration["hours"], ours.duration["customer_hours"], ours.duration["status"]) == (10, 400, "assumed")
    assert ours.duration["zh"] == "假定抢修时间 10 h（假定值，可由城市替换）"
    (tmp_path / "risk.yaml").write_text("consequence: {hours: {water: 2.5}}")
    own = burst(valved_city, LOCAL, 12, tmp_path, rules=tmp_path)
    assert (own.duration["hours"], own.duration["customer_hours"]) == (2.5, 100)
    rows = {row[0]: row[1:] for row in affected_listing(burst_report(valved_city, LOCAL, own), "en").rows}
    assert (rows["Assumed hours without"], rows["Assumed customer-hours"]) == ((2.5, 2.5), (0, 100))
    (tmp_path / "risk.yaml").write_text("consequence: {hours: soon}")
    unread = burst(valved_city, LOCAL, 12, tmp_path, rules=tmp_path)
    assert (unread.duration, unread.left_out["burst_hours_not_read"]["count"]) == (None, 1)
    assert notes(burst_report(valved_city, LOCAL, unread), "zh")[0].startswith("未给出停供时长")
    assert "400 customer-hours" in run("network", "isolate", 12, "--city", valved_city.city.slug).output


def test_volume_is_that_of_the_pipes(valved_city, publish, tmp_path) -> None:
    row = {"network": "water", "start_node_id": 2, "end_node_id": 3, "diameter_mm": 200.0, "length_m": 10.0}
    line = shapely.LineString([(10, 0, 200), (20, 0, 200)])
    publish(valved_city, "pipe_segment", pd.DataFrame([row | {"geom": line}], index=[12]))
    found = burst(valved_city, LOCAL, "12", tmp_path)
    assert found.isolated["volume_m3"] == pytest.approx(0.3, abs=0.05)
    assert found.beyond["segments_without_size"] == 1


def test_restricted_valves_are_nobody_s_business(valved_city, publish, tmp_path) -> None:
    secret = {"network": "water", "kind": ["valve"], "node_id": [3], "segment_id": [12], "classification": [2]}
    publish(valved_city, "pipe_device", pd.DataFrame(secret, index=[32]))
    parts = Parts()  # shared by viewers, as a server's is
    assert set(roles(burst(valved_city, LOCAL, 12, tmp_path, parts_of=parts))) == {31}
    assert set(roles(burst(valved_city, OPERATOR, 12, tmp_path, parts_of=parts))) == {31, 32}


def test_of_parallel_segments_the_shorter_counts(graph_of) -> None:
    """1 ── 2 ═ 3 ── 4 with a valve at 4: 1002 is 10 m long, its parallel 1003 30 m."""
    graph = graph_of(4, [(1, 2), (2, 3), (3, 2), (3, 4)], sources=[1], open_valves=[(4, 1004)])
    graph = replace(graph, length_m=np.array([10.0, 10.0, 30.0, 10.0]))
    assert distances_from(graph, 0, np.arange(4))(0) == 25.0
    graph = replace(graph, length_m=np.array([10.0, 40.0, 30.0, 0.0]))
    assert distances_from(graph, 0, np.arange(4))(0) == 35.0


def test_segments_that_cannot_be_found(valved_city, publish, tmp_path) -> None:
    with pytest.raises(UnknownSegment, match="nowhere"):
        burst(valved_city, LOCAL, "nowhere", tmp_path)
    with valved_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.feature SET source_key = 'A-B' WHERE feature_id IN (13)")
        source = "INSERT INTO run.source (name, kind) VALUES ('other', 'test') RETURNING source_id"
        (number,) = connection.execute(source).fetchone().values()
        connection.execute(
            "UPDATE city.feature SET source_key = 'A-B', source_id = %s WHERE feature_id = 14", (number,)
        )
    with pytest.raises(AmbiguousSegment, match="13, 14"):
        burst(valved_city, LOCAL, "A-B", tmp_path)


def test_command_prints_and_tells_machines(valved_city, run) -> None:
    slug = valved_city.city.slug
    shown = run("network", "isolate", 12, "--city", slug)
    assert shown.exit_code == 0
    assert "Close, in this order" in shown.output
    assert "合成数据" in shown.output
    told = json.loads(run("network", "isolate", 12, "--city", slug, "--stuck", 31, "--json").output)
    assert told["sources"] == [1]
    refused = run("network", "isolate", 99, "--city", slug)
    assert refused.exit_code != 0
    assert "Traceback" not in refused.output
