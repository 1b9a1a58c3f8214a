"""`/api/network/trace`: what hangs together with a place, lies above it or below it, and how to get there."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DelimitedList, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response, current_app

from cim.analytics.network.flow import WAYS
from cim.analytics.network.traces.ground import Kept
from cim.analytics.network.traces.trace import FLOWS, KINDS, TraceQuestion, trace
from cim.web import context
from cim.web.api.fields import omissions
from cim.web.api.isolation_schemas import Valve
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("traces", __name__, url_prefix="/api/network", tag="Networks")

_KEPT = "cim.network.traced"
_PLACE = String(validate=Length(1, 200))
_SIZE = Range(min=0, min_inclusive=False, max=1e6)


def _places(what: str) -> DelimitedList:
    return DelimitedList(_PLACE, load_default=list, validate=Length(max=100), metadata={"description": what})


def _number(what: str) -> Float:
    return Float(validate=_SIZE, metadata={"description": what})


class TraceQuery(Schema):
    """What is asked of a network."""

    kind = String(required=True, validate=OneOf(list(KINDS)), metadata={"description": "What is asked"})
    start = _places("Nodes, segments or devices: feature ids or keys of the survey, separated by commas")
    end = _places("Where a path shall lead to")
    network = String(validate=Length(1, 20), metadata={"description": "Network, for loops of all of it"})
    way = String(validate=OneOf(WAYS), metadata={"description": "Which way to go, for path and common"})
    barriers = DelimitedList(
        Integer(),
        load_default=list,
        validate=Length(max=1000),
        metadata={"description": "Feature ids of nodes, segments and valves that are not passed"},
    )
    through_closed = Boolean(load_default=False, metadata={"description": "Pass closed segments and valves"})
    flow = String(
        load_default="design",
        validate=OneOf(FLOWS),
        metadata={"description": "Flow of gravity networks: as recorded, or by level alone"},
    )
    min_diameter_mm = _number("Only pipes of this size or more, millimetres")
    max_diameter_mm = _number("Only pipes of this size or less, millimetres")
    materials = DelimitedList(String(), load_default=list, metadata={"description": "Only pipes of these materials"})
    limit_m = _number("Only this far along the pipes, metres")
    velocity_m_s = _number("Velocity in every pipe, metres a second, instead of computed ones")


class TraceStart(Schema):
    """Where it starts."""

    theme = String(
        required=True, validate=OneOf(("node", "segment")), metadata={"description": "Of a device: where it stands"}
    )
    feature_id = Integer(required=True)
    key = String(required=True, metadata={"description": "Key in the survey"})


class TracedPlace(Schema):
    """A node that matters to the answer."""

    node_id = Integer(required=True)
    key = String(required=True, allow_none=True)
    kind = String(required=True)
    ground_level_m = Float(required=True, allow_none=True)
    source = Boolean(required=True)
    sink = Boolean(required=True)
    longitude = Float(required=True)
    latitude = Float(required=True)
    distance_m = Float(required=True, allow_none=True)
    minutes = Float(required=True, allow_none=True)


class TracedLoop(Schema):
    """Pipes that hang together by more than one way each."""

    nodes = List(Integer(), required=True)
    segments = List(Integer(), required=True)
    length_m = Float(required=True)
    independent = Integer(required=True, metadata={"description": "Independent loops: segments - nodes + 1"})
    round = List(Integer(), required=True, metadata={"description": "Segments along which the flow goes round"})


class Served(Schema):
    """Whom the nodes serve."""

    connections = Integer(required=True)
    customers = Integer(required=True)
    residents = Float(required=True)
    residents_unknown = Integer(required=True)
    critical = Integer(required=True)


class TraceAnswer(Schema):
    """What the trace found."""

    kind = String(required=True)
    network = String(required=True)
    start = List(Nested(TraceStart), required=True)
    nodes = List(
        Integer(), required=True, metadata={"description": "Feature ids, the nearest first; a path's in order"}
    )
    distance_m = List(Float(allow_none=True), required=True, metadata={"description": "Metres to each node"})
    minutes = List(Float(), required=True, allow_none=True, metadata={"description": "Minutes to each node"})
    segments = List(Integer(), required=True, metadata={"description": "Feature ids; a path's in order"})
    length_m = Float(required=True)
    served = Nested(Served, required=True)
    places = List(Nested(TracedPlace), required=True)
    valves = List(Nested(Valve), required=True, metadata={"description": "Valves met first, the nearest first"})
    loops = List(Nested(TracedLoop), required=True)
    carried = List(Integer(), required=True, metadata={"description": "Nodes whose flow, not only air, leads here"})
    left_out = omissions("What could not be used or is not known")


@blueprint.get("/trace")
@blueprint.input(TraceQuery, location="query", arg_name="query")
@blueprint.output(TraceAnswer)
@blueprint.doc(summary="Trace a network", operation_id="trace", responses=[400, 404])
@fresh
def traced(query: dict[str, Any]) -> Response:
    """Find what hangs together with a place, lies above it or below it, or how to get from it to another."""
    kept = cast("Kept", current_app.extensions.setdefault(_KEPT, Kept()))
    store, viewer, question = context.store(), context.viewer(), TraceQuestion(**query)
    found = trace(store, viewer, question, context.graphs(), parts=context.parts(), kept=kept)
    return json_body(dataclasses.asdict(found))
