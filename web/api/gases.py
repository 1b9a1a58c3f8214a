"""`/api/network/gas`: what a leak reaches, and which buildings stand on gas pipes."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DelimitedList, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf
from flask import Response

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.rules.tables import load_rules
from cim.web import context
from cim.web.api.fields import BothLanguages, number, omissions, text, whole
from cim.web.api.isolation_schemas import IsolatedParts
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("gases", __name__, url_prefix="/api/network", tag="Networks")


class LeakQuery(Schema):
    """Which leak."""

    segment = String(
        required=True,
        validate=Length(1, 200),
        metadata={"description": "Feature id of the gas pipe that leaks, or its key in the survey"},
    )
    stuck = DelimitedList(
        Integer(),
        load_default=list,
        validate=Length(max=100),
        metadata={"description": "Feature ids of valves that fail"},
    )


class GasPipe(Schema):
    """The pipe that leaks."""

    segment_id = Integer(required=True)
    key = text()
    network = String(required=True)
    road_name = text()
    material = text()
    diameter_mm = number()
    outer_width_mm = number()
    pressure_mpa = number()
    pressure_raw = text()
    installed_year = whole()
    state = String(required=True)
    owner = text()
    longitude = Float(required=True)
    latitude = Float(required=True)


class GasBuilding(Schema):
    """A building near a gas pipe."""

    feature_id = Integer(required=True)
    key = text()
    name = text()
    address = text()
    usage = text()
    residents = number()
    households = whole()
    storeys_below = number()
    distance_m = Float(required=True)
    longitude = Float(required=True)
    latitude = Float(required=True)


class GasFacility(Schema):
    """A facility near a gas pipe."""

    feature_id = Integer(required=True)
    kind = String(required=True)
    name = text()
    capacity = number()
    distance_m = Float(required=True)


class GasImpact(Schema):
    """Potential impact radius, and what lies within it."""

    radius_m = number("null: pressure or size is not known")
    pressure_mpa = number()
    pressure_from_class = Boolean(required=True, metadata={"description": "The highest of its class was taken"})
    label = Nested(BothLanguages, required=True, metadata={"description": "Indicative: what the radius is not"})
    source = String(required=True)
    buildings = List(Nested(GasBuilding), required=True)
    facilities = List(Nested(GasFacility), required=True)
    residents = Integer(required=True)
    households = Integer(required=True)


class GasPathway(Schema):
    """Something near in which gas can travel or gather."""

    what = String(
        required=True,
        validate=OneOf(("sewer", "duct", "manhole", "basement")),
        metadata={"description": "sewer and duct: pipes; manhole: where it comes up, and is looked for; basement"},
    )
    feature_id = Integer(required=True)
    key = text("Key in the survey")
    distance_m = Float(required=True, metadata={"description": "In plan from wall to wall; of a basement its building"})
    crosses = Boolean(required=True, metadata={"description": "It crosses the gas pipe in plan"})
    depth_unknown = Boolean(required=True, metadata={"description": "How deep it lies is not known"})
    why_zh = String(required=True, metadata={"description": "Why gas can travel in it, in Chinese"})
    why_en = String(required=True, metadata={"description": "The same in English"})
    status = String(required=True, metadata={"description": "unverified until compared with the rule in print"})
    network = String(metadata={"description": "Of pipes and manholes"})
    kind = String(metadata={"description": "Of pipes and manholes"})
    state = String(metadata={"description": "Of pipes: in_use, abandoned, …"})
    material = String(allow_none=True, metadata={"description": "Of pipes"})
    owner = String(allow_none=True, metadata={"description": "Of pipes"})
    appurtenance_raw = String(allow_none=True, metadata={"description": "Of manholes: 附属物 as surveyed"})
    name = String(allow_none=True, metadata={"description": "Of buildings"})
    address = String(allow_none=True, metadata={"description": "Of buildings"})
    usage = String(allow_none=True, metadata={"description": "Of buildings"})
    residents = Float(allow_none=True, metadata={"description": "Of buildings; null: not known"})
    households = Integer(allow_none=True, metadata={"description": "Of buildings; null: not known"})
    storeys_below = Float(allow_none=True, metadata={"description": "Of buildings: storeys below the ground"})
    manholes = List(Raw(), metadata={"description": "Of buildings: none"})
    longitude = Float(metadata={"description": "Of manholes and buildings, degrees"})
    latitude = Float(metadata={"description": "Of manholes and buildings, degrees"})


class LeakAnswer(Schema):
    """What a leak reaches."""

    segment = Nested(GasPipe, required=True)
    isolation = Nested(
        IsolatedParts,
        required=True,
        allow_none=True,
        metadata={"description": "As /api/network/isolation tells it; null: the pipe is no part of the network"},
    )
    impact = Nested(GasImpact, required=True)
    migration = List(Nested(GasPathway), required=True, metadata={"description": "The nearest first"})
    left_out = omissions("What the data did not allow")


class OccupiedCount(Schema):
    """How many."""

    segments = Integer(required=True)
    occupied = Integer(required=True)
    buildings = Integer(required=True)
    label = Nested(BothLanguages, required=True)
    source = String(required=True)


class OccupiedPlace(Schema):
    """A building on a gas pipe."""

    feature_id = Integer(required=True)
    key = text()
    state = String(required=True)
    material = text()
    diameter_mm = number()
    pressure_mpa = number()
    pressure_from_class = Boolean(required=True)
    installed_year = whole()
    road_name = text()
    owner = text()
    survey_method = text()
    building_id = Integer(required=True)
    building_key = text()
    building = text()
    address = text()
    usage = text()
    built_year = whole()
    built_after = Boolean(required=True, allow_none=True, metadata={"description": "Younger than the pipe"})
    residents = number()
    covered_m = Float(required=True, metadata={"description": "Length of the pipe below it"})
    radius_m = number("Potential impact radius, indicative")
    serves = Boolean(required=True, metadata={"description": "A dead end at the building: its own connection"})
    longitude = Float(required=True)
    latitude = Float(required=True)


class OccupiedAnswer(Schema):
    """Buildings on gas pipes (占压)."""

    gas = Nested(OccupiedCount, required=True)
    places = List(Nested(OccupiedPlace), required=True)
    served = List(Nested(OccupiedPlace), required=True)
    left_out = omissions("What the data did not allow")


@blueprint.get("/gas")
@blueprint.input(LeakQuery, location="query", arg_name="query")
@blueprint.output(LeakAnswer)
@blueprint.doc(summary="A leak of gas", operation_id="gasLeak", responses=[400, 404])
@fresh
def leak(query: dict[str, Any]) -> Response:
    """Tell what a leak reaches: valves to close, the potential impact radius, and where gas can travel."""
    store, settings = context.store(), context.settings()
    found = gas_leak(
        store,
        context.viewer(),
        query["segment"],
        context.graphs(),
        rules=load_rules(rules_folder(settings, store.city.slug)),
        stuck=query["stuck"],
        parts_of=context.parts(),
    )
    return json_body(dataclasses.asdict(found))


@blueprint.get("/gas/buildings")
@blueprint.output(OccupiedAnswer)
@blueprint.doc(summary="Buildings on gas pipes", operation_id="gasOccupied", responses=[404])
@fresh
def occupied() -> Response:
    """Tell which buildings stand on gas pipes (占压), the longest first."""
    return json_body(dataclasses.asdict(occupied_gas(context.store(), context.viewer())))
