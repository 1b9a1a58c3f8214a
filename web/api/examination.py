"""`/api/examination`: the newest examination at a glance, and one indicator's units."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Dict, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import Response

from cim.analytics.examination.overview import newest, overview, standing, systems, units
from cim.codes import LEVELS
from cim.web import context
from cim.web.api.fields import number, text
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("examination", __name__, url_prefix="/api/examination", tag="Examination")


class About(Schema):
    """What stands above every result."""

    run_id = Integer(required=True)
    year = Integer(required=True, metadata={"description": "Year examined"})
    system = String(required=True, metadata={"description": "System of indicators, e.g. national-2024"})
    system_year = Integer(required=True, metadata={"description": "Year of the system"})
    provisional = Boolean(required=True, metadata={"description": "The system's list of members is not confirmed"})
    finished_at = DateTime(required=True)
    data_version = Integer(required=True, metadata={"description": "Data version that was read"})
    software_version = String(required=True)
    left_out = Dict(required=True, allow_none=True, metadata={"description": "What could not be used, and why"})


class System(Schema):
    """A system by which the year was examined."""

    system = String(required=True)
    run_id = Integer(required=True)
    finished_at = DateTime(required=True)


class Standing(System):
    """An examination that can be shown."""

    year = Integer(required=True, metadata={"description": "Year examined"})
    system_year = Integer(required=True)
    title_zh = text("Title of the system")
    title_en = text()
    provisional = Boolean(required=True)


class Overview(Schema):
    """An examination at a glance."""

    examination = Nested(
        About, required=True, allow_none=True, metadata={"description": "null where none has finished"}
    )
    indicators = List(
        Dict(),
        required=True,
        metadata={"description": "Each indicator: what was declared of it, the city's value, units by level and grade"},
    )
    systems = List(
        Nested(System),
        required=True,
        metadata={
            "description": "Systems by which that year was examined, the newest run first: ask for one by `system`"
        },
    )
    standing = List(
        Nested(Standing),
        required=True,
        metadata={"description": "Every examination that can be shown, the newest first: ask by `year` and `system`"},
    )


class OverviewQuery(Schema):
    """Which examination."""

    year = Integer(validate=Range(1900, 2200), metadata={"description": "Year examined; without it the newest run"})
    system = String(metadata={"description": "System of indicators, where a year was examined by several"})


class UnitsQuery(OverviewQuery):
    """Which units."""

    level = String(required=True, validate=OneOf(LEVELS), metadata={"description": "Level of the units"})
    limit = Integer(load_default=200, validate=Range(1, 5000), metadata={"description": "Most units"})
    within = Integer(metadata={"description": "Only units that lie in this one, by feature id"})


class Unit(Schema):
    """An indicator's value for one unit."""

    unit_id = Integer(required=True)
    key = String(required=True)
    name = text()
    name_en = text()
    level = String(required=True)
    value = number()
    numerator = number()
    denominator = number()
    missing_share = number()
    low = number()
    high = number()
    on_foot = number()
    standard = number()
    grade = String(required=True)
    reason = text()
    extent = text()
    extent_m2 = number()


class Units(Schema):
    """An indicator's units, the furthest from the standard first."""

    examination = Nested(About, required=True, allow_none=True)
    units = List(Nested(Unit), required=True)


@blueprint.get("")
@blueprint.input(OverviewQuery, location="query", arg_name="query")
@blueprint.output(Overview)
@blueprint.doc(summary="An examination at a glance", operation_id="examination", responses=[400])
@fresh
def examination(query: dict[str, Any]) -> Response:
    """List the indicators of the newest examination with the city's value and how many units have which grade."""
    store, viewer = context.store(), context.viewer()
    found = newest(store, viewer, query.get("year"), system=query.get("system"))
    known = {"standing": standing(store, viewer)}
    if found is None:
        return json_body({"examination": None, "indicators": [], "systems": [], **known})
    told = {"indicators": overview(store, viewer, found), "systems": systems(store, viewer, found.about["year"])}
    return json_body({"examination": found.about, **told, **known})


@blueprint.get("/<string:code>")
@blueprint.input(UnitsQuery, location="query", arg_name="query")
@blueprint.output(Units)
@blueprint.doc(summary="Units of an indicator", operation_id="examinedUnits", responses=[400, 404])
@fresh
def examined_units(code: str, query: dict[str, Any]) -> Response:
    """List an indicator's units of one level, the furthest from the standard first."""
    store, viewer = context.store(), context.viewer()
    which = {"year": query.get("year"), "system": query.get("system")}
    # Of the newest run that has it; where none has, the newest says which there are.
    found = newest(store, viewer, **which, code=code) or newest(store, viewer, **which)
    if found is None:
        return json_body({"examination": None, "units": []})
    rows = units(store, viewer, found, code, query["level"], query["limit"], query.get("within"))
    return json_body({"examination": found.about, "units": rows})
