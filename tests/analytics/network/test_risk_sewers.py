"""Sewers: indices RI and MI by hand, grades, and what is said of those that nobody has inspected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.condition import condition, defects_unknown, grade
from cim.analytics.network.risk.sewers import sewer_rates

ASSUMPTIONS = load_assumptions()


def sewers(count: int, **columns: object) -> pd.DataFrame:
    """Concrete sewers DN 700 of 1990 under no street, 30 m long, numbered from 1."""
    told: dict[str, object] = {
        "segment_id": np.arange(1, count + 1), "network": "sewage", "material": "concrete", "installed_year": 1990.0,
        "size_mm": 700.0, "length_m": 30.0, "road_class": None,
    }  # fmt: skip
    return pd.DataFrame(told | columns)


def seen(*rows: tuple[int, str | None, float | None, float | None]) -> pd.DataFrame:
    """Inspections: segment, code, grade, chainage."""
    return pd.DataFrame(rows, columns=["segment_id", "code", "grade", "chainage_m"]).astype(
        {"grade": float, "chainage_m": float}
    )


def test_indices_by_hand():
    """Sewers under a main street.

    ::

        1: crack of grade 4 (10) at 5 m, deformation of grade 2 (2) at 6.2 m: 1.2 m on, so it weighs 1.1.
           S = (10 + 1.1 * 2) / 2 = 6.1, the gravest 10: F = 10.  K = 6, E = 3: RI = 7 + 0.6 + 0.15 = 7.75, grade IV
        2: joints of grades 3 and 2 (5, 2) 0.4 m apart are one: F = 5, RI = 3.5 + 0.6 + 0.15 = 4.25, grade III
        3: deposit of grade 3 (5): G = 5, MI = 4 + 0.15 * 6 + 0.05 * 3 = 5.05, grade III; RI = 0
        4: corrosion of grade 2 (2): F = 2 is below 4, so street and size count nothing: RI = 1.4, grade II
        5: sound
        6: leaks of grade 2 (2) at 3 m and at 4.2 m: S = (2 + 1.1 * 2) / 2 = 2.1, above the gravest: RI = 1.47
    """
    pipes = sewers(6, road_class="arterial")
    inspections = seen(
        (1, "PL", 4, 5.0), (1, "BX", 2, 6.2), (2, "CK", 3, 9.0), (2, "CK", 2, 9.4), (3, "CJ", 3, 1.0),
        (4, "FS", 2, 7.0), (5, None, None, None), (6, "SL", 2, 3.0), (6, "SL", 2, 4.2),
    )  # fmt: skip
    found = condition(pipes, inspections, ASSUMPTIONS)
    assert found["repair_index"].tolist() == pytest.approx([7.75, 4.25, 0, 1.4, 0, 1.47])
    assert found["maintenance_index"].tolist() == pytest.approx([0, 0, 5.05, 0, 0, 0])
    assert found["structural"].tolist() == [4, 3, 1, 2, 1, 2]
    assert found["functional"].tolist() == [1, 1, 3, 1, 1, 1]
    assert found["worst_structural"].tolist()[:2] == ["PL", "CK"]
    assert not found["hidden_branch"].any()


def test_ends_of_grades():
    assert grade(np.array([0, 1.0, 1.01, 4.0, 4.01, 7.0, 7.01])).tolist() == [1, 1, 2, 2, 3, 3, 4]


def test_what_the_table_does_not_know_is_no_sound_sewer():
    """Codes are read without blanks; 2 to 5 have only defects that say nothing, 6 one beside, 7 was seen sound."""
    inspections = seen(
        (1, " pl ", 4, 5.0), (2, "ZZ", 3, 1.0), (3, "PL", None, 1.0), (4, "PL", 5, 1.0), (4, "PL", 0, 2.0),
        (5, "  ", 3, 1.0), (6, "PL", 4, 5.0), (6, "ZZ", 4, 9.0), (7, None, None, None), (99, "ZZ", 4, 1.0),
    )  # fmt: skip
    pipes = sewers(7)
    found = condition(pipes, inspections, ASSUMPTIONS)
    assert found.index.tolist() == [1, 6, 7]
    assert found["structural"].tolist() == [4, 4, 1]
    assert found["worst_structural"].tolist()[0] == "PL"
    assert defects_unknown(pipes, inspections, ASSUMPTIONS) == 6
    rates = sewer_rates(pipes, found, ASSUMPTIONS, 2026.0)
    assert rates.basis.tolist() == ["condition", *["similar"] * 4, "condition", "condition"]


def test_a_hidden_branch_is_told_where_nothing_else_is_known():
    pipes = sewers(2)
    found = condition(pipes, seen((1, "XX", 3, 1.0), (1, "AJ ", None, 2.0), (2, "PL", 4, 5.0)), ASSUMPTIONS)
    assert found["hidden_branch"].tolist() == [True, False]
    assert found[["repair_index", "structural", "functional"]].loc[1].isna().all()
    assert found.loc[1, "worst_structural"] is None or pd.isna(found.loc[1, "worst_structural"])
    assert sewer_rates(pipes, found, ASSUMPTIONS, 2026.0).basis.tolist() == ["similar", "condition"]


def test_an_inspected_sewer_fails_by_its_grades_and_others_like_it():
    """Two old sewers of grade IV (60 + 2), one young sound one (1 + 2); two old ones and one of brick were not seen."""
    pipes = sewers(
        6, installed_year=[1960.0, 1961.0, 2015.0, 1962.0, 1963.0, 2016.0], material=["concrete"] * 5 + ["brick"]
    )
    inspections = seen((1, "PL", 4, 5.0), (2, "PL", 4, 5.0), (3, None, None, None))
    found = sewer_rates(pipes, condition(pipes, inspections, ASSUMPTIONS), ASSUMPTIONS, 2026.0)
    assert found.basis.tolist() == ["condition"] * 3 + ["similar"] * 3
    overall = (62 + 62 + 3) / 3
    # Two seen of four in the same decade against the weight of five for all; none seen of brick.
    old = (2 * 62 + 5 * overall) / 7
    assert found.rates.mean * 100 == pytest.approx([62, 62, 3, old, old, overall])
    assert (found.rates.low < found.rates.mean).all()
    assert (found.rates.high > found.rates.mean).all()
    width = found.rates.high / found.rates.mean
    assert width[3] > 1.5 * width[0]


def test_without_any_inspection_assumed_rates_are_said_to_be_so():
    pipes = sewers(2)
    found = sewer_rates(pipes, condition(pipes, seen(), ASSUMPTIONS), ASSUMPTIONS, 2026.0)
    assert found.basis.tolist() == ["published"] * 2
    assert found.rates.mean * 100 == pytest.approx([10.0, 10.0])


@pytest.mark.parametrize("inspections", [seen(), seen((1, None, None, None), (2, "PL", 4, 5.0))])
def test_a_city_may_say_that_sound_sewers_do_not_fail(tmp_path, inspections):
    text = "sewers: {structural: {1: 0, 2: 0}, functional: {1: 0, 2: 0}}"
    (tmp_path / "risk.yaml").write_text(text, encoding="utf-8")
    own = load_assumptions(tmp_path)
    pipes = sewers(3)
    found = sewer_rates(pipes, condition(pipes, inspections, own), own, 2026.0).rates
    assert np.isfinite([found.low, found.mean, found.high]).all()
    assert found.mean[0] == pytest.approx(0, abs=1e-6)
