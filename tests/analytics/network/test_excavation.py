"""A dig in a small town: what lies there, how deep, who signs; as JSON, DXF and PDF."""

from __future__ import annotations

import datetime as dt
import json
import math

import ezdxf
import numpy as np
import pandas as pd
import pypdfium2
import pytest
import shapely

from cim.analytics.errors import BadQuestion
from cim.analytics.network.digs.area import Dig, in_city, outline
from cim.analytics.network.digs.drawing import city_places, excavation_dxf, pipe_label
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.digs.manholes import cover_half_m
from cim.analytics.network.digs.map import dig_map
from cim.analytics.network.digs.report import excavation_pdf
from cim.analytics.network.digs.roads import opened_roads
from cim.analytics.network.rules.tables import load_rules
from cim.city import CityProfile, create_city
from cim.crs import longitude_latitude
from cim.sheets.sheet import Text
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

X, Y = 505000.0, 3271000.0
DAY = dt.date(2026, 6, 1)


def line(*xyz):
    return shapely.LineString([(X + x, Y + y, z) for x, y, z in xyz])


def hole(*bounds, depth=2.0, **told):
    west, south, east, north = bounds
    return Dig(shapely.box(X + west, Y + south, X + east, Y + north), depth, DAY, **told)


def degrees(city, area):
    return shapely.transform(area, lambda xy: np.column_stack(longitude_latitude(city, xy[:, 0], xy[:, 1])))


