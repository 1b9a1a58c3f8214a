"""Measures of projects, heritage, figures, pipes, stations, sensors and models; every value worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from shapely import LineString, MultiPolygon, Point, box

from cim.analytics.examination.grading import graded
from cim.analytics.examination.measure import NoData, find_measures
from cim.analytics.examination.register import Grading
from cim.analytics.examination.register_file import load_register
from cim.sampling import clustered, too_few

WEST_AT, EAST_AT = Point(100, 100), Point(1900, 100)


def project(at: Point, **said: object) -> dict[str, object]:
    return {
        "kind": "new",
        "stage": "under_construction",
        "started_year": 2026,
        "floor_area_m2": 1000,
        "geom": at,
    } | said


def test_green_share_of_new_floor(tiny, draw, measure_of, expect) -> None:
    """A star is green for certain; without one the register must say so, or nobody knows."""
    tiny["construction_project"] = draw.rows(
        "construction_project", 900,
        project(WEST_AT, green_stars=1),
        project(WEST_AT, green_stars=0, green_building=True, floor_area_m2=3000),
        project(EAST_AT, green_stars=0, green_building=False, floor_area_m2=2000),
        project(EAST_AT, green_stars=0, floor_area_m2=500),
        project(EAST_AT, green_stars=3, started_year=2025),
        project(EAST_AT, green_stars=3, kind="renewal"),
    )  # fmt: skip
    found = measure_of("D38", tiny)
    expect(found.numerator, 4000, 4000, 0)
    expect(found.denominator, 6000, 4000, 2000)
    expect(found.unknown, 500, 0, 500)
    found = measure_of("X02", tiny, system="chongqing")
    expect(found.numerator, 1000, 1000, 0)
    expect(found.denominator, 6500, 4000, 2500)


def test_new_construction_of_an_earlier_year_is_told(tiny, draw, measure_of, expect) -> None:
    tiny["construction_project"] = draw.rows(
        "construction_project", 900,
        project(WEST_AT, prefabricated=True, started_year=2024),
        project(WEST_AT, prefabricated=False, started_year=2024, floor_area_m2=None),
        project(WEST_AT, prefabricated=False, started_year=2020),
        project(WEST_AT, prefabricated=False, started_year=2027),
    )  # fmt: skip
    found = measure_of("X01", tiny, system="chongqing")
    expect(found.numerator, 1000, 1000, 0)
    expect(found.denominator, 2000, 2000, 0)  # one of unknown floor area has the mean of the others
    assert found.notes == ("starts_of_other_year",)
    tiny["construction_project"] = tiny["construction_project"].iloc[-1:]
    with pytest.raises(NoData, match="construction_project/new/2026"):
        measure_of("X01", tiny, system="chongqing")


def test_shares_and_totals_of_projects(tiny, draw, measure_of, expect) -> None:
    tiny["construction_project"] = draw.rows(
        "construction_project", 900,
        project(WEST_AT, monitored=True, smart_construction=True, ai_scenes=2),
        project(WEST_AT, monitored=False, smart_construction=False, ai_scenes=0),
        project(EAST_AT, monitored=None, smart_construction=True, ai_scenes=1, started_year=2027),
        project(EAST_AT, kind="renewal", stage="completed", programme="urban_village", smart_construction=True),
        project(EAST_AT, kind="renewal", stage="planned", programme="urban_village", started_year=None),
    )  # fmt: skip
    found = measure_of("D58", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    expect(found.unknown, 1, 0, 1)
    assert found.problems.index.tolist() == [901]
    found = measure_of("D47", tiny)
    expect(found.numerator, 1, 0, 1)
    expect(found.denominator, 2, 0, 2)
    found = measure_of("N01", tiny, system="national-2025")
    expect(found.numerator, 1, 0, 1)
    found = measure_of("X04", tiny, system="chongqing")
    expect(found.numerator, 2, 1, 1)  # that of 2027 is not there yet
    expect(found.denominator, 3, 2, 1)
    expect(measure_of("X07", tiny, system="chongqing").numerator, 2, 2, 0)


def test_heritage(tiny, draw, measure_of, expect) -> None:
    places = draw.facilities(
        ("historic_building", 100, 100, None), ("historic_building", 200, 100, None),
        ("historic_block", 1900, 100, None), ("clinic", 100, 100, None),
    )  # fmt: skip
    places["filed"], places["vacant"] = [True, False, None, None], [True, False, False, None]
    places["listed_year"], places["dual_use"] = [2026, 2020, 2027, 2026], [None, None, None, True]
    tiny["facility"] = places.astype({"filed": "boolean", "vacant": "boolean", "dual_use": "boolean"})
    found = measure_of("D39", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    assert found.problems.index.tolist() == [101]
    found = measure_of("D40", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 3, 2, 1)
    assert found.problems.index.tolist() == [100]
    found = measure_of("D43", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    found = measure_of("D52", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 1, 1, 0)


def figure(name: str, value: float, **said: object) -> dict[str, object]:
    return {"figure": name, "value": value, "age_years": 0} | said


def test_reported_figures(tiny, draw, measure_of) -> None:
    """What is reported of no unit is the city's; a unit without figures has none, not nought."""
    tiny["statistic"] = draw.rows(
        "statistic", 950,
        figure("sewage_load_collected", 70), figure("sewage_load_generated", 100),
        figure("sewage_load_collected", 20, unit_id=3), figure("sewage_load_generated", 40, unit_id=3),
        figure("sewage_load_collected", 20, unit_id=4),
        figure("heritage_incidents", 0),
        figure("peak_speed_arterial_kmh", 22.5, age_years=1, low=21.0, high=24.0),
        figure("operation_platform_km2", 0.8),
    )  # fmt: skip
    found = measure_of("D31", tiny)
    assert found.numerator.loc[[1, 3, 4]].tolist() == [70, 20, 20]
    assert found.denominator.loc[[1, 3]].tolist() == [100, 40]
    assert found.missing_share.tolist() == [0, 1, 0, 1]
    found = measure_of("D41", tiny)
    assert (found.numerator.loc[1], found.denominator.loc[1]) == (0, 1)
    assert found.denominator.loc[2] == 0
    found = measure_of("D44", tiny)
    assert found.numerator.loc[1] == 22.5
    assert found.notes == ("reported", "figures_of_other_year")
    assert (found.interval[0].loc[1], found.interval[1].loc[1]) == (21, 24)
    found = measure_of("D61", tiny)  # the built-up area is not reported: that of the map, 1.6 km²
    np.testing.assert_allclose(found.denominator, [1.6, 1.6, 0.8, 0.8])
    with pytest.raises(NoData, match="statistic/affordable_dwellings_new"):
        measure_of("D46", tiny)


