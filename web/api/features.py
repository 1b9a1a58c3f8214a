"""`/api/features/{id}`: all that is known of one feature."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Float, Integer, List, Nested, Raw, String
from flask import Response

from cim.layers.features import feature as read_feature
from cim.web import context
from cim.web.api.fields import bounds, height_range_m
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("features", __name__, url_prefix="/api", tag="Features")


class Attribute(Schema):
    """One attribute with its names, value and unit."""

    name = String(required=True)
    title_zh = String(required=True)
    title_en = String(required=True)
    value = Raw(required=True, allow_none=True)
    unit = String(required=True, allow_none=True)
    value_zh = String(metadata={"description": "What a coded value means"})
    value_en = String(metadata={"description": "What a coded value means"})
    of_source = Boolean(metadata={"description": "Told by the source beyond the columns of its theme"})


class FeatureFinding(Attribute):
    """What an analysis found of a feature; an indicator also has its standard and grade."""

    analysis = String(required=True, metadata={"description": "Kind of the analysis"})
    run_id = Integer(required=True, metadata={"description": "Its run"})
    finished_at = DateTime(required=True)
    unit_zh = String(allow_none=True)
    unit_en = String(allow_none=True)
    standard = Float(allow_none=True, metadata={"description": "What is asked for, in the indicator's unit"})
    grade = String(metadata={"description": "meets, near, short or not_assessable"})
    grade_zh = String()
    grade_en = String()
    year = Integer(metadata={"description": "Year examined"})
    definition = String(metadata={"description": "Version of the indicator's definition"})
    reason = String(allow_none=True, metadata={"description": "Codes of what limits the value, joined by ;"})


class FeatureSource(Schema):
    """Source that a feature comes from."""

    source_id = Integer(required=True)
    name = String(required=True)
    kind = String(required=True, metadata={"description": "Kind of its reader"})
    source_key = String(required=True, metadata={"description": "Key of the feature in its source"})


class FeatureLoad(Schema):
    """Load that opened the current version of a feature."""

    load_id = Integer(required=True)
    published_at = DateTime(required=True)
    path = String(required=True, metadata={"description": "Name of the file"})
    licence = String(required=True, allow_none=True)
    attribution = String(required=True, allow_none=True)
    classification = Integer(required=True, metadata={"description": "0 open, 1 internal, 2 restricted"})
    synthetic = Boolean(required=True, metadata={"description": "Made-up data"})


class RelatedFeature(Schema):
    """A feature of a relation."""

    feature_id = Integer(required=True)
    name = String(required=True, allow_none=True)


class Relation(Schema):
    """Features that this one points to, or that point to it."""

    name = String(required=True)
    title_zh = String(required=True)
    title_en = String(required=True)
    theme = String(required=True)
    count = Integer(required=True, metadata={"description": "All of them; at most 20 are named"})
    features = List(Nested(RelatedFeature), required=True)


class Lod(Schema):
    """A level of detail that a feature is stored in."""

    lod = String(required=True)
    geometry_type = String(required=True)
    polygons = Integer(required=True)


class Feature(Schema):
    """One feature, where it comes from, and what analyses say of it."""

    feature_id = Integer(required=True)
    theme = String(required=True)
    theme_title_zh = String(required=True)
    theme_title_en = String(required=True)
    source = Nested(FeatureSource, required=True)
    load = Nested(FeatureLoad, required=True)  # type: ignore[assignment]
    attributes = List(Nested(Attribute), required=True)
    results = List(Nested(FeatureFinding), required=True, metadata={"description": "What the newest analyses found"})
    related = List(Nested(Relation), required=True)
    lods = List(Nested(Lod), required=True)
    bounds = bounds("where it has no geometry")
    height_range_m = height_range_m("point above the ellipsoid")


@blueprint.get("/features/<int:feature_id>")
@blueprint.output(Feature)
@blueprint.doc(summary="One feature", operation_id="feature", responses=[404])
@fresh
def feature(feature_id: int) -> Response:
    """Attributes with titles and units, provenance, results and extent of a feature."""
    return json_body(read_feature(context.store(), context.viewer(), feature_id))
