"""The 关阀分析报告 as poppler and openpyxl read it."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import subprocess
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
import shapely

from cim.analytics.errors import BadQuestion
from cim.analytics.file_format import format_of
from cim.analytics.network.bursts.burst import burst
from cim.analytics.network.bursts.files import REPORTS, burst_pdf, burst_xlsx
from cim.analytics.network.bursts.map import burst_map
from cim.analytics.network.bursts.report import MAP_MM, burst_report
from cim.analytics.network.bursts.tables import affected_listing, valve_listings
from cim.sheets import Text
from cim.viewer import LOCAL

DAY = dt.date(2026, 5, 4)


@pytest.fixture(scope="module")
def valved(shared_water_city, publish):
    """The town of five nodes with a valve at each end of segment 12, a drain valve and an air valve, and one building.

    ::

        1 ─11─ 2 x─12─x 3 ─13─ 4
               └─14─ 5
    """
    devices = {
        "network": "water",
        "kind": ["valve", "valve", "drain_valve", "air_valve"],
        "node_id": [2, 3, 3, None],
        "segment_id": [12, 12, None, 12],
        "number": ["F1", "F2", "P1", "Q1"],
        "diameter_mm": [200.0, 150.0, None, None],
        "chamber": ["J-7", None, None, None],
        "operable": [True, None, None, None],
        "last_operated_on": [dt.date(2025, 3, 2), None, None, None],
        "geom": [None, shapely.Point(20, 0, 200), None, shapely.Point(15, 0, 200)],
    }
    publish(shared_water_city, "pipe_device", pd.DataFrame(devices, index=[31, 32, 33, 34]))
    building = {"name": "仁爱医院", "usage": "hospital", "geom": shapely.MultiPolygon([shapely.box(25, 5, 40, 15)])}
    publish(shared_water_city, "building", pd.DataFrame([building], index=[51]))
    row = {"network": "water", "node_id": 4, "building_id": 51, "customers": 30, "residents": 75.0, "critical": True}
    publish(shared_water_city, "service_connection", pd.DataFrame([row], index=[22]))
    return shared_water_city


@pytest.fixture(scope="module")
def report(valved, tmp_path_factory):
    """Of a burst on segment 12."""
    return burst_report(valved, LOCAL, burst(valved, LOCAL, 12, tmp_path_factory.mktemp("graphs")), DAY)


def text_of(pdf, folder):
    """Text of a PDF, as poppler reads it."""
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("language", "hydrants", "volume"), [("zh", "停用消火栓", "管内容积"), ("en", "Hydrants", "Volume")]
)
def test_a_gas_main_is_not_told_in_words_of_water(report, language, hydrants, volume) -> None:
    dry = replace(report.found, segment={**report.found.segment, "network": "gas"}, fittings=[])
    titles = " ".join(str(row[0]) for row in affected_listing(replace(report, found=dry), language).rows)
    assert volume in titles
    assert not [word for word in (hydrants, "水量", "Water", "Drain", "排泥阀") if word in titles]
    watery = " ".join(str(row[0]) for row in affected_listing(report, language).rows)
    assert hydrants in watery


def test_pdf_tells_valves_people_and_the_notice(report, tmp_path) -> None:
    text = text_of(burst_pdf(report), tmp_path)
    for expected in (
        "关阀分析报告",
        "关阀顺序",
        "J-7",
        "2025-03-02",
        "F1",
        "DN150",
        "恢复供应顺序",
        "停水通知",
        "2026-05-04",
    ):
        assert expected in text
    assert "仁爱医院" in text
    assert "无数据不等于无管线" in text
    assert "合成数据" in text
    assert burst_pdf(report) == burst_pdf(report)


def test_pdf_in_english(report, tmp_path) -> None:
    text = text_of(burst_pdf(report, "en"), tmp_path)
    for expected in (
        "Valve closure report",
        "Valves to close, in this order",
        "Notice of interrupted water",
        "40 customers",
    ):
        assert expected in text


def test_workbook_has_every_list(report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(burst_xlsx(report)))
    assert book.sheetnames == ["关阀分析报告", "阀门", "停供建筑", "恢复供应顺序", "停供通知（草稿）", "说明"]
    valves = [[cell.value for cell in row] for row in book["阀门"].iter_rows(min_row=3, max_row=4)]
    assert [row[:7] for row in valves] == [
        [1, "31", "F1", "DN200", "J-7", "开", "是"],
        [2, "32", "F2", "DN150", None, "开", None],
    ]
    steps = [tuple(cell.value for cell in row[1:4]) for row in book["恢复供应顺序"].iter_rows(min_row=3)]
    assert steps == [(None,) * 3, ("32", "F2", None), ("31", "F1", "J-7"), (None,) * 3]
    first = book["恢复供应顺序"].cell(3, 5).value
    assert "排气阀 Q1" in first
    buildings = [[cell.value for cell in row] for row in book["停供建筑"].iter_rows(min_row=3)]
    assert buildings[0][1:5] == ["仁爱医院", "医院", 30, 75]


def test_reopening_is_the_other_way_round(report) -> None:
    assert [valve["valve_id"] for valve in report.valves("close")] == [31, 32]
    assert [valve["valve_id"] for valve in report.reopening] == [32, 31]


def test_map_shows_what_is_isolated_at_a_true_scale(report) -> None:
    """Segment 12 is 10 m long; the map holds it, its valves and their numbers, and no badge lies on another."""
    west, south, east, north = report.box
    assert ((east - west) * 1000 / report.scale, (north - south) * 1000 / report.scale) == pytest.approx(MAP_MM)
    sheet = burst_map(report, "zh")
    (burst_pipe,) = [mark for mark in sheet.marks if mark.layer == "PIPE" and mark.stroke.width_mm == 1.4]
    assert math.dist(*burst_pipe.points) == pytest.approx(10 * 1000 / report.scale)
    assert [mark.text for mark in sheet.marks if mark.layer == "BADGE"] == ["1", "2"]
    many = [{**report.found.valves[0], "order": number, "valve_id": 100 + number} for number in range(30)]
    crowd = replace(
        report, found=replace(report.found, valves=many), places={v["valve_id"]: report.burst_at for v in many}
    )
    badges = [
        (mark.x, mark.y) for mark in burst_map(crowd, "zh").marks if isinstance(mark, Text) and mark.layer == "BADGE"
    ]
    assert len(badges) == 30
    assert min(math.dist(one, other) for i, one in enumerate(badges) for other in badges[i + 1 :]) >= 4.9


def test_places_that_are_not_known_leave_the_map_whole(report) -> None:
    lost = replace(report, places={})
    assert [mark for mark in burst_map(lost, "en").marks if mark.layer == "BADGE"] == []
    assert burst_pdf(lost, "en").startswith(b"%PDF")


def test_a_part_that_no_valve_bounds_says_so(report, tmp_path) -> None:
    bare = replace(report, found=replace(report.found, valves=[], services=[], left_out={}))
    assert "没有阀门可将其与其他部分隔开" in text_of(burst_pdf(bare), tmp_path)
    shut = replace(report, found=replace(report.found, valves=[{**report.found.valves[0], "role": "closed"}]))
    text = text_of(burst_pdf(shut, "en"), tmp_path)
    assert "No valve needs closing" in text
    assert "Valve 31 was closed before" in text


def test_a_valve_that_was_found_stuck_is_told_as_one_that_does_not_work(valved, tmp_path) -> None:
    stuck = burst_report(valved, LOCAL, burst(valved, LOCAL, 12, tmp_path, stuck=[31]), DAY)
    (listing,) = [each for each in valve_listings(stuck, "zh") if each.title.startswith("失效的阀门")]
    assert [row[1:8] for row in listing.rows] == [("31", "F1", "DN200", "J-7", "开", "否", "2025-03-02")]


def test_command_writes_the_report(valved, run, tmp_path) -> None:
    slug = valved.city.slug
    for ending, head in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        path = tmp_path / f"report.{ending}"
        said = run("network", "isolate", 12, "--city", slug, "--report", path)
        assert (said.exit_code, said.output.split()[0]) == (0, "wrote")
        assert path.read_bytes().startswith(head)
    assert run("network", "isolate", 12, "--city", slug, "--report", tmp_path / "x.doc").exit_code == 1
    with pytest.raises(BadQuestion, match="pdf, xlsx"):
        format_of("report", REPORTS)


def test_valves_of_the_sample_are_told_with_number_size_chamber_and_day(sample_store, tmp_path) -> None:
    query = """SELECT s.feature_id FROM city.pipe_segment_current s
        WHERE s.network = 'water' AND s.diameter_mm >= 300 ORDER BY s.feature_id LIMIT 1"""
    (main,) = sample_store.rows(LOCAL, query)
    found = burst_report(sample_store, LOCAL, burst(sample_store, LOCAL, main["feature_id"], tmp_path), DAY)
    valves = found.valves("close")
    assert len({valve["number"] for valve in valves}) == len(valves) > 1
    text = text_of(burst_pdf(found), tmp_path)
    for valve in valves:
        assert re.fullmatch(r"F-\d{8}", valve["number"])
        assert valve["diameter_mm"] >= 50
        assert valve["chamber"] == f"J-{valve['number'][2:]}"
        assert (valve["state"], valve["operable"]) == ("open", True)
        told = (valve["order"], valve["key"], valve["number"], f"DN{valve['diameter_mm']:.0f}", valve["chamber"])
        day = valve["last_operated_on"] or "–"
        assert re.search(r"\s+".join([*map(str, told), "开", "是", str(day)]), text)
    days = [valve["last_operated_on"] for valve in valves if valve["last_operated_on"]]
    assert len(days) >= len(valves) / 2
    assert max(days) < dt.date(2025, 3, 18)