@pytest.fixture(scope="module")
def city(cluster):
    """Store of an empty city that all tests here share: they only read."""
    grid = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    profile = CityProfile("dig_town", "挖掘镇（合成数据）", "Dig town", grid, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        yield store
    cluster.drop_database(profile.database)


@pytest.fixture(scope="module")
def town(city, publish):
    """Ground at 200 m; a hole from (10, -2) to (20, 4) in a street.

    ::

              10        20
        gas   ─┼─────────┼──────── 2, y = 4.4: wall 0.35 m from the edge, crown 1.2 m deep, detected
               │         │
        water ─┼─────────┼──────── 1, y = 1: crown 1.0 m deep at x = 0, 2.0 m at x = 40; seen
               │   ●     │         manhole 103 at (14, 0)
        sewer ─┼─────────┼──────── 3, y = -1: invert 6 m deep, crown 5.67
        old   ─┼─────────┼──────── 4, y = -2.5: abandoned, nobody knows how deep
                                   5 restricted, within; 6 telecom, 40 m away
    """
    common = {"survey_method": "open", "surveyed_on": dt.date(2024, 5, 1), "kind": "pipe", "burial": "direct"}
    rows = [
        {
            "network": "water", "class_code": "JS", "diameter_mm": 200.0, "outer_width_mm": 220.0,
            "outer_height_mm": 220.0, "start_depth_m": 1.0, "end_depth_m": 2.0, "depth_reference": "crown",
            "owner": "水务", "material": "steel", "geom": line((0, 1, 198.89), (40, 1, 197.89)),
        },
        {
            "network": "gas", "class_code": "RQ", "diameter_mm": 100.0, "outer_width_mm": 100.0,
            "outer_height_mm": 100.0, "start_depth_m": 1.2, "end_depth_m": 1.2, "depth_reference": "crown",
            "survey_method": "detected", "owner": "燃气", "geom": line((0, 4.4, 198.75), (40, 4.4, 198.75)),
            "attributes": {"联系电话": "1234"},
        },
        {
            "network": "sewage", "class_code": "WS", "diameter_mm": 300.0, "diameter_basis": "inner",
            "outer_width_mm": 360.0, "outer_height_mm": 360.0, "start_depth_m": 6.0, "end_depth_m": 6.0,
            "depth_reference": "invert", "owner": "排水", "geom": line((0, -1, 194.15), (40, -1, 194.15)),
        },
        {
            "network": "water", "state": "abandoned", "survey_method": None, "surveyed_on": None,
            "geom": line((0, -2.5, 199), (40, -2.5, 199)),
        },
        {"network": "power", "classification": 2, "geom": line((0, 0, 199), (40, 0, 199))},
        {"network": "telecom", "geom": line((0, 44, 199), (40, 44, 199))},
    ]  # fmt: skip
    frame = pd.DataFrame(
        [{"diameter_basis": "nominal", "state": "in_use", "classification": 0} | common | row for row in rows]
    )
    publish(city, "pipe_segment", frame.set_axis([1, 2, 3, 4, 5, 6]))
    nodes = {
        "network": ["sewage", "sewage", "water"], "kind": ["manhole", "manhole", "bend"],
        "well_depth_m": [6.0, 3.0, None],
        "owner": "排水", "surveyed_on": dt.date(2024, 5, 1),
        "geom": [shapely.Point(X + 14, Y, 194), shapely.Point(X + 90, Y, 194), shapely.Point(X + 15, Y + 1, 198)],
    }  # fmt: skip
    publish(city, "pipe_node", pd.DataFrame(nodes, index=[103, 104, 105]))
    # Far from all pipes: an entrance of the metro, a tram stop, and 20 m south of it the axis of a railway.
    stops = {
        "kind": ["metro_station", "tram_stop"], "name": ["新街站", "老街"], "operator": ["轨道", None],
        "geom": [shapely.Point(X + 400, Y + 400, 200), shapely.Point(X + 900, Y + 400, 200)],
    }  # fmt: skip
    publish(city, "facility", pd.DataFrame(stops, index=[301, 302]))
    axis = {
        "object_type": "Railway",
        "name": "一号线",
        "geom": [shapely.LineString([(X + 800, Y + 380), (X + 990, Y + 380)])],
    }
    publish(city, "city_object", pd.DataFrame(axis, index=[303]))
    roads = {
        "road_class": "local", "name": ["新街", "远街"], "width_m": 8.0, "built_year": [2023, 2024],
        "geom": [line((-50, 0, 200), (90, 0, 200)), line((-50, 50, 200), (90, 50, 200))],
    }  # fmt: skip
    publish(city, "road_edge", pd.DataFrame(roads, index=[201, 202]))
    return city


def by_id(found):
    return {pipe["feature_id"]: pipe for pipe in found.pipes}


def test_every_pipe_in_or_near_is_told(town) -> None:
    found = excavation(town, LOCAL, hole(10, -2, 20, 4))
    pipes = by_id(found)
    assert set(pipes) == {1, 2, 3, 4}
    water = pipes[1]
    # Its crown lies 1.25 m deep where it enters, at x = 10, a quarter of the way.
    assert (water["depth_m"], water["depth_tolerance_m"], water["inside_m"]) == (1.25, 0.05, 10.0)
    assert water["crown_level_m"] == pytest.approx(200 - 1.25)
    assert (water["relation"], water["by_hand"], water["distance_m"]) == ("in_depth", True, 0.0)
    gas = pipes[2]
    assert (gas["distance_m"], gas["inside_m"]) == (0.35, 0.0)
    assert (gas["plan_tolerance_m"], gas["depth_tolerance_m"]) == (0.12, 0.18)
    assert gas["phone"] == "1234"
    sewer = pipes[3]
    assert sewer["depth_m"] == pytest.approx(6 - 0.33)
    assert (sewer["relation"], sewer["by_hand"], sewer["zones"]) == ("below", False, [])
    old = pipes[4]
    assert (old["abandoned"], old["relation"], old["depth_m"], old["by_hand"]) == (
        True,
        "depth_unknown",
        None,
        True,
    )  # it may be alive
    assert [one["feature_id"] for one in found.manholes] == [103]
    assert found.left_out["dig_depth_unknown"]["count"] == 1
    assert found.left_out["dig_survey_unknown"]["count"] == 1


def test_gas_zone_counts_less_its_tolerance(town) -> None:
    """0.35 m from the edge ± 0.12: within the 0.5 m where no machine may dig; 1 m off, only within the 5 m."""
    near = by_id(excavation(town, LOCAL, hole(10, -2, 20, 4)))[2]
    assert [zone["zone"] for zone in near["zones"]] == ["protection"]
    assert near["by_hand"]
    far = by_id(excavation(town, LOCAL, hole(10, -2, 20, 3)))[2]
    assert ([zone["zone"] for zone in far["zones"]], far["by_hand"]) == (["control"], False)
    assert {zone["status"] for zone in far["zones"]} == {"unverified"}
    assert 2 not in by_id(excavation(town, LOCAL, hole(10, -8, 20, -1)))


def test_a_pipe_below_the_bottom_is_no_hand_work(town) -> None:
    """The sewer's crown lies 5.67 m deep: a dig of 5 m comes within its 0.5 m zone only from 5.12 m on."""
    deep = by_id(excavation(town, LOCAL, hole(10, -2, 20, 4, depth=5.0)))[3]
    assert (deep["relation"], deep["by_hand"]) == ("below", False)
    deeper = by_id(excavation(town, LOCAL, hole(10, -2, 20, 4, depth=5.15)))[3]
    assert (deeper["relation"], deeper["by_hand"]) == ("below", True)
    through = by_id(excavation(town, LOCAL, hole(10, -2, 20, 4, depth=5.65)))[3]
    assert through["relation"] == "in_depth"


def test_restricted_pipes_are_shown_to_those_who_may(town) -> None:
    assert 5 not in by_id(excavation(town, LOCAL, hole(10, -2, 20, 4)))
    assert 5 in by_id(excavation(town, OPERATOR, hole(10, -2, 20, 4)))


def test_owners_sign_those_of_hand_work_first(town, tmp_path) -> None:
    (tmp_path / "owners.csv").write_text("owner,contact,phone\n水务,王工,5678\n", encoding="utf-8")
    found = excavation(town, LOCAL, hole(10, -2, 20, 4), load_rules(tmp_path))
    told = [(one["owner"], one["pipes"], one["by_hand"], one["manholes"], one["abandoned"]) for one in found.owners]
    assert told == [("水务", 1, 1, 0, 0), ("燃气", 1, 1, 0, 0), (None, 1, 1, 0, 1), ("排水", 1, 0, 1, 0)]
    assert [one["phone"] for one in found.owners] == ["5678", "1234", None, None]
    assert found.owners[0]["contact"] == "王工"


def test_railways_have_zones_of_their_own(town, tmp_path) -> None:
    """Ten metres from an entrance, fifty from what may lie below it or from a line, thirty from a stop at grade."""

    def asked(*bounds, rules=None):
        found = excavation(town, LOCAL, hole(*bounds), rules)
        return [(one["name"], one["distance_m"], [zone["zone"] for zone in one["zones"]]) for one in found.rail]

    assert asked(408, 398, 412, 402) == [("新街站", 8.0, ["rail_entrance"])]
    assert asked(412, 398, 415, 402) == [("新街站", 12.0, ["rail_underground"])]
    assert asked(451, 398, 455, 402) == []
    both = [("老街", 4.0, ["rail_surface"]), ("一号线", 24.0, ["rail_line"])]
    assert asked(898, 404, 902, 408) == both
    assert asked(898, 431, 902, 433) == []
    # The city's own rule, and whom to call.
    (tmp_path / "rail_zones.csv").write_text(
        "theme,kinds,zone,from_m,to_m,asks_zh,asks_en,status\nfacility,metro_station,own,0,60,征询,ask,verified\n",
        encoding="utf-8",
    )
    (tmp_path / "owners.csv").write_text("owner,contact,phone\n轨道,保护办,023-1\n", encoding="utf-8")
    own = load_rules(tmp_path)
    assert asked(451, 398, 455, 402, rules=own) == [("新街站", 51.0, ["own"])]
    found = excavation(town, LOCAL, hole(451, 398, 455, 402), own)
    assert (found.rail[0]["owner"], found.rail[0]["contact"], found.rail[0]["phone"]) == ("轨道", "保护办", "023-1")
    pages = pypdfium2.PdfDocument(excavation_pdf(town.city, found))
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "轨道交通控制保护区" in text
    assert text.count("保护办") == 2, "the operator signs, too"


def test_a_drawing_shows_the_zones_of_railways(town, tmp_path) -> None:
    """12 m from the entrance: the ring from 10 to 50 m; 24 m from a line: a band about it."""
    found = excavation(town, LOCAL, hole(412, 398, 415, 402))
    (zone,) = found.rail[0]["zones"]
    rings = [shapely.Polygon(city_places(town.city, ring)) for ring in zone["outlines"]]
    radii = [math.sqrt(ring.area / math.pi) for ring in rings]
    assert radii == pytest.approx([50, 10], rel=0.01)
    (tmp_path / "dig.dxf").write_bytes(excavation_dxf(town.city, found))
    space = ezdxf.readfile(tmp_path / "dig.dxf").modelspace()
    drawn = [shapely.Polygon(one.get_points("xy")) for one in space.query("LWPOLYLINE[layer=='RAIL']")]
    assert [one.area for one in drawn] == pytest.approx([one.area for one in rings], rel=1e-3)
    assert drawn[0].contains(shapely.Point(X + 400, Y + 449))
    assert "新街站 轨道控制保护区 10–50 m" in [one.dxf.text for one in space.query("TEXT")]
    sheet = dig_map(town.city, found, 180, 120)
    assert any(mark.layer == "RAIL" for mark in sheet.marks)
    assert "新街站  轨道控制保护区 10–50 m" in [mark.text for mark in sheet.marks if isinstance(mark, Text)]
    beside = excavation(town, LOCAL, hole(898, 404, 902, 408))
    assert excavation_pdf(town.city, beside), "zones whose edges lie beyond the map"
    line = beside.rail[1]["zones"][0]
    (band,) = (shapely.Polygon(city_places(town.city, ring)) for ring in line["outlines"])
    assert band.bounds[3] - band.bounds[1] == pytest.approx(100, abs=0.1)


def test_manholes_tell_what_pipes_tell(town, publish) -> None:
    """Four of them 2 m from the edge of a hole, and what is known of each."""
    common = {"network": "sewage", "kind": "manhole", "owner": "排水", "surveyed_by": "一院", "well_depth_m": 4.0}
    common |= {"attributes": {"联系人": "王工", "联系电话": "1234"}, "surveyed_on": dt.date(2024, 5, 1)}
    nodes = [
        {"cover_size_mm": "Φ700", "geom": shapely.Point(X + 2002, Y, 196)},
        {"cover_size_mm": "600×800", "geom": shapely.Point(X + 2002, Y + 1, 196)},
        {"cover_size_mm": "7", "well_depth_m": None, "geom": shapely.Point(X + 2002, Y + 2, 196)},
        {"owner": None, "surveyed_on": None, "geom": shapely.Point(X + 2002, Y + 3, 196)},
    ]
    frame = pd.DataFrame([common | row for row in nodes], index=[111, 112, 113, 114])
    publish(town, "pipe_node", frame)
    # The first was seen, as one of its pipes was; the second's pipes agree; those of the third do not.
    pipes = [("open", 111, 112), ("detected", 111, 113), ("detected", 112, 113), ("design", 113, None)]
    rows = [
        {"network": "sewage", "survey_method": method, "start_node_id": start, "end_node_id": end,
         "geom": line((2100, 100, 196), (2100, 101, 196))}
        for method, start, end in pipes
    ]  # fmt: skip
    publish(town, "pipe_segment", pd.DataFrame(rows, index=[121, 122, 123, 124]))
    found = excavation(town, LOCAL, hole(1996, -1, 2000, 4))
    seen = {one["feature_id"]: one for one in found.manholes}
    names = ("distance_m", "measured_from", "survey_method", "plan_tolerance_m", "depth_tolerance_m")
    assert {number: tuple(one[name] for name in names) for number, one in seen.items()} == {
        111: (1.65, "cover", "open", 0.05, 0.05),
        112: (1.5, "cover", "open", 0.05, 0.05),
        113: (2.0, "centre", None, 0.1, None),
        114: (2.0, "centre", None, 0.4, 0.6),
    }
    assert [seen[111][name] for name in ("owner", "contact", "phone", "surveyed_by", "surveyed_on")] == [
        "排水", "王工", "1234", "一院", "2024-05-01",
    ]  # fmt: skip
    told = {code: row["count"] for code, row in found.left_out.items() if "manhole" in code}
    assert told == {
        "dig_manhole_size_unknown": 2, "dig_manhole_owner_unknown": 1, "dig_manhole_survey_unknown": 1,
    }  # fmt: skip
    document = pypdfium2.PdfDocument(excavation_pdf(town.city, found))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    for words in ("1.65 ± 0.05", "4.00 ± 0.60", "井盖边", "明显点", "一院", "王工"):
        assert words in text, words
    # What may lie within reach by its tolerance is told, as of pipes: 0.4 m beyond the 5 m.
    assert 114 in {one["feature_id"] for one in excavation(town, LOCAL, hole(1992.7, -1, 1996.7, 4)).manholes}


@pytest.mark.parametrize(
    ("size", "half_m"),
    [
        ("700", 0.35), ("Φ700", 0.35), ("600*800", 0.5), ("600x800 ", 0.5), ("0.7", None), ("圆形", None), (None, None),
        ("600×800×100", None), ("70000", None),
    ],
)  # fmt: skip
def test_covers_are_as_large_as_they_say(size, half_m) -> None:
    (half,) = cover_half_m([size])
    assert math.isnan(half) if half_m is None else half == pytest.approx(half_m)


def test_streets_and_their_ban(town) -> None:
    (road,) = excavation(town, LOCAL, hole(10, -2, 20, 4)).roads
    assert (road["name"], road["ban"], road["ban_until"], road["opened_m2"]) == ("新街", "banned", 2028, 60.0)
    assert road["source"] == "城市道路管理条例 第三十三条"


@pytest.mark.parametrize(
    ("built", "overhauled", "state", "until"),
    [
        (2022, None, "banned", 2027),
        (2021, None, "perhaps", 2026),
        (2020, None, "free", 2025),
        (1990, 2024, "banned", 2027),
        (1990, 2023, "perhaps", 2026),
        (None, None, "unknown", None),
    ],
)
def test_a_ban_of_whole_years(built, overhauled, state, until) -> None:
    """Only years are known: five after building, three after an overhaul; asked on 1 June 2026."""
    row = {"feature_id": 1, "key": "a", "name": "a", "road_class": "local", "surface": None, "width_m": 8.0,
           "built_year": built, "overhauled_year": overhauled,
           "geom": shapely.LineString([(0, 0), (9, 0)])}  # fmt: skip
    (road,) = opened_roads(pd.DataFrame([row]), shapely.box(0, 0, 2, 2), DAY, load_rules())
    assert (road["ban"], road["ban_until"]) == (state, until)


def test_a_street_of_unknown_width_is_told(town, publish) -> None:
    roads = {"road_class": "local", "name": ["无宽街", "远处"], "geom": [
        line((2500, 0, 200), (2600, 0, 200)), line((2500, 40, 200), (2600, 40, 200)),
    ]}  # fmt: skip
    publish(town, "road_edge", pd.DataFrame(roads, index=[211, 212]))
    found = excavation(town, LOCAL, hole(2510, 3, 2520, 6))
    (road,) = found.roads
    assert (road["width_m"], road["opened_m2"]) == (None, 10.0)
    told = found.left_out["dig_road_width_unknown"]
    assert (told["count"], "8 m" in told["en"], "8 m" in told["zh"]) == (1, True, True)
    assert "dig_road_width_unknown" not in excavation(town, LOCAL, hole(10, -2, 20, 4)).left_out


def test_where_nobody_looked_is_told(town) -> None:
    """A hole from x = 48 to 78: pipes end at 40, a manhole stands at 90, and between 60 and 70 nobody has looked."""
    found = excavation(town, LOCAL, hole(48, 0, 78, 4))
    assert found.pipes == []
    assert found.unsurveyed["area_m2"] == pytest.approx(10 * 4, abs=2)
    assert found.unsurveyed["share"] == pytest.approx(1 / 3, abs=0.02)
    assert {"heat", "industrial"} <= set(found.unsurveyed["networks_without_record"])
    assert any("补充探测" in notice["zh"] for notice in found.notices)
    nowhere = excavation(town, LOCAL, hole(900, 900, 910, 910))
    assert nowhere.unsurveyed["share"] == 1.0
    assert nowhere.left_out["dig_roads_unknown"]["count"] == 1
    assert excavation(town, LOCAL, hole(10, -2, 20, 4)).unsurveyed["area_m2"] == 0


def test_the_words_stand_first_and_the_day_of_expiry_is_told(town) -> None:
    found = excavation(town, LOCAL, hole(900, 900, 910, 910, valid_days=10))
    assert found.notices[0] == {"zh": "无数据不等于无管线", "en": "no data is not no pipe"}
    assert found.dig["expires"] == "2026-06-11"
    assert any("合成" in notice["zh"] for notice in found.notices)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "is a Point"),
        ({"type": "MultiPolygon", "coordinates": []}, "MultiPolygon|cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": []}, "is a Polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, None], [0, 0]]]}, "cannot be read|no number"),
        ({"type": "Polygon", "coordinates": [[[math.cos(i), math.sin(i)] for i in range(600)]]}, "601 corners"),
        ("POLYGON((0 0,1 0,1 1,0 0))", "cannot be read"),
        (None, "cannot be read"),
        ({"type": "FeatureCollection", "features": []}, "cannot be read|is a"),
    ],
)  # fmt: skip
def test_outlines_that_are_none_are_refused(told, why) -> None:
    with pytest.raises(BadQuestion, match=why):
        outline(told)


