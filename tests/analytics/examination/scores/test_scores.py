"""Scores of units: on one scale, by weights that may be doubted, and never without the interval of their rank."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cim.analytics.examination.register import Grading, Register, Words
from cim.analytics.examination.register_file import load_register
from cim.analytics.examination.scores.attainment import attained, attainment
from cim.analytics.examination.scores.ranking import drawn_weights, rank_intervals
from cim.analytics.examination.scores.score import NothingToScore, scored

NATIONAL = load_register("national-2024")


def rows(code: str, values, denominators=None) -> pd.DataFrame:
    count = len(values)
    below = [1.0] * count if denominators is None else denominators
    table = {"code": code, "unit_id": np.arange(1, count + 1), "level": "community", "value": np.array(values, float)}
    return pd.DataFrame(table | {"denominator": np.array(below, float), "reason": None})


@pytest.mark.parametrize(
    ("code", "values", "denominators", "expected"),
    [
        ("C11", [0, 1, 4, np.nan], [4, 4, 4, 4], [1, 0.75, 0, np.nan]),  # compounds without care, of four
        ("D37", [4, 8, 12, np.nan], None, [0.5, 1, 1, np.nan]),  # at least 8 km/km²
        ("D56", [0, 1, 2, 3], None, [0, 0.5, 1, 1]),  # at least 2 m² a resident
    ],
)
def test_values_on_one_scale(code, values, denominators, expected) -> None:
    found = attained(rows(code, values, denominators).set_index("unit_id"), NATIONAL.indicators[code])
    np.testing.assert_allclose(found, expected)


def test_less_is_better_and_bands_attain_by_the_same_margin() -> None:
    density = NATIONAL.indicators["D37"]
    at_most, band = (replace(density.standard, op=op, value=8, upper=10) for op in ("<=", "between"))
    values = rows("D37", [4, 8, 9, 16, 0]).set_index("unit_id")
    np.testing.assert_allclose(attained(values, replace(density, standard=at_most)), [1, 1, 8 / 9, 0.5, 1])
    np.testing.assert_allclose(attained(values, replace(density, standard=band)), [0.5, 1, 1, 10 / 16, 0])


@pytest.fixture(scope="module")
def few() -> Register:
    """Four indicators of the national system."""
    kept = {code: NATIONAL.indicators[code] for code in ("C11", "C12", "D37", "D56")}
    return Register("few", Words("", ""), 2024, None, Grading(), kept)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Forty communities: of the first nothing is known but one value, of the second all but one."""
    random = np.random.default_rng(5)
    parts = [
        rows("C11", random.integers(0, 5, 40), [4.0] * 40),
        rows("C12", random.integers(0, 5, 40), [4.0] * 40),
        rows("D37", random.uniform(2, 12, 40)),
        rows("D56", random.uniform(0, 3, 40)),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[(frame["unit_id"] == 1) & (frame["code"] != "D37"), "value"] = np.nan
    frame.loc[(frame["unit_id"] == 2) & (frame["code"] == "D56"), "value"] = np.nan
    return frame


NAMES = pd.Series({n: f"社区{n}" for n in range(1, 41)})


@pytest.mark.parametrize("method", ["sum", "topsis"])
@pytest.mark.parametrize("weights", ["equal", "entropy", "critic"])
def test_every_score_comes_with_the_interval_of_its_rank(few, table, weights, method) -> None:
    found = scored(table, few, NAMES, "community", weights=weights, method=method, draws=400, worst=20)
    told = found.table.drop(index=1)
    assert (
        told[["score", "rank", "rank_low", "rank_high", "rank_best", "rank_worst", "among_worst"]].notna().all().all()
    )
    assert (told["rank_best"] <= told["rank_low"]).all()
    assert (told["rank_low"] <= told["rank_high"]).all()
    assert (told["rank_high"] <= told["rank_worst"]).all()
    assert (told["rank_high"] > told["rank_low"]).mean() > 0.8  # a rank that is sure is the exception
    # In each draw twenty are the last, but for equals.
    assert told["among_worst"].sum() == pytest.approx(20, abs=1.5)
    assert found.weights.sum() == pytest.approx(1)
    assert told["rank"].is_monotonic_increasing


def test_too_little_known_is_no_score(few, table) -> None:
    found = scored(table, few, NAMES, "community", weights="equal", method="sum", draws=50).table
    assert found.loc[1, ["score", "rank", "rank_low", "among_worst"]].isna().all()
    assert found.loc[[1, 2], "covered"].tolist() == [0.25, 0.75]
    assert found.index[-1] == 1


def test_a_sixth_of_the_units_count_as_the_worst(few, table) -> None:
    found = scored(table, few, NAMES, "community", weights="equal", method="sum", draws=50)
    assert found.worst == 7
    assert 0 <= found.settled_worst <= 7


def test_the_same_seed_gives_the_same_intervals(few, table) -> None:
    one, again = (scored(table, few, NAMES, "community", weights="critic", method="sum", draws=100) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, again.table)
    other = scored(table, few, NAMES, "community", weights="critic", method="sum", draws=100, seed=1).table
    assert not other["among_worst"].equals(one.table["among_worst"])


def test_drawn_weights_vary_as_much_as_told() -> None:
    drawn = drawn_weights(np.full(10, 0.1), 20_000, 0.5, 3)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert drawn.mean(axis=0) == pytest.approx(np.full(10, 0.1), abs=0.002)
    assert drawn.std(axis=0) / 0.1 == pytest.approx(np.full(10, 0.5), abs=0.02)


def test_a_unit_better_in_everything_is_before_the_other_in_every_draw() -> None:
    matrix = pd.DataFrame([[0.9, 0.8, 0.7], [0.5, 0.8, 0.1], [0.1, 0.9, 0.6]], index=[7, 8, 9])
    weights = pd.Series(1 / 3, index=matrix.columns)
    for method in ("sum", "topsis"):
        found = rank_intervals(matrix, weights, method, draws=500, spread=0.8, seed=1, worst=1)
        assert found.loc[8, "rank_best"] > 1
        assert found.loc[7, "among_worst"] == 0


def test_judgements_weigh_levels_and_share_out_evenly(few, table) -> None:
    names = ["community", "city"]
    ratios = pd.DataFrame([[1, 3], [1 / 3, 1]], index=names, columns=names)
    found = scored(table, few, NAMES, "community", weights=ratios, method="sum", draws=50)
    assert found.weights.to_dict() == pytest.approx({"C11": 0.375, "C12": 0.375, "D37": 0.125, "D56": 0.125})
    assert (found.weighting, found.consistency_ratio) == ("ahp", 0)


def test_what_tells_nothing_apart_is_left_out(few) -> None:
    table = pd.concat([rows("D37", [9, 10, 11]), rows("D56", [np.nan, np.nan, 1]), rows("C11", [1, 0, 2], [4, 4, 4])])
    matrix, left_out = attainment(table, few.indicators, "community")
    assert list(matrix) == ["C11"]
    assert left_out == {"D37": "all_equal", "D56": "too_much_missing"}
    # Candidates that nobody looked at rank nobody.
    table.loc[table["code"].eq("C11") & (table["unit_id"] < 3), "reason"] = "prescreened;partly_missing"
    matrix, left_out = attainment(table, few.indicators, "community")
    assert matrix.empty
    assert left_out["C11"] == "prescreened"
    with pytest.raises(NothingToScore, match="nothing tells the units of level community apart"):
        scored(rows("D37", [9, 10, 11]), few, NAMES, "community", weights="equal", method="sum")


def test_ahp_by_codes_leaves_out_what_was_not_judged(few, table) -> None:
    ratios = pd.DataFrame([[1, 1], [1, 1]], index=["C11", "D37"], columns=["C11", "D37"])
    found = scored(table, few, NAMES, "community", weights=ratios, method="sum", draws=20)
    assert json.loads(found.weights.to_json()) == {"C11": 0.5, "D37": 0.5}
