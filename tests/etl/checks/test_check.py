"""Checks: each fault has its code, says what is wrong, and refuses its record only."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks import check
from cim.etl.checks.context import Context
from cim.etl.checks.families import legible

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
POINT = shapely.Point(500_000, 3_270_000, 200)
BOX = shapely.box(500_000, 3_270_000, 500_010, 3_270_010)


def checked(theme, **columns):
    """Check one batch; return what is kept, and code, reason, severity of what is not."""
    length = max(len(values) for values in columns.values())
    frame = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    frame.index = [f"row {number}" for number in range(1, length + 1)]
    kept, rejects = check(Batch(theme, frame), CITY)
    return kept, [(item.record, item.code, item.reason) for item in rejects]


def values(kept, name):
    return kept.columns[name].to_pylist()


def trees(**columns):
    length = max(len(items) for items in columns.values())
    return checked("tree", geom=[POINT] * length, **columns)


def test_good_records_pass_in_the_types_of_the_table():
    kept, rejects = trees(
        source_key=[1.0, 2.0, np.nan],
        height_m=["12.5", " 3 ", None],
        planted_year=[2001.0, np.nan, 1999.0],
        species=["樟", None, "榕"],
        valid_from=["2020-01-31", "2020/2/1", "20200301"],
    )
    assert rejects == []
    assert kept.keys.tolist() == ["1", "2", None]
    assert values(kept, "height_m") == [12.5, 3.0, None]
    assert values(kept, "planted_year") == [2001, None, 1999]
    assert values(kept, "species") == ["樟", None, "榕"]
    assert values(kept, "valid_from") == [dt.date(2020, 1, 31), dt.date(2020, 2, 1), dt.date(2020, 3, 1)]


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT])
def test_a_refused_record_may_have_no_key_of_any_kind(nothing):
    frame = pd.DataFrame({"source_key": pd.Series(["a", nothing], dtype=object), "geom": [POINT, None]})
    (reject,) = check(Batch("tree", frame), CITY)[1]
    assert (reject.code, reject.source_key) == ("geometry.missing", None)


@pytest.mark.parametrize(
    ("name", "bad", "code", "reason"),
    [
        ("height_m", "tall", "value.not_a_number", "height_m is 'tall' where a number is wanted"),
        ("height_m", np.inf, "value.not_finite", "height_m is infinite"),
        ("height_m", "1e999", "value.not_finite", "height_m is infinite"),
        ("height_m", [1], "value.not_a_number", "height_m is [1]"),
        ("planted_year", 1.5, "value.not_whole", "planted_year is 1.5"),
        ("planted_year", 2**31, "value.out_of_range", "planted_year is 2147483648"),
        ("planted_year", "MCMXC", "value.not_a_number", "planted_year is 'MCMXC' where a number is wanted"),
        ("species", "a\0b", "value.nul_character", "species holds a NUL character"),
        ("species", "a\ud800b", "value.wrong_type", "species is 'a\\ud800b'"),
        (
            "valid_from",
            "in May",
            "value.not_a_date",
            "valid_from is 'in May' where a date such as 2020-01-31 is wanted",
        ),
        (
            "valid_from",
            "2021-02-30",
            "value.not_a_date",
            "valid_from is '2021-02-30' where a date such as 2020-01-31 is wanted",
        ),
    ],
)
def test_values_that_do_not_fit(name, bad, code, reason):
    good = {"height_m": 1.0, "planted_year": 2000, "species": "x", "valid_from": "2020-01-01"}[name]
    kept, rejects = trees(**{name: pd.Series([good, bad, good], dtype=object)})
    ((record, found, said),) = rejects
    assert (record, found) == ("row 2", code)
    assert said.startswith(reason)
    assert kept.labels.tolist() == ["row 1", "row 3"]
    assert len(values(kept, name)) == 2
    assert None not in values(kept, name)


@pytest.mark.parametrize(
    ("said", "read"),
    [("是", True), ("否", False), ("TRUE", True), ("0", False), ("1", True), ("no", False), ("√", True), (1.0, True),
     (0, False), (True, True)],
)  # fmt: skip
def test_truth_values_as_text_and_as_a_workbook_has_them(said, read):
    kept, rejects = checked("facility", kind=["school"], geom=[POINT], public=[said])
    assert rejects == []
    assert values(kept, "public") == [read]


def test_a_truth_value_that_is_none():
    _, rejects = checked("facility", kind=["school"], geom=[POINT], public=["perhaps"])
    assert rejects == [("row 1", "value.not_true_or_false", "public is 'perhaps' where true or false is wanted")]


def test_lost_characters_are_told_in_every_kind_of_text_column():
    columns = {
        "arrow": pd.array(["a", "b\ufffd"], dtype=pd.ArrowDtype(pa.string())),
        "text": pd.array(["\ufffd", "b"], dtype="str"),
        "object": pd.Series(["\ufffd", 1], dtype=object),
        "number": pd.array([1, 2], dtype=pd.ArrowDtype(pa.int64())),
        "none": pd.array([None, None], dtype="str"),
    }
    found = list(legible.look(Batch("tree", pd.DataFrame(columns)), Context(CITY)))
    assert [(item.values["column"], item.rows.tolist()) for item in found] == [("arrow", [1]), ("text", [0])]


def test_what_must_be_given():
    kept, rejects = checked("facility", kind=["school", None], geom=[POINT, POINT])
    assert rejects == [("row 2", "value.missing", "kind is missing")]
    assert len(kept) == 1
    _, rejects = checked("facility", name=["x"], geom=[POINT])
    assert rejects == [("row 1", "value.missing", "kind is missing")]


def test_defaults_fill_what_may_be_left_out():
    places = [shapely.LineString([(0, 0, 1), (1, 1, 2)])] * 2
    kept, rejects = checked("road_edge", road_class=["local"] * 2, lanes=[2, 3], bridge=[None, True], geom=places)
    assert rejects == []
    assert values(kept, "bridge") == [False, True]
    assert "drivable" not in kept.columns  # the database's default stands for a column that no record gives
    kept, _ = checked("pipe_node", network=["gas"] * 2, kind=["valve", None], geom=[POINT] * 2)
    assert values(kept, "kind") == ["valve", "junction"]


def test_lists_are_kept_to():
    kept, rejects = checked("pipe_node", network=["gas", "steam", "water"], geom=[POINT] * 3)
    listed = "water, storm, sewage, combined, gas, heat, power, telecom, industrial"
    assert rejects == [("row 2", "value.not_listed", "network is 'steam'")]
    frame = pd.DataFrame({"network": ["steam"], "geom": [POINT]})
    (reject,) = check(Batch("pipe_node", frame), CITY)[1]
    assert reject.remedy == f"give one of {listed}"
    assert values(kept, "network") == ["gas", "water"]


def line(*points):
    return shapely.LineString(points)


@pytest.mark.parametrize(
    ("theme", "shape", "code", "reason"),
    [
        ("land_use", None, "geometry.missing", "has no geometry"),
        ("land_use", shapely.Polygon(), "geometry.empty", "geometry is empty"),
        ("land_use", POINT, "geometry.wrong_type", "is a Point where a MultiPolygon is wanted"),
        ("land_use", shapely.GeometryCollection([BOX]), "geometry.wrong_type", "is a GeometryCollection where a"),
        (
            "land_use",
            shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]),
            "geometry.self_intersection",
            "self-intersection at (5 5)",
        ),
        (
            "land_use",
            shapely.Polygon([(0, 0), (10, 0), (10, 10)], [[(20, 20), (21, 20), (21, 21)]]),
            "geometry.invalid",
            "hole lies outside shell at (20 20)",
        ),
        (
            "land_use",
            shapely.set_coordinates(shapely.box(0, 0, 1, 1), [[0, 0], [1, 0], [np.nan, 1], [0, 1], [0, 0]]),
            "geometry.not_finite",
            "has coordinates that are NaN or infinite",
        ),
        ("land_use", shapely.box(0, 0, 1, 2e8), "geometry.out_of_range", "lies where 'EPSG:4545' does not reach"),
        ("tree", shapely.Point(1, 2), "geometry.no_height", "has no height"),
        ("tree", shapely.Point(1, 2, np.inf), "geometry.not_finite", "has coordinates that are NaN or infinite"),
        ("kerb", line((1, 2, 3), (1, 2, 3)), "geometry.zero_length", "line has no length"),
    ],
)
def test_places_that_cannot_be(theme, shape, code, reason):
    good = {"land_use": BOX, "tree": POINT, "kerb": line((0, 0, 1), (1, 1, 1))}[theme]
    needed = {"land_use": {"use_code": ["0701"] * 3}}.get(theme, {})
    kept, rejects = checked(theme, geom=pd.Series([good, shape, good], dtype=object), **needed)
    ((record, found, said),) = rejects
    assert (record, found) == ("row 2", code)
    assert said.startswith(reason)
    assert kept.labels.tolist() == ["row 1", "row 3"]


def test_a_pipe_that_only_goes_down_has_length():
    kept, rejects = checked("kerb", geom=[line((1, 2, 3), (1, 2, 8))])
    assert rejects == []
    assert len(kept) == 1


def test_a_theme_that_needs_a_place_gets_none():
    _, rejects = checked("tree", species=["樟"])
    assert rejects == [("row 1", "geometry.missing", "has no geometry")]


def test_only_the_first_fault_of_a_record_is_told():
    _, rejects = checked("tree", height_m=["tall"], planted_year=["old"], geom=[None])
    assert [code for _, code, _ in rejects] == ["value.not_a_number"]


def test_the_rest_is_kept_as_attributes():
    kept, rejects = checked("tree", geom=[POINT] * 2, colour=["green", None], rings=[40.0, np.nan])
    assert rejects == []
    assert values(kept, "attributes") == ['{"colour":"green","rings":40.0}', None]


def test_given_attributes_take_the_rest_in():
    kept, _ = checked("tree", geom=[POINT] * 3, attributes=[{"a": 1}, '{"b": 2}', None], colour=["green"] * 3)
    assert values(kept, "attributes") == ['{"a":1,"colour":"green"}', '{"b":2,"colour":"green"}', '{"colour":"green"}']


def test_numbers_in_a_column_of_text():
    mixed = pd.Series([12.0, "12a", None, 3, 1.5, True, dt.date(2020, 1, 2)], dtype=object)
    kept, rejects = trees(species=mixed, source_key=mixed)
    assert rejects == []
    assert values(kept, "species") == ["12", "12a", None, "3", "1.5", "True", "2020-01-02"]
    assert kept.keys.tolist() == values(kept, "species")
    kept, _ = trees(species=[500103.0, np.nan])
    assert values(kept, "species") == ["500103", None]


def test_nul_characters_are_refused_wherever_they_are():
    _, rejects = trees(source_key=["a\0", "b", "c"], colour=["red", "gr\0en", r"a\u0000 that is only spelt"])
    assert rejects == [
        ("row 2", "value.nul_character", "an attribute holds a NUL character"),
        ("row 1", "value.nul_character", "the key holds a NUL character"),
    ]


def test_detail_rows_follow_their_records():
    frame = pd.DataFrame({"source_key": ["a", "b", "c"], "geom": [BOX, POINT, BOX]})
    detail = pd.DataFrame({"parent": [2, 1, 0, 2], "lod": ["1", "1", "1", "2"], "geometry_type": "Solid"})
    kept, rejects = check(Batch("building", frame, details={"building_lod": detail}), CITY)
    assert [item.source_key for item in rejects] == ["b"]
    (rows,) = kept.details
    assert rows.parents.tolist() == [1, 0, 1]
    assert rows.columns["lod"].to_pylist() == ["1", "1", "2"]


def test_no_records_at_all():
    kept, rejects = check(Batch("tree", pd.DataFrame({"geom": []})), CITY)
    assert (len(kept), rejects) == (0, [])


def test_the_original_is_kept_as_it_stood():
    frame = pd.DataFrame({"source_key": ["x"], "height_m": ["tall"], "odd": [b"\xff"], "geom": [POINT]}, index=[17])
    (reject,) = check(Batch("tree", frame), CITY)[1]
    assert (reject.record, reject.theme, reject.source_key, reject.severity) == ("17", "tree", "x", "error")
    assert reject.original == {
        "source_key": "x",
        "height_m": "tall",
        "odd": "\\xff",
        "geom": "POINT Z (500000 3270000 200)",
    }