def test_a_bottomless_collection_is_refused() -> None:
    told = {"type": "Point", "coordinates": [0, 0]}
    for _ in range(3000):
        told = {"type": "GeometryCollection", "geometries": [told]}
    with pytest.raises(BadQuestion, match="cannot be read"):
        outline(told)
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}
    assert outline({"type": "FeatureCollection", "features": [feature]}).area == 0.5


def test_holes_that_cannot_be_dug_are_refused(town) -> None:
    bow_tie = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    for area, depth, why in (
        (bow_tie, 2, "not valid"),
        (shapely.box(0, 0, 1000, 1000), 2, "1,000,000.00 m²"),
        (shapely.box(0, 0, 1e-3, 1e-3), 2, "encloses"),
        (shapely.box(0, 0, 4, 4), 0, "depth 0 m"),
        (shapely.box(0, 0, 4, 4), math.nan, "depth nan m"),
        (shapely.box(0, 0, 4, 4), 61, "depth 61 m"),
    ):
        with pytest.raises(BadQuestion, match=why):
            Dig(area, depth, DAY)
    with pytest.raises(BadQuestion, match="400 days"):
        Dig(shapely.box(0, 0, 4, 4), 1, DAY, valid_days=400)
    with pytest.raises(BadQuestion, match="city's own CRS"):
        in_city(town.city, shapely.box(X, Y, X + 1, Y + 1))


