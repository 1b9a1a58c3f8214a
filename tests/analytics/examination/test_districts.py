"""Examined district by district, by other processes or a cluster, a city has the values that one process finds."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster
from shapely import LineString, MultiPolygon, Point, box

from cim.analytics.examination.districts import _borders, districts
from cim.analytics.examination.examine import Examination, examination, themes_read
from cim.analytics.examination.frames import theme_frames
from cim.analytics.examination.inputs import Inputs
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.questions import question
from cim.analytics.examination.register_file import load_register
from cim.executor import ALONE, Workforce
from cim.viewer import OPERATOR

REGISTER, MEASURES, YEAR = load_register("national-2024"), find_measures(), 2026
TWO = Workforce(workers=2)


def same(found: Examination, wanted: Examination) -> None:
    """Compare all that an examination says; sums of districts may differ in the last digits."""
    pd.testing.assert_frame_equal(found.table, wanted.table, rtol=1e-9, atol=1e-9)
    assert found.left_out == wanted.left_out
    assert list(found.places) == list(wanted.places)
    for code, places in wanted.places.items():
        pd.testing.assert_frame_equal(pd.DataFrame(found.places[code].short), pd.DataFrame(places.short), obj=code)
        assert (places.judged is None) == (found.places[code].judged is None)
        assert places.judged is None or places.judged.equals(found.places[code].judged), code
    rows, others = found.problems, wanted.problems
    assert rows["feature_id"].tolist() == others["feature_id"].tolist()
    assert rows["code"].tolist() == others["code"].tolist()


@pytest.fixture(scope="module")
def sample_frames(sample_store):
    """The sample city, as measures read it."""
    return theme_frames(sample_store, OPERATOR, {"admin_unit", *themes_read(REGISTER, MEASURES)}, YEAR)


@pytest.fixture(scope="module")
def alone(sample_frames) -> Examination:
    """The sample city examined by one process."""
    return examination(REGISTER, YEAR, sample_frames, MEASURES)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a Dask scheduler with two workers."""
    options = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=50, **options) as cluster:
        yield cluster.scheduler_address


def test_two_processes_find_in_the_sample_city_what_one_finds(sample_frames, alone) -> None:
    same(examination(REGISTER, YEAR, sample_frames, MEASURES, workforce=TWO), alone)
    assert len(_borders(alone.units)) >= 4
    assert len(alone.problems) > 100


def test_a_cluster_finds_in_the_sample_city_what_one_process_finds(sample_frames, alone, scheduler) -> None:
    same(examination(REGISTER, YEAR, sample_frames, MEASURES, workforce=Workforce(cluster=scheduler)), alone)


@pytest.fixture
def by_district(monkeypatch):
    """Examine a drawn town with each community a district, in this process; return how many questions were shared out.

    What would be sent to others is pickled all the same.
    """
    monkeypatch.setattr("cim.analytics.examination.districts.FEWEST", 2)

    def travelled(thing):
        return pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own

    def here(_who, work, items):
        for item in items:
            said = travelled(work)(travelled(item))
            examined.sent.extend(code for code, answer in said.items() if not isinstance(answer, str))
            yield travelled(said)

    monkeypatch.setattr(Workforce, "run", here)

    def examined(frames, *codes: str) -> pd.DataFrame:
        some = replace(REGISTER, indicators={code: REGISTER.indicator(code) for code in codes})
        found = examination(some, YEAR, frames, MEASURES, workforce=TWO)
        same(found, examination(some, YEAR, frames, MEASURES))
        return found.table.set_index(["code", "unit_id"])

    examined.sent = []
    return examined


def test_a_drawn_town(tiny, draw, by_district) -> None:
    tiny["facility"] = draw.facilities(("middle_school", 1100, 500, None))  # in the east; the west is in its reach
    who = [200, 202, 203, 205]
    tiny["survey_finding"] = draw.rows(
        "survey_finding", 900,
        *({"item": "gas", "fault": n % 2, "building_id": n, "severity": 3, "day": 1, "geom": None} for n in who),
    )  # fmt: skip
    by_district(tiny, "H01", "H07", "H08", "H09", "B23", "B26", "C12", "C19", "D33", "D37", "D54", "D57", "D59")
    sent = by_district.sent
    # Each district has homes, and land with the people in reach; the middles of all streets are nearest to the west.
    assert {code: sent.count(code) for code in ("H07", "B23", "C12", "C19")} == {"H07": 2, "B23": 2, "C12": 0, "C19": 1}


