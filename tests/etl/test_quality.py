"""The quality report: counts, maps, provenance, in both languages and in one file that needs no network."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pandas as pd
import psycopg
import pytest
import shapely

from cim.errors import BadSetting
from cim.etl.quality.facts import Drawing, city_of, file_counts, load_facts
from cim.etl.quality.map import Sheet, map_svg, round_length
from cim.etl.quality.page import page

AT = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def facts(town):
    """Facts of a town with a sound source and one with a crossed outline and a nameless height."""
    sound = [town.square(column) for column in range(3)]
    corners = list(sound[1].exterior.coords)
    crossed = shapely.Polygon([corners[0], corners[2], corners[1], corners[3]])
    options = {"columns": {"key": "id", "height": "height"}, "ground_m": 200.0}
    frame = pd.DataFrame({"id": ["a", "<b>", "c"], "height": [6.0, 9.0, None], "geom": [sound[0], crossed, sound[2]]})
    town.write_layer("houses.gpkg", frame)
    town.source("houses", "footprints", "houses.gpkg", options=options, licence="CC0-1.0")
    town.write_layer("good.gpkg", frame.iloc[:1])
    town.source("good", "footprints", "good.gpkg", options=options)
    town.load()
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}")) as connection:
        yield city_of(connection), load_facts(connection, None), connection


def test_the_page(facts):
    city, loads, connection = facts
    text = page(city, loads, AT)
    assert len(re.findall(r'<section class="page"', text)) == 3, "a summary, and a page a load"
    for words in ("数据质量报告", "合成数据", "Synthetic data", "轮廓自相交", "问题最多的文件", "CC0-1.0", "EPSG:4545"):
        assert words in text
    assert re.search(r"[0-9a-f]{64}", text), "the file's digest"
    assert "&lt;b&gt;" in text
    assert "<b>: " not in text, "what a file says is never markup"
    assert "未发现问题" in text
    assert "http" not in text.replace("http://www.w3.org", ""), "nothing is fetched"
    assert not re.search(r"<(script|link|img|iframe)\b|@import|url\(", text)
    with pytest.raises(BadSetting, match="cim loads shows"):
        load_facts(connection, 999)


def test_a_load_that_failed_is_not_called_clean(facts):
    city, (_, good), _ = facts
    assert "未发现问题" in page(city, [good], AT)
    failed = replace(good, load={**good.load, "status": "failed", "message": "the disk is full"})
    text = page(city, [failed], AT)
    assert "the disk is full" in text
    assert "未发现问题" not in text


def test_facts_count_what_was_refused_and_where(facts):
    _, (houses, good), connection = facts
    assert (houses.errors, houses.warnings, good.errors, good.warnings) == (1, 1, 0, 0)
    assert [(item.code, item.count) for item in houses.codes] == [
        ("geometry.self_intersection", 1),
        ("building.no_height", 1),
    ]
    assert [(item.file, item.errors, item.warnings) for item in houses.files] == [("houses.gpkg", 1, 1)]
    drawing = houses.drawing
    assert drawing is not None
    assert [severity for severity, _ in drawing.faults] == ["error", "warning"]
    assert drawing.unplaced == 0
    assert len(drawing.own) == 2
    (single,) = load_facts(connection, houses.load["load_id"])
    assert single.load["source"] == "houses"


def test_sheets_of_a_workbook_are_told_apart():
    rows = [
        {"severity": severity, "file": "WS.xlsx", "record": record}
        for severity, record in (("warning", "点!3"), ("error", "线!4"), ("warning", "线!9"), ("warning", "17"))
    ]
    found = [(item.file, item.errors, item.warnings) for item in file_counts(rows)]
    assert found == [("WS.xlsx · 线", 1, 1), ("WS.xlsx", 0, 1), ("WS.xlsx · 点", 0, 1)]


def test_a_map_is_drawn_true_to_scale_with_north_up():
    box = (500_000.0, 3_270_000.0, 501_000.0, 3_270_500.0)
    corner = shapely.Point(500_000, 3_270_500)
    house = shapely.box(500_100, 3_270_100, 500_200, 3_270_200)
    drawing = Drawing(box, [house], [house], [shapely.LineString([(500_000, 3_270_000), corner.coords[0]]), corner],
                      [("warning", corner), ("error", corner)], 0)  # fmt: skip
    svg = ET.fromstring(map_svg(drawing))  # noqa: S314 - drawn by ourselves
    assert svg.get("viewBox") == "0 0 720 360"
    uses = [(item.get("href"), float(item.get("x")), float(item.get("y"))) for item in svg.iter("use")]
    assert uses == [("#warning-mark", 0, 0), ("#error-mark", 0, 0)], "errors lie on top"
    paths = {item.get("class"): item.get("d") for item in svg.iter("path") if item.get("class")}
    assert paths["around"].startswith("M144 288")
    assert paths["own"] == "M0 360L0 0"
    assert paths["own dots"] == "M0.0 0.0h0"
    bar = next(item for item in svg.iter("g") if item.get("class") == "scale")
    assert [item.text for item in bar.iter("text")] == ["0", "100 m"]
    widths = [float(item.get("width")) for item in bar.iter("rect") if item.get("class") != "back"]
    assert sum(widths) == pytest.approx(100 * Sheet.of(box).scale)


@pytest.mark.parametrize(("most", "length"), [(130, 100), (99, 50), (2.5, 2), (5000, 5000), (0.4, 0.2)])
def test_round_lengths(most, length):
    assert round_length(most) == pytest.approx(length)