def test_degrees_come_back_as_the_same_hole(town) -> None:
    area = hole(10, -2, 20, 4).area
    back = in_city(town.city, degrees(town.city, area))
    assert shapely.hausdorff_distance(back, area) < 1e-3


def test_dxf_holds_pipes_where_they_lie(town, tmp_path) -> None:
    found = excavation(town, LOCAL, hole(10, -2, 20, 4))
    path = tmp_path / "dig.dxf"
    path.write_bytes(excavation_dxf(town.city, found))
    document = ezdxf.readfile(path)
    assert not document.audit().errors
    space = document.modelspace()
    lines = {
        entity.dxf.layer: [tuple(vertex.dxf.location) for vertex in entity.vertices]
        for entity in space.query("POLYLINE")
    }
    assert set(lines) == {"PIPE_WATER", "PIPE_GAS", "PIPE_SEWAGE", "ABANDONED"}
    np.testing.assert_allclose(lines["PIPE_WATER"], [(X, Y + 1, 198.89), (X + 40, Y + 1, 197.89)], atol=2e-3)
    (outlined,) = space.query("LWPOLYLINE[layer=='DIG']")
    assert shapely.Polygon(outlined.get_points("xy")).area == pytest.approx(60, abs=0.01)
    texts = [entity.dxf.text for entity in space.query("TEXT")]
    assert "无数据不等于无管线 / no data is not no pipe" in texts
    assert "JS DN200 steel 埋深1.25±0.05" in texts
    assert any(text.endswith("废弃") for text in texts)


