"""Measures of compounds, blocks and streets; every value worked out by hand.

Compounds A (200, 200) and B (800, 800) in the west, C (1500, 500) in the east.
"""

from __future__ import annotations

import numpy as np
import pytest
from shapely import MultiPolygon, Point, box

from cim.analytics.examination.measure import NoData

A, B, C = 11, 12, 13


@pytest.fixture
def compounds(tiny):
    """The town with what the register says of its compounds."""
    units = tiny["admin_unit"]
    units.loc[[A, B, C], "households"] = [100, 200, 50]
    units.loc[[A, B, C], "parking_spaces"] = [60, 300, np.nan]
    units.loc[[A, B, C], "charging_piles"] = [4, np.nan, 9]
    units.loc[[A, B, C], "property_managed"] = [False, True, None]
    units.loc[[A, B, C], "ebike_charging"] = [False, False, True]
    units.loc[[A, B, C], "built_year"] = [1990, 2022, np.nan]
    return tiny


def test_parking_gap(compounds, measure_of, expect) -> None:
    """A lacks 40; what B has too much helps nobody else; C's spaces are unknown."""
    found = measure_of("C15", compounds)
    expect(found.numerator, 40, 40, 0)
    expect(found.denominator, 300, 300, 0)
    expect(found.unknown, 50, 0, 50)
    assert found.problems["short"].to_dict() == {A: 40}
    assert "demand_assumed" in found.notes


def test_charger_gap(compounds, measure_of, expect) -> None:
    """One for ten households: A lacks 6 of 10, C has 9 for 5; B's are unknown."""
    found = measure_of("C16", compounds)
    expect(found.numerator, 6, 6, 0)
    expect(found.denominator, 15, 10, 5)
    expect(found.unknown, 20, 20, 0)


def test_what_compounds_lack(compounds, measure_of, expect) -> None:
    found = measure_of("C21", compounds)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    expect(found.missing_share, 1 / 3, 0, 1)
    found = measure_of("C17", compounds)
    expect(found.numerator, 2, 2, 0)
    assert found.problems.index.tolist() == [A, B]
    with pytest.raises(NoData, match="admin_unit/waste_sorting"):
        measure_of("C20", compounds)


def test_activity_grounds_by_the_age_of_the_compound(compounds, draw, measure_of, expect) -> None:
    """A is 200 m from a ground of 150 m²; B, of 2022, asks for 800 m² and has 150 in reach; C has none within 500 m."""
    small = MultiPolygon([box(395, 150, 405, 250)])
    near_b = MultiPolygon([box(600, 600, 620, 620)])
    compounds["green_space"] = draw.parks(("park", True, None, 150, small), ("square", True, None, 799, near_b))
    found = measure_of("C18", compounds)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 3, 2, 1)
    compounds["green_space"].loc[301, "activity_ground_m2"] = 800
    expect(measure_of("C18", compounds).numerator, 1, 0, 1)
    compounds["green_space"].loc[301, "activity_ground_m2"] = np.nan
    expect(measure_of("C18", compounds).unknown, 1, 1, 0)


def test_kindergartens_and_sizes(compounds, draw, measure_of, expect) -> None:
    compounds["facility"] = draw.facilities(("kindergarten", 200, 500, 2200), ("kindergarten", 800, 500, 2199))
    found = measure_of("C13", compounds)
    expect(found.numerator, 2, 1, 1)
    assert found.problems["nearest_m"].to_dict() == {B: 671, C: 1300}


def test_districts_without_an_institution(tiny, draw, measure_of) -> None:
    """What is asked of districts lies inside them, however far from their middle."""
    units = tiny["admin_unit"]
    units.loc[2, "level"] = "district"
    for x, expected in ((10, 0), (2100, 1)):
        tiny["facility"] = draw.facilities(("maternal_child", x, 10, None))
        measure = measure_of("D36", tiny)
        assert measure.numerator.loc[1] == expected
        assert measure.denominator.loc[1] == 1


