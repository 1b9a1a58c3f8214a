"""Homes with a school within 300 m, worked out by hand: straight, on foot, and where nobody recorded the use."""

from __future__ import annotations

import pytest

from cim.analytics.examination.measure import NoData
from cim.analytics.examination.measures.homes_near_places import homes_near_places
from cim.analytics.examination.walking import street_network

ASKED = {"kinds": ["school"], "radius_m": 300.0}
ROUND = [("local", [(100, 100), (400, 100), (400, 350), (100, 350)])]
PATH = [*ROUND, ("footway", [(100, 100), (100, 350)])]


@pytest.fixture
def asked(draw):
    """The units, four buildings of which two are homes and one may be, a school at (100, 350), and streets."""

    def ask(streets, **more):
        units = draw.units()
        return homes_near_places(
            units[units["level"].isin(["city", "subdistrict", "community"])],
            building=draw.buildings(
                (100, 100, "residential", 6, 0, 1000),  # 250 m from the school
                (900, 100, "residential", 6, 0, 1000),  # 838 m, and 500 m from any street
                (150, 100, None, 6, 0, 1000),  # 255 m
                (120, 100, "office", 6, 0, 1000),
            ),
            facility=draw.facilities(("school", 100, 350, 100), ("clinic", 900, 110, 100)),
            streets=street_network(draw.streets(*streets)),
            **{**ASKED, **more},
        )

    return ask


def test_a_building_of_unknown_use_is_missing(asked, expect) -> None:
    found = asked(ROUND)
    expect(found.numerator, 1, 1, 0)
    expect(found.denominator, 2, 2, 0)
    expect(found.unknown, 1, 1, 0)
    expect(found.missing_share, 1 / 3, 1 / 3, 0)


def test_or_a_home_where_the_city_says_so(asked, expect) -> None:
    found = asked(ROUND, unknown_are_homes=True)
    expect(found.numerator, 2, 2, 0)
    expect(found.denominator, 3, 3, 0)
    expect(found.missing_share, 0, 0, 0)


def test_round_the_block_it_is_too_far_and_by_a_path_it_is_not(asked, expect) -> None:
    for streets, reached in ((ROUND, 0), (PATH, 1)):
        found = asked(streets).on_foot
        expect(found.numerator, reached, reached, 0)
        expect(found.denominator, 1, 1, 0)
        expect(found.unknown, 1, 1, 0)


def test_no_school_is_no_answer(asked) -> None:
    with pytest.raises(NoData, match="facility/middle_school"):
        asked(ROUND, kinds=["middle_school"])
    assert asked([]).on_foot is None