def test_labels_say_what_is_not_known() -> None:
    pipe = {"class_code": None, "network": "water", "diameter_mm": None, "width_mm": 300.0, "height_mm": 200.0,
            "material": None, "depth_m": None, "depth_tolerance_m": None, "abandoned": False}  # fmt: skip
    assert pipe_label(pipe) == "water 300×200 埋深未知"


def test_pdf_tells_it_all(town) -> None:
    found = excavation(town, LOCAL, hole(10, -2, 20, 4, project="给水<抢修> & 试挖", applicant="水务"))
    document = pypdfium2.PdfDocument(excavation_pdf(town.city, found))
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    assert all("无数据不等于无管线" in page for page in pages)
    assert all("2026-07-01" in page for page in pages)
    assert "给水<抢修> & 试挖" in pages[0]
    assert "会签单" in pages[-1]
    every = "".join(pages)
    for words in (
        "1.25 ± 0.05",
        "人工",
        "新街",
        "禁止挖掘期内",
        "燃气",
        "1234",
        "废弃",
        "埋深未知",
        "unverified",
        "5.67",
    ):
        assert words in every, words


def test_a_pipe_of_which_hardly_anything_is_known(town, publish) -> None:
    """No length, no depth, no size, no material, no owner, no height: told, counted and drawn all the same."""
    rows = pd.DataFrame([{"network": "water", "geom": line((500, 500, math.nan), (500, 500, math.nan))}], index=[7])
    publish(town, "pipe_segment", rows)
    found = excavation(town, LOCAL, hole(499, 499, 501, 501))
    (pipe,) = found.pipes
    assert (pipe["relation"], pipe["by_hand"], pipe["distance_m"], pipe["inside_m"]) == (
        "depth_unknown",
        True,
        0.0,
        0.0,
    )
    counted = (
        "dig_depth_unknown",
        "dig_size_unknown",
        "dig_material_unknown",
        "dig_owner_unknown",
        "dig_survey_unknown",
    )
    assert {code: found.left_out[code]["count"] for code in counted} == dict.fromkeys(counted, 1)
    assert found.unsurveyed["share"] == 1.0  # nobody says that it was surveyed
    assert excavation_dxf(town.city, found)
    assert excavation_pdf(town.city, found).startswith(b"%PDF")


