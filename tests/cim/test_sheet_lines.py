"""How Chinese paragraphs break on the pages of a PDF, and where maps stand."""

from __future__ import annotations

import pytest

from cim.sheets import Sheet, Text
from cim.sheets.maps import MapFrame, north_arrow, scale_bar
from cim.sheets.pages import paragraph

SENTENCE = "台账共有三千个问题，其中候选须现场核实，不是结论；已销号的为零：见工作簿！"


@pytest.mark.parametrize("width", range(50, 240, 7))
def test_no_line_begins_with_a_mark_of_the_line_before(width) -> None:
    laid = paragraph(SENTENCE, 10)
    laid.wrap(width, 1000)
    lines = ["".join(words) for _, words in laid.blPara.lines]
    assert "".join(lines) == SENTENCE
    assert not [line for line in lines if line[0] in "，；：！"]


def test_a_scale_bar_has_a_round_length_and_north_stands_above() -> None:
    sheet = Sheet(90, 70)
    frame = MapFrame.around((0, 0, 5200, 3000), 1, 1, 88, 60)
    scale_bar(sheet, frame, "Scale")
    north_arrow(sheet, frame)
    said = [mark.text for mark in sheet.marks if isinstance(mark, Text)]
    assert frame.scale == 75_000
    assert said == ["2 km", "Scale 1:75,000", "N"]
    half = next(mark for mark in sheet.marks if getattr(mark, "fill", None) == "#000000")
    west, east = half.points[0][0], half.points[1][0]
    assert (east - west) * 2 == pytest.approx(2_000_000 / 75_000)
