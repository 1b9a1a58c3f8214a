"""Profiles and sections worked out by hand, on a street with a sewer, a water main and ducts; and drawn."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from lxml import etree

from cim.analytics.errors import BadQuestion, NoPath, UnknownPlace
from cim.analytics.ground_levels import ground_levels
from cim.analytics.network.sections.frame import fitting_scale
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.profile_sheet import chainage, profile_sheet
from cim.analytics.network.sections.section import drawn_line, line_across, line_points, section
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.analytics.network.sections.table import spread
from cim.crs import transformation
from cim.sheets import Text, written
from cim.viewer import LOCAL, OPERATOR

NORTH = 1000.0
"""Northing of the street: far from the other networks of the city."""

PIPES = {
    # id: network, ends, course (north of the street), shape, diameter, basis, wall, outer width and height, depth
    71: ("sewage", (61, 62), [(0, 0, 10.0), (50, 0, 9.8)], "circular", 500, "inner", 50, 600, 600, 2.0),
    72: ("sewage", (62, 63), [(50, 0, 9.5), (100, 0, 9.3)], "circular", 500, "inner", 50, 600, 600, None),
    81: ("water", (None, None), [(25, -20, 11.0), (25, 20, 11.0)], "circular", 200, "nominal", None, 220, 220, 1.0),
    82: ("power", (None, None), [(60, -40, 11.5), (100, 0.5, 11.5)], "rectangular", None, "outer", None, 400, 200, 1.0),
    83: ("gas", (None, None), [(0, -10, 11.2), (100, -10, 11.2)], "circular", None, "nominal", None, None, None, 1.0),
}


@pytest.fixture(scope="module")
def street(shared_water_city, publish):
    """A sewer d500 of two pipes with a drop of 0.3 m between them; a main over it, a duct beside, a gas pipe unsized.

    ::

        61 ──71──→ 62 ──72──→ 63        ground 13.0, unknown, 12.0; 72's depth was not surveyed
             │81 (water, above)
    """
    places = {61: (0, 0, 9.75), 62: (50, 0, 9.25), 63: (100, 0, 9.05), 64: (0, 50, 9.0)}
    nodes = {"network": "sewage", "kind": "manhole", "ground_level_m": [13.0, None, 12.0, None]}
    geom = [shapely.Point(x, y + NORTH, z) for x, y, z in places.values()]
    publish(shared_water_city, "pipe_node", pd.DataFrame(nodes | {"geom": geom}, index=list(places)))
    rows = pd.DataFrame(
        [
            {
                "network": network,
                "start_node_id": ends[0],
                "end_node_id": ends[1],
                "shape": shape,
                "diameter_mm": float(size) if size else None,
                "diameter_basis": basis,
                "wall_mm": float(wall) if wall else None,
                "width_mm": 400.0 if shape == "rectangular" else None,
                "height_mm": 200.0 if shape == "rectangular" else None,
                "outer_width_mm": float(wide) if wide else None,
                "outer_height_mm": float(high) if high else None,
                "material": "concrete",
                "start_depth_m": depth,
                "end_depth_m": depth,
                "geom": shapely.LineString([(x, y + NORTH, z) for x, y, z in course]),
            }
            for network, ends, course, shape, size, basis, wall, wide, high, depth in PIPES.values()
        ],
        index=list(PIPES),
    )
    for column in ("start_node_id", "end_node_id"):
        rows[column] = rows[column].astype("Int64")
    publish(shared_water_city, "pipe_segment", rows)
    return shared_water_city


def line(*places):
    """A line of places east and north of the street's begin."""
    return shapely.LineString([(x, y + NORTH) for x, y in places])


def told(found):
    return {code: reason["count"] for code, reason in found.left_out.items()}


