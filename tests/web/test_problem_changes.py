"""Changing a problem over the web: allowed where somebody says so, by our own pages alone, as the flow has it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from cim.errors import BadSetting
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR, Viewer
from cim.web import create_app

AT = "/api/examination/problems"


@pytest.fixture(scope="module")
def number(sample_store) -> int:
    """A problem that is open."""
    query = "SELECT problem_id FROM result.problem WHERE state = 'open' AND code = 'C13' ORDER BY 1 LIMIT 1"
    return sample_store.rows(LOCAL, query)[0]["problem_id"]


@pytest.fixture
def editor(sample_store, settings):
    """Client of a server that lets people change problems."""
    return create_app(replace(settings, editing=True), sample_store).test_client()


def test_a_server_only_shows_unless_it_is_told_otherwise(client, editor, number) -> None:
    assert client.get(f"{AT}/editing").get_json() == {"allowed": False, "token": False}
    assert editor.get(f"{AT}/editing").get_json() == {"allowed": True, "token": False}
    answer = client.post(f"{AT}/{number}", json={"state": "assigned"})
    assert (answer.status_code, answer.get_json()["title"]) == (403, "NotEditable")
    assert "cim serve --editing" in answer.get_json()["detail"]
    assert client.get(f"{AT}/{number}").get_json()["state"] == "open"


def test_a_problem_goes_from_open_to_done_but_is_not_closed_by_hand(editor, number) -> None:
    before = editor.get(f"{AT}/{number}")
    assert before.get_json()["changes"] == ["assigned", "in_progress", "done", "dismissed"]
    assert before.get_json()["advice"]["zh"] == "增设或扩建幼儿园，可共享"
    assert before.get_json()["usual_responsible"]["zh"] == "民政、教育部门、街道办事处"
    sent = {"state": "assigned", "responsible": "民政局", "due_on": "2026-12-31", "note": "年内立项", "who": "张工"}
    told = editor.post(f"{AT}/{number}", json=sent).get_json()
    assert (told["state"], told["responsible"], told["due_on"]) == ("assigned", "民政局", "2026-12-31")
    assert told["usual_responsible"] is None
    change = told["history"][-1]
    assert {name: change[name] for name in ("by", "from", "to", "note")} == {
        "by": "local: 张工", "from": "open", "to": "assigned", "note": "年内立项",
    }  # fmt: skip
    # What a browser holds of it is stale now.
    assert editor.get(f"{AT}/{number}", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    assert editor.post(f"{AT}/{number}", json={"state": "closed"}).status_code == 400
    wrong = editor.post(f"{AT}/{number}", json={"state": "reopened"})
    assert (wrong.status_code, wrong.get_json()["title"]) == (409, "BadChange")
    assert editor.post(f"{AT}/{number}", json={"state": "open"}).get_json()["state"] == "open"


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"Origin": "https://elsewhere.example"}, "json": {"state": "done"}},
        {"headers": {"Sec-Fetch-Site": "cross-site"}, "json": {"state": "done"}},
        {"headers": {"Origin": "null"}, "json": {"state": "done"}},
        {"data": '{"state": "done"}', "content_type": "text/plain"},
        {"data": {"state": "done"}},
    ],
    ids=["origin", "site", "sandbox", "plain text", "form"],
)
def test_a_page_from_elsewhere_changes_nothing(editor, number, sent) -> None:
    answer = editor.post(f"{AT}/{number}", **sent)
    assert (answer.status_code, answer.get_json()["title"]) == (403, "NotAllowed")
    assert editor.get(f"{AT}/{number}").get_json()["state"] == "open"


def test_our_own_page_is_let_through(editor, number) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert editor.post(f"{AT}/{number}", json={"responsible": "民政局"}, headers=headers).status_code == 200


@pytest.mark.parametrize("body", [{"note": "x" * 2001, "state": "done"}, {"responsible": "x" * 201}, {"note": "why"}])
def test_what_is_too_long_or_says_nothing_is_refused(editor, number, body) -> None:
    assert editor.post(f"{AT}/{number}", json=body).status_code == 400
    assert editor.get(f"{AT}/{number}").get_json()["state"] == "open"


def test_other_machines_need_a_token(sample_store, settings, number) -> None:
    beyond = replace(settings, editing=True, host_names=("city.example",))
    with pytest.raises(BadSetting, match="CIM_EDITING='1' cannot be used: other machines reach this server"):
        create_app(beyond, sample_store)
    token = "0123456789abcdef"
    editor = create_app(replace(beyond, edit_token=token), sample_store).test_client()
    assert editor.get(f"{AT}/editing").get_json() == {"allowed": True, "token": True}
    for headers, status in (({}, 403), ({"X-CIM-Edit-Token": "guess"}, 403), ({"X-CIM-Edit-Token": token}, 200)):
        assert editor.post(f"{AT}/{number}", json={"responsible": "住建局"}, headers=headers).status_code == status


def test_the_role_of_the_web_may_do_this_and_nothing_else(sample_store, number) -> None:
    """Not even through the function: neither close, nor write long, nor touch what is hidden from it."""
    call = "SELECT result.change_problem(%(id)s, 'open', %(to)s, '', %(note)s, NULL, NULL) AS changed"
    for statement in (
        "UPDATE result.problem SET state = 'closed'",
        "UPDATE result.problem SET history = '[]'",
        "INSERT INTO run.audit (viewer, action, subject) VALUES ('x', 'x', 'x')",
        "SELECT * FROM run.audit",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), sample_store.connection(LOCAL) as connection:
            connection.execute(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only an examination closes"):
        sample_store.rows(LOCAL, call, {"id": number, "to": "closed", "note": ""})
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        sample_store.rows(LOCAL, call, {"id": number, "to": "done", "note": "x" * 2001})
    nobody = Viewer("passer-by", clearance=0)
    assert sample_store.rows(nobody, call, {"id": number, "to": "done", "note": ""}) == [{"changed": False}]


def test_what_the_web_changes_stands_in_the_audit(editor, sample_cluster, number) -> None:
    editor.post(f"{AT}/{number}", json={"state": "in_progress", "note": "开工"})
    editor.post(f"{AT}/{number}", json={"state": "assigned"})
    editor.post(f"{AT}/{number}", json={"state": "open"})
    query = "SELECT viewer, details FROM run.audit WHERE subject = %(subject)s ORDER BY audit_id DESC LIMIT 3"
    with Store.open(sample_cluster, "sample") as owner:
        *_, row = owner.rows(OPERATOR, query, {"subject": f"problem {number}"})
    assert row["viewer"] == "local"
    assert row["details"] == {"problem_id": number, "from": "open", "state": "in_progress", "note": "开工"}
