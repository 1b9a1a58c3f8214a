"""`/api/examination/problems/{problem_id}`: one problem with its history, and a change of its state."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Integer, List, String
from apiflask.validators import Length, OneOf
from flask import Response

from cim.analytics.examination.advice import advised
from cim.analytics.examination.problem_states import (
    CHANGES,
    MOST_NOTE,
    MOST_RESPONSIBLE,
    MOST_WHO,
    change_problems,
    problem,
)
from cim.codes import PROBLEM_STATES
from cim.errors import BadRequest
from cim.web import context, editing
from cim.web.api.fields import whole
from cim.web.api.ledger import ListedProblem, ledger_etag, served_catalogue
from cim.web.caching import fresh, json_body, tagged

blueprint = APIBlueprint("problem_changes", __name__, url_prefix="/api/examination/problems", tag="Examination")


class OneProblem(ListedProblem):
    """A problem of the ledger, and what may become of it."""

    class Meta:
        """Names and place are told by the list."""

        exclude = ("place", "name", "name_en", "unit_en")

    run_id = Integer(required=True, metadata={"description": "Newest examination that found it"})
    year_judged = whole("Year of the last examination that could judge it")
    changes = List(
        String(validate=OneOf(PROBLEM_STATES)),
        required=True,
        metadata={"description": "What a person may change its state into; only an examination closes"},
    )


class ChangeBody(Schema):
    """A change of a problem."""

    state = String(
        validate=OneOf([state for state in PROBLEM_STATES if state != "closed"]),
        metadata={"description": "New state; left out: as it is. Only an examination closes: it has looked"},
    )
    responsible = String(validate=Length(1, MOST_RESPONSIBLE), metadata={"description": "Who is to solve it"})
    due_on = Date(metadata={"description": "Day by which"})
    note = String(load_default="", validate=Length(0, MOST_NOTE), metadata={"description": "Why, or what was done"})
    who = String(
        load_default="",
        validate=Length(0, MOST_WHO),
        metadata={"description": "Who says so: several people may share this server's account"},
    )


class Editing(Schema):
    """Whether this server lets people change problems."""

    allowed = Boolean(required=True, metadata={"description": "cim serve --editing, or CIM_EDITING=1"})
    token = Boolean(required=True, metadata={"description": f"A change needs the header {editing.HEADER}"})


@blueprint.get("/editing")
@blueprint.output(Editing)
@blueprint.doc(summary="Whether problems can be changed here", operation_id="editing")
@fresh
def allowed() -> Response:
    """Tell whether this server lets people change problems, and whether a token is needed."""
    settings = context.settings()
    return json_body({"allowed": settings.editing, "token": bool(settings.edit_token)})


@blueprint.get("/<int:problem_id>")
@blueprint.output(OneProblem)
@blueprint.doc(summary="One problem", operation_id="problem", responses=[404])
@tagged(ledger_etag)
def shown(problem_id: int) -> Response:
    """Tell where a problem is, what shows it, what helps, what became of it, and what may become of it."""
    return json_body(_told(problem_id))


@blueprint.post("/<int:problem_id>")
@blueprint.input(ChangeBody, location="json", arg_name="body")
@blueprint.output(OneProblem)
@blueprint.doc(summary="Change a problem", operation_id="changeProblem", responses=[400, 403, 404, 409])
def changed(problem_id: int, body: dict[str, Any]) -> Response:
    """Change a problem's state, or who solves it by when; the change goes into its history and the audit."""
    editing.guard()
    if not {"state", "responsible", "due_on"} & set(body):
        raise BadRequest("body", sorted(body), "say what to change: state, responsible or due_on")
    change_problems(context.store(), context.viewer(), [problem_id], **{"state": None, **body})
    answer = json_body(_told(problem_id))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _told(problem_id: int) -> dict[str, Any]:
    (row,) = advised([problem(context.store(), context.viewer(), problem_id)], served_catalogue())
    return {**row, "changes": list(CHANGES[row["state"]])}
