"""Plan, risk, clearance and hydraulics computed at once for who asks: bounded work, and nothing is kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.clearance.within import Part, clearance_within
from cim.analytics.network.digs.area import in_city, outline
from cim.analytics.network.hydraulics.drainage import DrainQuestion
from cim.analytics.network.hydraulics.solving import Solve, solved
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.renewal.keeping import Budget
from cim.analytics.network.renewal.proposal import proposed_plan
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.scoring import WhatIf, scored_risk
from cim.analytics.network.rules.tables import load_rules
from cim.web import context
from cim.web.api.clearances import ClearanceAnswer
from cim.web.api.computed_schemas import (
    KINDS,
    ClearanceBody,
    PlanBody,
    ProposedPlan,
    RiskBody,
    SolveAnswer,
    SolveBody,
)
from cim.web.api.risks import RiskAnswer
from cim.web.at_once import room
from cim.web.caching import json_body

blueprint = APIBlueprint("computed", __name__, url_prefix="/api/network", tag="Networks")

_REFUSALS: dict[int, Any] = {
    400: "The question cannot be meant, or its numbers would not be physical",
    422: "It is too large for an answer at once: the detail names the command that answers it",
    503: "Other answers are being computed: ask again",
}
_UNKNOWN = {**_REFUSALS, 404: "The city has no such network or pipe"}


@blueprint.post("/plan")
@blueprint.input(PlanBody, location="json", arg_name="body")
@blueprint.output(ProposedPlan)
@blueprint.doc(summary="Plan of renewal for a budget", operation_id="proposedPlan", responses=_REFUSALS)
def ask_plan(body: dict[str, Any]) -> Response:
    """Choose works for a budget from the newest run of risk, among up to 50,000 pipes; nothing is kept."""
    budget = Budget(
        body["budget_yuan"],
        body["horizon_years"],
        body["build_years"],
        body["first_year"] or dt.date.today().year,
        body["network"],
    )
    store, assumptions = context.store(), load_assumptions(_rules())
    with room():
        found = proposed_plan(store, context.viewer(), budget, assumptions, limit=body["limit"])
    return json_body({name: getattr(found, name) for name in ("asked", "found", "works", "left_out")})


@blueprint.post("/risk")
@blueprint.input(RiskBody, location="json", arg_name="body")
@blueprint.output(RiskAnswer)
@blueprint.doc(summary="Risk as of a day, or what if pipes are renewed", operation_id="scoredRisk", responses=_UNKNOWN)
def ask_risk(body: dict[str, Any]) -> Response:
    """Judge a city of up to 20,000 pipes as of a day, some taken as renewed; `run` is null, nothing is kept."""
    asked, assumptions = WhatIf(**body), load_assumptions(_rules())
    with room():
        found = scored_risk(context.store(), context.viewer(), context.graphs(), asked, assumptions)
    return json_body(dataclasses.asdict(found))


@blueprint.post("/clearance")
@blueprint.input(ClearanceBody, location="json", arg_name="body")
@blueprint.output(ClearanceAnswer)
@blueprint.doc(summary="Clearance of an area or a network", operation_id="clearanceWithin", responses=_REFUSALS)
def ask_clearance(body: dict[str, Any]) -> Response:
    """Judge clearance and cover among up to 10,000 pipes; `run` is null, nothing is kept."""
    store, polygon = context.store(), body["polygon"]
    area = None if polygon is None else in_city(store.city, outline(polygon))
    part = Part(area, body["network"], body["limit"])
    with room():
        found = clearance_within(store, context.viewer(), part, load_rules(_rules()))
    return json_body(dataclasses.asdict(found))


@blueprint.post("/hydraulics")
@blueprint.input(SolveBody, location="json", arg_name="body")
@blueprint.output(SolveAnswer)
@blueprint.doc(summary="Hydraulics of a network", operation_id="solvedHydraulics", responses=_UNKNOWN)
def ask_hydraulics(body: dict[str, Any]) -> Response:
    """Solve mains (up to 20,000 segments; fire flow 5,000; closures 2,000) or drains (2,000); nothing is kept."""
    storm = body["storm"] and DrainQuestion(**body["storm"], factor=body["factor"])
    water = WaterQuestion(body["network"], body["factor"], body["source_head_m"])
    asked = Solve(water, KINDS[body["kind"]], storm, body["limit"])
    with room():
        found = solved(context.store(), context.viewer(), context.graphs(), asked, _rules())
    return json_body(dataclasses.asdict(found))


def _rules() -> Path:
    return rules_folder(context.settings(), context.store().city.slug)
