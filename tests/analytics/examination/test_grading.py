"""From numerators to grades: every rule, on its edges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cim.analytics.examination.grading import graded, not_assessable
from cim.analytics.examination.measure import OnFoot, Reading, Seen
from cim.analytics.examination.register import Grading, Standard
from cim.analytics.examination.register_file import load_register

RATIO = load_register("national-2024").indicator("B26")  # percent, at least 85
COUNT = load_register("national-2024").indicator("H07")  # none of the stock


def standard(op: str, value: float, upper: float | None = None) -> Standard:
    return Standard(op, value, upper, "here", "high")


def grades(indicator, numerator, denominator, missing=0.0) -> list[str]:
    index = pd.RangeIndex(10, 10 + len(numerator))
    missing = np.broadcast_to(missing, len(numerator))
    series = [pd.Series(np.asarray(values, float), index=index) for values in (numerator, denominator, missing)]
    table = graded(indicator, Reading(*series), Grading())
    assert table.index.equals(index)
    return table["grade"].tolist()


def test_higher_is_better() -> None:
    assert grades(RATIO, [85, 84.9, 68, 67.9, 0], [100] * 5) == ["meets", "near", "near", "short", "short"]


def test_lower_is_better() -> None:
    at_most_ten = dataclasses.replace(RATIO, standard=standard("<=", 10))
    assert grades(at_most_ten, [10, 10.1, 12.5, 12.6, 0], [100] * 5) == ["meets", "near", "near", "short", "meets"]


def test_band() -> None:
    band = dataclasses.replace(RATIO, standard=standard("between", 70, 150), scale=100)
    found = grades(band, [70, 150, 69, 56, 55.9, 187, 188], [100] * 7)
    assert found == ["meets", "meets", "near", "near", "short", "near", "short"]


def test_counts_that_should_be_zero_by_share_of_stock() -> None:
    found = grades(COUNT, [0, 4, 5, 9, 10, 0], [100, 100, 100, 100, 100, 3])
    assert found == ["meets", "meets", "near", "near", "short", "meets"]


def test_rates_that_should_be_zero() -> None:
    rate = dataclasses.replace(RATIO, standard=standard("==", 0))
    assert grades(rate, [0, 4, 9, 10], [100] * 4) == ["meets", "meets", "near", "short"]


def test_value_numerator_and_standard_of_a_ratio() -> None:
    index = pd.Index([7])
    one = Reading(pd.Series([30.0], index), pd.Series([40.0], index), pd.Series([0.25], index), ("radius_not_walk",))
    row = graded(RATIO, one, Grading()).loc[7]
    beside = ("low", "high", "on_foot", "on_foot_missing", "extent_m2")
    assert row[list(beside)].isna().all()
    assert row.drop(list(beside)).to_dict() == {
        "extent": "unit",
        "value": 75.0,
        "numerator": 30.0,
        "denominator": 40.0,
        "missing_share": 0.25,
        "standard": 85.0,
        "grade": "near",
        "reason": "partly_missing;radius_not_walk",
    }


def test_a_unit_with_nothing_to_count_is_not_zero() -> None:
    index = pd.Index([7])
    for indicator in (RATIO, COUNT):
        nothing = Reading(pd.Series([0.0], index), pd.Series([0.0], index), pd.Series([0.0], index), ("prescreened",))
        row = graded(indicator, nothing, Grading()).loc[7]
        assert (row["grade"], row["reason"]) == ("not_assessable", "no_stock")
        assert np.isnan(row["value"])
        assert np.isnan(row["numerator"])


def test_too_much_missing_withholds_the_grade_but_not_the_value() -> None:
    index = pd.Index([1, 2, 3])
    missing = pd.Series([0.5, 0.51, 1.0], index)
    some = Reading(pd.Series([90.0, 90.0, 0.0], index), pd.Series([100.0, 100.0, 0.0], index), missing)
    table = graded(RATIO, some, Grading())
    assert table["grade"].tolist() == ["meets", "not_assessable", "not_assessable"]
    assert table["reason"].tolist() == ["partly_missing", "too_much_missing", "too_much_missing"]
    assert table["value"].tolist() == pytest.approx([90.0, 90.0, np.nan], nan_ok=True)


def test_without_standard_there_is_a_value_but_no_grade() -> None:
    free = dataclasses.replace(RATIO, standard=None)
    index = pd.Index([1])
    row = graded(free, Reading(*(pd.Series([value], index) for value in (1.0, 2.0, 0.0))), Grading()).loc[1]
    assert (row["value"], row["grade"], row["reason"]) == (50.0, "not_assessable", "no_standard")
    assert np.isnan(row["standard"])


def test_rules_come_from_the_register() -> None:
    strict = Grading(near_share=0.9, meets_problem_share=0.0, near_problem_share=0.02, missing_share_max=0.1)
    index = pd.Index([1])
    values = {"value": 75.0, "share": 0.01}

    def grade(indicator, numerator, missing=0.0) -> str:
        series = [pd.Series([value], index) for value in (numerator, 100.0, missing)]
        return str(graded(indicator, Reading(*series), strict)["grade"].item())

    assert grade(RATIO, values["value"]) == "short"
    assert grade(COUNT, 1.0) == "near"
    assert grade(COUNT, 0.0) == "meets"
    assert grade(RATIO, 90.0, missing=0.11) == "not_assessable"


def test_rows_of_an_indicator_without_data() -> None:
    row = not_assessable(RATIO, pd.Index([5]), "no_data:land_use").loc[5]
    assert row["missing_share"] == 1.0
    assert row["standard"] == 85.0
    assert np.isnan(row["value"])
    assert (row["grade"], row["reason"]) == ("not_assessable", "no_data:land_use")


def test_a_hazard_caps_the_grade_however_few() -> None:
    hazard = dataclasses.replace(COUNT, hazard=True)
    index = pd.Index([1, 2, 3])
    found = Reading(*(pd.Series(values, index) for values in ([1.0, 0.0, 20.0], [100.0] * 3, [0.0] * 3)))
    table = graded(hazard, found, Grading())
    assert table["grade"].tolist() == ["near", "meets", "short"]
    assert table["reason"].fillna("").tolist() == ["hazard_capped", "", ""]


def test_candidates_are_no_verdict() -> None:
    """Of 100 judged 30 are faulty by the registers; surveyors looked at none, at 40, at 60 with 3 faults, and at all.

    The value counts candidates; a grade follows from what was seen, where more than half of the stock was.
    """
    index = pd.Index([1, 2, 3, 4, 5])
    parts = [pd.Series(values, index) for values in ([30.0] * 5, [100.0] * 5, [0.0, 0.0, 0.0, 0.0, 0.2])]
    seen = [pd.Series(values, index) for values in ([0.0, 4.0, 2.0, 30.0, 2.0], [0.0, 40.0, 60.0, 100.0, 60.0])]
    table = graded(COUNT, Reading(*parts, seen=Seen(*seen)), Grading())
    assert table["value"].tolist() == [30.0] * 5
    # Of the last a fifth is not known besides: 0.8 of the stock judged, 0.6 of it seen, is not half of all.
    assert table["grade"].tolist() == ["not_assessable", "not_assessable", "meets", "short", "not_assessable"]
    wanted = ["prescreened", "prescreened", "partly_prescreened", "", "prescreened;partly_missing"]
    assert table["reason"].fillna("").tolist() == wanted
    hazard = graded(dataclasses.replace(COUNT, hazard=True), Reading(*parts, seen=Seen(*seen)), Grading())
    assert hazard["grade"].tolist()[2:4] == ["near", "short"]  # two were found


def test_what_is_missing_makes_an_interval() -> None:
    """30 of 40 judged, 10 unknown: 30 to 40 of them all, 60 % to 80 %."""
    index = pd.Index([1, 2])
    parts = [pd.Series(values, index) for values in ([30.0, 30.0], [40.0, 40.0], [0.2, 0.0])]
    found = Reading(*parts, unknown=pd.Series([10.0, 0.0], index))
    share, count = graded(RATIO, found, Grading()), graded(COUNT, found, Grading())
    assert share.loc[1, ["low", "value", "high"]].tolist() == [60.0, 75.0, 80.0]
    assert count.loc[1, ["low", "value", "high"]].tolist() == [30.0, 30.0, 40.0]
    assert share.loc[2, ["low", "high"]].isna().all()  # nothing is missing: the value is all there is


def test_the_same_on_foot_stands_beside_the_value() -> None:
    index = pd.Index([1])
    foot = OnFoot(*(pd.Series([value], index) for value in (2.0, 4.0, 1.0)))
    found = Reading(*(pd.Series([value], index) for value in (3.0, 4.0, 0.0)), on_foot=foot)
    row = graded(RATIO, found, Grading()).loc[1]
    assert (row["value"], row["on_foot"], row["on_foot_missing"]) == (75.0, 50.0, 0.2)
