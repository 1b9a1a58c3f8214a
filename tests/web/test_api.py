"""The API on a real city: answers, problems, ETags, and an OpenAPI document that validates."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import validate

from cim.viewer import LOCAL


def test_openapi_document_validates_and_lists_every_api_route(client) -> None:
    document = client.get("/api/openapi.json").get_json()
    validate(document)
    rules = {rule.rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith(("/api", "/tiles"))}
    documented = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    plain = {re.sub(r"<\w+:", "<", rule) for rule in rules} - {"/api/openapi.json"}
    assert plain == documented


def test_city_says_where_it_is_and_that_it_is_synthetic(client) -> None:
    city = client.get("/api/city").get_json()
    west, south, east, north = city["bounds"]
    assert 106.4 < west < east < 106.7
    assert 29.4 < south < north < 29.7
    assert city["synthetic"] is True
    assert city["data_version"] > 0


def test_catalogue_has_the_six_classes(client) -> None:
    groups = client.get("/api/layers").get_json()["groups"]
    assert [group["name"] for group in groups] == [
        "spatiotemporal",
        "resource",
        "planning",
        "project",
        "public",
        "iot",
    ]
    kinds = {layer["kind"] for group in groups for layer in group["layers"]}
    assert kinds == {"terrain", "tiles3d", "vector"}


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_etag_answers_304_until_something_changes(client, coding) -> None:
    first = client.get("/api/layers", headers={"Accept-Encoding": coding})
    assert first.headers["Content-Encoding"] == coding
    second = client.get("/api/layers", headers={"Accept-Encoding": coding, "If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data) == (304, b"")
    other = client.get("/api/layers", headers={"If-None-Match": '"something else"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/layers/nothing/features", 404, "cim layers list"),
        ("/api/layers/buildings/features?limit=0", 400, "limit"),
        ("/api/layers/buildings/features?limit=many", 400, "limit"),
        ("/api/layers/roads/features?bbox=1,2,3", 400, "bbox"),
        ("/api/features/999999999", 404, "999999999"),
        ("/api/analyses/astrology", 400, "network.criticality"),
        ("/tiles/vector/nothing/1/0/0.mvt", 404, "nothing"),
        ("/tiles/vector/roads/40/0/0.mvt", 400, "z"),
        ("/tiles/3d/nothing/tileset.json", 404, "nothing"),
        ("/tiles/3d/buildings/r9999.glb", 404, "r9999"),
        ("/api/nowhere", 404, "not found"),
        ("/static/viewer/../../setup.cfg", 404, "not found"),
    ],
)
def test_failure_is_a_problem_that_says_what_to_do(client, path: str, status: int, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == status
    assert words.lower() in problem["detail"].lower()


def test_unexpected_failure_tells_the_log_and_not_the_user(client, monkeypatch, caplog) -> None:
    def broken(*_arguments: object) -> None:
        secret = "password in a message"
        raise RuntimeError(secret)

    monkeypatch.setattr("cim.web.api.city.summary", broken)
    answer = client.get("/api/city", headers={"Cache-Control": "no-cache"})
    assert answer.status_code == 500
    assert "password" not in answer.get_data(as_text=True)
    assert "password in a message" in caplog.text


def test_page_for_people_in_both_languages(client) -> None:
    chinese = client.get("/?lang=zh-CN")
    english = client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert 'lang="zh-CN"' in chinese.text
    assert 'lang="en"' in english.text
    assert '"hydrants": ["industrial", "water"], "pressure": ["gas", "heat", "industrial", "water"]' in english.text
    assert "script-src 'self' 'nonce-" in chinese.headers["Content-Security-Policy"]


def test_missing_page_is_a_page(client) -> None:
    answer = client.get("/no/such/page?lang=en")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Page cannot be shown" in answer.text


def test_following_next_reads_every_feature_once(client) -> None:
    seen: list[int] = []
    path = "/api/layers/roads/features?limit=40"
    while path:
        page = client.get(path).get_json()
        seen += [feature["id"] for feature in page["features"]]
        path = next((link["href"] for link in page.get("links", []) if link["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) > 80
    assert seen == sorted(seen)


def test_a_burst_is_answered(client, sample_store) -> None:
    (row,) = sample_store.rows(
        LOCAL,
        "SELECT segment_id FROM result.segment_criticality_latest WHERE network = 'water' "
        "ORDER BY customers_cut DESC LIMIT 1",
    )
    found = client.get(f"/api/network/isolation?segment={row['segment_id']}").get_json()
    assert row["segment_id"] in found["isolated"]["segments"]
    close = [valve["valve_id"] for valve in found["valves"] if valve["role"] == "close"]
    assert close
    worse = client.get(f"/api/network/isolation?segment={row['segment_id']}&stuck={close[0]}").get_json()
    assert set(found["isolated"]["segments"]) < set(worse["isolated"]["segments"])
    assert client.get("/api/network/isolation?segment=0").status_code == 404
    assert client.get(f"/api/network/isolation?segment={row['segment_id']}&stuck=1").status_code == 400
    assert client.get("/api/network/isolation").status_code == 400