def test_levels_of_a_profile_by_hand(street, tmp_path) -> None:
    """Invert = axis − 0.25, crown = axis + 0.30; cover of 61 = 13.0 − 10.3; 4 ‰; 62 drops from 9.55 to 9.25."""
    found = profile(street, LOCAL, [61, 63], tmp_path)
    assert (found.network, found.length_m) == ("sewage", 100.0)
    columns = ("chainage_m", "ground_m", "invert_in_m", "invert_out_m", "crown_m", "cover_m")
    assert [[station[name] for name in columns] for station in found.stations] == [
        [0.0, 13.0, None, 9.75, 10.3, 2.7],
        [50.0, None, 9.55, 9.25, 10.1, None],
        [100.0, 12.0, 9.05, None, 9.6, 2.4],
    ]
    assert [(pipe["size"], pipe["slope_permille"], pipe["surveyed"]) for pipe in found.pipes] == [
        ("d500", 4.0, True),
        ("d500", 4.0, False),
    ]
    assert found.pipes[0]["crown"] == [(0.0, 10.3), (50.0, 10.1)]
    assert found.ground == [(0.0, 13.0), (100.0, 12.0)]
    assert told(found) == {"manhole_without_ground": 1, "no_terrain": 1, "pipe_depth_not_surveyed": 1}


def test_a_profile_can_be_walked_up(street, tmp_path) -> None:
    found = profile(street, LOCAL, [63, 61], tmp_path)
    assert [station["node_id"] for station in found.stations] == [63, 62, 61]
    assert [pipe["slope_permille"] for pipe in found.pipes] == [-4.0, -4.0]
    assert found.stations[0]["invert_out_m"] == 9.05


def test_what_crosses_a_profile(street, tmp_path) -> None:
    """The main at 25 m: axis 11.0 over 9.9; 1.1 less half of 0.6 and of 0.22 leaves 0.69 between the walls."""
    (main, duct) = profile(street, LOCAL, [61, 63], tmp_path).crossings
    names = ("chainage_m", "segment_id", "size", "crown_m", "above", "clear_m", "angle_deg")
    assert [main[name] for name in names] == [25.0, 81, "DN200", 11.11, True, 0.69, 90.0]
    assert (duct["segment_id"], duct["size"], duct["round"]) == (82, "400×200", False)


def test_a_section_by_hand(street, tmp_path) -> None:
    """Across at x = 25 from −15 to 15: the gas pipe at 5 m, the sewer at 15 m; the main lies along the line."""
    found = section(street, LOCAL, line((25, -15), (25, 15)), tmp_path)
    assert [(cut["segment_id"], cut["offset_m"], cut["axis_m"]) for cut in found.cuts] == [
        (83, 5.0, 11.2),
        (71, 15.0, 9.9),
    ]
    assert [(cut["angle_deg"], cut["cut_width_m"], cut["spacing_m"]) for cut in found.cuts] == [
        (90.0, None, None),
        (90.0, 0.6, None),
    ]
    assert told(found) == {"no_terrain_section": 1, "pipe_along_line": 1, "pipe_without_size": 1}


def test_a_skew_pipe_is_cut_wider(street, tmp_path) -> None:
    """At 45° a pipe of 0.6 m is cut 0.849 m wide; the main 5·√2 m before it leaves 7.07 − (0.849 + 0.311) / 2."""
    found = section(street, LOCAL, line((20, 10), (40, -10)), tmp_path)
    main, sewer, *_ = found.cuts
    assert (main["segment_id"], sewer["segment_id"]) == (81, 71)
    assert (main["cut_width_m"], sewer["cut_width_m"]) == (0.311, 0.849)
    assert main["spacing_m"] == pytest.approx(5 * math.sqrt(2) - (0.311 + 0.849) / 2, abs=0.006)


