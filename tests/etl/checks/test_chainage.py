"""Distances of inspections against the sewers' lengths: by `cim check`, and in a load once the sewers are there."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checking import check_manifest
from cim.etl.checks.context import Context
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.loading import StoredLengths
from cim.manifest import read_manifest

CODE = "inspection.beyond_end"
CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
EAST, NORTH = 500_000.0, 3_270_000.0
SEEN = """管段编号,检测日期,缺陷代码,缺陷等级,距离
G30,2024-05-06,PL,3,31.7
G30,2024-05-06,PL,3,31.5
G30,2024-05-06,CJ,2,12
G50,2024-05-06,PL,3,45
G50,2024-05-06,PL,4,52.1
gone,2024-05-06,PL,4,900
,2024-05-06,PL,4,900
G30,2024-05-06,,,
"""


def add_segments(town, name="pipes", **fields):
    """Two sewers drawn 30 m long in space, of which one is told to have 50 m."""
    places = [shapely.Point(EAST, NORTH, 200.0), shapely.Point(EAST + 24.0, NORTH, 218.0)]
    ends = [f"{name} a", f"{name} b"]
    town.write_layer(f"{name}-nodes.gpkg", pd.DataFrame({"key": ends, "network": "sewage", "geom": places}))
    line = shapely.LineString(places)
    frame = pd.DataFrame(
        {"key": ["G30", "G50"], "network": "sewage", "start_node_key": ends[0], "end_node_key": ends[1],
         "length_m": [np.nan, 50.0], "geom": [line, line]}
    )  # fmt: skip
    town.write_layer(f"{name}.gpkg", frame)
    town.source(f"{name}-nodes", "register", f"{name}-nodes.gpkg", options={"theme": "pipe_node"})
    town.source(name, "register", f"{name}.gpkg", options={"theme": "pipe_segment"}, **fields)


def add_inspections(town):
    (town.folder / "seen.csv").write_text(SEEN, encoding="utf-8")
    town.source("seen", "register", "seen.csv", options={"theme": "pipe_inspection"})


def checked(town, *only):
    reports = {report.source.name: report for report in check_manifest(read_manifest(town.write()), only)}
    assert not [report.failure for report in reports.values() if report.failure]
    return [item for item in reports["seen"].rejects if item.code == CODE]


def told_by_load(town):
    query = "SELECT record, severity, reason FROM run.reject WHERE code = %s ORDER BY reject_id"
    return [(row["record"], row["severity"], row["reason"]) for row in town.rows(query, CODE)]


BEYOND = [("2", "warning", "stands 31.7 m along segment G30, which is 30.0 m long"),
          ("6", "warning", "stands 52.1 m along segment G50, which is 50.0 m long")]  # fmt: skip


@pytest.mark.parametrize("segments_first", [True, False])
def test_a_check_and_a_load_tell_the_same(town, segments_first):
    for add in (add_segments, add_inspections) if segments_first else (add_inspections, add_segments):
        add(town)
    found = checked(town)
    assert [(item.record, item.severity, item.reason) for item in found] == BEYOND
    assert found[0].reason_zh == "距离 31.7 米，超出管段 G30 的长度 30.0 米"
    town.load()
    assert told_by_load(town) == BEYOND
    assert town.one("SELECT count(*) FROM city.pipe_inspection_current") == 8


def test_nothing_is_said_of_segments_that_are_not_there(town):
    add_inspections(town)
    assert checked(town) == []
    town.load()
    assert told_by_load(town) == []
    add_segments(town)
    assert checked(town, "seen") == []
    # They are loaded again, since their keys lead somewhere now.
    town.load()
    assert told_by_load(town) == BEYOND


def test_of_two_sources_alike_nothing_is_said_and_the_first_by_precedence_counts(town):
    add_segments(town)
    add_segments(town, "twin", precedence=100)
    add_inspections(town)
    assert checked(town) == []
    town.load()
    assert told_by_load(town) == []
    town.sources[1]["precedence"] = 10
    assert [item.record for item in checked(town)] == ["2", "6"]
    town.load()
    assert [record for record, *_ in told_by_load(town)] == ["2", "6"]


def test_another_process_gets_no_connection(town):
    add_inspections(town)
    town.load()
    with town.connect() as connection:
        lengths = StoredLengths(connection)
        assert lengths(["G30"]) == {}
        context = pickle.loads(pickle.dumps(Context(CITY, lengths=lengths)))  # noqa: S301 - our own
    assert context.lengths is None


def test_a_register_of_inspections_without_distances_or_segments():
    batches = [
        Batch("pipe_inspection", pd.DataFrame({"inspected_on": ["2024-05-06"]})),
        Batch("pipe_inspection", pd.DataFrame({"segment_key": [7], "chainage_m": [9.0], "inspected_on": "2024-05-06"})),
        Batch("pipe_inspection", pd.DataFrame({"segment_key": ["7"], "chainage_m": ["far"], "inspected_on": "x"})),
    ]
    inspection = Inspection(Context(CITY, lengths=lambda keys: dict.fromkeys(keys, 3.0)))
    for batch in batches:
        inspection.batch(batch, np.zeros(1, dtype=bool))
    (found,) = inspection.finish()
    assert found.reason == "stands 9 m along segment 7, which is 3.0 m long"