def test_pipes(tiny, draw, measure_of, expect) -> None:
    """1 km of water in the west, half of it watched; gas along the border; the cable is none of the stock."""
    tiny["pipe_segment"] = draw.rows(
        "pipe_segment", 970,
        {"network": "water", "monitored": True, "geom": LineString([(0, 10), (500, 10)])},
        {"network": "water", "monitored": False, "geom": LineString([(500, 10), (1000, 10)])},
        {"network": "gas", "installed_year": 2026, "geom": LineString([(1000, 0), (1000, 400)])},
        {"network": "gas", "installed_year": 2001, "geom": LineString([(1200, 0), (1200, 400)])},
        {"network": "power", "monitored": True, "geom": LineString([(0, 20), (1000, 20)])},
    )  # fmt: skip
    found = measure_of("D57", tiny)
    expect(found.numerator, 0.5, 0.5, 0)
    expect(found.denominator, 1, 1, 0)
    expect(found.unknown, 0.8, 0.2, 0.6)
    tiny["statistic"] = draw.rows("statistic", 950, figure("gas_renewal_planned_km", 0.5))
    found = measure_of("D53", tiny)
    assert found.numerator.loc[1] == pytest.approx(0.4)
    assert found.denominator.loc[1] == 0.5
    assert np.isnan(found.numerator.loc[3])  # communities have no plan
    tiny["statistic"]["age_years"] = 1.0  # the plan of another year is none
    with pytest.raises(NoData, match="gas_renewal_planned_km/2026"):
        measure_of("D53", tiny)