def test_what_lies_beyond_the_border_is_reached(tiny, draw, by_district) -> None:
    """A home 20 m west of the border; its only school 900 m along a street that starts 150 m off in the east."""
    tiny["building"] = draw.buildings((980, 500, "residential", 3, 0, 100), (1800, 900, "residential", 3, 0, 100))
    tiny["facility"] = draw.facilities(("middle_school", 1900, 500, None))
    tiny["road_edge"] = draw.streets(("local", [(1130, 500), (2000, 500)]), ("local", [(1700, 900), (1900, 900)]))
    tiny["land_use"] = draw.land(
        ("0701", MultiPolygon([box(900, 400, 990, 600)])), ("0701", MultiPolygon([box(1700, 800, 1900, 950)]))
    )
    frames = tiny | {"population": draw.cells((100, box(900, 400, 1100, 600)), (50, box(1700, 800, 1900, 950)))}
    found = by_district(frames, "B23")
    assert by_district.sent == ["B23", "B23"]
    assert found.loc[("B23", 3), "on_foot"] == pytest.approx(100)  # 150 m to the street, 770 m along it


def test_what_is_outside_of_all_districts_is_counted_for_the_city(tiny, draw, by_district) -> None:
    """A city that is larger than its communities: homes in the rest are in the city alone."""
    units = tiny["admin_unit"]
    units.loc[[1], "geom"] = [MultiPolygon([box(0, 0, 2000, 3000)])]
    tiny["building"] = draw.buildings(
        (100, 100, "residential", 6, 0, 500), (1500, 100, "residential", 6, 0, 500), (500, 2500, "residential", 6, 0, 9)
    )
    found = by_district(tiny, "H07")["denominator"]["H07"]
    assert by_district.sent == ["H07", "H07"]
    assert found[[1, 3, 4]].tolist() == [3, 1, 1]


def test_where_one_district_knows_nothing_the_city_is_asked_whole(tiny, draw, by_district) -> None:
    tiny["gas_service"] = draw.rows("gas_service", 0, {"id": 200, "oldest_year": 1990, "geom": None})
    by_district(tiny, "H02")
    assert by_district.sent == ["H02"]


def test_a_line_on_the_border_is_counted_once(tiny, by_district, draw) -> None:
    """A pipe on the border of two communities, half each, and one across it, of which the west has 300 m."""
    pipes = [[(1000, 0), (1000, 400)], [(700, 500), (1100, 500)], [(100, 100), (200, 100)]]
    rows = [{"network": "water", "monitored": n != 1, "geom": LineString(line)} for n, line in enumerate(pipes)]
    tiny["pipe_segment"] = draw.rows("pipe_segment", 800, *rows)
    found = by_district(tiny, "D57")
    assert "D57" in by_district.sent
    assert found.loc[("D57", 1), ["numerator", "denominator"]].tolist() == pytest.approx([0.5, 0.9])


def test_districts_hold_only_their_own_and_what_is_in_reach(tiny, draw, monkeypatch) -> None:
    monkeypatch.setattr("cim.analytics.examination.districts.FEWEST", 2)
    tiny["building"] = draw.buildings((100, 100, "residential", 6, 0, 1), (1900, 100, "residential", 6, 0, 1))
    tiny["land_use"] = tiny["land_use"].iloc[:0]
    tiny["facility"] = draw.facilities(("middle_school", 200, 100, None), ("middle_school", 1800, 100, None))
    tiny["land_use"] = draw.land(("0701", Point(100, 100).buffer(5)), ("0701", Point(1900, 100).buffer(5)))
    inputs, units = Inputs(tiny), tiny["admin_unit"]
    asked = question(REGISTER, REGISTER.indicator("B23"), MEASURES["land_near_places"], YEAR)
    west, east = districts(units, inputs, [asked])
    assert west.frames["building"].frame.index.tolist() == [200]
    assert west.frames["facility"].frame.index.tolist() == [100]
    assert east.frames["facility"].frame.index.tolist() == [101]
    np.testing.assert_array_equal(west.frames["facility"].frame.columns, tiny["facility"].columns)


def test_alone_nothing_is_sent(tiny, monkeypatch) -> None:
    monkeypatch.setattr(Workforce, "run", None)
    few = replace(REGISTER, indicators={"H07": REGISTER.indicator("H07")})
    assert examination(few, YEAR, tiny, MEASURES, workforce=ALONE).table["value"].notna().any()
