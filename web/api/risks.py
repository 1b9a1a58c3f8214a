"""`/api/network/risk`: what the newest run of risk found, as a matrix and as pages of pipes."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.risk.assumptions import renewal_rules
from cim.analytics.network.risk.listing import Wanted, listed_risk
from cim.codes import LIKELIHOOD_BASES, NETWORKS, RENEWAL_RULE_STATES
from cim.web import context
from cim.web.api.fields import Run, number, omissions, text, whole
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("risks", __name__, url_prefix="/api/network", tag="Networks")


def _class(of: str) -> Integer:
    return Integer(required=True, validate=Range(1, 5), metadata={"description": of})


def _asked_class(of: str) -> Integer:
    return Integer(validate=Range(1, 5), metadata={"description": of})


def _yuan(of: str) -> Float:
    return Float(required=True, metadata={"description": of})


class RiskQuery(Schema):
    """Which pipes."""

    network = String(
        validate=OneOf(NETWORKS), metadata={"description": "Only of this network; the matrix and the models too"}
    )
    likelihood = _asked_class("Only of this row of the matrix: 1 rare … 5 frequent")
    consequence = _asked_class("Only of this column of the matrix: 1 slight … 5 disastrous")
    risk_class = _asked_class("Only of this class of risk: 1 lowest … 5 highest")
    rule_state = String(
        validate=OneOf(RENEWAL_RULE_STATES),
        metadata={"description": "Only such as a rule of renewal names, in this state"},
    )
    segment = Integer(metadata={"description": "Only this segment"})
    after = Integer(load_default=0, validate=Range(0), metadata={"description": "Rank of the last of the page before"})
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most pipes"})


class RiskRun(Run):
    """The run."""

    parameters = Dict(required=True, metadata={"description": "Digest of the assumptions, matrix, year"})


class RiskCell(Schema):
    """A cell of the matrix in which pipes lie."""

    likelihood_class = _class("Row: 1 rare … 5 frequent")
    consequence_class = _class("Column: 1 slight … 5 disastrous")
    risk_class = _class("Class of the cell: 1 lowest … 5 highest")
    segments = Integer(required=True, metadata={"description": "Pipes in it"})
    failures_a_year = Float(required=True, metadata={"description": "Failures expected of them a year"})
    loss_yuan = _yuan("Loss expected of them a year, yuan")


class RiskMatrix(Schema):
    """The 5 × 5 matrix; cells without pipes are left out."""

    likelihood_ends = List(
        Float(),
        required=True,
        validate=Length(equal=4),
        metadata={"description": "Failures per 100 km and year at which rows 2 to 5 begin"},
    )
    consequence_ends = List(
        Float(),
        required=True,
        validate=Length(equal=4),
        metadata={"description": "Yuan a failure at which columns 2 to 5 begin"},
    )
    classes = List(
        List(Integer()),
        required=True,
        metadata={"description": "Class of each cell, by row (1 first) and column (1 first)"},
    )
    cells = List(Nested(RiskCell), required=True)


class RiskReason(Schema):
    """A reason of a pipe's risk."""

    code = String(required=True)
    value = String(required=True)
    zh = String(required=True)
    en = String(required=True)


class RenewalRule(Schema):
    """A rule of renewal that names a pipe; its titles are missing where the city has taken the rule away since."""

    rule = String(required=True)
    state = String(
        required=True,
        validate=OneOf(RENEWAL_RULE_STATES),
        metadata={"description": "in_force; candidate: if a hazard is confirmed on site; lapsed: past its last day"},
    )
    title_zh = String()
    title_en = String()
    source = String()
    confidence = String(metadata={"description": "How well the rule is known: V … R"})
    status = String(metadata={"description": "unverified until compared with the print"})
    to = String(metadata={"description": "Last day on which it holds; empty: none is set"})


