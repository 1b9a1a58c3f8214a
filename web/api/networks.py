"""`/api/network`: questions to the pipe networks that are answered at once."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from apiflask import APIBlueprint, Schema
from apiflask.fields import DelimitedList, Dict, Integer, List, String
from apiflask.validators import Length
from flask import Response, current_app

from cim.analytics.network.burst import Parts, burst
from cim.web import context
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("networks", __name__, url_prefix="/api/network", tag="Networks")

_PARTS = "cim.network.parts"


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


class IsolationAnswer(Schema):
    """The valves to close, and what is without supply then."""

    segment = Dict(required=True)
    valves = List(Dict(), required=True)
    isolated = Dict(required=True)
    beyond = Dict(required=True)
    services = List(Dict(), required=True)
    fittings = List(Dict(), required=True)
    sources = List(Integer(), required=True)
    left_out = Dict(required=True)


@blueprint.get("/isolation")
@blueprint.input(IsolationQuery, location="query", arg_name="query")
@blueprint.output(IsolationAnswer)
@blueprint.doc(summary="Isolate a burst", operation_id="isolation", responses=[400, 404])
@fresh
def isolation(query: dict[str, Any]) -> Response:
    """Find the valves to close for a burst on a segment, and who is without supply then."""
    parts = cast("Parts", current_app.extensions.setdefault(_PARTS, Parts()))
    folder = context.settings().data_dir / "graphs"
    found = burst(context.store(), context.viewer(), query["segment"], folder, stuck=query["stuck"], parts_of=parts)
    return json_body(dataclasses.asdict(found))
