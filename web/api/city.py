"""`/api/city`: which city this is, where it lies, whether its data is made up."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Float, Integer, List, Nested, String
from flask import Response

from cim.layers.city import summary
from cim.web import context
from cim.web.api.fields import bounds, height_range_m
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("city", __name__, url_prefix="/api", tag="City")


class Attribution(Schema):
    """Whom to name for sources."""

    name = String(required=True, metadata={"description": "Names of the sources"})
    text = String(required=True, metadata={"description": "Attribution and licence"})


class City(Schema):
    """The city in a few facts."""

    slug = String(required=True)
    name_zh = String(required=True)
    name_en = String(required=True)
    synthetic = Boolean(required=True, metadata={"description": "Made-up data"})
    crs = String(required=True, metadata={"description": "CRS of the stored geometry"})
    vertical_datum = String(required=True)
    bounds = bounds("while nothing is loaded")
    ellipsoid_offset_m = Float(required=True, metadata={"description": "City height + this = ellipsoidal height"})
    height_range_m = height_range_m("ground, city height")
    data_version = Integer(required=True, metadata={"description": "Grows with every published change"})
    attributions = List(Nested(Attribution), required=True, metadata={"description": "Sources to name"})


@blueprint.get("/city")
@blueprint.output(City)
@blueprint.doc(summary="The city", operation_id="city")
@fresh
def city() -> Response:
    """Name, extent, heights and data version of the city."""
    return json_body(summary(context.store(), context.viewer()))