def test_stations_too_near(tiny, draw, measure_of, expect) -> None:
    """A shop 24 m off, a school 49 m off, a house 26 m off; the station's own kiosk does not count."""
    tiny["facility"] = draw.facilities(
        ("fuel_station", 100, 100, None), ("fuel_station", 500, 100, None), ("fuel_station", 1900, 100, None)
    )
    tiny["fuel_neighbour"] = draw.rows(
        "fuel_neighbour", 980,
        {"usage": "commercial", "geom": box(124, 95, 134, 105)},
        {"usage": "commercial", "geom": box(95, 95, 105, 105)},
        {"usage": "residential", "geom": box(526, 95, 536, 105)},
        {"usage": "school", "geom": box(1831, 95, 1851, 105)},
    )  # fmt: skip
    found = measure_of("D55", tiny)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 3, 2, 1)
    assert found.problems["nearest_m"].to_dict() == {100: 24, 102: 49}
    expect(found.seen.denominator, 0, 0, 0)  # distances are checked on site, by class of station


def test_fire_monitoring(tiny, draw, measure_of, expect) -> None:
    """200 is a high-rise with a sensor, 201 is no home above 27 m; the office is high at 25 m; 203 may be."""
    building = tiny["building"]
    building["height_m"] = [60, 27, 9, np.nan, 25, 10, np.nan, 12]
    building.loc[203, "storeys_above"] = 18
    building.loc[206, "storeys_above"] = 6
    tiny["fire_sensor"] = draw.rows("fire_sensor", 0, {"id": 200, "kind": "smoke"}, {"id": 204, "kind": "temperature"})
    found = measure_of("D59", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    expect(found.unknown, 1, 1, 0)
    assert found.problems.index.tolist() == [204]


def test_modelled_area(tiny, draw, measure_of, expect) -> None:
    """Cells of 100 m: one with a model of half its footprints, one with a whole; the built-up area ends at 800 m."""
    tiny["building"] = draw.buildings(
        (150, 150, "residential", 6, 0, 1), (160, 160, "residential", 6, 0, 1), (1550, 790, "office", 6, 0, 1),
        (1650, 850, "office", 6, 0, 1),
    )  # fmt: skip
    tiny["building_model"] = draw.rows("building_model", 0, *({"id": one, "modelled": True} for one in (200, 202, 203)))
    found = measure_of("D60", tiny)
    expect(found.numerator, 0.015, 0.005, 0.01)
    expect(found.denominator, 1.6, 0.8, 0.8)
    assert found.extent == "builtup_area/2026"
    tiny["builtup_area"] = draw.built_up()
    with pytest.raises(NoData, match="builtup_area"):
        measure_of("D60", tiny)


def test_area_of_facilities_for_each_resident(tiny, draw, measure_of, expect) -> None:
    tiny["facility"] = draw.facilities(("sports", 100, 100, 500), ("sports", 1900, 100, None), ("culture", 1, 1, 90))
    found = measure_of("D34", tiny)
    expect(found.numerator, 500, 500, 0)
    expect(found.denominator, 1090, 1045, 45)
    expect(found.missing_share, 0.5, 0, 1)
    expect(measure_of("D35", tiny).numerator, 90, 90, 0)


def test_greenways_are_counted_for_themselves(tiny, draw, measure_of, expect) -> None:
    """A greenway on the western edge reaches 1,000 m, however small; parks do not count."""
    tiny["green_space"] = draw.parks(
        ("greenway", True, None, None, MultiPolygon([box(-10, -5000, 0, 5000)])),
        ("park", True, None, None, MultiPolygon([box(1900, 0, 2000, 1000)])),
    )
    found = measure_of("D33", tiny)
    expect(found.numerator, 120_000, 120_000, 0)


def test_problems_solved(tiny, draw, measure_of, expect) -> None:
    tiny["problem"] = draw.rows(
        "problem", 990,
        {"state": "done", "geom": WEST_AT}, {"state": "closed", "geom": EAST_AT}, {"state": "open", "geom": EAST_AT},
        {"state": "dismissed", "geom": EAST_AT},
    )  # fmt: skip
    found = measure_of("N03", tiny, system="national-2025")
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 3, 1, 2)