def test_ground_between_the_cells_of_a_terrain_model(street, publish, tmp_path) -> None:
    """A plane 100 + x/10 + y/5 is given back exactly; beyond it, and beside a hole, nobody knows."""
    folder = tmp_path / "raster"
    folder.mkdir()
    x, y = np.meshgrid(np.arange(20) * 10 + 5.0, 200 - np.arange(20) * 10 - 5.0)
    cells = (100 + x / 10 + y / 5).astype("float32")
    cells[0, 0] = -9999
    transform = rasterio.Affine(10, 0, 0, 0, -10, 200)
    options = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "float32", "nodata": -9999}
    with rasterio.open(folder / "plane.tif", "w", transform=transform, **options) as raster:
        raster.write(cells, 1)
    row = {"kind": "dem", "file": "plane.tif", "crs": street.city.crs, "resolution_m": 10.0, "columns": 20, "rows": 20}
    row |= {"bands": 1, "height_offset_m": 1.5, "geom": shapely.box(0, 0, 200, 200)}
    publish(street, "raster_asset", pd.DataFrame([row], index=[901]))
    places = np.array([[15.0, 15.0], [33.0, 47.0], [190.0, 190.0], [8.0, 192.0], [300.0, 10.0]])
    found = ground_levels(street, LOCAL, tmp_path, places)
    assert found[:3] == pytest.approx(1.5 + 100 + places[:3, 0] / 10 + places[:3, 1] / 5)
    assert np.isnan(found[3:]).all()
    assert np.isnan(ground_levels(street, LOCAL, tmp_path / "elsewhere", places)).all()
    shown = section(street, LOCAL, shapely.LineString([(30, 20), (30, 8)]), tmp_path)
    assert shown.ground[0] == (0.0, 108.5)
    with street.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM city.raster_asset")


def test_lines_are_drawn_in_degrees_or_across(street) -> None:
    way = transformation("EPSG:4326", street.city, Path("line"))
    x, y = way.source_plane(np.array([25.0, 25.0]), np.array([-15.0, 15.0]))
    drawn = drawn_line(street, line_points(f"{x[0]},{y[0]};{x[1]},{y[1]}"))
    assert shapely.get_coordinates(drawn) == pytest.approx(np.array([[25, -15], [25, 15]]), abs=1e-3)
    across = line_across(street, LOCAL, 71, 10)
    assert shapely.get_coordinates(across) == pytest.approx(np.array([[25, NORTH - 5], [25, NORTH + 5]]))


@pytest.mark.parametrize("text", ["1,2 3", "a,b", "1,2", "200,2 201,2", "1,2 1,2", "1,2 50,2"])
def test_lines_that_are_none(street, text) -> None:
    with pytest.raises(BadQuestion):
        drawn_line(street, line_points(text))


def test_questions_that_have_no_answer(street, tmp_path) -> None:
    with pytest.raises(NoPath, match="no way leads from 61 to 64 in network"):
        profile(street, LOCAL, [61, 64], tmp_path)
    with pytest.raises(BadQuestion, match="two manholes or more"):
        profile(street, LOCAL, [61], tmp_path)
    with pytest.raises(UnknownPlace, match="'x' of this city"):
        profile(street, LOCAL, ["x", 61], tmp_path)
    with pytest.raises(UnknownPlace, match="that is a pipe segment"):
        line_across(street, LOCAL, 61, 10)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_drawings_have_no_words_on_words_and_true_scales(street, overlapping, tmp_path, language) -> None:
    drawn = profile_sheet(profile(street, LOCAL, [61, 63], tmp_path), street.city, language, (500, 100))
    assert overlapping(drawn) == []
    crown = next(mark for mark in drawn.marks if mark.layer == "PIPE" and not getattr(mark, "closed", True))
    (x0, y0), (x1, y1) = crown.points
    assert (x1 - x0, y0 - y1) == pytest.approx((50 * 1000 / 500, 0.2 * 1000 / 100))
    cut = section_sheet(section(street, LOCAL, line((20, 10), (40, -10)), tmp_path), street.city, language, 50)
    assert overlapping(cut) == []
    pipe = [mark for mark in cut.marks if mark.layer == "PIPE" and getattr(mark, "closed", False)][1]
    wide = np.ptp([x for x, _ in pipe.points]), np.ptp([y for _, y in pipe.points])
    assert wide == pytest.approx((0.849 * 20, 0.6 * 20), abs=0.03)
    for sheet in (drawn, cut):
        for mark in sheet.marks:
            points = [(mark.x, mark.y)] if isinstance(mark, Text) else mark.points
            assert all(0 <= x <= sheet.width_mm and 0 <= y <= sheet.height_mm for x, y in points), mark


