"""`/api/network/clearance`: what the newest run of clearance and cover found."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, DelimitedList, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response

from cim.analytics.network.clearance.listing import Wanted, listed_clearance
from cim.codes import CLEARANCE_RULES, VERDICTS
from cim.web import context
from cim.web.api.fields import omissions
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("clearances", __name__, url_prefix="/api/network", tag="Networks")


class ClearanceQuery(Schema):
    """Which findings."""

    rules = DelimitedList(
        String(validate=OneOf(CLEARANCE_RULES)),
        metadata={"description": f"Only of these rules: {', '.join(CLEARANCE_RULES)}"},
    )
    verdicts = DelimitedList(
        String(validate=OneOf(VERDICTS)), metadata={"description": "Only with these verdicts: violation, suspected"}
    )
    group = String(
        validate=Length(1, 20),
        metadata={"description": "Only where one of the two is of a class that begins so: water, gas, sewer, power, …"},
    )
    feature = Integer(metadata={"description": "Only of this pipe, building, tree or kerb"})
    too_near = Boolean(load_default=False, metadata={"description": "Only such as fall short as measured"})
    after = Integer(load_default=0, validate=Range(0), metadata={"description": "Last number of the page before"})
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most findings"})


class ClearanceRun(Schema):
    """The run."""

    run_id = Integer(required=True)
    data_version = Integer(required=True)
    finished_at = DateTime(required=True)
    parameters = Dict(required=True, metadata={"description": "Digest of the rules, and which the city has replaced"})


class ClearanceCount(Schema):
    """How many pairs a rule judged."""

    rule = String(required=True)
    verdict = String(required=True)
    too_near = Boolean(required=True)
    pairs = Integer(required=True)


class ClearanceFound(Schema):
    """A pipe that is too near to something, or possibly so."""

    number = Integer(required=True, metadata={"description": "Within the run, the gravest first"})
    rule = String(required=True, validate=OneOf(CLEARANCE_RULES))
    verdict = String(required=True, validate=OneOf(VERDICTS))
    verdict_zh = String(required=True, metadata={"description": "违反 or 疑似"})
    too_near = Boolean(required=True, metadata={"description": "Falls short as measured"})
    feature_id = Integer(required=True)
    key = String(required=True, allow_none=True)
    network = String(required=True, allow_none=True)
    road_name = String(required=True, allow_none=True)
    other_id = Integer(required=True, allow_none=True)
    other_kind = String(required=True, metadata={"description": "pipe, building, tree, kerb; a surface for cover"})
    other_key = String(required=True, allow_none=True)
    other_network = String(required=True, allow_none=True)
    class_a = String(required=True)
    class_b = String(required=True)
    measured_m = Float(required=True, metadata={"description": "Between outer walls; below zero they share room"})
    required_m = Float(required=True)
    tolerance_m = Float(required=True, metadata={"description": "By the survey's tolerance"})
    space_m = Float(required=True, allow_none=True, metadata={"description": "Distance in space of two pipes' walls"})
    clause = String(required=True)
    confidence = String(required=True, metadata={"description": "How well the rule is known: V … R"})
    status = String(required=True, metadata={"description": "unverified until compared with the print"})
    longitude = Float(required=True)
    latitude = Float(required=True)
    level_m = Float(required=True, allow_none=True)


class ClearanceAnswer(Schema):
    """Findings of the newest run."""

    run = Nested(
        ClearanceRun, required=True, allow_none=True, metadata={"description": "null: nothing judged yet, or not kept"}
    )
    tally = List(
        Nested(ClearanceCount),
        required=True,
        metadata={"description": "Of a kept run all pairs; of an answer at once only those that are found"},
    )
    findings = List(Nested(ClearanceFound), required=True)
    left_out = omissions("What could not be judged")


@blueprint.get("/clearance")
@blueprint.input(ClearanceQuery, location="query", arg_name="query")
@blueprint.output(ClearanceAnswer)
@blueprint.doc(summary="Clearance and cover of pipes", operation_id="clearance", responses=[400])
@fresh
def clearance(query: dict[str, Any]) -> Response:
    """List what the newest run of clearance found, the gravest first, with counts by rule and verdict."""
    return json_body(dataclasses.asdict(listed_clearance(context.store(), context.viewer(), Wanted(**query))))
