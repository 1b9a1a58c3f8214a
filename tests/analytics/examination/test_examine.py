"""The whole examination: from frames, from a database, with a measure of a city's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import yaml
from shapely import box

import cim.analytics
from cim.analytics.errors import BadRegister, NoUnits
from cim.analytics.examination.examine import examination
from cim.analytics.examination.frames import theme_frame, theme_frames, themes
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.register_file import load_register, read_register
from cim.analytics.reasons import sentence
from cim.viewer import LOCAL, OPERATOR

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
REGISTER, MEASURES = load_register("national-2024"), find_measures()

_WORDS = ("title", "dimension", "unit", "definition", "numerator", "denominator", "data", "method")

VALUES = {  # code: west, east; worked out in test_measures
    "H07": (1, 1),
    "C11": (1, 1),
    "C12": (1, 0),
    "B26": (50.0, 0.0),
    "D37": (2.75, 1.75),
}


def by_unit(table: pd.DataFrame, code: str) -> pd.DataFrame:
    return table[table["code"] == code].set_index("unit_id")


def test_values_and_grades_of_the_tiny_town(tiny) -> None:
    table = examination(REGISTER, 2026, tiny, MEASURES).table
    for code, values in VALUES.items():
        found = by_unit(table, code)
        assert found.index.tolist()[:4] == [CITY, SUBDISTRICT, WEST, EAST]
        np.testing.assert_allclose(found["value"].loc[[WEST, EAST]], values)
    assert set(by_unit(table, "H07")["grade"]) == {"not_assessable"}  # candidates that nobody looked at
    assert "prescreened" in by_unit(table, "H07")["reason"].loc[WEST]
    # Homes are told of by compound too: of two in A one needs a lift, and in C nobody knows enough.
    assert by_unit(table, "H07")["value"].loc[[11, 13]].tolist() == [1, 1]
    assert by_unit(table, "C12")["grade"].to_dict()[EAST] == "meets"
    assert by_unit(table, "B26")["grade"].tolist() == ["short"] * 4
    assert by_unit(table, "D37")["value"].loc[CITY] == pytest.approx(2.25)
    shelters = by_unit(table, "D56")
    assert shelters.index.tolist() == [CITY, SUBDISTRICT]  # not said of communities
    np.testing.assert_allclose(shelters["value"], 3000 / 1090)
    assert shelters["grade"].tolist() == ["meets", "meets"]
    assert not table.duplicated(["code", "unit_id"]).any()


def test_what_is_not_loaded_is_not_assessable_and_the_rest_is(tiny) -> None:
    tiny["population"] = tiny["population"].iloc[:0]
    tiny["facility"] = tiny["facility"][tiny["facility"]["kind"] != "childcare"]
    table = examination(REGISTER, 2026, tiny, MEASURES).table
    for code, reason in (("D56", "no_data:population"), ("C12", "no_data:facility/childcare")):
        found = by_unit(table, code)
        assert set(found["reason"]) == {reason}
        assert set(found["grade"]) == {"not_assessable"}
        assert found["value"].isna().all()
    assert by_unit(table, "C11")["value"].notna().all()
    assert sentence("no_data:population", "zh") == "未载入所需数据 (population)"


def test_a_city_without_units_is_told(tiny) -> None:
    tiny["admin_unit"] = tiny["admin_unit"].iloc[:0]
    with pytest.raises(NoUnits, match="city 'x' has no administrative units of level block or city or community"):
        examination(REGISTER, 2026, tiny, MEASURES, city="x")


def test_missing_communities_and_overlaps_are_told(tiny) -> None:
    units = tiny["admin_unit"]
    larger = units[units["level"].isin(["city", "subdistrict"])]
    assert examination(REGISTER, 2026, tiny | {"admin_unit": larger}, MEASURES).left_out == {"no_communities": 1}
    assert examination(REGISTER, 2026, tiny, MEASURES).left_out == {}
    of_districts = load_register("chongqing")  # asks nothing of communities, which are there all the same
    assert examination(of_districts, 2026, tiny, MEASURES).left_out == {}
    units.loc[WEST, "geom"] = box(0, 0, 1009, 1000)
    assert examination(REGISTER, 2026, tiny, MEASURES).left_out == {}  # 0.9 %: the tolerance of drawing
    units.loc[WEST, "geom"] = box(0, 0, 1011, 1000)
    assert examination(REGISTER, 2026, tiny, MEASURES).left_out == {"units_overlap": 1}


@pytest.fixture
def local_register(tmp_path):
    """Write a register of one indicator."""

    def write(**entry: object):
        both = {"zh": "测试", "en": "Test"}
        words = dict.fromkeys((*_WORDS,), both)
        standard = {"op": "<=", "value": 1, "source": "here", "confidence": "low"}
        rest = {"level": "city", "direction": "lower", "form": "count", "standard": standard, "computable": "fully"}
        file = tmp_path / "local.yaml"
        content = {"system": "local", "title": both, "year": 2026, "indicators": [words | rest | entry]}
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return file

    return write


def test_a_new_measure_is_one_small_file_and_one_entry(tiny, tmp_path, local_register, monkeypatch) -> None:
    """The file is the one that the guide shows."""
    guide = (Path(__file__).parents[3] / "docs" / "analyst.md").read_text(encoding="utf-8")
    (code,) = re.findall(r'```python\n(""".*?)```', guide, re.DOTALL)
    package = tmp_path / "cim_measures_of_a_city"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "office_buildings.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    measures = find_measures(("cim.analytics.examination.measures", package.name))
    assert set(measures) == {*MEASURES, "Z01"}
    register = read_register(local_register(code="Z01", parameters={"usage": "office"}))
    table = examination(register, 2026, tiny, measures).table.set_index("unit_id")
    assert table["value"].to_dict() == {CITY: 1, SUBDISTRICT: 1, WEST: 1, EAST: 0}
    assert set(table["grade"]) == {"meets"}
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def test_an_indicator_of_a_known_kind_needs_no_code(tiny, draw, local_register) -> None:
    """Health stations, after the measure of elderly care."""
    parameters = {"kinds": ["clinic"], "radius_m": 500, "area_min_m2": 120}
    register = read_register(local_register(code="L02", measure="places_without", parameters=parameters))
    tiny["facility"] = draw.facilities(("clinic", 1500, 500, 120))
    table = examination(register, 2026, tiny, MEASURES).table.set_index("unit_id")
    assert table["value"].to_dict() == {CITY: 2, SUBDISTRICT: 2, WEST: 2, EAST: 0}


def test_an_indicator_that_nothing_computes_is_listed(tiny, local_register) -> None:
    found = examination(read_register(local_register(code="Q99")), 2026, tiny, MEASURES)
    assert set(found.table["reason"]) == {"no_measure"}
    assert found.left_out == {"no_measure": 1}


@pytest.mark.parametrize("parameters", [{}, {"storeys_min": 4, "item": "x", "lifts": 1}])
def test_parameters_that_the_measure_does_not_take(tiny, local_register, parameters) -> None:
    register = read_register(local_register(code="H07", measure="age_friendly_retrofit", parameters=parameters))
    with pytest.raises(BadRegister, match=r"local: H07: parameters: .*(storeys_min|lifts)"):
        examination(register, 2026, tiny, MEASURES)


def test_frames_from_the_database_are_those_drawn(tiny_city, tiny) -> None:
    for theme, drawn in tiny.items():
        if drawn.empty:
            assert set(drawn.columns) == set(theme_frame(tiny_city, OPERATOR, theme, 2026).columns)
            continue
        read = theme_frame(tiny_city, OPERATOR, theme, 2026)
        assert read.index.tolist() == drawn.index.tolist()
        common = read.columns.intersection(drawn.columns).difference(["geom"])
        assert set(drawn.columns) - set(read.columns) == set()
        pd.testing.assert_frame_equal(
            pd.DataFrame(read[common]), pd.DataFrame(drawn[common]), check_names=False, check_index_type=False
        )
        assert shapely.equals(read.geometry.to_numpy(), drawn.geometry.to_numpy()).all()
        assert read.crs == tiny_city.city.projection
    assert themes() >= set(tiny)


def test_examination_of_a_database_equals_that_of_frames(tiny_city, tiny) -> None:
    exam = cim.analytics.examine(tiny_city, year=2026)
    expected = examination(REGISTER, 2026, tiny, MEASURES)
    pd.testing.assert_frame_equal(exam.table, expected.table, check_dtype=False)
    assert exam.data_version == tiny_city.data_version()


def test_examination_is_kept_once_for_each_state_of_the_data(tiny_city, publish, draw) -> None:
    run, fresh = examine_city(tiny_city, OPERATOR, 2026)
    assert fresh
    rows = tiny_city.frame(OPERATOR, "SELECT * FROM result.indicator_latest")
    assert set(rows["code"]) == set(REGISTER.indicators)
    units = {"city": 1, "subdistrict": 1, "community": 2, "compound": 3}
    assert len(rows) == sum(units.get(level, 0) for entry in REGISTER.indicators.values() for level in entry.levels)
    assert set(rows["run_id"]) == {run}
    assert set(rows["definition"]) == {"national-2024"}
    assert set(rows["year"]) == {2026}
    (row,) = tiny_city.rows(OPERATOR, "SELECT * FROM run.analysis")
    assert (row["kind"], row["subject"], row["status"]) == ("examination", "2026", "done")
    assert row["parameters"]["indicators"]["B26"]["title_zh"] == "公园绿化活动场地服务半径覆盖率"
    assert row["parameters"]["system_year"] == 2024
    assert examine_city(tiny_city, OPERATOR, 2026) == (run, False)
    assert examine_city(tiny_city, OPERATOR, 2025)[1]
    draw.publish(
        tiny_city, publish, "facility", draw.facilities(("elderly_care", 800, 800, 500)).rename(index={100: 199})
    )
    later, fresh = examine_city(tiny_city, OPERATOR, 2026)
    assert fresh
    (value,) = tiny_city.rows(
        OPERATOR,
        "SELECT value FROM result.indicator WHERE run_id = %(run)s AND code = 'C11' AND unit_id = 3",
        {"run": later},
    )
    assert value["value"] == 0  # B is served now


def test_year_of_counts(tiny_city, publish, draw) -> None:
    """What is counted by year is that of the year examined, or the last before it, and the reason says so."""
    draw.publish(
        tiny_city,
        publish,
        "population",
        draw.cells((5, box(0, 0, 10, 10))).rename(index={700: 790}).assign(age_years=-1),
    )
    assert theme_frame(tiny_city, OPERATOR, "population", 2026)["residents"].sum() == 1090
    assert theme_frame(tiny_city, OPERATOR, "population", 2030)["residents"].tolist() == [5]
    assert theme_frame(tiny_city, OPERATOR, "population", 2025).empty
    table = cim.analytics.examine(tiny_city, year=2030).table
    assert "builtup_other_year" in by_unit(table, "D37")["reason"].loc[CITY]
    before = cim.analytics.examine(tiny_city, year=2025).table
    assert set(by_unit(before, "D56")["reason"]) == {"no_data:population"}
    assert "no_builtup_area" in by_unit(before, "D37")["reason"].loc[CITY]


def test_what_a_viewer_may_not_see_is_not_counted(tiny_city) -> None:
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE city.facility SET classification = 2 WHERE kind = 'elderly_care' AND area_m2 = 400")
    table = cim.analytics.examine(tiny_city, year=2026, viewer=LOCAL).table
    assert by_unit(table, "C11")["value"].loc[CITY] == 3


POSTGIS = """
WITH unit AS (SELECT feature_id, geom FROM city.admin_unit_current WHERE level <> 'compound'),
home AS (SELECT geom FROM city.land_use_current WHERE use_code LIKE '07%%' OR use_code LIKE 'R%%'),
reach AS (SELECT ST_Union(ST_Buffer(geom, CASE WHEN ST_Area(geom) >= 5000 THEN 500 ELSE 300 END, 32)) AS geom
          FROM city.green_space_current),
built AS (SELECT ST_Union(geom) AS geom FROM city.builtup_area_current),
compound AS (SELECT ST_PointOnSurface(geom) AS geom FROM city.admin_unit_current WHERE level = 'compound')
SELECT u.feature_id,
       (SELECT sum(ST_Area(ST_Intersection(ST_Intersection(h.geom, r.geom), u.geom))) FROM home h, reach r) AS covered,
       (SELECT sum(ST_Area(ST_Intersection(h.geom, u.geom))) FROM home h) AS residential,
       (SELECT sum(ST_Length(ST_Intersection(ST_Intersection(ST_Force2D(s.geom), b.geom), u.geom)))
        FROM city.road_edge_current s, built b WHERE s.road_class <> 'footway') AS street,
       (SELECT ST_Area(ST_Intersection(b.geom, u.geom)) FROM built b) AS built_up,
       (SELECT count(*) FROM compound c WHERE ST_Covers(u.geom, c.geom) AND NOT EXISTS (
            SELECT FROM city.facility_current f
            WHERE f.kind = 'elderly_care' AND f.area_m2 >= 350 AND ST_DWithin(f.geom, c.geom, 500))) AS without
FROM unit u ORDER BY 1
"""


def test_postgis_finds_the_same(database, publish, draw) -> None:
    """A town drawn at random; PostGIS as the second implementation."""
    rng = np.random.default_rng(20260)
    town = draw.town()

    def boxes(count: int, size: float) -> list[object]:
        corners = rng.uniform(0, [1900, 900], (count, 2))
        sides = rng.uniform(size / 3, size, (count, 2))
        return [shapely.MultiPolygon([box(x, y, x + w, y + h)]) for (x, y), (w, h) in zip(corners, sides, strict=True)]

    town["land_use"] = draw.land(*(("0702", shape) for shape in boxes(40, 120)), *(("10", s) for s in boxes(5, 200)))
    town["green_space"] = draw.parks(*(("park", True, None, None, shape) for shape in boxes(3, 110)))
    ends = rng.uniform(-100, [2100, 1100], (60, 2, 2))
    town["road_edge"] = draw.streets(*(("local", [tuple(a), tuple(b)]) for a, b in ends))
    town["facility"] = draw.facilities(
        *(("elderly_care", x, y, area) for x, y, area in rng.uniform(0, [2000, 1000, 700], (4, 3))),
        ("childcare", 1, 1, 300.0),
        ("shelter", 1, 1, 300.0),
    )
    for theme, drawn in town.items():
        draw.publish(database, publish, theme, drawn)
    expected = database.frame(OPERATOR, POSTGIS).set_index("feature_id").astype(float)
    table = cim.analytics.examine(database, year=2026).table
    for code, numerator, denominator in (("B26", "covered", "residential"), ("D37", "street", "built_up")):
        found = by_unit(table, code)
        unit = 1.0 if code == "B26" else 1e-3
        np.testing.assert_allclose(found["numerator"], expected[numerator] * unit, rtol=1e-9)
        np.testing.assert_allclose(found["denominator"], expected[denominator] * unit * unit, rtol=1e-9)
    assert by_unit(table, "C11")["value"].tolist() == expected["without"].tolist()
    assert 0 < expected["covered"].loc[CITY] < expected["residential"].loc[CITY]
    assert 0 < expected["without"].loc[CITY] < 3


def test_a_question_that_cannot_be_asked_leaves_no_run(database) -> None:
    with pytest.raises(NoUnits):
        examine_city(database, OPERATOR, 2026)
    assert database.rows(OPERATOR, "SELECT FROM run.analysis") == []


def test_data_that_changes_while_it_is_read_is_read_again(tiny_city, publish, draw, monkeypatch) -> None:
    """A load that is published between two themes: the values are those of one state of the data."""
    from cim.analytics.examination import examine as module

    reads = []

    def interrupted(store, viewer, names, year):
        frames = theme_frames(store, viewer, names, year)
        if not reads:
            drawn = draw.facilities(("elderly_care", 800, 800, 500)).rename(index={100: 199})
            draw.publish(tiny_city, publish, "facility", drawn)
        reads.append(frames["facility"])
        return frames

    monkeypatch.setattr(module, "theme_frames", interrupted)
    exam = cim.analytics.examine(tiny_city, year=2026)
    assert [len(frame) for frame in reads] == [5, 6]
    assert exam.data_version == tiny_city.data_version()
    assert by_unit(exam.table, "C11")["value"].loc[WEST] == 0
