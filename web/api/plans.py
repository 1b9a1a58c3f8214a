"""`/api/network/plan`: the newest plan of renewal, as JSON and as a file."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import Response, abort

from cim.analytics.network.renewal.files import FORMATS
from cim.analytics.network.renewal.keeping import listed_plan
from cim.analytics.network.renewal.programme import WAYS
from cim.analytics.network.sheet_words import LANGUAGES
from cim.codes import RENEWAL_RULE_STATES
from cim.web import context
from cim.web.api import fields
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("plans", __name__, url_prefix="/api/network", tag="Networks")


class PlanQuery(Schema):
    """Which works."""

    after = Integer(load_default=0, validate=Range(0), metadata={"description": "Last number of the page before"})
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most works"})


class PlanFileQuery(Schema):
    """In which language it is told."""

    language = String(load_default="zh", validate=OneOf(LANGUAGES), metadata={"description": "Language of the file"})


class PlanRun(fields.Run):
    """The run."""


class PlanAsked(Schema):
    """What was asked."""

    budget_yuan = Float(required=True)
    horizon_years = Integer(required=True, metadata={"description": "Years over which removed loss is counted"})
    build_years = Integer(required=True, metadata={"description": "Years over which the budget is spent"})
    first_year = Integer(required=True)
    network = fields.text("null: all networks")
    risk_run = Integer(required=True, metadata={"description": "The run of risk that it rests on"})


class PlanWay(Schema):
    """What a way to choose achieves with the same budget."""

    way = String(
        required=True,
        validate=OneOf(WAYS),
        metadata={"description": "plan: by risk removed a yuan; rank: the largest loss first; age: the oldest first"},
    )
    works = Integer(required=True)
    length_m = Float(required=True)
    cost_yuan = Float(required=True)
    removed_yuan = Float(required=True, metadata={"description": "Expected loss removed within the horizon, today's"})
    removed_per_yuan = Float(required=True)


class PlanRule(Schema):
    """A dated rule of renewal that names pipes among which it chooses."""

    rule = String(required=True)
    state = String(
        required=True,
        validate=OneOf(RENEWAL_RULE_STATES),
        metadata={"description": "in_force forces works; candidate: if confirmed on site; lapsed forces nothing"},
    )
    title_zh = String(required=True)
    title_en = String(required=True)
    source = String(required=True)
    confidence = String(required=True)
    status = String(required=True, metadata={"description": "unverified until compared with the rule in print"})
    first_day = Date(required=True, allow_none=True, metadata={"description": "null: open"})
    last_day = Date(required=True, allow_none=True, metadata={"description": "null: open"})
    pipes = Integer(required=True)


class PlanFound(Schema):
    """How the works were chosen, and what other choices would have removed."""

    method = String(required=True, validate=OneOf(("optimal", "greedy")))
    bound_yuan = Float(required=True, metadata={"description": "No choice removes more, if all were built at once"})
    candidates = Integer(required=True, metadata={"description": "Works that could have been built"})
    forced_left = Integer(required=True, metadata={"description": "Works that a rule asks for, beyond the budget"})
    rules = List(
        Nested(PlanRule), required=True, metadata={"description": "Rules that name its pipes, those in force first"}
    )
    ways = List(Nested(PlanWay), required=True)


class PlanWork(Schema):
    """A length of pipe that is renewed at once."""

    number = Integer(required=True)
    network = String(required=True)
    road_name = fields.text()
    year = Integer(required=True)
    segments = Integer(required=True)
    length_m = Float(required=True)
    cost_yuan = Float(required=True)
    removed_yuan = Float(required=True)
    removed_per_yuan = Float(required=True)
    failures_a_year = Float(required=True)
    forced = Boolean(required=True, metadata={"description": "A renewal rule in force asks for it"})
    segment_ids = List(Integer(), required=True)
    materials = List(String(), required=True, allow_none=True)
    installed = fields.text("Year or years of installation")
    longitude = fields.number("Of its middle, degrees")
    latitude = fields.number("Of its middle, degrees")


class PlanAnswer(Schema):
    """The newest plan."""

    run = Nested(PlanRun, required=True, allow_none=True, metadata={"description": "null: nothing planned yet"})
    asked = Nested(PlanAsked, required=True, allow_none=True)
    found = Nested(PlanFound, required=True, allow_none=True)
    works = List(Nested(PlanWork), required=True, metadata={"description": "The first to be built first"})
    next = fields.whole("`after` of the next page; null on the last")
    left_out = fields.omissions("What was assumed of the pipes among which it chooses")


_WRITTEN = {ending: written for ending, written in FORMATS.items() if ending != "json"}
"""Formats of files; JSON is the answer itself."""

_FILES: dict[int | str, Any] = {
    200: {
        "description": "The plan",
        "content": {each.mimetype: {"schema": {"type": "string", "format": "binary"}} for each in _WRITTEN.values()},
    },
    400: "The question cannot be meant",
    404: "No plan or format",
}


@blueprint.get("/plan")
@blueprint.input(PlanQuery, location="query", arg_name="query")
@blueprint.output(PlanAnswer)
@blueprint.doc(summary="Plan of renewal", operation_id="plan", responses=[400])
@fresh
def plan(query: dict[str, Any]) -> Response:
    """Tell the newest plan of renewal: works, the first to be built first, and what other choices would remove."""
    return json_body(dataclasses.asdict(listed_plan(context.store(), context.viewer(), **query)))


@blueprint.get("/plan.<string:ending>")
@blueprint.input(PlanFileQuery, location="query", arg_name="query")
@blueprint.doc(summary="Plan of renewal, as a file", operation_id="planFile", responses=_FILES)
@fresh
def plan_file(ending: str, query: dict[str, Any]) -> Response:
    """Write the newest plan as a file: csv or xlsx."""
    if ending not in _WRITTEN:
        abort(404, f"no plan is written as {ending!r}: use one of {', '.join(_WRITTEN)}")
    found = listed_plan(context.store(), context.viewer(), limit=None)
    if found.run is None:
        abort(404, "nothing was planned yet: run cim network plan")
    response = Response(_WRITTEN[ending].write(found, query["language"]), mimetype=_WRITTEN[ending].mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="plan.{ending}"'
    return response
