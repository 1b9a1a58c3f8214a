"""Pipelines: one small survey, and what is found when one thing in it is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import shapely

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks import check
from cim.etl.checks.context import Context
from cim.etl.checks.inspection import Inspection

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
X, Y = 500_000.0, 3_270_000.0
Frames = tuple[pd.DataFrame, pd.DataFrame]


def survey(network: str = "sewage") -> Frames:
    """Return points and lines of a sewer that runs down to an outfall, with one branch; or of another network.

    a ── b ── c (outfall)
         │
         d
    """
    places = {"a": (0, 0), "b": (30, 0), "c": (60, 0), "d": (30, 25)}
    gravity = network == "sewage"
    levels = {"a": 98.0, "b": 97.8, "c": 97.6, "d": 97.9} if gravity else dict.fromkeys("abcd", 98.0)
    points = pd.DataFrame(
        {
            "source_key": list(places),
            "network": network,
            "kind": ["manhole", "tee", "outfall" if gravity else "source", "manhole"],
            "feature_raw": np.array([None, "三通", None, None], dtype=object),
            "is_source": [False, False, not gravity, False],
            "is_sink": [False, False, gravity, False],
            "ground_level_m": 100.0,
            "well_depth_m": [2.5, np.nan, np.nan, 2.5],
            "geom": [shapely.Point(X + x, Y + y, levels[key]) for key, (x, y) in places.items()],
        },
        index=[f"points!{number}" for number in range(4)],
    )
    rows = []
    for start, end in (("a", "b"), ("b", "c"), ("d", "b")):
        ends = [(X + places[key][0], Y + places[key][1], levels[key]) for key in (start, end)]
        rows.append(
            {
                "source_key": f"{start}-{end}", "network": network, "kind": "pipe", "start_node_key": start,
                "end_node_key": end, "diameter_mm": 300.0 if start != "b" else 400.0, "material": "concrete",
                "depth_reference": "invert" if gravity else "crown", "flow_direction": 0, "pressure_mpa": 0.4,
                "start_depth_m": 100 - levels[start], "end_depth_m": 100 - levels[end],
                "start_level_m": levels[start], "end_level_m": levels[end], "geom": shapely.LineString(ends),
            }
        )  # fmt: skip
    return points, pd.DataFrame(rows, index=[f"lines!{number}" for number in range(3)])


def found(points: pd.DataFrame, lines: pd.DataFrame, told=()) -> list[tuple[str, str | None, str]]:
    """Return code, key and reason of what the checks of a source find; `told` is what its reader said."""
    inspection = Inspection(Context(CITY))
    out = []
    for theme, frame in (("pipe_node", points), ("pipe_segment", lines)):
        for part in (frame.iloc[:2], frame.iloc[2:]):
            out += check(Batch(theme, part, rejects=told), CITY, inspection)[1]
    return [(item.code, item.source_key, item.reason) for item in [*out, *inspection.finish()]]


def test_a_sound_survey_passes():
    assert found(*survey()) == []
    assert found(*survey("water")) == []
    assert found(survey()[0].iloc[:0], survey()[1].iloc[:0]) == []


def change(theme: str, record: int, column: str, value: object) -> Callable[[Frames], None]:
    """Return what puts a value into a cell."""

    def put(frames: Frames) -> None:
        frame = frames[0 if theme == "point" else 1]
        frame[column] = frame[column].astype(object)
        frame.iat[record, frame.columns.get_loc(column)] = value

    return put


def moved(record: int, dx: float, dy: float = 0.0, dz: float = 0.0) -> Callable[[Frames], None]:
    """Return what moves the end of a line."""

    def put(frames: Frames) -> None:
        line = frames[1]["geom"].iloc[record]
        points = shapely.get_coordinates(line, include_z=True)
        points[-1] += (dx, dy, dz)
        frames[1].iat[record, frames[1].columns.get_loc("geom")] = shapely.LineString(points)

    return put


WRONG = [
    ("sewage", change("line", 0, "start_depth_m", 2.5), "level.mismatch", "a-b", "+0.500"[1:]),
    ("sewage", change("line", 0, "end_level_m", 98.9), "line.adverse_fall", "a-b", "rises by 0.900 m"),
    ("sewage", change("line", 1, "start_level_m", 99.0), "line.leaves_high", "b-c", "leaves b 1.20 m above the lowest"),
    ("sewage", change("line", 1, "diameter_mm", 250.0), "line.diameter_shrinks", "b-c", "250 mm wide where 300 mm"),
    ("sewage", change("line", 0, "start_level_m", 128.0), "line.slope", "a-b", "slopes by 1.01"),
    ("sewage", change("line", 0, "material", None), "line.no_material", "a-b", "has no material"),
    ("gas", change("line", 0, "pressure_mpa", None), "line.no_pressure", "a-b", "has no pressure"),
    ("sewage", change("point", 0, "well_depth_m", 1.5), "point.well_shallow", "a", "0.50 m shallower"),
    ("sewage", change("point", 1, "feature_raw", "四通"), "point.branches", "b", "四通 has 3 lines"),
    ("sewage", change("point", 2, "is_sink", False), None, None, ""),  # one part: the largest is the network
    ("sewage", moved(0, 4.0), "line.end_off_point", "a-b", "终点 lies 4.00 m from point b"),
    ("water", change("point", 0, "geom", shapely.Point(X + 30, Y + 0.005, 98)), "point.coincident", "b", "point a"),
    ("sewage", change("line", 0, "end_node_key", "a"), "line.self_loop", "a-b", "begins and ends at a"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "spoil", "code", "key", "reason"), WRONG, ids=lambda item: str(item)[:24])
def test_one_thing_wrong(network, spoil, code, key, reason):
    frames = survey(network)
    spoil(frames)
    seen = found(*frames)
    if code is None:
        assert seen == []
        return
    mine = [item for item in seen if item[0] == code]
    assert [item[1] for item in mine] == [key], seen
    assert reason in mine[0][2]


def test_an_orphan_and_a_line_without_its_end():
    points, lines = survey()
    seen = found(points, lines.iloc[:2])
    assert ("point.orphan", "d", "point is on no line") in seen
    assert ("point.branches", "b", "三通 has 2 lines") in seen
    # A line to a point that is not there is refused when it is stored; here it is still one at its other end.
    lines.iat[2, lines.columns.get_loc("start_node_key")] = "z"
    assert {code for code, *_ in found(points, lines)} == {"point.orphan"}


def test_fittings_of_pipes_under_pressure_hold_them_at_one_height():
    points, lines = survey("water")
    for name in ("start_level_m", "end_level_m"):
        lines.loc["lines!2", name] -= 0.6
    lines["end_depth_m"] = lines["start_depth_m"] = np.nan
    moved(2, 0, 0, -0.6)((points, lines))
    seen = found(points, lines)
    assert [item for item in seen if item[0] == "point.levels_differ"] == [
        ("point.levels_differ", "b", "pipes at this tee differ by 0.60 m in height")
    ]
    points["well_depth_m"] = 3.0  # in a well they may
    assert found(points, lines) == []


def test_parts_that_reach_no_outfall():
    points, lines = survey()
    far = points.iloc[[0, 3]].assign(source_key=["e", "f"])
    far["geom"] = [shapely.Point(X + 200, Y, 98), shapely.Point(X + 200, Y + 25, 97.8)]
    far.index = ["points!8", "points!9"]
    more = lines.iloc[[0]].assign(source_key="e-f", start_node_key="e", end_node_key="f")
    more["geom"] = [shapely.LineString([(X + 200, Y, 98), (X + 200, Y + 25, 97.8)])]
    more.index = ["lines!9"]
    seen = found(pd.concat([points, far]), pd.concat([lines, more]))
    assert seen == [
        (
            "network.disconnected",
            "e-f",
            "begins a part of 1 segment(s), 25 m, that is joined to no outfall of sewage",
        )
    ]


def test_a_second_line_between_two_points_either_way_round():
    points, lines = survey()
    points["feature_raw"] = None
    points["kind"] = "manhole"
    again = lines.iloc[[2]].assign(source_key="b-d", start_node_key="b", end_node_key="d", flow_direction=1)
    again["geom"] = [line.reverse() for line in again["geom"]]
    again[["start_level_m", "end_level_m"]] = again[["end_level_m", "start_level_m"]].to_numpy()
    again[["start_depth_m", "end_depth_m"]] = again[["end_depth_m", "start_depth_m"]].to_numpy()
    again.index = ["lines!9"]
    assert found(points, pd.concat([lines, again])) == [("line.parallel", "b-d", "another line lies between b and d")]


def test_water_that_turns_back():
    points, lines = survey()
    points.iat[3, points.columns.get_loc("geom")] = shapely.Point(X + 58, Y + 4, 97.9)
    lines.iat[2, lines.columns.get_loc("geom")] = shapely.LineString([(X + 58, Y + 4, 97.9), (X + 30, Y, 97.8)])
    assert found(points, lines) == [
        ("line.angle", "d-b", "flow turns back at b: 8 degrees between what comes and what goes")
    ]


def test_hydraulic_models_are_not_judged_as_surveys():
    points, lines = survey("water")
    lines = lines.drop(columns=["start_level_m", "end_level_m", "start_depth_m", "end_depth_m", "material"])
    lines["geom"] = [shapely.LineString([(X + 30, Y, 98), (X + 400, Y, 98)]), *lines["geom"].iloc[1:]]
    codes = {code for code, *_ in found(points, lines)}
    assert codes == {"line.end_off_point"}


def test_what_the_reader_told_is_not_told_again():
    from cim.etl.batch import Reject

    points, lines = survey()
    change("line", 0, "start_depth_m", 2.5)((points, lines))
    told = [Reject("lines!0", "level.mismatch", "told by the reader", severity="warning")]
    assert found(points, lines, told) == []


def test_a_million_pipes_are_checked_in_seconds_of_processor_time():
    """Reduced here to twenty thousand; the rate is what counts."""
    from time import process_time

    count = 20_000
    _, lines = survey("water")
    keys = np.char.add("p", np.arange(count + 1).astype(str)).astype(object)
    east = X + 20.0 * np.arange(count + 1)
    told = {"network": "water", "kind": "junction", "is_source": False, "is_sink": False, "ground_level_m": 100.0}
    many = pd.DataFrame({"source_key": keys, **told, "geom": shapely.points(east, Y, 98.0)})
    many.loc[0, "is_source"] = True
    body = pd.concat([lines.iloc[[0]]] * count, ignore_index=True)
    body["source_key"], body["start_node_key"], body["end_node_key"] = keys[1:], keys[:-1], keys[1:]
    ends = np.stack([np.column_stack([at, np.full(count, Y), np.full(count, 98.0)]) for at in (east[:-1], east[1:])], 1)
    body["geom"] = shapely.linestrings(ends)
    inspection = Inspection(Context(CITY))
    nothing = np.zeros(count + 1, dtype=bool)
    began = process_time()
    inspection.batch(Batch("pipe_node", many), nothing)
    inspection.batch(Batch("pipe_segment", body), nothing[1:])
    assert inspection.finish() == []
    # Thirty seconds a million, a quarter of what its whole load may take; five are usual.
    assert process_time() - began < 30 * count / 1e6 + 0.5
