"""What is computed at once is what the kept runs found; too much is refused with the command that answers it."""

from __future__ import annotations

import threading

import pytest
import shapely

from cim.analytics.network.clearance import within
from cim.analytics.network.clearance.listing import Wanted as WantedClearance
from cim.analytics.network.clearance.listing import listed_clearance
from cim.analytics.network.digs.area import city_degrees
from cim.analytics.network.hydraulics import solving
from cim.analytics.network.renewal import proposal
from cim.analytics.network.risk import scoring
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.listing import Wanted, listed_risk
from cim.viewer import LOCAL
from cim.web import at_once, create_app
from cim.web.api import reports

PLAN, RISK, CLEARANCE, HYDRAULICS = (f"/api/network/{name}" for name in ("plan", "risk", "clearance", "hydraulics"))


@pytest.fixture
def ask(client):
    """Post a question and return the answer, which is one."""

    def asked(address, **body):
        answer = client.post(address, json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
        return answer.get_json()

    return asked


def runs_of(store) -> int:
    return store.rows(LOCAL, "SELECT count(*) AS runs FROM run.analysis")[0]["runs"]


def test_a_plan_for_the_same_budget_is_the_one_that_is_kept(client, ask, sample_store) -> None:
    before, kept = runs_of(sample_store), client.get(PLAN).get_json()
    found = ask(PLAN, budget_yuan=3e6, first_year=kept["asked"]["first_year"])
    assert found["found"] == kept["found"]
    assert [work["segment_ids"] for work in found["works"]] == [work["segment_ids"] for work in kept["works"]]
    for told, known in zip(found["works"], kept["works"], strict=True):
        exact = {name for name, value in known.items() if not isinstance(value, float)}
        assert {name: told[name] for name in exact} == {name: known[name] for name in exact}
        assert [told[name] for name in known.keys() - exact] == pytest.approx(
            [known[name] for name in known.keys() - exact], rel=1e-4
        )
    assert kept["asked"].items() <= found["asked"].items()
    half = ask(PLAN, budget_yuan=1.5e6, network="water", build_years=3, limit=2)
    assert half["asked"]["network"] == "water"
    ways = {way["way"]: way for way in half["found"]["ways"]}
    assert ways["plan"]["cost_yuan"] <= 1.5e6
    assert ways["plan"]["removed_yuan"] >= ways["age"]["removed_yuan"]
    assert len(half["works"]) <= 2
    assert {work["network"] for work in half["works"]} == {"water"}
    assert runs_of(sample_store) == before


def test_risk_is_what_the_kept_run_says_and_less_when_a_pipe_is_renewed(ask, sample_store) -> None:
    before = runs_of(sample_store)
    kept = listed_risk(sample_store, LOCAL, Wanted(limit=20), load_assumptions().renewal_rules)
    found = ask(RISK, limit=20)
    assert found["run"] is None
    assert found["matrix"] == kept.matrix
    assert found["models"].keys() == kept.models.keys()
    assert found["left_out"] == kept.left_out
    for told, known in zip(found["segments"], kept.segments, strict=True):
        numbers = {name: value for name, value in known.items() if isinstance(value, int | float)}
        assert {name: told[name] for name in numbers} == pytest.approx(numbers, rel=1e-4)
        assert {name: told[name] for name in known if name not in numbers} == {
            name: known[name] for name in known if name not in numbers
        }
    worst = kept.segments[0]
    renewed = ask(RISK, renewed=[worst["segment_id"]], material="ductile_iron", limit=0)
    (told,) = renewed["segments"]
    assert (told["segment_id"], told["breaks"], told["material"]) == (worst["segment_id"], 0, "ductile_iron")
    assert told["loss_yuan"] < worst["loss_yuan"] / 2
    assert {row["network"] for row in ask(RISK, network="gas", limit=5)["segments"]} == {"gas"}
    assert runs_of(sample_store) == before


def key(finding) -> tuple:
    return finding["rule"], finding["feature_id"], finding["other_id"], round(finding["measured_m"], 3)


def test_clearance_of_an_area_is_that_part_of_the_whole(ask, sample_store) -> None:
    kept = listed_clearance(sample_store, LOCAL, WantedClearance(limit=5000)).findings
    middle = kept[len(kept) // 2]
    query = (
        "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM "
        "ST_Transform(ST_SetSRID(ST_Point(%(longitude)s, %(latitude)s), 4326), %(srid)s::int) p"
    )
    bound = {name: middle[name] for name in ("longitude", "latitude")} | {"srid": sample_store.city.srid}
    (place,) = sample_store.rows(LOCAL, query, bound)
    area = shapely.Point(place["x"], place["y"]).buffer(150, quad_segs=4)
    ring = city_degrees(sample_store.city, shapely.get_coordinates(area))
    inside = {"type": "Polygon", "coordinates": [ring]}
    polygon = shapely.Polygon(ring)
    wanted = {key(one) for one in kept if polygon.contains(shapely.Point(one["longitude"], one["latitude"]))}
    found = ask(CLEARANCE, polygon=inside, limit=5000)
    assert {key(one) for one in found["findings"]} == wanted
    assert len(wanted) > 5
    assert sum(row["pairs"] for row in found["tally"]) == len(wanted)
    gas = ask(CLEARANCE, polygon=inside, network="gas", limit=5000)["findings"]
    assert {key(one) for one in gas} == {
        key(one) for one in found["findings"] if "gas" in (one["network"], one["other_network"])
    }


def test_hydraulics_of_mains_and_drains(ask, sample_store) -> None:
    before = runs_of(sample_store)
    found = ask(HYDRAULICS, limit=3)
    assert found["figures"]["supplied_m3s"] == pytest.approx(found["figures"]["demand_m3s"], rel=1e-3)
    assert len(found["worst"]) == 3
    assert found["worst"][0]["pressure_m"] == found["figures"]["lowest_m"]
    assert found["left_out"]["hydraulics_demand_assumed"]["zh"]
    storm = ask(HYDRAULICS, storm={"return_years": 1, "duration_min": 30}, limit=1)
    assert storm["run"]["kind"] == "network.surcharge"
    assert storm["figures"]["manholes"] > 100
    assert runs_of(sample_store) == before


@pytest.mark.parametrize(
    ("module", "name", "address", "body", "command"),
    [
        (proposal, "MOST_PIPES", PLAN, {"budget_yuan": 1e6}, "cim network plan"),
        (scoring, "MOST_PIPES", RISK, {}, "cim network risk"),
        (within, "MOST_PIPES", CLEARANCE, {"network": "water"}, "cim network clearance"),
        (within, "MOST_THINGS", CLEARANCE, {"network": "water"}, "cim network clearance"),
        (solving, "MOST_SEGMENTS", HYDRAULICS, {"kind": "pipe_closure"}, "cim network hydraulics"),
    ],
)
def test_too_much_is_refused_with_the_command(client, monkeypatch, module, name, address, body, command) -> None:
    small = dict.fromkeys(module.MOST_SEGMENTS, 5) if name == "MOST_SEGMENTS" else 5
    monkeypatch.setattr(module, name, small)
    answer = client.post(address, json=body)
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (422, "TooMuch")
    assert f"above 5: run {command}" in told["detail"]
    assert told["values"]["command"].startswith(command)


def test_one_is_computed_at_a_time(settings, sample_store, monkeypatch) -> None:
    monkeypatch.setattr(at_once, "PATIENCE_S", 0.05)
    monkeypatch.setattr(reports, "_PATIENCE_S", 0.05)
    app = create_app(settings, sample_store)
    held = threading.Lock()
    app.extensions[at_once._KEY] = held
    with held:
        asked = app.test_client()
        answers = [asked.post(PLAN, json={"budget_yuan": 1e6}), asked.get("/api/examination/report.json")]
    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(503, "Busy")] * 2
    assert app.test_client().post(PLAN, json={"budget_yuan": 1e6, "limit": 0}).status_code == 200
