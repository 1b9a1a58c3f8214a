"""The newest examination at a glance says what its rows say."""

from __future__ import annotations

import pytest

from cim.analytics.errors import UnknownIndicator
from cim.analytics.examination.overview import GRADES, newest, overview, units
from cim.viewer import LOCAL


@pytest.fixture(scope="module")
def examined(sample_store):
    return newest(sample_store, LOCAL)


def test_each_indicator_comes_once_with_what_was_declared(sample_store, examined):
    told = overview(sample_store, LOCAL, examined)
    assert [each["code"] for each in told] != sorted(each["code"] for each in told)  # housing comes first
    assert {each["code"] for each in told} == set(examined.declared)
    assert all(each["definition_zh"] and each["definition_en"] and each["unit_en"] is not None for each in told)


def test_counts_and_the_citys_value_are_those_of_the_rows(sample_store, examined):
    query = "SELECT code, level, grade, value FROM result.indicator WHERE run_id = %(run)s"
    rows = sample_store.rows(LOCAL, query, {"run": examined.run["run_id"]})
    for each in overview(sample_store, LOCAL, examined):
        mine = [row for row in rows if row["code"] == each["code"]]
        assert set(each["levels"]) == {row["level"] for row in mine}
        for level, counts in each["levels"].items():
            assert counts == {g: sum(r["grade"] == g and r["level"] == level for r in mine) for g in GRADES}
        city = [row for row in mine if row["level"] == "city"]
        told = each["city"]
        assert (told is None) == (not city)
        if told is not None:
            assert (told["value"], told["grade"]) == (city[0]["value"], city[0]["grade"])


@pytest.mark.parametrize("code", ["D37", "C12"])
def test_the_furthest_from_the_standard_come_first(sample_store, examined, code):
    found = units(sample_store, LOCAL, examined, code, "community")
    order = ["short", "near", "meets", "not_assessable"]
    places = [order.index(row["grade"]) for row in found]
    assert places == sorted(places)
    better = 1 if examined.declared[code]["direction"] == "higher" else -1
    for grade in order:
        values = [better * row["value"] for row in found if row["grade"] == grade and row["value"] is not None]
        assert values == sorted(values)
    assert len(units(sample_store, LOCAL, examined, code, "community", limit=2)) == 2


def test_a_year_that_was_not_examined_has_none(sample_store, examined):
    assert newest(sample_store, LOCAL, 1999) is None
    assert newest(sample_store, LOCAL, examined.run["parameters"]["year"]).run["run_id"] == examined.run["run_id"]
    with pytest.raises(UnknownIndicator, match="Z99"):
        units(sample_store, LOCAL, examined, "Z99", "city")
