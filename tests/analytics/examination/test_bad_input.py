"""What is wrong with a city's data or registers is told, the rest is computed, and the report shows the gap."""

from __future__ import annotations

import io

import openpyxl
import pypdfium2
import pytest
import yaml
from shapely import box

import cim.analytics
from cim.analytics.examination.register_file import load_register
from cim.analytics.examination.report.blocks import Paragraph, Table
from cim.analytics.examination.report.files import FORMATS, Writing
from cim.analytics.examination.report.gathering import report_of
from cim.analytics.examination.report.sections.quality import quality
from cim.analytics.examination.report.submission import load_forms
from cim.viewer import OPERATOR

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
KEPT = {"C11", "C12", "B24", "B26", "D56", "D41"}
"""Indicators of the system that is examined: standards, people, areas, levels and figures among them."""


@pytest.fixture
def spoilt(database, publish, draw, tmp_path):
    """The town with all that the issue lists: examined for 2026, and for a year of which nothing is known."""
    town = draw.town()
    town["admin_unit"].loc[WEST, "geom"] = box(0, 0, 1100, 1000)  # over its neighbour
    away = draw.facilities(("elderly_care", 9000, 9000, 400), ("shelter", 9000, 9100, 5000))
    away.index = [190, 191]
    figure = {"figure": "heritage_incidents", "value": 3, "age_years": 0}
    for theme, drawn in {
        **town,
        "facility": town["facility"],
        "statistic": draw.rows("statistic", 900, figure),
    }.items():
        if theme != "population":
            draw.publish(database, publish, theme, drawn)
    draw.publish(database, publish, "facility", away)

    every = load_register("national-2024").indicators
    changed = [
        {"code": "B26", "standard": {"op": ">=", "value": "85 percent", "source": "us", "confidence": "low"}},
        {"code": "C12", "measure": "places_by_magic"},
        {"code": "B24", "levels": ["block"]},
    ]
    text = {"system": "spoilt", "title": {"zh": "坏", "en": "Spoilt"}, "year": 2026, "base": "national-2024"}
    path = tmp_path / "spoilt.yaml"
    path.write_text(
        yaml.safe_dump(text | {"leave_out": sorted(set(every) - KEPT), "indicators": changed}, allow_unicode=True),
        encoding="utf-8",
    )
    return [cim.analytics.examine(database, year=year, system=str(path), viewer=OPERATOR) for year in (2026, 2020)]


def test_the_rest_is_computed_and_the_report_shows_the_gaps(spoilt) -> None:
    exam, before = spoilt
    assert exam.left_out == {
        "units_overlap": 1, "no_measure": 1, "bad_standard": 1, "no_units_of_level": 1, "facilities_outside": 2,
    }  # fmt: skip
    city = exam.table[exam.table["level"] == "city"].set_index("code")
    assert set(city.index) == KEPT - {"B24"}  # told for blocks alone, and there are none
    assert (city.loc["C11", "value"], city.loc["C11", "grade"]) == (2, "short")  # the rest, as ever
    assert city.loc["B26", "reason"].split(";")[0] == "bad_standard:85 percent"
    assert city.loc["B26", "value"] == pytest.approx(37.5)
    assert city.loc["B26", "grade"] == "not_assessable"
    assert city.loc["C12", "reason"] == "no_measure"
    assert city.loc["D56", "reason"] == "no_data:population"  # shelters for each resident
    assert city.loc["D41", "value"] == 3

    writing = Writing(report_of(exam), load_forms())
    pages = pypdfium2.PdfDocument(io.BytesIO(FORMATS["pdf"].write(writing, "en")))
    told = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    for words in (
        "No population is loaded of the year or before",
        "1 × units of one level overlap",
        "1 × nothing computes it yet",
        "1 × its standard is text where a number belongs",
        "1 × indicators for whose levels no unit is loaded",
        "2 × facilities outside every unit",
        "No blocks are loaded",
        "(85 percent)",
        "the data it needs is not loaded (population)",
    ):
        assert words in told, words
    sheet = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].write(writing, "zh")))["缺失 missing"]
    assert any("(85 percent)" in str(row[1]) for row in sheet.iter_rows(values_only=True))

    # A year of which nothing was counted: what stands without a year is computed, the rest says what is missing.
    city = before.table[before.table["level"] == "city"].set_index("code")
    assert city.loc["D41", "reason"] == "no_data:statistic"
    assert city.loc["C11", "value"] == 2
    told = " ".join(block.text.en for block in quality(report_of(before)) if isinstance(block, Paragraph))
    assert "No population is loaded of the year or before" in told
    *_, table = [block for block in quality(report_of(before)) if isinstance(block, Table)]
    missing = {row[0].text.en: row[2].text.en for row in table.rows}
    assert missing["the data it needs is not loaded (statistic)"] == "D41"
    assert missing["the data it needs is not loaded (population)"] == "D56"
