"""Charts and numbers of the report, worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from cim.analytics.examination.report.drawings.axis import Axis, ticks
from cim.analytics.examination.report.drawings.shown import classes, colours, shown
from cim.analytics.examination.report.evidence import evidence_words
from cim.analytics.examination.report.numbers import number, share, standard_words
from cim.analytics.examination.report.report import Indicated
from cim.analytics.examination.report.words import COLOURS, both
from cim.sheets.maps import MapFrame

PERCENT = both("%", "%")


def indicated(rows: list[tuple[float | None, float, str]], **declared: object) -> Indicated:
    """An indicator of communities numbered from 1: value, denominator, grade."""
    table = pd.DataFrame(rows, columns=["value", "denominator", "grade"], index=range(1, len(rows) + 1))
    table = table.assign(level="community", numerator=table["value"], reason=None)
    told = {"form": "ratio", "direction": "higher", "unit_zh": "%", "unit_en": "%", "standard": None, "level": "block"}
    return Indicated("X1", told | declared, table)


def test_numbers_have_three_figures() -> None:
    said = {0.0: "0", 161.0: "161", 20014.4: "20,014", 0.35: "0.35", 0.5142: "0.514", 17.68: "17.7", 99.99: "100"}
    assert {value: number(value) for value in said} == said
    assert number(None) == number(float("nan")) == "–"
    assert [share(value) for value in (0.0, 0.042, 0.17, 1.0)] == ["0 %", "4.2 %", "17 %", "100 %"]
    assert standard_words({"op": "between", "value": 0.5, "upper": 1.5}, PERCENT).zh == "0.5 … 1.5 %"


@pytest.mark.parametrize(("low", "high"), [(0, 100), (0, 0.35), (-3, 7), (0, 6020), (5, 5)])
def test_an_axis_begins_and_ends_at_round_numbers_around_the_range(low, high) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 7
    axis = Axis(found, 10, 80)
    assert axis.at(found[0]) == 10
    assert axis.at(found[-1]) == pytest.approx(80)


def test_a_map_of_grades_has_two_tints_where_a_grade_has_four_units() -> None:
    rows = [(10, 1, "short"), (20, 1, "short"), (30, 1, "short"), (40, 1, "short"), (70, 1, "near"), (90, 1, "meets")]
    standard = {"op": ">=", "value": 85.0, "upper": None}
    drawn = shown(indicated([*rows, (None, 0, "not_assessable")], standard=standard), "community", 0.05)
    assert drawn.values.index.tolist() == [1, 2, 3, 4, 5, 6]  # the furthest from the standard first
    assert [(each.words.en, each.units) for each in classes(drawn)] == [
        ("falls short 10 – 20", [1, 2]), ("falls short 30 – 40", [3, 4]), ("near 70", [5]), ("meets 90", [6]),
        ("no data", [7]),
    ]  # fmt: skip
    assert colours(drawn)[1] == COLOURS["short"] != colours(drawn)[3]


def test_of_a_count_the_share_of_the_stock_is_drawn_and_its_line_is_what_meets() -> None:
    standard = {"op": "==", "value": 0.0, "upper": None}
    rows = [(5, 10, "short"), (1, 50, "meets"), (0, 0, "not_assessable")]
    one = indicated(rows, form="count", direction="lower", standard=standard)
    drawn = shown(one, "community", 0.05)
    assert drawn.values.to_dict() == {1: 50.0, 2: 2.0}
    assert drawn.target == 5.0


def test_without_a_standard_values_are_shown_in_quarters() -> None:
    drawn = shown(indicated([(n, 1, "not_assessable") for n in range(8)]), "community", 0.05)
    assert [len(each.units) for each in classes(drawn)] == [2, 2, 2, 2]
    assert not drawn.graded
    assert drawn.target is None


def test_a_map_stands_in_the_middle_of_its_frame_at_a_round_scale() -> None:
    frame = MapFrame.around((1000, 2000, 3000, 3000), 0, 0, 88, 50)
    assert frame.scale == 25_000  # 2 km on 84 mm
    assert frame.place(2000, 2500) == pytest.approx((44, 25))
    west, south, east, north = frame.box
    assert (east - west, north - south) == (2200, 1250)


def test_evidence_is_told_in_words() -> None:
    told = evidence_words({"storeys_above": 6.0, "built_year": 1978.0, "structure": "brick_wood", "strange": 1})
    assert told.zh == "建于 1978 年，地上 6 层，结构 砖木"
    assert evidence_words(None).en == "–"


def test_grades_have_the_viewers_colours(pytestconfig) -> None:
    catalogue = yaml.safe_load((pytestconfig.rootpath / "layers" / "catalogue.yaml").read_text("utf-8"))
    (layer,) = [one for one in catalogue["layers"] if one["name"] == "examination"]
    assert {each["value"]: each["color"] for each in layer["style"]["by"]["classes"]} == COLOURS
