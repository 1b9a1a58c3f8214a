"""How a number of buildings becomes districts, and that a larger city needs no more memory."""

from __future__ import annotations

import gc
import weakref

import pandas as pd
import pyogrio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from cim.etl.sample import generate, plan
from cim.etl.sample.manifest import CRS
from cim.etl.sample.plan import LARGEST_DISTRICT, plan_city
from cim.etl.sample.randomness import stream
from cim.etl.sample.register_file import PIECE, Register
from cim.etl.sample.survey import LINE_COLUMNS, POINT_COLUMNS
from cim.etl.sample.workbook import LARGEST_WORKBOOK, SurveyFiles


@given(st.integers(60, 2_000_000))
def test_every_building_has_a_district(buildings: int) -> None:
    city = plan_city(buildings, 1)
    quotas = [district.quota for district in city.districts]
    assert sum(quotas) == buildings
    assert max(quotas) <= LARGEST_DISTRICT
    assert max(quotas) - min(quotas) <= 1
    places = {(district.column, district.valley) for district in city.districts}
    assert len(places) == len(city.districts) <= city.columns * city.valleys


@given(st.integers(60, 200_000))
def test_neighbours_are_where_they_are_said_to_be(buildings: int) -> None:
    city = plan_city(buildings, 1)
    at = {(district.column, district.valley): district for district in city.districts}
    for district in city.districts:
        right = at.get((district.column + 1, district.valley))
        assert (right is None) == district.owns_right
        assert right is None or right.number == district.number + 1
        above = at.get((district.column, district.valley + 1))
        assert district.district_above == (above.number if above else None)


def test_streams_are_their_paths_own() -> None:
    assert stream(7, "a", 1).integers(1 << 40) == stream(7, "a", 1).integers(1 << 40)
    drawn = {int(stream(7, *path).integers(1 << 40)) for path in (("a", 1), ("a", 2), ("b", 1), ("a",))}
    assert len(drawn) == 4


def test_each_district_is_forgotten_before_the_next(tmp_path, monkeypatch) -> None:
    """Memory is that of one district: peak memory of small cities is all libraries and would show nothing."""
    seen: list[weakref.ref] = []
    alive: list[int] = []
    draw = generate.make_district

    def watched(*arguments):
        gc.collect()
        alive.append(sum(city() is not None for city in seen))
        city = draw(*arguments)
        seen.append(weakref.ref(city))
        return city

    monkeypatch.setattr(plan, "LARGEST_DISTRICT", 70)
    monkeypatch.setattr(generate, "make_district", watched)
    assert generate.write_city(tmp_path, 280, 7).buildings == 280
    # While one is drawn the last may still have its name.
    assert len(alive) == 4
    assert max(alive) <= 1


def test_a_register_waits_with_few_rows(tmp_path) -> None:
    register = Register(tmp_path / "tree.gpkg", "tree", CRS)
    third = PIECE // 3
    frame = pd.DataFrame({"source_key": ["a"] * third, "geom": shapely.points([[1.0, 2.0, 3.0]] * third)})
    for _ in range(7):
        register.write(frame)
        assert sum(map(len, register._waiting)) < PIECE
    register.flush()
    assert pyogrio.read_info(tmp_path / "tree.gpkg")["features"] == 7 * third


def test_a_large_city_hands_over_csv(tmp_path) -> None:
    """Sheets end at 1,048,576 rows; the two-file form of the same tables does not."""
    (tmp_path / "pipes").mkdir()
    with SurveyFiles(tmp_path, {"water": "JS"}, LARGEST_WORKBOOK + 1) as files:
        assert files.names == {"water": "pipes/JS"}
        points = pd.DataFrame([["JS1", 1.5, *[None] * (len(POINT_COLUMNS) - 2)]], columns=list(POINT_COLUMNS))
        lines = pd.DataFrame([["JS1-JS2", *[None] * (len(LINE_COLUMNS) - 1)]], columns=list(LINE_COLUMNS))
        files.write("water", points, lines)
        files.write("water", points, lines)
    read = pd.read_csv(tmp_path / "pipes" / "JS" / "JSPoint.csv")
    assert read.columns.tolist() == list(POINT_COLUMNS)
    assert read["X"].tolist() == [1.5, 1.5]
    assert len(pd.read_csv(tmp_path / "pipes" / "JS" / "JSLine.csv")) == 2