def test_people_asked_add_up_where_a_unit_has_no_figure_of_its_own(tiny, draw, measure_of, expect) -> None:
    of = {"figure": "satisfaction", "sample_size": 50, "age_years": 0}
    rows = [of | {"value": 80, "unit_id": 3, "low": 67, "high": 89}, of | {"value": 40, "unit_id": 4, "low": 28}]
    tiny["statistic"] = draw.rows("statistic", 900, *rows)
    found = measure_of("S01", tiny, system="satisfaction")
    expect(found.numerator, 60, 40, 20)
    expect(found.denominator, 100, 50, 50)
    low, high = found.interval
    assert low.tolist()[2:] == [67, 28]
    assert low.iloc[0] == low.iloc[1] == pytest.approx(100 * clustered([40, 20], [50, 50])[0])
    assert high.iloc[0] > 60
    # A figure of the whole city comes before what its communities add up to; the sub-district has only these.
    tiny["statistic"] = draw.rows("statistic", 900, *rows, of | {"value": 70, "sample_size": 620, "low": 66})
    found = measure_of("S01", tiny, system="satisfaction")
    assert (found.numerator / found.denominator).tolist() == [0.7, 0.6, 0.8, 0.4]
    assert found.missing_share.tolist() == [0, 0, 0, 0]


def test_shares_of_few_people_are_suppressed_and_no_total_tells_them(tiny, draw, measure_of, expect) -> None:
    """Three people answered in compound A: B, the smaller of the other two, is not told either."""
    of = {"figure": "satisfaction", "age_years": 0, "low": 1, "high": 99}
    people = {11: (3, 100), 12: (20, 50), 13: (40, 75)}
    rows = [of | {"unit_id": unit, "sample_size": size, "value": share} for unit, (size, share) in people.items()]
    tiny["statistic"] = draw.rows("statistic", 900, *rows)
    found = measure_of("S01", tiny, system="satisfaction")
    # A and B lie in the west: its total tells neither of the two.
    expect(found.numerator, 43, 13, 30)
    expect(found.denominator, 63, 23, 40)
    assert not found.suppressed.any()
    tiny["admin_unit"] = tiny["admin_unit"].assign(level=tiny["admin_unit"]["level"].replace("compound", "community"))
    tiny["admin_unit"] = tiny["admin_unit"].drop([3, 4])
    found = measure_of("S01", tiny, system="satisfaction")
    assert found.suppressed[found.suppressed].index.tolist() == [11, 12]
    indicator = load_register("satisfaction").indicator("S01")
    table = graded(indicator, found, Grading())
    assert table.loc[[11, 12], ["value", "numerator", "denominator", "low", "high"]].isna().all(axis=None)
    assert table["reason"].to_dict()[11] == "too_few_answers;no_standard"
    assert table["value"].loc[[1, 13]].tolist() == pytest.approx([100 * 43 / 63, 75])
    few = dataclasses.replace(indicator, parameters={**indicator.parameters, "min_answers": 64})
    measure = find_measures()["questionnaire"].function
    frames = {name: tiny[name] for name in ("statistic", "admin_unit")}
    assert measure(tiny["admin_unit"], **frames, **few.parameters).suppressed.all()


@pytest.mark.parametrize(
    ("asked", "hidden"),
    [
        ([20, 30, 40], [False, False, False]),
        ([3, 30, 20], [True, False, True]),
        ([3, 30, 4], [True, False, True]),
        ([3], [True]),
        ([0, 0], [True, True]),
    ],
)
def test_a_single_part_that_is_suppressed_takes_another_with_it(asked, hidden) -> None:
    assert too_few(asked, 10).tolist() == hidden
