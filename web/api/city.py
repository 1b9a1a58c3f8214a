"""`/api/city`: which city this is, where it lies, whether its data is made up."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, String
from flask import Response

from cim.layers.city import summary
from cim.web import context
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("city", __name__, url_prefix="/api", tag="City")


class City(Schema):
    """The city in a few facts."""

    slug = String(required=True)
    name_zh = String(required=True)
    name_en = String(required=True)
    synthetic = Boolean(required=True, metadata={"description": "Made-up data"})
    crs = String(metadata={"description": "CRS of the stored geometry"})
    vertical_datum = String()
    bounds = List(Float(), metadata={"description": "west, south, east, north, degrees; null while nothing is loaded"})
    ellipsoid_offset_m = Float(metadata={"description": "City height + this = ellipsoidal height"})
    height_range_m = List(Float(), metadata={"description": "Lowest and highest city height"})
    data_version = Integer(metadata={"description": "Grows with every published change"})
    attributions = List(Dict(), metadata={"description": "Sources to name, with licences"})


@blueprint.get("/city")
@blueprint.output(City)
@blueprint.doc(summary="The city", operation_id="city")
@fresh
def city() -> Response:
    """Name, extent, heights and data version of the city."""
    return json_body(summary(context.store(), context.viewer()))
