"""Measures of blocks, and figures of departments, that no other file works out; the blocks are the town's halves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from cim.analytics.examination.measure import NoData

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
WESTERN, EASTERN = 21, 22


@pytest.fixture
def blocks(tiny):
    """The town with two blocks, middles at (500, 500) and (1500, 500)."""
    units = tiny["admin_unit"]
    drawn = units.loc[[WEST, EAST]].assign(level="block", geom=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)])
    drawn.index = pd.Index([WESTERN, EASTERN], name=units.index.name)
    tiny["admin_unit"] = pd.concat([units, drawn])
    return tiny


def test_blocks_without_a_cultural_centre(blocks, draw, measure_of, expect) -> None:
    """B25: 900 m from the western one's middle, and 1,345 from the other's; the one next to that is 1 m² too small."""
    blocks["facility"] = draw.facilities(("culture", 500, 1400, 3000), ("culture", 1500, 600, 2999))
    found = measure_of("B25", blocks)
    expect(found.numerator, 1, 0, 1)
    expect(found.denominator, 2, 1, 1)
    assert found.problems["nearest_m"].to_dict() == {EASTERN: 1345}
    assert not found.problems["candidate"].any()
    blocks["facility"] = draw.facilities(("culture", 500, 1400, 3000), ("culture", 1500, 600, None))
    found = measure_of("B25", blocks)  # of unknown size: nobody can say
    expect(found.denominator, 1, 1, 0)
    expect(found.unknown, 1, 0, 1)


def test_old_commercial_blocks(blocks, draw, measure_of, expect) -> None:
    """B28: only what surveyors said counts; where no block is loaded the sub-district stands in."""
    rows = [
        {"item": "commercial_block", "unit_id": WESTERN, "fault": fault, "day": day} for fault, day in ((0, 1), (1, 2))
    ]
    blocks["survey_finding"] = draw.rows("survey_finding", 800, *rows)
    found = measure_of("B28", blocks)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 1, 1, 0)
    expect(found.unknown, 1, 0, 1)
    assert found.problems.index.tolist() == [WESTERN]
    blocks["admin_unit"] = blocks["admin_unit"].drop([WESTERN, EASTERN])
    found = measure_of("B28", blocks)
    assert found.denominator[CITY] == 0
    assert found.notes == ("subdistricts_as_stock",)


def test_black_and_odorous_water(tiny, draw, measure_of, expect) -> None:
    """D32: one water body in the west that is sub-standard, one in the east that is not; a bridge is none."""

    def place(item: str, x: int, *, fault: bool) -> dict[str, object]:
        return {"item": item, "fault": fault, "day": 1, "geom": Point(x, 100)}

    rows = (
        place("water_body", 100, fault=True),
        place("water_body", 1900, fault=False),
        place("bridge", 300, fault=True),
    )
    tiny["survey_finding"] = draw.rows("survey_finding", 800, *rows)
    found = measure_of("D32", tiny)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 1, 1)
    assert found.problems.index.tolist() == [800]


def figure(name: str, value: float, **said: object) -> dict[str, object]:
    return {"figure": name, "value": value, "age_years": 0} | said


def test_figures_of_the_emergency_and_of_demolitions(tiny, draw, measure_of) -> None:
    """D42, D50, D51: of the city as a whole; the west reports its own water and not how much it usually takes."""
    tiny["statistic"] = draw.rows(
        "statistic", 950,
        figure("heritage_demolitions", 2),
        figure("emergency_pumping_10k_m3h", 1.25),
        figure("emergency_water_m3d", 4500), figure("water_supply_m3d", 9000),
        figure("emergency_water_m3d", 300, unit_id=WEST),
    )  # fmt: skip
    found = measure_of("D42", tiny)
    assert (found.numerator[CITY], found.denominator[CITY]) == (2, 1)
    assert np.isnan(found.numerator[SUBDISTRICT])
    found = measure_of("D50", tiny)
    assert found.numerator[CITY] / found.denominator[CITY] == 1.25
    assert found.missing_share.tolist() == [0, 1, 1, 1]
    found = measure_of("D51", tiny)
    assert (found.numerator[CITY], found.denominator[CITY]) == (4500, 9000)
    assert (found.numerator[WEST], found.missing_share[WEST]) == (300, 1)  # half of a share is none
    tiny["statistic"] = tiny["statistic"].iloc[:3]
    with pytest.raises(NoData, match="statistic/water_supply_m3d"):
        measure_of("D51", tiny)


def test_figures_of_the_chongqing_plan(tiny, draw, measure_of) -> None:
    """X05, X06: taken as reported, the platforms of the year before."""
    tiny["statistic"] = draw.rows(
        "statistic", 950, figure("new_technologies", 12), figure("innovation_platforms", 3, age_years=1)
    )
    found = measure_of("X05", tiny, system="chongqing")
    assert (found.numerator[CITY], found.denominator[CITY], found.notes) == (12, 1, ("reported",))
    found = measure_of("X06", tiny, system="chongqing")
    assert (found.numerator[CITY], found.denominator[CITY]) == (3, 1)
    assert found.notes == ("reported", "figures_of_other_year")
    with pytest.raises(NoData, match="statistic/new_technologies"):
        measure_of("X05", {**tiny, "statistic": tiny["statistic"].iloc[1:]}, system="chongqing")
