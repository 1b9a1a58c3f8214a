"""`/api/layers`: the catalogue, and pages of a layer's features."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DelimitedList, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response

from cim.layers.catalogue import grouped
from cim.layers.features import page
from cim.web import context
from cim.web.api.fields import bounds
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("layers", __name__, url_prefix="/api", tag="Layers")


class LegendEntry(Schema):
    """A colour and what it stands for."""

    label_zh = String(required=True)
    label_en = String(required=True)
    color = String(required=True)


class Layer(Schema):
    """A layer that a viewer can switch on."""

    name = String(required=True)
    title_zh = String(required=True)
    title_en = String(required=True)
    group = String(required=True, metadata={"description": "Data class of CJJ/T 315"})
    kind = String(required=True, validate=OneOf(["tiles3d", "vector", "terrain"]))
    url = String(required=True, metadata={"description": "Where the tiles are; {z}/{x}/{y} for vector tiles"})
    visible = Boolean(required=True, metadata={"description": "Shown at first"})
    underground = Boolean(required=True, metadata={"description": "Lies below the ground"})
    style = Dict(required=True, metadata={"description": "How to draw it"})
    legend = List(Nested(LegendEntry), required=True)
    note_zh = String(required=True, allow_none=True, metadata={"description": "What must be said with the legend"})
    note_en = String(required=True, allow_none=True)
    bounds = bounds("where it is not known")
    minzoom = Integer(required=True, metadata={"description": "Vector tiles above this level are empty"})
    maxzoom = Integer(required=True, metadata={"description": "Deepest level that says anything new"})
    synthetic = Boolean(required=True, metadata={"description": "Shows made-up data"})
    theme = String(required=True, allow_none=True, metadata={"description": "Theme of its features; null for terrain"})
    count = Integer(required=True, allow_none=True, metadata={"description": "Features in it; null for terrain"})


class Group(Schema):
    """One of the six data classes of CJJ/T 315, with its layers."""

    name = String(required=True)
    title_zh = String(required=True)
    title_en = String(required=True)
    layers = List(Nested(Layer), required=True)


class Catalogue(Schema):
    """All layers, by data class."""

    groups = List(Nested(Group), required=True)


class Link(Schema):
    """Where to go on."""

    rel = String(required=True, validate=OneOf(["self", "next"]))
    type = String(required=True)
    href = String(required=True)


class GeoJsonFeature(Schema):
    """A feature in GeoJSON (RFC 7946)."""

    type = String(required=True, validate=OneOf(["Feature"]))
    id = Integer(required=True, metadata={"description": "Stable id of the feature"})
    geometry = Dict(required=True, metadata={"description": "In WGS 84; heights above the ellipsoid"})
    properties = Dict(required=True, metadata={"description": "feature_id, and what the catalogue names"})


class FeaturePage(Schema):
    """A page of a layer's features in GeoJSON; the last page has no link `next`."""

    type = String(required=True, validate=OneOf(["FeatureCollection"]))
    numberReturned = Integer(required=True)  # noqa: N815 - the name that OGC API - Features gives it
    links = List(Nested(Link), required=True)
    features = List(Nested(GeoJsonFeature), required=True)


class PageQuery(Schema):
    """Which features of a layer."""

    bbox = DelimitedList(
        Float(),
        validate=Length(equal=4),
        metadata={"description": "west,south,east,north in degrees"},
    )
    limit = Integer(load_default=100, validate=Range(1, 1000), metadata={"description": "Most features in the page"})
    after = Integer(load_default=0, validate=Range(0), metadata={"description": "Last feature id of the page before"})


@blueprint.get("/layers")
@blueprint.output(Catalogue)
@blueprint.doc(summary="The catalogue of layers", operation_id="layers")
@fresh
def layers() -> Response:
    """Every layer that has data, in the six data classes."""
    return json_body({"groups": grouped(context.store(), context.viewer())})


@blueprint.get("/layers/<string:layer>/features")
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(FeaturePage, content_type="application/geo+json")
@blueprint.doc(summary="A page of a layer's features", operation_id="features_page", responses=[400, 404])
@fresh
def features(layer: str, query: dict[str, Any]) -> Response:
    """GeoJSON in WGS 84, by ascending feature id; follow the link `next` for more."""
    content = page(context.store(), context.viewer(), layer, **query)
    return Response(content, mimetype="application/geo+json")
