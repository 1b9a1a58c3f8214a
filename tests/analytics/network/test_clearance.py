"""Clearance by hand on drawn cases, and by a plain loop over shapely geometries on random networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.network.clearance.buildings import building_clearance
from cim.analytics.network.clearance.pieces import joined, lines_of
from cim.analytics.network.clearance.pipe_classes import Classes
from cim.analytics.network.clearance.pipes import pipe_clearance
from cim.analytics.network.clearance.unknown_classes import pairs_of_unknown_class
from cim.analytics.network.rules.tables import CLASSES, load_rules

RULES = load_rules()
GROUPS = ("water", "sewer", "gas", "heat", "power", "tel", "reclaimed", "trench", "kerb", "tree")


def lines(*pipes, known=True, plan=0.05, height=0.05):
    """Lines from (class, half size, coordinates); equal beginnings of the class make one network."""
    count = len(pipes)
    shapes = [shapely.LineString(xyz) if len(xyz) > 1 else shapely.Point(xyz[0]) for _, _, xyz in pipes]
    half = np.array([size for _, size, _ in pipes], dtype=np.float64)
    return lines_of(
        np.array(shapes, dtype=object),
        feature_id=np.arange(1, count + 1),
        group=np.array([next(i for i, g in enumerate(GROUPS) if name.startswith(g)) for name, _, _ in pipes]),
        code=np.array([CLASSES.index(name) for name, _, _ in pipes]),
        larger=np.zeros(count, np.bool_),
        half_width_m=half,
        half_height_m=half,
        plan_m=np.full(count, plan),
        height_m=np.full(count, height),
        depth_known=np.full(count, known),
    )


def found(some, rule):
    horizontal, vertical = pipe_clearance(some, RULES)
    judged = horizontal if rule == "horizontal" else vertical
    rows = judged.findings
    return {
        (int(row.feature_id), int(row.other_id)): (round(float(row.measured_m), 4), row.verdict)
        for row in rows.itertuples()
    }


def test_parallel_pipes_are_measured_from_wall_to_wall() -> None:
    """Water DN200 (outer 0.22 m) beside a sewer (outer 0.50 m), axes 1.26 m apart; 1.0 m is asked between walls.

    ::

        water  ══════════════════════   0.11 ┐
                      0.90 m                 ├ 1.26
        sewer  ══════════════════════   0.25 ┘

    1.26 - 0.11 - 0.25 = 0.90 < 1.00: too near, by 0.10 m, which is more than ± 0.05·√2 = 0.07. Axis to axis it would
    pass. That the sewer lies 2 m deeper changes nothing: the rule is one of plan.
    """
    water = ("water_le200", 0.11, [(0, 0, 10), (50, 0, 10)])
    sewer = ("sewer_storm", 0.25, [(0, 1.26, 8), (50, 1.26, 8)])
    some = lines(water, sewer)
    assert found(some, "horizontal") == {(1, 2): (0.9, "violation")}
    assert found(some, "vertical") == {}
    row = pipe_clearance(some, RULES)[0].findings.iloc[0]
    assert (row.required_m, row.clause, row.confidence, row.status) == (
        1.0,
        "GB 50289-2016 table 4.1.9",
        "V",
        "unverified",
    )
    assert row.space_m == pytest.approx(np.hypot(1.26, 2) - 0.36, abs=1e-4)


@pytest.mark.parametrize(
    ("apart", "verdict"), [(1.20, "violation"), (1.30, "suspected"), (1.40, "suspected"), (1.50, None)]
)
def test_tolerance_makes_the_verdict(apart, verdict) -> None:
    """1.0 m asked, walls 0.36 m, ± 0.07 m: certain below 1.29 m between axes, safe above 1.43 m, else 疑似."""
    some = lines(
        ("water_le200", 0.11, [(0, 0, 10), (50, 0, 10)]), ("sewer_storm", 0.25, [(0, apart, 8), (50, apart, 8)])
    )
    assert found(some, "horizontal").get((1, 2), (0, None))[1] == verdict
    if verdict == "suspected":
        assert bool(pipe_clearance(some, RULES)[0].findings.iloc[0].too_near) == (apart - 0.36 < 1.0)


def test_skew_crossing_is_measured_upwards_where_axes_meet() -> None:
    """A gas pipe climbs over a water main at 45° in plan.

    ::

                      gas, z 9.8 → 10.8
                    ╱
        water ═════╳═════ z = 9.9, outer 0.22 m
                 ╱

    They meet halfway: gas axis at 10.3. Its slope is 1 in 20·√2 = 28.28, so that its wall is farther upwards by the
    factor √(28.28² + 1²) / 28.28 = 1.00062. Clearance: 10.3 - 9.9 - 0.11 - 0.055·1.00062 = 0.23497; 0.15 m is asked.
    """
    water = ("water_le200", 0.11, [(0, 0, 9.9), (20, 0, 9.9)])
    gas = ("gas_midA", 0.055, [(0, -10, 9.8), (20, 10, 10.8)])
    some = lines(water, gas, height=0.1)
    assert found(some, "vertical") == {(1, 2): (0.235, "suspected")}
    assert found(some, "horizontal") == {}
    row = pipe_clearance(some, RULES)[1].findings.iloc[0]
    assert (row.x, row.y) == (pytest.approx(10), pytest.approx(0))
    assert row.z == pytest.approx((10.3 + 9.9) / 2)


def test_pipes_that_share_room_have_less_than_nothing() -> None:
    some = lines(
        ("water_le200", 0.11, [(0, 0, 9.9), (20, 0, 9.9)]), ("gas_midA", 0.1, [(10, -9, 10.05), (10, 9, 10.05)])
    )
    assert found(some, "vertical") == {(1, 2): (-0.06, "violation")}


def test_vertical_riser_is_measured_in_space() -> None:
    """A water riser stands 0.30 m beside a power duct, and ends 0.10 m above a gas pipe (walls).

    ::

        plan                     view along the gas pipe
        power ═══════            │ riser, outer 0.10
              ○ riser            │ from 12 down to 10.155 at its end
        gas   ═══○═══            ◯ gas, axis 10, outer 0.11

    The riser has no direction in plan. Beside the duct it is a point: 0.45 - 0.05 - 0.10 = 0.30 m in plan, where 0.5
    is asked. Over the gas pipe walls overlap in plan, so the vertical rule holds: 0.155 - 0.055 = 0.10 below its end,
    of which its own half size, taken as all round, leaves 0.05.
    """
    riser = ("water_le200", 0.05, [(10, 0, 12), (10, 0, 10.155)])
    gas = ("gas_midA", 0.055, [(0, 0.01, 10), (20, 0.01, 10)])
    power = ("power_buried", 0.10, [(0, 0.45, 11), (20, 0.45, 11)])
    some = lines(riser, gas, power)
    beside = found(some, "horizontal")
    assert beside[1, 3] == (0.3, "violation")
    assert (1, 2) not in beside
    assert found(some, "vertical")[1, 2] == (pytest.approx(np.hypot(0.155, 0.01) - 0.105, abs=1e-4), "violation")


def test_a_bend_beyond_a_crossing_is_no_second_fault() -> None:
    """A sewer crosses a water main square and bends at a manhole 0.6 m beyond it.

    ::

              ╲ sewer 2
               ● manhole, 0.6 m from the main
        ═══════╪═══════ water
               │ sewer 1

    Sewer 2 lies 0.6 m from the main only because sewer 1 crosses there. Vertically there is room enough.
    """
    water = ("water_le200", 0.11, [(0, 0, 10), (40, 0, 10)])
    below = ("sewer_storm", 0.2, [(20, -15, 8), (20, 0.6, 8)])
    beyond = ("sewer_storm", 0.2, [(20, 0.6, 8), (12, 20, 8)])
    assert found(lines(water, below, beyond), "horizontal") == {}
    assert found(lines(water, below, beyond), "vertical") == {}
    alone = found(lines(water, beyond), "horizontal")  # a sewer that begins there and crosses nothing
    assert alone == {(1, 2): (0.29, "violation")}


def test_what_runs_along_beyond_a_crossing_is_told() -> None:
    """The sewer turns at the manhole and runs along the main, 0.6 m from it, for 18 m."""
    water = ("water_le200", 0.11, [(0, 0, 10), (40, 0, 10)])
    below = ("sewer_storm", 0.2, [(20, -15, 8), (20, 0.6, 8)])
    along = ("sewer_storm", 0.2, [(20, 0.6, 8), (38, 0.6, 8)])
    assert found(lines(water, below, along), "horizontal") == {(1, 3): (0.29, "violation")}


def test_crossing_at_a_small_angle_is_judged_both_ways() -> None:
    """Two pipes cross at 3°: over 40 m they are nowhere 1 m apart."""
    water = ("water_le200", 0.11, [(0, 0, 10), (40, 0, 10)])
    gas = ("gas_midA", 0.1, [(0, -1, 10.5), (40, 1, 10.5)])
    some = lines(water, gas)
    assert found(some, "horizontal")[1, 2][1] == "violation"
    assert pipe_clearance(some, RULES)[1].tally == {("vertical", "compliant", False): 1}


def test_one_above_the_other_is_not_beside_each_other() -> None:
    """A sewer right below a water main, lengthwise: in plan there is no room at all; the tighter end counts upwards."""
    some = lines(("water_le200", 0.1, [(0, 0, 10), (40, 0, 10)]), ("sewer_storm", 0.2, [(0, 0, 9), (40, 0, 9.4)]))
    assert found(some, "vertical") == {(1, 2): (pytest.approx(0.6 - 0.3, abs=1e-3), "violation")}
    assert found(some, "horizontal")[1, 2] == (-0.3, "violation")


def test_neighbours_in_one_network_are_not_compared() -> None:
    """Three water pipes meet in a tee whose legs are 0.3 m long: the outer two are near by way of the short one."""
    some = lines(
        ("water_le200", 0.1, [(0, 0, 10), (20, 0, 10)]),
        ("water_le200", 0.1, [(20, 0, 10), (20.2, 0.1, 10)]),
        ("water_le200", 0.1, [(20.2, 0.1, 10), (0, 0.15, 10)]),
    )
    horizontal, vertical = pipe_clearance(some, RULES)
    assert not len(horizontal.findings)
    assert not len(vertical.findings)
    strangers = lines(
        ("water_le200", 0.1, [(0, 0, 10), (20, 0, 10)]), ("water_le200", 0.1, [(10, -5, 10.25), (10, 5, 10.25)])
    )
    assert found(strangers, "vertical") == {(1, 2): (0.05, "violation")}


def test_trees_and_kerbs() -> None:
    """A kerb may be crossed, not followed; a tree is a point."""
    some = lines(
        ("water_le200", 0.1, [(0, 0, 10), (40, 0, 10)]),
        ("kerb", 0, [(0, 1, 12), (40, 1, 12)]),
        ("kerb", 0, [(20, -8, 12), (20, -0.5, 12), (21, 8, 12)]),
        ("tree", 0, [(30, -0.9, 12)]),
    )
    assert found(some, "horizontal") == {(1, 2): (0.9, "violation"), (1, 4): (0.8, "violation")}
    kinds = pipe_clearance(some, RULES)[0].findings.other_kind
    assert set(kinds) == {"kerb", "tree"}


def test_without_depth_only_plan_is_judged() -> None:
    water = ("water_le200", 0.11, [(0, 0, np.nan), (20, 0, np.nan)])
    gas = ("gas_midA", 0.1, [(10, -9, 10.05), (10, 9, 10.05)])
    beside = ("gas_midA", 0.1, [(0, 0.5, 10), (20, 0.5, 10)])
    some = lines(water, gas, beside, known=False)
    horizontal, vertical = pipe_clearance(some, RULES)
    assert vertical.left_out == {"clearance_depth_unknown": 2}
    assert not len(vertical.findings)
    assert horizontal.findings.space_m.isna().all()
    assert len(horizontal.findings) == 1


def test_buildings_near_and_above() -> None:
    """::

    ┌────┐      ┌────┐    house 12 stands on the gas pipe; house 11 is 0.4 m from it.
    │ 11 │      │ 12 │    The short branch ends at house 11: it serves it.
    └─┬──┘   ═══╪════╪══
      │ branch  └────┘
    ══╧═════════════════  gas
    """
    some = lines(
        ("gas_midB", 0.1, [(0, 0, 10), (5, 0, 10)]),
        ("gas_midB", 0.1, [(5, 0, 10), (20, 0, 10)]),
        ("gas_midB", 0.1, [(5, 0, 10), (5, 0.6, 10)]),
        ("gas_midB", 0.1, [(20, 0, 10), (40, 0, 10)]),
    )
    houses = pd.DataFrame({"feature_id": [11, 12], "geom": [shapely.box(3, 0.5, 8, 6), shapely.box(26, -3, 31, 3)]})
    judged = building_clearance(some, houses, RULES)
    told = {(int(row.feature_id), int(row.other_id)): float(row.measured_m) for row in judged.findings.itertuples()}
    assert told == {(1, 11): pytest.approx(0.4), (2, 11): pytest.approx(0.4), (4, 12): pytest.approx(-0.1)}
    assert judged.left_out == {"clearance_enters_building": 1}


def random_network(seed: int):
    """Forty pipes of a few pieces each, some of them joined, in 60 m square, and kerbs and trees."""
    rng = np.random.default_rng(seed)
    names = [*CLASSES[:15], "kerb", "tree"]
    pipes, last = [], {}
    for _ in range(40):
        name = names[rng.integers(len(names))]
        size = float(rng.uniform(0.02, 0.6)) if name not in ("kerb", "tree") else 0.0
        start = last.get(name) if rng.uniform() < 0.4 and name in last else rng.uniform((0, 0, 8), (60, 60, 10))
        steps = rng.normal(0, 9, (rng.integers(1, 4), 3)) * (1, 1, 0.03)
        xyz = np.concatenate([[start], start + np.cumsum(steps, axis=0)])
        pipes.append((name, size, xyz[:1] if name == "tree" else xyz))
        last[name] = xyz[-1]
    return lines(*pipes, plan=0.12, height=0.2)


@pytest.mark.parametrize("seed", range(12))
def test_as_a_plain_loop_finds(plain, seed) -> None:
    some = random_network(seed)
    ours = plain.in_one_form(pipe_clearance(some, RULES))
    loop = plain.PlainLoop(some, RULES).findings()
    assert plain.differences(ours, loop) == []
    assert {key: value[1] for key, value in ours.items()} == {key: value[1] for key, value in loop.items()}
    assert len(ours) > 5


def test_blocks_change_nothing(plain) -> None:
    some = random_network(99)
    whole = plain.in_one_form(pipe_clearance(some, RULES))
    assert plain.in_one_form(pipe_clearance(some, RULES, block=3)) == whole


def test_a_made_up_street_grid_as_a_plain_loop_finds(plain) -> None:
    some = plain.made_up_city(1200)
    ours = plain.in_one_form(pipe_clearance(some, RULES))
    assert plain.differences(ours, plain.PlainLoop(some, RULES).findings()) == []
    assert {key[0] for key in ours} == {"horizontal", "vertical"}


def test_pairs_that_only_a_class_unknown_keeps_apart_are_counted() -> None:
    """A gas pipe taken as of low pressure keeps 1 m from a sewer, and what is asked from a building; as of high not.

    ::

        3.0  building       low pressure asks 0.7 m, sub-high A far more
        1.5  sewer          low pressure asks 1.0 m, sub-high A 2.0 m
        0.0  gas
        -.1  tree           too near for either: a finding of its own, not counted here
    """
    pipes = lines(("gas_low", 0.0, [(0, 0, 10), (50, 0, 10)]), ("sewer_storm", 0.0, [(0, 1.5, 8), (50, 1.5, 8)]))
    tree = replace(lines(("tree", 0.0, [(20, -0.1, 10)])), feature_id=np.array([3]), group=np.array([-9]))
    house = pd.DataFrame({"feature_id": [9], "geom": [shapely.box(10, 3, 20, 9)]})
    findings = pd.concat(
        [one.findings.astype({"rule": object}) for one in pipe_clearance(joined(pipes, tree), RULES)]
        + [building_clearance(pipes, house, RULES).findings.astype({"rule": object})]
    )
    low, high, sewer = (CLASSES.index(name) for name in ("gas_low", "gas_subA", "sewer_storm"))
    assert (1, 3) in set(zip(findings["feature_id"], findings["other_id"], strict=True))
    for gas, pairs in ((high, 2), (low, 0)):
        classes = Classes(pipes.code, pipes.larger, np.array([gas, sewer]), {})
        assert pairs_of_unknown_class(pipes, classes, tree, house, RULES, findings) == pairs
