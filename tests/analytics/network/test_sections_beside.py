"""What stands on the ground beside pipes: carriageways, kerbs, red lines and buildings, by hand and as DXF has them."""

from __future__ import annotations

from dataclasses import replace

import ezdxf
import numpy as np
import pandas as pd
import pytest
import shapely

from cim.analytics.network.sections.section import section
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.sheets import written
from cim.viewer import LOCAL, OPERATOR

NORTH = 1000.0
"""Northing of the sewer: far from the other network of the city."""


def line(*places):
    """A line of places east and north of the sewer's begin."""
    return shapely.LineString([(x, y + NORTH) for x, y in places])


@pytest.fixture(scope="module")
def lined(shared_water_city, publish):
    """What a section across x = 10, from 20 m south to 20 m north of the sewer, meets above the ground.

    ::

        offset   7         14       21 22     26         33      35 ─ 40
                 red line  kerb ═══ island ═══ kerb      red line  building, cut by the line's end

    Of the bridge, the path of unknown width and the restricted kerb nothing is told.
    """
    sewer = {"network": "sewage", "shape": "circular", "outer_width_mm": 600.0, "outer_height_mm": 600.0}
    sewer |= {"geom": shapely.force_3d(line((0, 0), (50, 0)), 10.0)}
    publish(shared_water_city, "pipe_segment", pd.DataFrame([sewer], index=[90]))
    lines = {
        91: ("red_line", 0, [(2, -17), (18, -9)]),
        92: ("kerb", 0, [(2, -6), (18, -6)]),
        93: ("kerb", 0, [(5, 1), (15, 1), (15, 2), (5, 2)]),
        94: ("kerb", 0, [(2, 6), (18, 6)]),
        95: ("red_line", 0, [(2, 13), (18, 13)]),
        96: ("kerb", 2, [(2, 10), (18, 10)]),
    }
    rows = [
        {"kind": kind, "classification": secret, "geom": shapely.force_3d(line(*course), 12.0)}
        for kind, secret, course in lines.values()
    ]
    publish(shared_water_city, "kerb", pd.DataFrame(rows, index=list(lines)))
    roads = {97: ("解放路", 12.0, False, 0), 98: ("高架", 30.0, True, 0), 99: ("小径", None, False, 10)}
    rows = [
        {"road_class": "local", "name": name, "width_m": wide, "bridge": over}
        | {"geom": shapely.force_3d(line((2, north), (18, north)), 12.0)}
        for name, wide, over, north in roads.values()
    ]
    publish(shared_water_city, "road_edge", pd.DataFrame(rows, index=list(roads)))
    house = {"name": "甲楼", "geom": shapely.MultiPolygon([shapely.box(4, NORTH + 15, 16, NORTH + 25)])}
    publish(shared_water_city, "building", pd.DataFrame([house], index=[100]))
    return shared_water_city


def test_places_by_hand(lined, tmp_path) -> None:
    """The carriageway's half of 12 m leaves 14 and 26; the island is one kerb that is met twice."""
    found = section(lined, LOCAL, line((10, -20), (10, 20)), tmp_path)
    assert [(each["kind"], each["name"], each["from_m"], each["to_m"]) for each in found.beside] == [
        ("red_line", None, 7.0, 7.0),
        ("kerb", None, 14.0, 14.0),
        ("road", "解放路", 14.0, 26.0),
        ("kerb", None, 21.0, 21.0),
        ("kerb", None, 22.0, 22.0),
        ("kerb", None, 26.0, 26.0),
        ("red_line", None, 33.0, 33.0),
        ("building", "甲楼", 35.0, 40.0),
    ]
    # The line's other way round; and whoever may see restricted things sees one kerb more.
    back = section(lined, LOCAL, line((10, 20), (10, -20)), tmp_path).beside
    assert [(each["kind"], each["from_m"]) for each in back[:2]] == [("building", 0.0), ("red_line", 7.0)]
    seen = section(lined, OPERATOR, line((10, -20), (10, 20)), tmp_path).beside
    assert [each["from_m"] for each in seen if each["kind"] == "kerb"] == [14.0, 21.0, 22.0, 26.0, 30.0]


