"""Where residents are known from: the order of the sources, and that none of them loses or makes up anybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from cim.analytics.examination.measure import NoData
from cim.analytics.examination.population import FLOOR_AREA, SOURCES, residents, residents_of_units

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
HOMES = [200, 201, 202, 203, 206, 207]
"""Residential buildings of the town, the last two in the east; 204 is an office, of 205 nobody knows."""


def counted(tiny, by_building=None, by_unit=None, *, cells: bool = True) -> None:
    """Set the residents of buildings and units of the town, and leave the grid away."""
    tiny["building"]["residents"] = tiny["building"].index.map(by_building or {}).astype(float)
    tiny["admin_unit"]["residents"] = tiny["admin_unit"].index.map(by_unit or {}).astype(float)
    if not cells:
        tiny["population"] = tiny["population"].iloc[:0]


def test_the_register_of_buildings_comes_first(tiny, measure_of, expect) -> None:
    """People above the office count too; the shelter of the west has 3,000 m²."""
    register = dict(zip(HOMES, (10, 20, 30, 40, 50, 60), strict=True)) | {204: 5}
    counted(tiny, register, {WEST: 700, EAST: 300})
    found = measure_of("D56", tiny)
    expect(found.numerator, 3000, 3000, 0)
    expect(found.denominator, 215, 105, 110)
    assert SOURCES[0] in found.notes


def test_a_register_that_is_silent_of_many_homes_is_none(tiny, measure_of, expect) -> None:
    counted(tiny, {200: 10}, {WEST: 700, EAST: 300})  # one of six
    found = measure_of("D56", tiny)
    expect(found.denominator, 1090, 1045, 45)  # the grid
    assert "residents_grid" in found.notes


@pytest.mark.parametrize(
    ("totals", "wanted"),
    [
        ({CITY: 2000, SUBDISTRICT: 1500, WEST: 700, EAST: 300}, (1000, 700, 300)),
        # One of two communities is counted: the sub-district's, over 5,000 m² of homes in the west, 1,000 in the east.
        ({CITY: 2000, SUBDISTRICT: 1500, WEST: 700}, (1500, 1250, 250)),
        ({CITY: 2400}, (2400, 2000, 400)),
    ],
)
def test_totals_of_units_come_last_the_smallest_first(tiny, measure_of, expect, totals, wanted) -> None:
    counted(tiny, None, totals, cells=False)
    found = measure_of("D56", tiny)
    expect(found.denominator, *wanted)
    assert "residents_units" in found.notes
    placed = residents(tiny["population"], tiny["building"], tiny["admin_unit"])
    # 1,000 + 3,000 + 500 + 500 m² in the west, 100 + 900 in the east.
    assert placed.homes[201] == pytest.approx(wanted[1] * 3 / 5)
    assert placed.homes[207] == pytest.approx(wanted[2] * 9 / 10)


def test_units_without_homes_keep_their_people(tiny, measure_of, expect) -> None:
    """Nobody's home stands in the east: its 300 live all over it, and are not lost."""
    counted(tiny, None, {WEST: 700, EAST: 300}, cells=False)
    tiny["building"] = tiny["building"].loc[HOMES[:4]]
    expect(measure_of("D56", tiny).denominator, 1000, 700, 300)


def test_without_any_source_shares_are_of_floor_area(tiny, draw, measure_of) -> None:
    counted(tiny, cells=False)
    with pytest.raises(NoData, match=r"^population$"):
        measure_of("D56", tiny)
    found = measure_of("B26", tiny)
    assert found.on_foot is not None
    assert FLOOR_AREA in found.notes
    assert not set(SOURCES) & set(found.notes)


def test_who_is_on_foot_is_known_from_the_register(tiny, measure_of) -> None:
    """Only the two homes nearest to the park's end of the long street are lived in."""
    counted(tiny, dict.fromkeys(HOMES, 0) | {204: 30, 202: 10})
    found = measure_of("B26", tiny)
    assert "residents_register" in found.notes
    assert (found.on_foot.denominator + found.on_foot.unknown).loc[[CITY, WEST, EAST]].tolist() == [40, 40, 0]


coordinate = st.integers(0, 1999).map(lambda n: n + 0.5)
home = st.tuples(coordinate, st.integers(0, 999).map(lambda n: n + 0.5), st.integers(0, 900))


@settings(max_examples=60, deadline=None)
@given(
    homes=st.lists(home, max_size=10),
    people=st.lists(st.none() | st.integers(0, 60), min_size=10, max_size=10),
    grid=st.lists(st.integers(0, 500), max_size=4),
    totals=st.lists(st.none() | st.integers(0, 900), min_size=4, max_size=4),
)
def test_whatever_the_source_its_total_is_kept(draw, homes, people, grid, totals) -> None:
    """The whole city has exactly the people of the source that is taken, and its communities share them."""
    building = draw.buildings(*((x, y, "residential", 6, 0, area) for x, y, area in homes))
    building["residents"] = np.array(people[: len(homes)], dtype=float)
    halves = [box(x, 0, x + 500, 1000) for x in range(0, 2000, 500)]
    population = draw.cells(*((count, MultiPolygon([halves[n]])) for n, count in enumerate(grid)))
    units = draw.units(compounds=False)
    units["residents"] = np.array(totals, dtype=float)
    placed = residents(population, building, units)
    if placed is None:
        return
    told = {
        "residents_register": building["residents"].sum(),
        "residents_grid": sum(grid),
        "residents_units": next(
            (sum(level) for level in (totals[2:], totals[1:2], totals[:1]) if None not in level and sum(level)), None
        ),
    }
    found = residents_of_units(units, placed, building)
    np.testing.assert_allclose(found[CITY], told[placed.source])
    np.testing.assert_allclose(found[WEST] + found[EAST], told[placed.source])
