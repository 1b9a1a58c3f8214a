"""Every measure on the tiny town, worked out by hand; and what must hold whatever the town."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box

from cim.analytics.examination.inputs import Inputs
from cim.analytics.examination.measure import NoData, Reading, find_measures
from cim.analytics.examination.overlay import area_in_units, length_in_units, total_in_units
from cim.analytics.examination.population import residents_of_units, spread
from cim.analytics.examination.register_file import load_register, systems

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
A, B, C = 11, 12, 13
REGISTER, MEASURES = load_register("national-2024"), find_measures()
SECTOR = 0.9996  # a quarter circle of 32 chords has this share of its area


def reading(code: str, frames, **changed) -> Reading:
    """Run one measure with the parameters of the register on the four larger units."""
    inputs = Inputs(frames | changed)
    indicator = REGISTER.indicator(code)
    measure = MEASURES[indicator.measure]
    data = {name: inputs[name] for name in measure.needs + measure.uses} | ({"year": 2026} if measure.of_year else {})
    units = inputs["admin_unit"]
    return measure.function(units[units["level"] != "compound"], **data, **indicator.parameters)


def expect(found: pd.Series, city: float, west: float, east: float) -> None:
    """Compare with values by unit; the sub-district is the city."""
    assert found.index.tolist() == [CITY, SUBDISTRICT, WEST, EAST]
    np.testing.assert_allclose(found, [city, city, west, east], rtol=1e-9, atol=1e-9)


def test_every_indicator_of_the_register_has_its_measure() -> None:
    for system in systems():
        assert {indicator.measure for indicator in load_register(system).indicators.values()} <= set(MEASURES)


def test_age_friendly_retrofit(tiny) -> None:
    found = reading("H07", tiny)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 4, 3, 1)
    expect(found.missing_share, 3 / 7, 1 / 4, 2 / 3)
    expect(found.seen.denominator, 0, 0, 0)  # nobody looked: candidates


def test_age_friendly_retrofit_needs_homes(tiny, draw) -> None:
    with pytest.raises(NoData, match="building/residential"):
        reading("H07", tiny, building=draw.buildings((150, 150, None, 6, 0, 1000)))


def test_compounds_without_elderly_care(tiny) -> None:
    """A has one within 300 m; B's nearest is 671 m away; C's is 400 m away but smaller than 350 m²."""
    found = reading("C11", tiny)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 3, 2, 1)
    expect(found.missing_share, 0, 0, 0)


def test_compounds_without_infant_care(tiny) -> None:
    """A has none in reach; B has one of unknown size, so nobody can say; C has one of just 200 m²."""
    found = reading("C12", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 1, 1)
    expect(found.missing_share, 1 / 3, 1 / 2, 0)


def test_communities_stand_in_for_compounds(tiny, draw) -> None:
    found = reading("C11", tiny, admin_unit=draw.units(compounds=False))
    # Middles at (500, 500), 300 m from the first, and (1500, 500), in reach of the small one only.
    expect(found.numerator, 1, 0, 1)
    expect(found.denominator, 2, 1, 1)
    assert "communities_as_stock" in found.notes


def test_a_kind_that_the_city_has_none_of_is_not_zero(tiny, draw) -> None:
    with pytest.raises(NoData, match="facility/childcare"):
        reading("C12", tiny, facility=draw.facilities(("elderly_care", 0, 0, 500)))


def test_park_coverage(tiny) -> None:
    found = reading("B26", tiny)
    expect(found.denominator, 160_000, 120_000, 40_000)
    expect(found.numerator, 60_000, 60_000, 0)
    assert found.notes == ("radius_not_walk", "residents_grid")


@pytest.mark.parametrize(
    ("park", "radius"),
    [
        (("park", True, 5000, 800), 500),
        (("park", True, 5000, 799), 300),  # too small a ground for the larger radius
        (("pocket_park", None, 400, 150), 300),
        (("square", True, 400, None), 300),  # ground not recorded: not held against it
        (("park", True, 399, 150), 0),
    ],
)
def test_radius_of_a_park(tiny, draw, park, radius) -> None:
    """A park that is nearly a point, in residential land all around: it reaches a circle."""
    everywhere = draw.land(("0702", MultiPolygon([box(0, 0, 2000, 1000)])))
    tiny |= {
        "land_use": everywhere,
        "green_space": draw.parks((*park, MultiPolygon([box(500, 500, 500.001, 500.001)]))),
    }
    found = reading("B26", tiny)
    np.testing.assert_allclose(found.numerator[WEST], np.pi * radius**2, rtol=1 - SECTOR)
    assert ("grounds_not_checked" in found.notes) == (park[3] is None)


@pytest.mark.parametrize(("kind", "public"), [("park", False), ("protective", True)])
def test_green_space_that_is_no_park_for_people(tiny, draw, kind, public) -> None:
    closed = draw.parks((kind, public, 9000, 900, MultiPolygon([box(0, 0, 100, 90)])))
    with pytest.raises(NoData, match="green_space/park"):
        reading("B26", tiny, green_space=closed)


def test_road_density(tiny) -> None:
    """In the built-up 0.8 km² of each: 1 km of the arterial, half of the border street, 0.8 km of the other."""
    found = reading("D37", tiny)
    expect(found.numerator, 2 + 0.8 + 0.8, 1 + 0.4 + 0.8, 1 + 0.4)
    expect(found.denominator, 1.6, 0.8, 0.8)
    assert found.notes == ()


def test_road_density_where_no_built_up_area_is_declared(tiny, draw) -> None:
    found = reading("D37", tiny, builtup_area=draw.built_up())
    expect(found.numerator, 2 + 1 + 1, 1 + 0.5 + 1, 1 + 0.5)
    expect(found.denominator, 2, 1, 1)
    assert found.notes == ("no_builtup_area",)
    old = draw.built_up(MultiPolygon([box(0, 0, 2000, 800)]), age_years=2)
    assert reading("D37", tiny, builtup_area=old).notes == ("builtup_other_year",)


def test_shelter_area(tiny) -> None:
    """400 residents live in two buildings of the first cell; 600 in two of the second; 90 evenly on the border."""
    found = reading("D56", tiny)
    expect(found.numerator, 3000, 3000, 0)
    expect(found.denominator, 1090, 1045, 45)


def test_shelters_of_unknown_area_are_missing(tiny, draw) -> None:
    found = reading("D56", tiny, facility=draw.facilities(("shelter", 500, 500, 3000), ("shelter", 1500, 500, None)))
    expect(found.missing_share, 0.5, 0, 1)


def test_spread_follows_floor_area(tiny) -> None:
    placed = spread(tiny["population"], tiny["building"])
    assert placed.homes.to_dict() == {200: 100, 201: 300, 202: 300, 203: 300, 206: 0, 207: 0}
    assert placed.open_cells["residents"].tolist() == [90]


def test_a_building_on_the_border_of_cells_is_counted_once(tiny, draw) -> None:
    two = draw.cells((10, box(0, 0, 100, 100)), (20, box(100, 0, 200, 100)))
    homes = draw.buildings((100, 50, "residential", 6, 0, 500))
    living = residents_of_units(tiny["admin_unit"], spread(two, homes), homes)
    assert living.loc[[CITY, WEST, EAST]].tolist() == [30, 30, 0]


coordinate = st.integers(0, 1999).map(lambda n: n + 0.5)
places = st.lists(st.tuples(coordinate, st.integers(0, 999).map(lambda n: n + 0.5)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(before=places, added=places, area=st.sampled_from([None, 100.0, 350.0]))
def test_adding_a_facility_never_leaves_more_without(draw, before, added, area) -> None:
    frames = draw.town()
    first = [("elderly_care", x, y, 400.0) for x, y in before]
    fewer = reading("C11", frames, facility=draw.facilities(*first))
    more = reading("C11", frames, facility=draw.facilities(*first, *(("elderly_care", x, y, area) for x, y in added)))
    assert (more.numerator <= fewer.numerator).all()


@settings(max_examples=60, deadline=None)
@given(before=places, added=places, side=st.sampled_from([21, 100]))
def test_adding_a_park_never_lowers_coverage(draw, before, added, side) -> None:
    frames = draw.town()

    def coverage(middles: list[tuple[float, float]]) -> pd.Series:
        shapes = [MultiPolygon([box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)]) for x, y in middles]
        found = reading("B26", frames, green_space=draw.parks(*(("park", True, None, None, shape) for shape in shapes)))
        return found.numerator / found.denominator

    fewer, more = coverage(before), coverage(before + added)
    assert (more >= fewer - 1e-9).all()
    assert more.between(0, 1 + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(
    homes=st.lists(st.tuples(coordinate, st.integers(0, 999), st.integers(0, 900)), max_size=12),
    counts=st.lists(st.integers(0, 500), min_size=8, max_size=8),
)
def test_residents_are_neither_lost_nor_made_up(draw, homes, counts) -> None:
    grid = [box(x, y, x + 500, y + 500) for x in range(0, 2000, 500) for y in (0, 500)]
    population = draw.cells(*zip(counts, grid, strict=True))
    building = draw.buildings(*((x, y + 0.25, "residential", 6, 0, area) for x, y, area in homes))
    units = draw.units(compounds=False)
    found = residents_of_units(units, spread(population, building), building)
    np.testing.assert_allclose(found[CITY], sum(counts))
    np.testing.assert_allclose(found[WEST] + found[EAST], sum(counts))


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.lists(st.tuples(st.integers(-200, 2200), st.integers(-200, 1200)), min_size=2, max_size=4, unique=True),
        min_size=1,
    )
)
def test_lengths_of_communities_add_up_to_the_city(draw, lines) -> None:
    """However the streets run, along borders too; units drawn a little too large share what they both claim."""
    units = draw.units(compounds=False)
    shapes = np.array([shapely.LineString(line) for line in lines], dtype=object)
    for drawn in (units, units.assign(geom=units.geometry.buffer(0.05, join_style="mitre"))):
        found = length_in_units(drawn, shapes)
        inside = shapely.length(shapely.intersection(shapes, drawn.geometry[CITY])).sum()
        np.testing.assert_allclose(found[WEST] + found[EAST], inside, atol=1e-6)
        np.testing.assert_allclose(found[CITY], inside, atol=1e-6)


def test_areas_and_totals_by_unit(draw) -> None:
    units = draw.units(compounds=False)
    shapes = np.array([box(900, 0, 1100, 100), box(0, 0, 10, 10), box(1990, 0, 2010, 10)], dtype=object)
    assert area_in_units(units, shapes).loc[[CITY, WEST, EAST]].tolist() == [20200, 10100, 10100]
    totals = total_in_units(units, shapes, np.array([8.0, 1.0, 2.0]))
    assert totals.loc[[CITY, WEST, EAST]].tolist() == [10, 5, 5]


def test_measures_keep_the_index_of_the_units(tiny) -> None:
    tiny["admin_unit"] = tiny["admin_unit"].iloc[::-1]
    units = tiny["admin_unit"][tiny["admin_unit"]["level"] != "compound"]
    for code in ("H07", "C11", "C12", "B26", "D37", "D56"):
        found = reading(code, tiny)
        for series in (found.numerator, found.denominator, found.missing_share):
            assert series.index.equals(units.index)


def test_point_on_the_edge_of_reach_counts(draw, tiny) -> None:
    exactly = draw.facilities(("elderly_care", 200, 700, 350))
    found = reading("C11", tiny, facility=exactly)
    assert tiny["admin_unit"].geometry[A].representative_point() == Point(200, 200)
    expect(found.numerator, 2, 1, 1)
