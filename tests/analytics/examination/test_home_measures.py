"""Measures of homes: candidates from registers, overruled by whoever looked; every value worked out by hand.

The town's homes: 200, 201 in the west, compound A; 202, 203 in the west, compound B; 206, 207 in the east. 205 is of
unknown use, in the east; 204 is an office.
"""

from __future__ import annotations

import numpy as np
import pytest

from cim.analytics.examination.measure import NoData


@pytest.fixture
def homes(tiny):
    """The town with years, structures and households."""
    building = tiny["building"]
    building["built_year"] = [1980, 1980, 1999, 2000, 1980, 1980, np.nan, 2026 - 30]
    building["structure"] = [
        "brick_concrete",
        "brick_wood",
        "frame",
        "brick_concrete",
        "frame",
        "brick_wood",
        None,
        "brick_wood",
    ]
    building.loc[201, "renovated_year"] = 2010
    building["households"] = [10, 20, 30, 40, np.nan, np.nan, 5, np.nan]
    return tiny


def finding(item: str, building: int, fault: bool, day: float = 20000, **said: object) -> dict[str, object]:
    return {"item": item, "building_id": building, "fault": fault, "day": day, **said}


def test_structure_hazards(homes, measure_of, expect) -> None:
    """200 is old masonry; 201 was renovated; 207 is just thirty; 205 has no use, 206 neither year nor structure."""
    found = measure_of("H01", homes)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 5, 4, 1)
    expect(found.unknown, 2, 0, 2)
    expect(found.seen.numerator, 0, 0, 0)
    expect(found.seen.denominator, 0, 0, 0)
    assert found.problems.index.tolist() == [200, 207]
    assert found.problems["candidate"].tolist() == [True, True]
    assert found.problems.loc[200, ["structure", "built_year"]].tolist() == ["brick_concrete", 1980]


def test_a_survey_overrules_what_registers_suggest(homes, draw, measure_of, expect) -> None:
    """200 was looked at twice, sound at last; 203 has a grave fault; 205 turns out to be one to be judged."""
    homes["survey_finding"] = draw.rows(
        "survey_finding",
        800,
        finding("structure", 200, True, day=100),
        finding("structure", 200, False, day=200),
        finding("structure", 203, True, severity=8, photo="203.jpg"),
        finding("structure", 203, False),
        finding("structure", 205, False),
        finding("gas", 201, True),
    )
    found = measure_of("H01", homes)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 6, 4, 2)
    expect(found.seen.numerator, 1, 1, 0)  # 207 is a candidate still: it counts in the value alone
    expect(found.seen.denominator, 3, 2, 1)
    assert found.problems["candidate"].to_dict() == {203: False, 207: True}
    assert found.problems.loc[203, ["severity", "photo"]].tolist() == [8, "203.jpg"]
    assert 200 in found.judged
    assert 206 not in found.judged


def test_old_gas_pipes(homes, draw, measure_of, expect) -> None:
    """Only homes with gas are the stock: 200 on an old pipe, 203 on one of twenty years, 206 on one of unknown year."""
    homes["gas_service"] = draw.rows(
        "gas_service", 0, {"id": 200, "oldest_year": 1990}, {"id": 201, "oldest_year": 2007},
        {"id": 203, "oldest_year": 2006}, {"id": 206}, {"id": 204, "oldest_year": 1990},
    )  # fmt: skip
    found = measure_of("H02", homes)
    expect(found.numerator, 2, 2, 0)
    expect(found.denominator, 3, 3, 0)
    expect(found.missing_share, 1 / 4, 0, 1)
    homes["gas_service"] = homes["gas_service"].loc[[204]]
    with pytest.raises(NoData, match="service_connection/gas"):
        measure_of("H02", homes)


def test_energy_retrofit(homes, measure_of, expect) -> None:
    """Before 2000 and never renovated: 200, 202, 207; 203 is of 2000; 201 was renovated."""
    found = measure_of("H09", homes)
    expect(found.numerator, 3, 2, 1)
    expect(found.denominator, 5, 4, 1)


def test_age_friendly_retrofit_after_a_survey(homes, draw, measure_of, expect) -> None:
    """A lift cannot be added to 200; 203, of unknown lifts, needs one."""
    homes["survey_finding"] = draw.rows(
        "survey_finding", 800, finding("age_friendly", 200, False), finding("age_friendly", 203, True)
    )
    found = measure_of("H07", homes)
    expect(found.numerator, 2, 1, 1)
    expect(found.denominator, 5, 4, 1)


def test_homes_that_only_a_survey_can_judge(homes, draw, measure_of, expect) -> None:
    homes["survey_finding"] = draw.rows(
        "survey_finding", 800, finding("stairwell", 200, True, severity=5), finding("stairwell", 201, False),
        finding("stairwell", 207, False), finding("stairwell", 204, True),
    )  # fmt: skip
    found = measure_of("H03", homes)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 3, 2, 1)
    expect(found.unknown, 3, 2, 1)  # 202, 203 and 206; whether 205 is a home nobody knows
    assert found.problems.index.tolist() == [200]
    for code in ("H04", "H06", "H08", "H10"):
        with pytest.raises(NoData, match="survey_finding/"):
            measure_of(code, homes)


def test_dwellings_without_a_kitchen(homes, draw, measure_of, expect) -> None:
    """7 of the 10 in 200; none of the 20 in 201; what is in the others nobody knows, a home of unknown count is one."""
    homes["survey_finding"] = draw.rows(
        "survey_finding", 800, finding("self_contained", 200, True, quantity=7),
        finding("self_contained", 201, False, quantity=0),
    )  # fmt: skip
    found = measure_of("H05", homes)
    expect(found.numerator, 7, 7, 0)
    expect(found.denominator, 30, 30, 0)
    expect(found.unknown, 30 + 40 + 5 + 1, 70, 6)


def test_old_blocks_by_the_age_of_their_homes(homes, draw, measure_of, expect) -> None:
    """No blocks: the sub-district stands in. Of its 5,900 m² of homes of known year 5,400 are old."""
    found = measure_of("B30", homes)
    expect(found.numerator, 1, 1, 1)  # its inner point is on the border of the communities, which are not asked
    assert found.notes == ("subdistricts_as_stock",)
    expect(found.seen.denominator, 0, 0, 0)
    assert found.problems.loc[2, "old_share"] == pytest.approx(5400 / 5900, abs=1e-3)
    homes["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "residential_block", "unit_id": 2, "fault": False, "day": 1}
    )
    assert measure_of("B30", homes).numerator.tolist()[0] == 0


def test_old_factories_by_the_age_of_what_stands_on_the_land(homes, draw, measure_of, expect) -> None:
    from shapely import MultiPolygon, Point, box

    homes["land_use"] = draw.land(
        ("1001", MultiPolygon([box(400, 400, 600, 600)])),  # the office of 1980
        ("1001", MultiPolygon([box(1500, 0, 1600, 100)])),  # nothing on it: nobody can say
        ("0701", MultiPolygon([box(0, 0, 300, 300)])),
    )
    found = measure_of("B29", homes)
    expect(found.numerator, 1, 1, 0)
    expect(found.unknown, 1, 0, 1)
    homes["survey_finding"] = draw.rows(
        "survey_finding", 800, {"item": "factory", "fault": False, "day": 1, "geom": Point(450, 450)},
        {"item": "factory", "fault": True, "day": 1, "geom": Point(1550, 50)},
    )  # fmt: skip
    found = measure_of("B29", homes)
    expect(found.numerator, 1, 0, 1)
    expect(found.denominator, 2, 1, 1)
    expect(found.seen.denominator, 2, 1, 1)
