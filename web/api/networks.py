"""`/api/network`: questions to the pipe networks that are answered at once."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import DelimitedList, Integer, String
from apiflask.validators import Length, OneOf
from flask import Response, abort

from cim.analytics.network.bursts.burst import Burst, burst
from cim.analytics.network.bursts.files import REPORTS
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.sheet_words import LANGUAGES
from cim.web import context
from cim.web.api.isolation_schemas import IsolationAnswer
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
