"""The ledger over the web: pages hold what the filter lets through, once each, in the order asked for."""

from __future__ import annotations

import pytest

from cim.analytics.examination.problem_states import problems
from cim.store import Store
from cim.viewer import LOCAL

AT = "/api/examination/problems"


@pytest.fixture(scope="module")
def every(sample_store):
    return problems(sample_store, LOCAL)


def test_pages_together_are_the_ledger(client, every):
    told = []
    while page := client.get(f"{AT}?limit=500&offset={len(told)}").get_json()["problems"]:
        told += page
    assert [each["problem_id"] for each in told] == [each["problem_id"] for each in every]
    assert client.get(f"{AT}?limit=1").get_json()["total"] == len(every) > 500


def test_a_filter_lets_through_what_it_names(client, every):
    answer = client.get(f"{AT}?code=C12&code=C13&state=open&limit=500").get_json()
    wanted = {each["problem_id"] for each in every if each["code"] in ("C12", "C13") and each["state"] == "open"}
    assert {each["problem_id"] for each in answer["problems"]} == wanted
    assert answer["total"] == len(wanted) > 0
    counts = {each["value"]: each["count"] for each in answer["choices"]["codes"]}
    assert counts["C12"] == sum(each["code"] == "C12" for each in every)
    assert sum(counts.values()) == len(every)


def test_a_unit_holds_the_problems_of_what_lies_in_it(client, sample_store, every):
    query = (
        "SELECT s.feature_id, array_agg(c.feature_id) AS within FROM city.admin_unit_current s "
        "JOIN city.admin_unit_current c ON c.level = 'community' AND ST_Covers(s.geom, ST_Centroid(c.geom)) "
        "WHERE s.level = 'subdistrict' GROUP BY 1"
    )
    for row in sample_store.rows(LOCAL, query):
        total = client.get(f"{AT}?within={row['feature_id']}&limit=1").get_json()["total"]
        assert total == sum(each["unit_id"] in row["within"] for each in every) > 0


@pytest.mark.parametrize(("sort", "column"), [("code", "code"), ("severity", "severity"), ("due", "due_on")])
def test_a_page_is_sorted_both_ways_and_unknown_comes_last(client, sort, column):
    for descending in (False, True):
        page = client.get(f"{AT}?sort={sort}&descending={descending}&limit=500").get_json()["problems"]
        told = [each[column] for each in page]
        known = [value for value in told if value is not None]
        assert known == sorted(known, reverse=descending)
        assert told[: len(known)] == known


def test_each_place_lies_in_the_city(client):
    west, south, east, north = client.get("/api/city").get_json()["bounds"]
    answer = client.get(f"{AT}/places?code=H01").get_json()
    assert answer["total"] == len(answer["places"]) > 0
    assert all(
        west <= each["place"][0] <= east and south <= each["place"][1] <= north and each["code"] == "H01"
        for each in answer["places"]
    )


def test_a_changed_problem_makes_an_answer_stale(client, sample_cluster, every):
    held = {"If-None-Match": client.get(f"{AT}?limit=1").headers["ETag"]}
    assert client.get(f"{AT}?limit=1", headers=held).status_code == 304
    change = "UPDATE result.problem SET changed_at = changed_at + %s::interval WHERE problem_id = %s"
    number = every[0]["problem_id"]
    with Store.open(sample_cluster, "sample") as owner:
        with owner.connection(LOCAL) as connection:
            connection.execute(change, ("1 hour", number))
        try:
            assert client.get(f"{AT}?limit=1", headers=held).status_code == 200
        finally:
            with owner.connection(LOCAL) as connection:
                connection.execute(change, ("-1 hour", number))


def test_units_within_a_unit(client, sample_store):
    query = "SELECT feature_id FROM city.admin_unit_current WHERE level = 'subdistrict' ORDER BY 1"
    found = [
        {each["key"] for each in answer["units"]}
        for row in sample_store.rows(LOCAL, query)
        for answer in [client.get(f"/api/examination/C12?level=community&within={row['feature_id']}").get_json()]
    ]
    whole = client.get("/api/examination/C12?level=community").get_json()["units"]
    assert set.union(*found) == {each["key"] for each in whole}
    assert sum(map(len, found)) == len(whole), "a community lies in two sub-districts"
