"""`/api/network/topology`: what splits a network, how much leads through it, and how far a second source is."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import Response, current_app

from cim.analytics.network.topology_answer import KINDS, Shapes, TopologyQuestion, shape
from cim.codes import NETWORKS
from cim.web import context
from cim.web.api.fields import number, omissions, text, whole
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("topologies", __name__, url_prefix="/api/network", tag="Networks")

_KEPT = "cim.network.shapes"
MOST_SAMPLES = 2000
"""A request may not take minutes; the command line follows paths from as many nodes as it is told."""


class TopologyQuery(Schema):
    """Which network."""

    network = String(load_default="water", validate=OneOf(NETWORKS), metadata={"description": "Network"})
    samples = Integer(
        load_default=None,
        validate=Range(2, MOST_SAMPLES),
        metadata={"description": "Nodes from which paths are followed; else all of up to 3,000, or 200"},
    )
    kind = String(
        load_default=None,
        validate=OneOf(KINDS),
        metadata={"description": "Only what splits the network, or only nodes that no second source reaches"},
    )
    after = Integer(load_default=0, validate=Range(0), metadata={"description": "`next` of the page before"})
    limit = Integer(
        load_default=100, validate=Range(1, 5000), metadata={"description": "Most nodes, and most segments"}
    )


class TopologySummary(Schema):
    """Counts."""

    nodes = Integer(required=True)
    segments = Integer(required=True, metadata={"description": "Open ones"})
    parts = Integer(required=True, metadata={"description": "Connected parts"})
    independent_loops = Integer(required=True, metadata={"description": "Segments - nodes + parts"})
    meshedness = Float(required=True, metadata={"description": "Loops by the most a planar network can have"})
    articulation_points = Integer(required=True)
    bridges = Integer(required=True)
    with_second_source = Integer(required=True, metadata={"description": "Nodes that two sources reach"})
    sampled = Integer(required=True, metadata={"description": "Nodes from which paths were followed"})
    exact = Boolean(required=True, metadata={"description": "From every node"})


class TopologyNode(Schema):
    """A node."""

    place = Integer(required=True, metadata={"description": "By betweenness, 1 the highest"})
    node_id = Integer(required=True)
    key = text()
    kind = text()
    betweenness = Float(required=True, metadata={"description": "Share of pairs of nodes whose path leads through it"})
    betweenness_error = Float(required=True, metadata={"description": "Half of a 95 % interval; 0 where exact"})
    articulation = Boolean(required=True, metadata={"description": "Its loss splits the network"})
    source_m = number("Metres along open pipes to the nearest source")
    second_source_m = number("To the nearest other source")
    longitude = number()
    latitude = number()


class TopologySegment(Schema):
    """A segment."""

    place = Integer(required=True, metadata={"description": "By betweenness, 1 the highest"})
    segment_id = Integer(required=True)
    betweenness = Float(required=True)
    betweenness_error = Float(required=True)
    bridge = Boolean(required=True, metadata={"description": "Its loss splits the network"})


class TopologyAnswer(Schema):
    """A network's shape."""

    network = String(required=True)
    summary = Nested(TopologySummary, required=True)
    nodes = List(Nested(TopologyNode), required=True, metadata={"description": "What most leads through first"})
    segments = List(Nested(TopologySegment), required=True, metadata={"description": "What most leads through first"})
    next = whole("`after` of the next page; null on the last")
    left_out = omissions("What the data did not allow")


@blueprint.get("/topology")
@blueprint.input(TopologyQuery, location="query", arg_name="query")
@blueprint.output(TopologyAnswer)
@blueprint.doc(summary="A network's shape", operation_id="topology", responses=[400, 404])
@fresh
def network_topology(query: dict[str, Any]) -> Response:
    """Tell bridges, articulation points, betweenness, loops, and distances to a second source."""
    kept = cast("Shapes", current_app.extensions.setdefault(_KEPT, Shapes()))
    found = shape(context.store(), context.viewer(), TopologyQuestion(**query), context.graphs(), kept)
    return json_body(dataclasses.asdict(found))
