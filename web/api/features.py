"""`/api/features/{id}`: all that is known of one feature."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema
from apiflask.fields import Dict, Float, Integer, List, Nested, Raw, String
from flask import Response

from cim.layers.features import feature as read_feature
from cim.web import context
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("features", __name__, url_prefix="/api", tag="Features")


class Attribute(Schema):
    """One attribute with its names, value and unit."""

    name = String(required=True)
    title_zh = String(required=True)
    title_en = String(required=True)
    value = Raw(required=True)
    unit = String(allow_none=True)


class Feature(Schema):
    """One feature, where it comes from, and what analyses say of it."""

    feature_id = Integer(required=True)
    theme = String(required=True)
    theme_title_zh = String()
    theme_title_en = String()
    source = Raw(metadata={"description": "Source it comes from"})
    load = Dict(metadata={"description": "Load that opened this version"})  # type: ignore[assignment]
    attributes = List(Nested(Attribute))
    results = List(Dict(), metadata={"description": "What analyses found about it"})
    bounds = List(Float(), metadata={"description": "west, south, east, north, degrees"})


@blueprint.get("/features/<int:feature_id>")
@blueprint.output(Feature)
@blueprint.doc(summary="One feature", operation_id="feature", responses=[404])
@fresh
def feature(feature_id: int) -> Response:
    """Attributes with titles and units, provenance, results and extent of a feature."""
    return json_body(read_feature(context.store(), context.viewer(), feature_id))