def test_a_crossing_far_above_is_still_on_the_sheet(street, tmp_path) -> None:
    """Of a pipe without size only the axis tells how high the drawing must be."""
    found = profile(street, LOCAL, [61, 63], tmp_path)
    high = {**found.crossings[0], "axis_m": 60.0, "crown_m": None, "invert_m": None, "height_m": None, "clear_m": None}
    sheet = profile_sheet(replace(found, crossings=[high]), street.city)
    tops = [y for mark in sheet.marks if not isinstance(mark, Text) for _, y in mark.points]
    assert max(tops) <= sheet.height_mm


def test_a_pipe_without_size_is_drawn_as_its_axis(street, tmp_path) -> None:
    found = profile(street, LOCAL, [61, 63], tmp_path)
    bare = [{**pipe, "size": None, "invert": [], "crown": []} for pipe in found.pipes]
    sheet = profile_sheet(replace(found, pipes=bare), street.city, "zh", (500, 100))
    first, _ = [mark for mark in sheet.marks if mark.layer == "PIPE"]
    assert first.stroke.dash == (4, 1, 0.5, 1)
    assert first.points[0][1] - first.points[1][1] == pytest.approx(0.2 * 10)
    assert "?–4.0‰–50.00" in [mark.text for mark in sheet.marks if isinstance(mark, Text)]


def test_words_of_drawings(street, tmp_path) -> None:
    found = profile(street, LOCAL, [61, 63], tmp_path)
    words = [
        node.text for node in etree.fromstring(written(profile_sheet(found, street.city), "svg")).iterfind(".//{*}text")
    ]
    for expected in (
        "污水管道纵断面图",
        "d500–4.0‰–50.00",
        "K0+050.00",
        "9.550 / 9.250",
        "给水 DN200 底 10.90 净距 0.69",
    ):
        assert expected in words
    assert any("无数据不等于无管线" in word for word in words)
    run = {"run_id": 4, "kind": "network.surcharge", "finished_at": dt.datetime(2026, 5, 4, 9, 30)}
    computed = written(profile_sheet(replace(found, hydraulics=run), street.city), "svg").decode()
    assert "排水管网水力计算第 4 号，2026-05-04 09:30；计算值，非实测" in computed
    assert "network." not in computed
    upward = written(profile_sheet(profile(street, LOCAL, [63, 61], tmp_path), street.city), "svg").decode()
    assert "d500–(-4.0‰)–50.00" in upward
    english = written(profile_sheet(found, street.city, "en"), "svg").decode()
    assert "Sewage long profile" in english
    assert "depth not surveyed" in english


def test_a_path_of_very_many_manholes_keeps_its_words_apart() -> None:
    places = np.sort(np.random.default_rng(4).uniform(0, 100, 60)).tolist()
    moved = spread(places, 4.2, 0.0, 300.0)
    assert np.diff(moved).min() >= 4.2 - 1e-9
    assert spread([0.0, 50.0, 100.0], 4.2, 0.0, 100.0) == [0.0, 50.0, 100.0]
    assert spread([0.0, 1.0, 20.0], 4.0, 0.0, 30.0) == [0.0, 4.0, 20.0]
    assert (chainage(1234.567), chainage(0)) == ("K1+234.57", "K0+000.00")
    assert [fitting_scale(length, 370) for length in (18, 100, 925, 1e9)] == [50, 500, 2500, 20000]


def test_commands_draw_print_and_tell(street, run, tmp_path) -> None:
    slug = street.city.slug
    shown = run("network", "profile", 61, 63, "--city", slug)
    assert (shown.exit_code, "K0+050.00" in shown.output) == (0, True)
    answer = json.loads(run("network", "profile", 61, 63, "--city", slug, "--json").output)
    assert answer["stations"][0]["cover_m"] == 2.7
    for ending, head in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("dxf", b"  0"), ("json", b"{")):
        path = tmp_path / f"section.{ending}"
        said = run("network", "section", "--across", 71, "--city", slug, "--out", path, "--language", "en")
        assert (said.exit_code, path.read_bytes()[: len(head)]) == (0, head)
    assert "2 pipes below" in run("network", "section", "--across", 71, "--city", slug, "--width", 30).output
    for wrong in (["--across", 71, "--out", tmp_path / "x.gif"], [], ["--across", 71, "--line", "1,2 3,4"]):
        assert run("network", "section", "--city", slug, *wrong).exit_code == 1