def test_school_places(tiny, draw, measure_of, expect) -> None:
    """90 children of age 6 to 14 in the first cell, 60 of them 6 to 11; 30 in the second, 20 of them.

    The first cell's live in 200 and 201 (1 : 3 by floor area), nearest to the western school of 40 places: 20 are
    short. The second cell's, in 202 and 203, go to the other, of unknown places.
    """
    cells = tiny["population"].iloc[:2]
    cells[["children", "preschoolers", "toddlers"]] = [[150.0, 40.0, 20.0], [60.0, 20.0, 10.0]]
    tiny["population"] = cells
    tiny["facility"] = draw.facilities(("primary_school", 300, 300, 1), ("primary_school", 900, 900, 1))
    tiny["facility"]["capacity"] = [40.0, np.nan]
    found = measure_of("C14", tiny)
    np.testing.assert_allclose(found.numerator.iloc[[0, 2, 3]], [90 * 0.6667 - 40, 90 * 0.6667 - 40, 0])
    np.testing.assert_allclose(found.denominator.iloc[0], 90 * 0.6667)
    np.testing.assert_allclose(found.unknown.iloc[0], 30 * 0.6667)
    assert found.problems["places"].to_dict() == {100: 40}
    cells.loc[701, "children"] = np.nan  # ages unknown: by the city's own share of children, and missing
    found = measure_of("C14", tiny)
    np.testing.assert_allclose(found.unknown.iloc[0], 600 * 90 / 400 * 0.6667)
    tiny["population"]["children"] = np.nan
    with pytest.raises(NoData, match="population/children"):
        measure_of("C14", tiny)


def test_footpaths(tiny, draw, measure_of, expect) -> None:
    """The arterial has a footway, the border street none, the third is not told; a footpath is judged on site only."""
    roads = tiny["road_edge"]
    roads["sidewalk"] = [True, False, None, None]
    roads.loc[503, "drivable"] = False
    found = measure_of("C19", tiny)
    expect(found.numerator, 1.0, 0.5, 0.5)
    expect(found.denominator, 3.0, 1.5, 1.5)
    expect(found.unknown, 2.0, 2.0, 0.0)
    tiny["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "footpath", "edge_id": 503, "fault": True, "day": 1, "severity": 4},
        {"item": "footpath", "edge_id": 501, "fault": False, "day": 1},
    )  # fmt: skip
    found = measure_of("C19", tiny)
    expect(found.numerator, 1.0, 1.0, 0.0)
    assert found.problems[["candidate", "metres"]].to_dict("index") == {503: {"candidate": False, "metres": 1000}}


def test_roads_with_disorderly_parking(tiny, draw, measure_of, expect) -> None:
    """Two sections are one road, which lies where its longest does; the footway has a name but no cars."""
    roads = tiny["road_edge"]
    roads["name"] = ["长街", None, "长街", "步道"]
    roads.loc[503, "drivable"] = False
    tiny["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "parking_disorder", "edge_id": 502, "fault": True, "day": 1},
        {"item": "parking_disorder", "edge_id": 500, "fault": False, "day": 1},
    )  # fmt: skip
    found = measure_of("B27", tiny)
    expect(found.numerator, 1, 1, 1)  # the middle of the arterial is on the border of both
    expect(found.denominator, 1, 1, 1)
    assert found.problems["road"].tolist() == ["长街"]


def test_units_that_were_surveyed(tiny, draw, measure_of, expect) -> None:
    tiny["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "smart", "unit_id": A, "fault": True, "day": 1},
        {"item": "smart", "unit_id": C, "fault": False, "day": 1},
    )  # fmt: skip
    found = measure_of("C22", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 1, 1)
    expect(found.unknown, 1, 1, 0)


def test_land_near_schools(tiny, draw, measure_of, expect) -> None:
    """Residential land wholly within 1 km of the school counts, that in the east does not."""
    tiny["facility"] = draw.facilities(("middle_school", 0, 500, None))
    tiny["land_use"] = draw.land(
        ("0701", MultiPolygon([box(100, 400, 200, 500)])), ("0701", MultiPolygon([box(1500, 400, 1700, 500)]))
    )
    found = measure_of("B23", tiny)
    expect(found.numerator, 10_000, 10_000, 0)
    expect(found.denominator, 30_000, 10_000, 20_000)


def test_places_that_were_inspected(tiny, draw, measure_of, expect) -> None:
    """The point in the west was open, and is no more; that in the east still is; one of a building is none."""
    tiny["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "waterlogging", "fault": True, "day": 1, "geom": Point(100, 100)},
        {"item": "waterlogging", "fault": False, "day": 2, "geom": Point(100, 100)},
        {"item": "waterlogging", "fault": True, "day": 1, "geom": Point(1900, 100), "severity": 9},
        {"item": "waterlogging", "fault": True, "day": 1, "geom": Point(1900, 200), "building_id": 204},
    )  # fmt: skip
    found = measure_of("D49", tiny)
    expect(found.numerator, 1, 0, 1)
    expect(found.denominator, 2, 1, 1)
    assert found.problems.loc[802, "severity"] == 9