def test_red_lines_of_a_plan_are_lines_or_the_edges_of_street_land(lined, publish, tmp_path) -> None:
    """South of the sewer the plan has lines, north of it the land of a street; blue lines are no red lines."""
    land = shapely.Polygon([(102, NORTH + 2), (118, NORTH + 2), (118, NORTH + 12), (102, NORTH + 12)])
    plan = {
        111: ("red", 0, line((102, -15), (118, -15))),
        112: ("blue", 0, line((102, -13), (118, -13))),
        113: ("red", 0, land),
        114: ("red", 2, line((102, -2), (118, -2))),
    }
    rows = [{"kind": kind, "classification": secret, "geom": geom} for kind, secret, geom in plan.values()]
    publish(lined, "control_line", pd.DataFrame(rows, index=list(plan)))
    across = line((110, -20), (110, 20))
    found = section(lined, LOCAL, across, tmp_path)
    assert [(each["kind"], each["from_m"], each["to_m"]) for each in found.beside] == [
        ("red_line", 5.0, 5.0), ("red_line", 22.0, 22.0), ("red_line", 32.0, 32.0),
    ]  # fmt: skip
    assert len(section(lined, OPERATOR, across, tmp_path).beside) == 4
    sheet = section_sheet(replace(found, ground=[(0.0, 12.0), (40.0, 14.0)]), lined.city, "zh", 200)
    assert [mark.text for mark in sheet.marks if getattr(mark, "text", "") == "道路红线"]


def test_each_is_drawn_where_it_stands_on_the_ground(lined, overlapping, tmp_path) -> None:
    """At 1:200 a metre is 5 mm; places are told from the sewer at 20 m, levels from a ground that rises by 5 %."""
    found = section(lined, LOCAL, line((10, -20), (10, 20)), tmp_path)
    sheet = section_sheet(replace(found, ground=[(0.0, 12.0), (40.0, 14.0)]), lined.city, "zh", 200)
    assert overlapping(sheet) == []
    path = tmp_path / "section.dxf"
    path.write_bytes(written(sheet, "dxf"))
    space = ezdxf.readfile(path).modelspace()
    drawn = {
        layer: [np.array(mark.get_points("xy")) for mark in space.query(f"LWPOLYLINE[layer=='{layer}']")]
        for layer in ("GROUND", "PIPE", "KERB", "ROAD", "BUILDING")
    }
    ground = drawn["GROUND"][0]
    sewer = next(mark for mark in drawn["PIPE"] if len(mark) > 4)
    centre = (sewer[:, 0].min() + sewer[:, 0].max()) / 2

    def along(layer, place):
        """Where marks stand, metres along the line, and how high over the ground below them, millimetres."""
        feet = [(mark[:, 0].min() if place == "from" else mark[:, 0].max(), mark[:, 1]) for mark in drawn[layer]]
        return [
            (round(20 + (x - centre) / 5, 2), *np.round([y.min() - level, y.max() - level], 2).tolist())
            for x, y in feet
            for level in [np.interp(x, *ground.T)]
        ]

    red, kerb = (-4.0, 9.0), (0.0, 1.2)
    assert along("KERB", "from") == [
        (7.0, *red), (14.0, *kerb), (21.0, *kerb), (22.0, *kerb), (26.0, *kerb), (33.0, *red),
    ]  # fmt: skip
    # The carriageway's edges reach from the ground to one line across, 3 mm over the higher of them; so 26 m is.
    edges, higher = along("ROAD", "from"), 0.05 * 12 * 5
    assert edges == [(14.0, 0.0, 3.0 + higher), (26.0, 0.0, 3.0), (14.0, 2.0 + higher, 2.0 + higher)]
    assert along("ROAD", "to")[2][0] == 26.0
    # The building stands on the highest ground below it, 40 m.
    assert along("BUILDING", "to") == [(40.0, 0.0, 7.0)]
    assert along("BUILDING", "from")[0][0] == 35.0
    texts = [mark.dxf.text for mark in space.query("TEXT[layer=='NAMES']")]
    assert {"道路红线", "路缘石", "道路 解放路", "建筑 甲楼"} <= set(texts), texts
    red_marks = [mark for mark in space.query("LWPOLYLINE[layer=='KERB']") if mark.dxf.linetype.startswith("DASH")]
    assert [mark.dxf.true_color for mark in red_marks] == [0xC00000] * 2