def test_the_depth_of_one_end_is_not_that_of_the_pipe(town, publish) -> None:
    """A gas pipe of 200 m, 1.0 m deep at its start, nobody knows how deep at its end: by hand all along it."""
    told = {
        "network": "gas", "survey_method": "detected", "diameter_mm": 100.0, "outer_width_mm": 100.0,
        "outer_height_mm": 100.0, "depth_reference": "crown",
    }  # fmt: skip
    rows = [
        {"start_depth_m": 1.0, "geom": line((1000, 0, 198.95), (1200, 0, 198.95))},
        {"end_depth_m": 1.0, "geom": line((1000, 1, 198.95), (1200, 1, 198.95))},
    ]
    publish(town, "pipe_segment", pd.DataFrame([told | row for row in rows], index=[8, 9]))
    for west in (1196, 1000):  # a shallow hole at either end
        found = excavation(town, LOCAL, hole(west, -1, west + 4, 2, depth=0.5))
        for pipe in found.pipes:
            assert (pipe["relation"], pipe["by_hand"]) == ("depth_unknown", True)
            assert (pipe["depth_m"], pipe["crown_level_m"], pipe["one_end_depth_m"]) == (None, None, 1.0)
        assert {code: found.left_out[code]["count"] for code in ("dig_depth_unknown", "dig_depth_one_end")} == {
            "dig_depth_unknown": 2, "dig_depth_one_end": 2,
        }  # fmt: skip
    document = pypdfium2.PdfDocument(excavation_pdf(town.city, found))
    assert "一端 1.00" in "".join(page.get_textpage().get_text_range() for page in document)
    assert excavation_dxf(town.city, found)


