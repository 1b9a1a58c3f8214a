"""`/api/network`: questions to the pipe networks that are answered at once."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DelimitedList, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf
from flask import Response, abort

from cim.analytics.network.bursts.burst import Burst, burst
from cim.analytics.network.bursts.files import REPORTS
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.sheet_words import LANGUAGES
from cim.web import context
from cim.web.api.fields import BothLanguages, number, text, whole
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("networks", __name__, url_prefix="/api/network", tag="Networks")


class IsolationQuery(Schema):
    """Which burst."""

    segment = String(
        required=True,
        validate=Length(1, 200),
        metadata={"description": "Feature id of the segment that burst, or its key in the survey"},
    )
    stuck = DelimitedList(
        Integer(),
        load_default=list,
        validate=Length(max=100),
        metadata={"description": "Feature ids of valves that fail"},
    )


class IsolationFacility(Schema):
    """A facility that must not be without, such as a hospital."""

    feature_id = Integer(required=True)
    kind = String(required=True)
    name = text()


class IsolationService(Schema):
    """A building without supply."""

    building_id = whole("null: connections that name no building")
    building = text("Its name")
    usage = text()
    beyond = Boolean(required=True, metadata={"description": "Outside of the isolated part, and cut off by it"})
    customers = whole()
    residents = number("null: not known")
    critical = Boolean(
        required=True, metadata={"description": "Must not be without: a connection says so, or one of its facilities"}
    )
    critical_kind = text("Why, separated by commas")
    facilities = List(Nested(IsolationFacility), required=True)


class IsolationDuration(BothLanguages):
    """How long a repair is assumed to take, in figures and in words."""

    hours = Float(required=True)
    customer_hours = Integer(required=True, metadata={"description": "Of all customers without supply"})
    status = String(required=True, metadata={"description": "assumed: no repair times are known"})


class IsolationAnswer(Schema):
    """The valves to close, and what is without supply then."""

    segment = Dict(required=True)
    valves = List(Dict(), required=True)
    isolated = Dict(required=True)
    beyond = Dict(required=True)
    services = List(Nested(IsolationService), required=True)
    fittings = List(Dict(), required=True)
    sources = List(Integer(), required=True)
    duration = Nested(
        IsolationDuration,
        required=True,
        allow_none=True,
        metadata={"description": "null: the city's own assumptions cannot be read"},
    )
    left_out = Dict(required=True)


_REPORTS: dict[int | str, Any] = {
    200: {
        "description": "The report",
        "content": {each.mimetype: {"schema": {"type": "string", "format": "binary"}} for each in REPORTS.values()},
    },
    400: "The question cannot be meant",
    404: "No such segment or format",
}


class ReportQuery(IsolationQuery):
    """Which burst, and in which language it is told."""

    language = String(load_default="zh", validate=OneOf(LANGUAGES), metadata={"description": "Language of the report"})


@blueprint.get("/isolation")
@blueprint.input(IsolationQuery, location="query", arg_name="query")
@blueprint.output(IsolationAnswer)
@blueprint.doc(summary="Isolate a burst", operation_id="isolation", responses=[400, 404])
@fresh
def isolation(query: dict[str, Any]) -> Response:
    """Find the valves to close for a burst on a segment, and who is without supply then."""
    return json_body(dataclasses.asdict(_burst(query)))


@blueprint.get("/isolation.<string:ending>")
@blueprint.input(ReportQuery, location="query", arg_name="query")
@blueprint.doc(summary="Isolate a burst, as a report", operation_id="isolationReport", responses=_REPORTS)
@fresh
def isolation_report(ending: str, query: dict[str, Any]) -> Response:
    """Write the same as a report (关阀分析报告): pdf or xlsx."""
    if ending not in REPORTS:
        abort(404, f"no report is written as {ending!r}: use one of {', '.join(REPORTS)}")
    report = burst_report(context.store(), context.viewer(), _burst(query))
    response = Response(REPORTS[ending].write(report, query["language"]), mimetype=REPORTS[ending].mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="isolation.{ending}"'
    return response


def _burst(query: dict[str, Any]) -> Burst:
    store, viewer, parts = context.store(), context.viewer(), context.parts()
    rules = rules_folder(context.settings(), store.city.slug)
    return burst(store, viewer, query["segment"], context.graphs(), stuck=query["stuck"], parts_of=parts, rules=rules)
