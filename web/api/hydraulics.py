"""`/api/network/hydraulics`: what the newest runs of hydraulics found of mains and drains."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import DateTime, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.listing import TOPICS, flooded_places, hydraulics_of, listed_hydraulics
from cim.analytics.network.hydraulics.scenario import scenario
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.hydraulics.water_reading import NETWORKS as WATER_NETWORKS
from cim.codes import NETWORKS
from cim.errors import UnknownFeature
from cim.web import context
from cim.web.api.fields import number, omissions, text
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("hydraulics", __name__, url_prefix="/api/network", tag="Networks")

_KINDS = ", ".join(TOPICS)


class RunsQuery(Schema):
    """Which runs."""

    network = String(
        load_default=None, validate=OneOf(NETWORKS), metadata={"description": "Only of this network: water, storm, …"}
    )
    limit = Integer(load_default=20, validate=Range(0, 1000), metadata={"description": "Most features a list"})


class HydraulicsRun(Schema):
    """The run."""

    run_id = Integer(required=True)
    kind = String(required=True, validate=OneOf(list(TOPICS)), metadata={"description": f"One of {_KINDS}"})
    network = String(required=True)
    parameters = Dict(
        required=True,
        metadata={"description": "Demands, heads, storm with its formula, digest and status of the assumptions"},
    )
    data_version = Integer(required=True)
    finished_at = DateTime(required=True)
    seconds = number("How long it took")


class HydraulicsTold(Schema):
    """A run in figures, and the features that matter most."""

    run = Nested(HydraulicsRun, required=True)
    figures = Dict(
        required=True,
        metadata={
            "description": "By kind. pressure: nodes, lowest_m, median_m, highest_m, below_required, demand_m3s, "
            "supplied_m3s, fastest_m_s. fire_flow: hydrants, meet, fall_short, least_m3s. pipe_closure: pipes, matter, "
            "most_m3s, most_share, failed. surcharge: manholes, surcharged, flooded, flood_m3, buildings, streets"
        },
    )
    worst = List(
        Dict(),
        required=True,
        metadata={"description": "feature_id, key and the columns of the run's table in schema result"},
    )
    left_out = omissions("What was assumed, left out, or has no number")


class HydraulicsAnswer(Schema):
    """Newest run of each kind and network."""

    runs = List(Nested(HydraulicsTold), required=True)


class HydraulicsFound(Schema):
    """What a run found of a feature."""

    kind = String(required=True)
    run_id = Integer(required=True)
    network = String(required=True)
    finished_at = DateTime(required=True)
    found = Dict(
        required=True,
        metadata={"description": "Columns of result.node_pressure, segment_flow, hydrant_flow, pipe_closure or "
                                 "node_surcharge; where a number is null, reason says why"},
    )  # fmt: skip


class FeatureAnswer(Schema):
    """All that the newest runs found of a node or segment."""

    feature_id = Integer(required=True)
    results = List(Nested(HydraulicsFound), required=True, metadata={"description": "Empty: nothing was computed"})


class FloodQuery(Schema):
    """Which places."""

    network = String(load_default=None, validate=OneOf(("storm", "sewage", "combined")))
    theme = String(load_default=None, validate=OneOf(("building", "road_edge")))
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most places"})


class FloodedPlace(Schema):
    """A building or street near flooded manholes."""

    feature_id = Integer(required=True)
    theme = String(required=True, metadata={"description": "building or road_edge"})
    network = String(required=True)
    key = text()
    name = text()
    usage = text()
    residents = number()
    distance_m = Float(required=True, metadata={"description": "To the nearest of the manholes"})
    flood_m3 = Float(required=True, metadata={"description": "Volume that leaves these manholes"})
    flood_minutes = Float(required=True, metadata={"description": "The longest of them"})
    nodes = List(Integer(), required=True, metadata={"description": "Manholes, the nearest first"})


class FloodAnswer(Schema):
    """Places near flooded manholes by the newest storm."""

    places = List(Nested(FloodedPlace), required=True)


class ScenarioBody(Schema):
    """What is asked."""

    network = String(load_default="water", validate=OneOf(WATER_NETWORKS))
    shut = List(
        Integer(), required=True, validate=Length(1, 100), metadata={"description": "Feature ids of segments to shut"}
    )
    factor = Float(load_default=1.0, validate=Range(0, 20), metadata={"description": "Multiplies every demand"})
    source_head_m = Float(
        load_default=None,
        allow_none=True,
        validate=Range(-500, 9000),
        metadata={"description": "Head of sources that tell none, city height, metres"},
    )
    limit = Integer(load_default=100, validate=Range(0, 5000), metadata={"description": "Most nodes to list"})


class ShortNode(Schema):
    """A node that loses more than a hundredth of its demand."""

    feature_id = Integer(required=True)
    demand_m3s = Float(required=True)
    before_m3s = Float(required=True, metadata={"description": "Delivered with all pipes as they are"})
    supplied_m3s = Float(required=True, metadata={"description": "Delivered then"})
    pressure_m = number("Above ground, metres; null: water does not reach it")
    customers = Integer(required=True)


class ScenarioAnswer(Schema):
    """Who is short while pipes are shut."""

    network = String(required=True)
    shut = List(Integer(), required=True)
    demand_m3s = Float(required=True)
    supplied_before_m3s = Float(required=True)
    supplied_m3s = Float(required=True)
    customers_short = Integer(required=True)
    nodes = List(Nested(ShortNode), required=True, metadata={"description": "Those that lose most first"})
    left_out = omissions("What was assumed or left out")


@blueprint.get("/hydraulics")
@blueprint.input(RunsQuery, location="query", arg_name="query")
@blueprint.output(HydraulicsAnswer)
@blueprint.doc(summary="Runs of hydraulics", operation_id="hydraulics", responses=[400])
@fresh
def hydraulics(query: dict[str, Any]) -> Response:
    """Tell the newest run of each kind and network: pressures, fire flow, closures; surcharge of drains."""
    store, settings = context.store(), context.settings()
    required = load_assumptions(rules_folder(settings, store.city.slug)).water.required_pressure_m
    told = listed_hydraulics(
        store, context.viewer(), network=query["network"], limit=query["limit"], required_m=required
    )
    return json_body({"runs": [dataclasses.asdict(one) for one in told]})


@blueprint.get("/hydraulics/floods")
@blueprint.input(FloodQuery, location="query", arg_name="query")
@blueprint.output(FloodAnswer)
@blueprint.doc(summary="Places near flooded manholes", operation_id="floods", responses=[400])
@fresh
def floods(query: dict[str, Any]) -> Response:
    """List buildings and streets near manholes that flood in the newest storm, those by most water first."""
    return json_body({"places": flooded_places(context.store(), context.viewer(), **query)})


@blueprint.post("/hydraulics/scenario")
@blueprint.input(ScenarioBody, location="json", arg_name="body")
@blueprint.output(ScenarioAnswer)
@blueprint.doc(summary="What if pipes are shut", operation_id="hydraulicScenario", responses=[400, 404])
def ask_scenario(body: dict[str, Any]) -> Response:
    """Shut pipes of a water network and tell who is short; solved at once, and nothing is kept."""
    store, settings = context.store(), context.settings()
    assumed = load_assumptions(rules_folder(settings, store.city.slug)).water
    question = WaterQuestion(body["network"], body["factor"], body["source_head_m"])
    found = scenario(store, context.viewer(), context.graphs(), assumed, question, body["shut"], limit=body["limit"])
    return json_body(dataclasses.asdict(found))


@blueprint.get("/hydraulics/<int:feature_id>")
@blueprint.output(FeatureAnswer)
@blueprint.doc(summary="Hydraulics of a node or segment", operation_id="hydraulicsOf", responses=[404])
@fresh
def of_feature(feature_id: int) -> Response:
    """Tell what the newest runs found of a pipe node or segment."""
    found = hydraulics_of(context.store(), context.viewer(), feature_id)
    if found is None:
        raise UnknownFeature(feature_id)
    return json_body({"feature_id": feature_id, "results": found})
