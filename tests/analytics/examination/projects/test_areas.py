"""Renewal areas of a few compounds and streets that are drawn so that the grouping can be seen."""

from __future__ import annotations

import pytest
from geopandas import GeoDataFrame
from shapely import LineString, Point, box

from cim.analytics.examination.projects.areas import renewal_areas

WEST, EAST = 3, 4


def units() -> GeoDataFrame:
    """Two communities; three compounds in the west, 20 m and 200 m apart, and one in the east 20 m from the third."""
    shapes = {
        WEST: ("community", "西", box(0, 0, 1000, 1000)),
        EAST: ("community", "东", box(1000, 0, 2000, 1000)),
        11: ("compound", "甲苑", box(100, 100, 200, 200)),
        12: ("compound", "乙苑", box(220, 100, 320, 200)),
        13: ("compound", "丙苑", box(520, 100, 990, 200)),
        14: ("compound", "丁苑", box(1010, 100, 1100, 200)),
    }
    rows = [(level, name, f"{name} (en)", shape) for level, name, shape in shapes.values()]
    table = GeoDataFrame(rows, columns=["level", "name", "name_en", "geom"], geometry="geom")
    return table.set_axis(list(shapes))


def problems(*rows: tuple[str, int, int, object]) -> GeoDataFrame:
    """Theme, feature, community, shape; numbered from 1. Streets are called after their number."""
    columns = ["theme", "feature_id", "unit_id", "geom"]
    table = GeoDataFrame(list(rows), columns=columns, geometry="geom").astype({"unit_id": "Int64"})
    said = [
        {"road": f"路{one}"} if theme == "road_edge" else None
        for theme, one in zip(table["theme"], table["feature_id"], strict=True)
    ]
    return table.assign(evidence=said, key=table["feature_id"].astype("str")).set_axis(range(1, len(table) + 1))


BUILDINGS = [
    ("building", 101, WEST, Point(150, 150).buffer(5)),  # in 甲苑
    ("building", 102, WEST, Point(300, 150).buffer(5)),  # in 乙苑, 20 m from it
    ("building", 103, WEST, Point(600, 150).buffer(5)),  # in 丙苑, 200 m on
    ("building", 104, EAST, Point(1050, 150).buffer(5)),  # in 丁苑: 20 m from 丙苑, in another community
    ("building", 105, WEST, Point(600, 800).buffer(5)),  # in none
    ("admin_unit", 12, WEST, box(220, 100, 320, 200)),  # 乙苑 itself
]


def test_compounds_that_lie_together_are_one_area() -> None:
    found = renewal_areas(problems(*BUILDINGS), units())
    one, two, three, four, five, six = found.of
    assert one == two == six == "compounds-11"
    assert (three, four, five) == ("compounds-13", "compounds-14", f"unit-{WEST}")
    assert found.table.loc[one, ["kind", "unit_id", "name_zh"]].tolist() == ["compounds", WEST, "甲苑等2个小区"]
    assert found.table.loc[one, "name_en"] == "甲苑 (en) and 1 more compounds"
    assert found.table.loc[five, ["kind", "name_zh"]].tolist() == ["unit", "西"]


@pytest.mark.parametrize(("join_m", "areas"), [(10, 4), (30, 3), (250, 2)])
def test_how_near_is_near_can_be_told(join_m, areas) -> None:
    found = renewal_areas(problems(*BUILDINGS), units(), join_m=join_m)
    assert found.of[found.of.str.startswith("compounds")].nunique() == areas


def test_streets_that_join_are_one_area_within_their_community() -> None:
    found = renewal_areas(
        problems(
            ("road_edge", 501, WEST, LineString([(0, 500), (500, 500)])),
            ("road_edge", 502, WEST, LineString([(500, 500), (990, 500)])),
            ("road_edge", 503, EAST, LineString([(990, 500), (1500, 500)])),
            ("road_edge", 504, WEST, LineString([(0, 900), (500, 900)])),
        ),
        units(),
    )
    assert found.of.tolist() == ["streets-501", "streets-501", "streets-503", "streets-504"]
    assert found.table.loc["streets-501", "name_zh"] == "路501等2条道路"


def test_what_has_no_place_is_the_citys() -> None:
    found = renewal_areas(problems(("statistic", 900, None, None), ("survey_finding", 901, WEST, Point(1, 1))), units())
    assert found.of.tolist() == ["city", f"unit-{WEST}"]
    assert found.table.loc["city", "name_zh"] == "全市"


def test_the_order_of_the_problems_does_not_matter() -> None:
    rows = problems(*BUILDINGS)
    turned = renewal_areas(rows.iloc[::-1], units()).of.reindex(rows.index)
    assert turned.equals(renewal_areas(rows, units()).of)