class RiskSegment(Schema):
    """A pipe with its risk."""

    rank = Integer(required=True, metadata={"description": "By expected loss a year among all networks, 1 the largest"})
    rank_low = Integer(required=True, metadata={"description": "Rank with the upper end of its loss"})
    rank_high = Integer(required=True, metadata={"description": "Rank with the lower end of its loss"})
    segment_id = Integer(required=True)
    key = text()
    network = String(required=True)
    road_name = text()
    material = text()
    diameter_mm = number()
    installed_year = whole()
    length_m = number()
    basis = String(
        required=True,
        validate=OneOf(LIKELIHOOD_BASES),
        metadata={"description": "breaks; published rates; condition of the sewer; similar: of such sewers"},
    )
    breaks = Integer(required=True, metadata={"description": "On record"})
    failures_per_100km = Float(required=True, metadata={"description": "Expected per 100 km and year"})
    failures_low = Float(required=True, metadata={"description": "Lower end of its interval of 90 %"})
    failures_high = Float(required=True, metadata={"description": "Upper end"})
    failures_a_year = Float(required=True, metadata={"description": "Expected of this pipe a year"})
    repair_index = number("RI of CJJ 181")
    maintenance_index = number("MI of CJJ 181")
    customers_cut = whole("Customers without service while it is repaired")
    residents_cut = number("People without service meanwhile")
    critical_cut = whole("Critical customers without service meanwhile")
    buildings = Integer(required=True, metadata={"description": "Near enough to be endangered"})
    companions = Integer(required=True, metadata={"description": "Pipes of other networks in its trench"})
    road_class = text("Of the street above")
    repair_yuan = _yuan("Repair, yuan a failure")
    supply_yuan = _yuan("Customers without service, yuan a failure")
    critical_yuan = _yuan("Critical customers without service, yuan a failure")
    road_yuan = _yuan("Traffic, yuan a failure")
    buildings_yuan = _yuan("Buildings and people near, yuan a failure")
    companions_yuan = _yuan("Pipes in the trench that it takes with it, yuan a failure")
    hydraulics_yuan = _yuan("Demand not met and flooding where a model was run, yuan a failure")
    yuan_per_failure = _yuan("All that, yuan a failure")
    loss_yuan = _yuan("Expected loss a year, yuan")
    loss_low_yuan = _yuan("Lower end of its interval of 90 %")
    loss_high_yuan = _yuan("Upper end")
    likelihood_class = _class("Row of the matrix")
    consequence_class = _class("Column of the matrix")
    risk_class = _class("Class of that cell")
    reasons = List(Nested(RiskReason), required=True, metadata={"description": "The strongest first"})
    rule = Nested(RenewalRule, required=True, allow_none=True, metadata={"description": "null: no rule names it"})
    longitude = number("Of its middle, degrees")
    latitude = number("Of its middle, degrees")


class TrenchPipe(Schema):
    """A pipe in the trench of another, which a failure may take with it."""

    segment_id = Integer(required=True)
    key = text()
    network = String(required=True)
    material = text()
    diameter_mm = number()
    apart_m = Float(required=True, metadata={"description": "Least distance of the axes in plan"})
    along_m = Float(required=True, metadata={"description": "Length over which they run together"})
    customers_cut = whole("Customers without its service while it is repaired")
    residents_cut = number()
    critical_cut = whole()


class RiskAnswer(Schema):
    """Matrix and pipes of the newest run."""

    run = Nested(
        RiskRun, required=True, allow_none=True, metadata={"description": "null: nothing judged yet, or not kept"}
    )
    matrix = Nested(RiskMatrix, required=True, allow_none=True, metadata={"description": "null: nothing judged yet"})
    models = Dict(
        required=True,
        metadata={
            "description": "By network: record, effects, hold-out, calibration; of drains grades, handovers (混接)"
        },
    )
    segments = List(Nested(RiskSegment), required=True, metadata={"description": "The largest expected loss first"})
    trench = List(
        Nested(TrenchPipe),
        required=True,
        allow_none=True,
        metadata={"description": "With `segment`: what shares its trench, the nearest first; else null"},
    )
    next = whole("`after` of the next page; null on the last")
    left_out = omissions("What could not be judged")


@blueprint.get("/risk")
@blueprint.input(RiskQuery, location="query", arg_name="query")
@blueprint.output(RiskAnswer)
@blueprint.doc(summary="Risk of pipes", operation_id="risk", responses=[400])
@fresh
def risk(query: dict[str, Any]) -> Response:
    """Tell the 5 × 5 matrix of the newest run of risk, and list pipes, the largest expected loss first."""
    store = context.store()
    rules = renewal_rules(rules_folder(context.settings(), store.city.slug))
    found = listed_risk(store, context.viewer(), Wanted(**query), rules)
    return json_body(dataclasses.asdict(found))