def test_pdf_of_a_place_without_anything(town) -> None:
    pdf = excavation_pdf(town.city, excavation(town, LOCAL, hole(900, 900, 910, 910)))
    document = pypdfium2.PdfDocument(pdf)
    assert "None is on record" in document[1].get_textpage().get_text_bounded()
    document.close()


def test_command_writes_what_is_asked(town, run, tmp_path) -> None:
    area = degrees(town.city, hole(10, -2, 20, 4).area)
    path = tmp_path / "hole.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(area)}))
    outputs = [tmp_path / f"dig.{ending}" for ending in ("json", "pdf", "dxf")]
    asked = ["network", "excavate", str(path), "--depth", "2", "--city", town.city.slug, "--day", "2026-06-01"]
    shown = run(*asked, *(word for output in outputs for word in ("-o", str(output))))
    assert shown.exit_code == 0, shown.output
    assert "无数据不等于无管线" in shown.output
    assert "by hand 人工" in shown.output
    gas = next(line for line in shown.output.splitlines() if line.startswith("gas"))
    assert "燃气" in gas, "whose it is"
    assert "DN200 steel" in shown.output
    manhole = next(line for line in shown.output.splitlines() if line.startswith("sewage") and "6.00" in line)
    assert "centre 中心" in manhole
    assert [pipe["feature_id"] for pipe in json.loads(outputs[0].read_bytes())["pipes"]] == [1, 2, 4, 3]
    assert outputs[1].read_bytes().startswith(b"%PDF")
    refused = run(*asked, "-o", str(tmp_path / "dig.doc"))
    assert refused.exit_code != 0
    assert "dig.doc" in refused.output
    path.write_text("no json")
    assert "is no JSON" in run(*asked).output
