"""Plans: works by hand, the optimum against every choice there is, and the plan against the oldest pipes first."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.analytics.errors import BadQuestion
from cim.analytics.network.renewal import selection
from cim.analytics.network.renewal.programme import programme
from cim.analytics.network.renewal.selection import best_value, in_order
from cim.analytics.network.renewal.works import workable_lengths
from cim.analytics.network.risk.assumptions import load_assumptions

ASSUMPTIONS = load_assumptions()


def pipes(*rows: tuple[int, int], **columns: object) -> pd.DataFrame:
    """Water pipes DN 100 of iron from 1980, 100 m long, under no street, by the nodes at their ends."""
    count = len(rows)
    told: dict[str, object] = {
        "segment_id": np.arange(1, count + 1), "network": "water", "road_name": "A", "material": "cast_iron",
        "start_id": [start for start, _ in rows], "end_id": [end for _, end in rows], "length_m": 100.0,
        "size_mm": 100.0, "installed_year": 1980.0, "road_class": None, "loss_yuan": 0.0, "failures_a_year": 0.01,
        "yuan_per_failure": 50_000.0, "rule_state": None,
    }  # fmt: skip
    return pd.DataFrame(told | columns)


def test_works_follow_the_street_and_are_no_longer_than_asked():
    """Street A: seven pipes in a line, listed in no order; street B leaves from its middle.

    ::

        1 ─ 2 ─ 3 ─ 4 ─ 5 ─ 6 ─ 7 ─ 8      700 m: three works of at most 300 m, pipes that follow one another
                    └ 9 ─ 10               street B
    """
    line = [(4, 5), (1, 2), (7, 8), (3, 2), (5, 6), (7, 6), (3, 4), (4, 9), (9, 10)]
    works = workable_lengths(pipes(*line, road_name=["A"] * 7 + ["B"] * 2), 30, 300)
    by_place = [works[line.index(pair)] for pair in ((1, 2), (3, 2), (3, 4), (4, 5), (5, 6), (7, 6), (7, 8))]
    runs = [len(list(same)) for _, same in itertools.groupby(by_place)]
    assert sorted(runs) == [2, 2, 3]
    assert works[7] == works[8]
    assert works[7] not in by_place


def test_what_is_too_short_joins_the_longest_neighbour_of_its_network():
    """A 10 m piece between streets A (200 m) and B (100 m); a gas pipe at the same node is no neighbour."""
    table = pipes(
        (1, 2), (2, 3), (3, 4), (4, 5), (4, 6), road_name=["A", "A", "C", "B", "D"],
        length_m=[100.0, 100.0, 10.0, 100.0, 400.0], network=["water"] * 4 + ["gas"],
    )  # fmt: skip
    works = workable_lengths(table, 30, 300)
    assert works[0] == works[1] == works[2]
    assert len(set(works.tolist())) == 3


def test_pipes_without_nodes_street_or_length_are_works_of_their_own():
    table = pipes((0, 0), (0, 0), road_name=None, length_m=[np.nan, 50.0])
    assert len(set(workable_lengths(table, 30, 300).tolist())) == 2


amounts = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 30)), min_size=1, max_size=9)


@given(amounts, st.integers(1, 120), st.data())
def test_the_optimum_is_that_of_trying_every_choice(works, budget, data):
    value, cost = (np.array(column, dtype=float) for column in zip(*works, strict=True))
    forced = np.array(data.draw(st.lists(st.booleans(), min_size=len(works), max_size=len(works))))
    found = best_value(value, cost, budget, forced)
    order = np.argsort(-value / cost, kind="stable")
    first = set(in_order(order[forced[order]], cost, budget).tolist())
    free = [one for one in range(len(works)) if not forced[one]]
    choices = (first | set(more) for size in range(len(free) + 1) for more in itertools.combinations(free, size))
    best = max(value[list(one)].sum() for one in choices if cost[list(one)].sum() <= budget)
    assert cost[found.taken].sum() <= budget
    assert set(np.flatnonzero(found.taken & forced).tolist()) == first
    assert value[found.taken].sum() == best
    assert found.method == "optimal"
    assert found.bound >= best - 1e-9


def test_greedy_loses_at_most_one_work(monkeypatch):
    """By value a yuan the first leaves no room for the other two, which are worth more."""
    monkeypatch.setattr(selection, "EXACT_UP_TO", 0)
    value, cost = np.array([7.0, 10.0, 10.0]), np.array([6.0, 10.0, 10.0])
    found = best_value(value, cost, 20, np.zeros(3, bool))
    assert found.method == "greedy"
    assert value[found.taken].sum() == 17
    assert found.bound == pytest.approx(7 + 10 + 4)


def test_the_plan_beats_age_and_rank_by_hand():
    """Three streets, one pipe of 100 m each, 150,000 yuan a work; the budget is for two.

    ::

        street   laid   size   loss a year   cost a work
        A        1950    100         1,000   60,000 + 100 * 900             = 150,000   the oldest
        B        1990    100         9,000                                    150,000
        C        1990    100         8,000                                    150,000
        D        1990   2600        10,000   60,000 + 100 * (900 + 6*2500)  = 1,650,000  the largest loss, beyond reach
    """
    table = pipes(
        (1, 2), (3, 4), (5, 6), (7, 8), road_name=list("ABCD"), installed_year=[1950.0, 1990.0, 1990.0, 1990.0],
        loss_yuan=[1_000.0, 9_000.0, 8_000.0, 10_000.0], size_mm=[100.0, 100.0, 100.0, 2600.0],
    )  # fmt: skip
    found = programme(table, {}, ASSUMPTIONS, budget_yuan=300_000, horizon_years=10)
    assert found.works["road_name"].tolist() == ["B", "C"]
    assert found.works["cost_yuan"].tolist() == [150_000, 150_000]
    # A new pipe fails once in 100 km and year: 0.001 * 50,000 = 50 yuan a year are left; discounted by 3 %.
    worth = sum(1.03**-year for year in range(1, 11))
    assert found.works["removed_yuan"].tolist() == pytest.approx([8_950 * worth, 7_950 * worth])
    removed = {way.way: way.removed_yuan for way in found.ways}
    assert removed["plan"] == pytest.approx(16_900 * worth)
    assert removed["age"] == pytest.approx((950 + 8_950) * worth)
    assert removed["rank"] == pytest.approx(16_900 * worth)
    assert found.segments["segment_id"].tolist() == [2, 3]
    assert found.method == "optimal"


def test_a_rule_in_force_goes_first_whatever_it_removes():
    table = pipes((1, 2), (3, 4), (5, 6), road_name=list("ABC"), loss_yuan=[9_000.0, 10.0, 20.0],
                  rule_state=["lapsed", "in_force", "in_force"])  # fmt: skip
    found = programme(table, {}, ASSUMPTIONS, budget_yuan=300_000, horizon_years=10)
    assert found.works["road_name"].tolist() == ["B", "C"] or found.works["road_name"].tolist() == ["C", "B"]
    assert found.works["forced"].all()
    assert found.forced_left == 0
    # The other ways to choose have the same rules to keep.
    assert len({way.removed_yuan for way in found.ways}) == 1
    assert programme(table, {}, ASSUMPTIONS, budget_yuan=150_000, horizon_years=10).forced_left == 1


def test_works_are_spread_over_the_years_and_count_from_the_next():
    """Two works, two years: the better one first; what is built a year later removes a year less, at an older age."""
    table = pipes((1, 2), (3, 4), road_name=list("AB"), loss_yuan=[5_000.0, 8_000.0])
    found = programme(table, {}, ASSUMPTIONS, budget_yuan=300_000, horizon_years=3, build_years=2, first_year=2026)
    assert found.works[["road_name", "year"]].to_numpy().tolist() == [["B", 2026], ["A", 2027]]
    assert found.works["removed_yuan"].tolist() == pytest.approx(
        [7_950 * (1.03**-1 + 1.03**-2 + 1.03**-3), 4_950 * (1.03**-2 + 1.03**-3)]
    )
    older = programme(table, {"water": 1.0}, ASSUMPTIONS, budget_yuan=300_000, horizon_years=3, first_year=2026)
    assert older.works["removed_yuan"].sum() > found.works["removed_yuan"].sum()


def test_a_pipe_better_than_new_is_worth_nothing_not_less():
    table = pipes((1, 2), (2, 3), loss_yuan=[1.0, 8_000.0])
    found = programme(table, {}, ASSUMPTIONS, budget_yuan=1_000_000, horizon_years=1)
    assert found.works["removed_yuan"].tolist() == pytest.approx([7_950 / 1.03])


@pytest.mark.parametrize(("budget", "horizon", "build"), [(0, 10, 1), (1, 10, 11), (1, 10, 0)])
def test_questions_that_cannot_be_meant(budget, horizon, build):
    with pytest.raises(BadQuestion, match="give a budget above zero"):
        programme(pipes((1, 2)), {}, ASSUMPTIONS, budget_yuan=budget, horizon_years=horizon, build_years=build)
