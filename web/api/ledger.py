"""`/api/examination/problems`: the ledger in pages, what it can be filtered by, and its places on the map."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, DateTime, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response

from cim.analytics.examination.advice import advised
from cim.analytics.examination.ledger_pages import (
    ORDERS,
    Filter,
    ledger_choices,
    ledger_count,
    ledger_page,
    ledger_places,
)
from cim.analytics.examination.problem_states import CHANGES
from cim.analytics.examination.projects.catalogue import Catalogue, load_catalogue
from cim.analytics.network.clearance.keeping import rules_folder
from cim.codes import PROBLEM_STATES
from cim.web import context
from cim.web.api.fields import BothLanguages, number, point, text, whole
from cim.web.caching import city_etag, json_body, tagged

blueprint = APIBlueprint("ledger", __name__, url_prefix="/api/examination/problems", tag="Examination")

MOST_PLACES = 5000
"""Most places that a map gets: more are a cloud."""

_CHANGED = "SELECT count(*) AS problems, max(changed_at) AS changed FROM result.problem"


class LedgerQuery(Schema):
    """Which problems."""

    code = List(String(), load_default=[], metadata={"description": "Only of these indicators; may be repeated"})
    state = List(
        String(validate=OneOf(PROBLEM_STATES)),
        load_default=[],
        metadata={"description": "Only in these states; may be repeated"},
    )
    within = Integer(metadata={"description": "Only in this unit, by feature id, whatever its level"})


class PageQuery(LedgerQuery):
    """Which page of them."""

    sort = String(load_default="gravest", validate=OneOf(tuple(ORDERS)), metadata={"description": "Order"})
    descending = Boolean(load_default=False, metadata={"description": "The other way round"})
    limit = Integer(load_default=50, validate=Range(1, 500), metadata={"description": "Most problems"})
    offset = Integer(load_default=0, validate=Range(0, 10_000_000), metadata={"description": "Problems skipped"})


class ListedProblem(Schema):
    """A problem of the ledger."""

    problem_id = Integer(required=True)
    code = String(required=True, metadata={"description": "Indicator that it counts in"})
    definition = String(required=True, metadata={"description": "Version of its definition"})
    feature_id = Integer(required=True, metadata={"description": "Building, compound, street … that has it"})
    key = String(required=True, metadata={"description": "Its key in the source"})
    theme = String(required=True)
    name = text("Its name, where it has one")
    name_en = text()
    unit_id = whole("Community that it lies in, else the smallest unit known")
    unit = text("Its name")
    unit_en = text()
    year_found = Integer(required=True)
    year_seen = Integer(required=True)
    severity = whole("1 slight to 10 worst")
    candidate = Boolean(required=True, metadata={"description": "Pre-screened, not confirmed on site"})
    evidence = Dict(required=True, allow_none=True, metadata={"description": "What shows it, by name"})
    deadline = String(required=True)
    due_on = Date(required=True, allow_none=True)
    responsible = text("Who is to solve it")
    usual_responsible = Nested(
        BothLanguages,
        required=True,
        allow_none=True,
        metadata={"description": "Who usually solves such problems; null where responsible names somebody"},
    )
    advice = Nested(
        BothLanguages,
        required=True,
        metadata={"description": "What is done about such problems, by the city's costs.csv or ours"},
    )
    state = String(required=True, validate=OneOf(PROBLEM_STATES))
    history = List(Dict(), required=True, metadata={"description": "Changes of state, the oldest first"})
    changed_at = DateTime(required=True)
    place = point("A point on it")


class Choice(Schema):
    """A value that the ledger can be filtered by."""

    value = String(required=True)
    name = text("Of a unit: its name")
    name_en = text()
    count = Integer(required=True, metadata={"description": "Problems of it, whatever the filter"})


class Choices(Schema):
    """What the ledger can be filtered by."""

    states = List(Nested(Choice), required=True)
    codes = List(Nested(Choice), required=True)
    units = List(Nested(Choice), required=True)


class LedgerPage(Schema):
    """A page of the ledger."""

    total = Integer(required=True, metadata={"description": "Problems that the filter lets through"})
    problems = List(Nested(ListedProblem), required=True)
    choices = Nested(Choices, required=True)
    changes = Dict(
        required=True,
        metadata={"description": "What a person may change each state into"},
    )


class ProblemPlace(Schema):
    """Where a problem is."""

    problem_id = Integer(required=True)
    feature_id = Integer(required=True)
    theme = String(required=True)
    code = String(required=True)
    severity = number("1 slight to 10 worst")
    candidate = Boolean(required=True)
    state = String(required=True)
    place = List(Float(), required=True, validate=Length(equal=2))


class ProblemPlaces(Schema):
    """The gravest of the filtered problems as points."""

    total = Integer(required=True, metadata={"description": "Problems that the filter lets through"})
    places = List(Nested(ProblemPlace), required=True, metadata={"description": f"At most {MOST_PLACES}"})


def ledger_etag() -> str:
    """Return an ETag that a change of any problem's state, or of the city's own advice, changes too."""
    return city_etag((context.store().rows(context.viewer(), _CHANGED), served_catalogue()))


def served_catalogue() -> Catalogue:
    """Return works and costs of the city that is served, its own rows over ours."""
    return load_catalogue(rules_folder(context.settings(), context.store().city.slug))


@blueprint.get("")
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(LedgerPage)
@blueprint.doc(summary="A page of the ledger of problems", operation_id="ledgerPage", responses=[400])
@tagged(ledger_etag)
def ledger(query: dict[str, Any]) -> Response:
    """List problems, the gravest first or sorted, with their number and what the ledger can be filtered by."""
    store, viewer, chosen = context.store(), context.viewer(), _filter(query)
    page = {name: query[name] for name in ("descending", "limit", "offset")}
    found = ledger_page(store, viewer, chosen, order=query["sort"], **page)
    return json_body(
        {
            "total": ledger_count(store, viewer, chosen),
            "problems": advised(found, served_catalogue()),
            "choices": ledger_choices(store, viewer),
            "changes": {state: list(CHANGES[state]) for state in PROBLEM_STATES},
        }
    )


@blueprint.get("/places")
@blueprint.input(LedgerQuery, location="query", arg_name="query")
@blueprint.output(ProblemPlaces)
@blueprint.doc(summary="Places of the ledger's problems", operation_id="ledgerPlaces", responses=[400])
@tagged(ledger_etag)
def places(query: dict[str, Any]) -> Response:
    """List where the gravest problems of the filter are."""
    store, viewer, chosen = context.store(), context.viewer(), _filter(query)
    return json_body(
        {
            "total": ledger_count(store, viewer, chosen),
            "places": ledger_places(store, viewer, chosen, MOST_PLACES),
        }
    )


def _filter(query: dict[str, Any]) -> Filter:
    return Filter(tuple(query["code"]), tuple(query["state"]), query.get("within"))
