"""Places and ranges: outside the city, off the terrain, slivers, overlaps, numbers that the world does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks import check
from cim.etl.checks.context import Context
from cim.etl.checks.families.ranges import ranges
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.keys import KeyBook
from cim.etl.checks.terrain import Terrain, TerrainFile
from cim.etl.places import on_grid
from cim.tables import THEMES

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
X, Y = 500_000.0, 3_270_000.0


def box(column: float, row: float = 0.0, width: float = 10.0, height: float = 10.0) -> shapely.Polygon:
    return shapely.box(X + column, Y + row, X + column + width, Y + row + height)


def found(theme: str, context: Context | None = None, **columns) -> list[tuple[str, str]]:
    inspection = Inspection(context or Context(CITY), thorough=True)
    frame = pd.DataFrame(columns, index=[f"row {number}" for number in range(len(next(iter(columns.values()))))])
    _, rejects = check(Batch(theme, frame), CITY, inspection)
    return [(item.record, item.code, item.reason) for item in [*rejects, *inspection.finish()]]


@pytest.fixture
def terrain(tmp_path: Path) -> Terrain:
    """A plain at 200 m that ends 100 m north of the origin, with a gap."""
    path = tmp_path / "dem.tif"
    heights = np.full((20, 20), 200.0, dtype=np.float32)
    heights[0, 0] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=20, height=20, count=1, dtype="float32", crs="EPSG:4545", nodata=-9999,
        transform=from_origin(X - 50, Y + 100, 10, 10),
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return Terrain.open([TerrainFile(path, None, 1.0)], CITY)


def test_a_terrain_tells_heights_of_cells_and_nothing_beyond(terrain):
    x = np.array([X, X - 45, X - 51, X, np.nan])
    y = np.array([Y, Y + 95, Y, Y + 101, Y])
    assert terrain.at(x, y) == pytest.approx([201.0, np.nan, np.nan, np.nan, np.nan], nan_ok=True)


def test_buildings_stand_on_the_terrain(terrain):
    ground = [201.0, 207.5, 190.0, 207.5, 250.0]
    seen = found(
        "building",
        Context(CITY, terrain),
        geom=[box(0), box(20), box(40), box(60), box(1000)],
        parent_key=[None, None, None, "row 0", None],
        ground_min_m=ground,
        ground_max_m=ground,
    )
    assert seen == [
        ("row 1", "building.off_terrain", "stands +6.5 m off the terrain model"),
        ("row 2", "building.off_terrain", "stands -11.0 m off the terrain model"),
    ]


def test_blocks_of_footprints_stand_on_the_terrain(terrain):
    """A register gives one height of the ground or none; what has none at all is told once for its file."""
    seen = found(
        "building",
        Context(CITY, terrain),
        geom=[box(east) for east in (0, 20, 40, 60, 80)],
        ground_min_m=[201.0, 207.5, np.nan, np.nan, np.nan],
        block_base_m=[150.0, 207.5, 190.0, 0.0, 203.0],
    )
    assert seen == [
        ("row 1", "building.off_terrain", "stands +6.5 m off the terrain model"),
        ("row 2", "building.off_terrain", "stands -11.0 m off the terrain model"),
    ]


def test_survey_points_stand_on_the_terrain_but_for_bridges(terrain):
    inspection = Inspection(Context(CITY, terrain))
    points = pd.DataFrame({"source_key": list("abc"), "network": "water", "kind": "junction", "is_source": True,
                           "is_sink": False, "ground_level_m": [201.5, 260.0, 260.0],
                           "geom": [shapely.Point(X + at, Y, 200) for at in (0, 30, 60)]})  # fmt: skip
    line = shapely.LineString([(X + 30, Y, 200), (X + 60, Y, 200)])
    lines = pd.DataFrame({"source_key": ["b-c"], "network": "water", "kind": "pipe", "start_node_key": ["b"],
                          "end_node_key": ["c"], "burial": ["overhead"], "geom": [line]})  # fmt: skip
    for theme, frame in (("pipe_node", points), ("pipe_segment", lines)):
        check(Batch(theme, frame), CITY, inspection)
    assert [(item.code, item.source_key) for item in inspection.finish()] == [("point.orphan", "a")]
    inspection = Inspection(Context(CITY, terrain))
    for theme, frame in (("pipe_node", points), ("pipe_segment", lines.assign(burial="direct"))):
        check(Batch(theme, frame), CITY, inspection)
    off = [item.source_key for item in inspection.finish() if item.code == "point.off_terrain"]
    assert off == ["b", "c"]


def test_what_lies_outside_the_city():
    extent = (X, Y, X + 5000, Y + 5000)
    points = [shapely.Point(X + east, Y, 0) for east in (100, -900, -4000)]
    assert found("tree", Context(CITY, extent=extent), geom=points) == [
        ("row 2", "geometry.outside_city", "lies 4,000 m outside the city's extent")
    ]


def test_slivers():
    assert found("land_use", geom=[box(0), box(20, width=0.04, height=50)], use_code=["07", "08"]) == [
        ("row 1", "geometry.sliver", "is a sliver: 2.000 m2, on the average 0.040 m wide")
    ]


def test_overlaps_are_told_once_and_common_walls_are_none():
    shapes = [box(0), box(10), box(9.95, 10), box(3), box(0, 40), box(0, 40)]
    seen = found("building", source_key=list("abcdef"), geom=shapes, parent_key=[None] * 5 + ["e"])
    assert seen == [
        ("row 3", "building.overlap", "overlaps building a by 70.0 m2, 70% of the smaller"),
        ("row 3", "building.overlap", "overlaps building b by 30.0 m2, 30% of the smaller"),
    ]


def test_numbers_that_the_world_does_not_know():
    seen = found("building", geom=[box(0)] * 3, storeys_above=[6, 300, None], height_m=["12", "tall", "-3"])
    assert seen == [
        ("row 1", "value.not_a_number", "height_m is 'tall' where a number is wanted"),
        ("row 2", "value.implausible", "height_m is -3; 0.5 to 900 m is usual"),
        ("row 2", "building.overlap", "overlaps building row 0 by 100.0 m2, 100% of the smaller"),
    ]


def test_ranges_are_of_columns_that_there_are():
    known = {name: set(THEMES[name].columns) for name in ranges()}
    assert [(theme, row[0]) for theme, rows in ranges().items() for row in rows if row[0] not in known[theme]] == []
    assert all(low < high for rows in ranges().values() for _, low, high, _ in rows)


def test_a_defect_that_no_standard_knows_is_kept_and_told():
    seen = found(
        "pipe_inspection",
        inspected_on=["2026-01-01"] * 3,
        defect_code=["PL", "XX", None],
        grade=[4, 5, None],
        clock_from=[12, 13, None],
        chainage_m=[0.0, -2.0, None],
    )
    assert [(record, code) for record, code, _ in seen] == [
        ("row 1", "value.unknown_code"),
        *[("row 1", "value.implausible")] * 3,
    ]
    assert seen[0][2].startswith("defect_code is 'XX'; known are PL, BX, FS, CK,")


def test_a_record_without_a_key_among_others_with_one():
    seen = found("tree", source_key=["t1", None, "t3"], geom=[shapely.Point(X + at, Y, 0) for at in range(3)])
    assert seen == [("row 1", "key.empty", "has no key where others have one; its content serves as its key")]
    assert found("tree", source_key=[None, None], geom=[shapely.Point(X + at, Y, 0) for at in range(2)]) == []


def test_keys_and_references_without_a_database():
    book = KeyBook()
    geom = [shapely.Point(X, Y, 0)] * 3
    nodes = pd.DataFrame({"source_key": ["a", "b", "a"], "network": "water", "geom": geom})
    line = shapely.LineString([(X, Y, 0), (X + 9, Y, 0)])
    lines = pd.DataFrame({"source_key": ["1", "2"], "network": "water", "start_node_key": ["a", "b"],
                          "end_node_key": ["b", "z"], "geom": [line, line]})  # fmt: skip
    rows, repeated = book.take("pipes", check(Batch("pipe_node", nodes), CITY)[0])
    assert (rows.tolist(), [item.code for item in repeated]) == ([2], ["key.repeated"])
    book.take("pipes", check(Batch("pipe_segment", lines), CITY)[0])
    ((source, reject),) = book.unresolved()
    assert (source, reject.code, reject.severity, reject.source_key) == ("pipes", "reference.unresolved", "error", "2")
    # Another source may have it: then nothing is said.
    book.take("more", check(Batch("pipe_node", nodes.iloc[:1].assign(source_key="z")), CITY)[0])
    assert list(book.unresolved()) == []


def test_what_is_too_large_to_be_rounded_becomes_infinite_without_a_word():
    assert on_grid(np.array([1e305, 1.0000004, -1e308])).tolist() == [np.inf, 1.0, -np.inf]
