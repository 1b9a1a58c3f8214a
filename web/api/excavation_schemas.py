"""What excavation asks and answers, for the OpenAPI document."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, Dict, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, Range

from cim.analytics.network.dig_area import DEEPEST_M, VALID_DAYS

_PLACES = List(List(Float()), required=True, metadata={"description": "Longitude, latitude"})


def _text(what: str = "") -> String:
    return String(required=True, allow_none=True, metadata={"description": what} if what else {})


def _number(what: str = "") -> Float:
    return Float(required=True, allow_none=True, metadata={"description": what} if what else {})


def _whole() -> Integer:
    return Integer(required=True, allow_none=True)


class ExcavationBody(Schema):
    """Where somebody wants to dig, and how deep."""

    polygon = Raw(
        required=True,
        metadata={"type": "object", "description": "GeoJSON Polygon, longitudes and latitudes, up to 500 corners"},
    )
    depth_m = Float(
        required=True,
        validate=Range(min=0, max=DEEPEST_M, min_inclusive=False),
        metadata={"description": "Metres below the ground"},
    )
    day = Date(load_default=None, metadata={"description": "Day of the question; today unless told"})
    valid_days = Integer(load_default=VALID_DAYS, validate=Range(1, 366))
    project = String(load_default="", validate=Length(max=200))
    applicant = String(load_default="", validate=Length(max=200))


class DigZone(Schema):
    """A protection zone that the dig comes into."""

    zone = String(required=True)
    from_m = Float(required=True)
    to_m = Float(required=True)
    asks_zh = String(required=True)
    asks_en = String(required=True)
    confidence = String(required=True)
    status = String(required=True, metadata={"description": "unverified until compared with the rule in print"})


class DigPipe(Schema):
    """A pipe in or near the dig."""

    feature_id = Integer(required=True)
    key = String(required=True, allow_none=True)
    network = String(required=True)
    state = String(required=True)
    abandoned = Boolean(required=True)
    relation = String(required=True, metadata={"description": "in_depth, below, depth_unknown or overhead"})
    relation_zh = String(required=True)
    by_hand = Boolean(required=True, metadata={"description": "Must be dug by hand"})
    distance_m = Float(required=True, metadata={"description": "From its outer wall to the edge; 0 within"})
    inside_m = Float(required=True)
    plan_tolerance_m = Float(required=True)
    depth_m = Float(required=True, allow_none=True, metadata={"description": "Cover on its crown, the least within"})
    depth_tolerance_m = Float(required=True, allow_none=True)
    crown_level_m = Float(required=True, allow_none=True)
    zones = List(Nested(DigZone), required=True)
    owner = String(required=True, allow_none=True)
    contact = String(required=True, allow_none=True)
    phone = String(required=True, allow_none=True)
    surveyed_on = Date(required=True, allow_none=True)
    surveyed_by = String(required=True, allow_none=True)
    survey_method = String(required=True, allow_none=True)
    longitude = Float(required=True)
    latitude = Float(required=True)
    line = List(List(Float()), required=True, metadata={"description": "Longitude, latitude, height of the axis"})
    class_code = _text()
    kind = String(required=True)
    burial = _text()
    material = _text()
    material_raw = _text("As surveyed")
    diameter_mm = _number()
    width_mm = _number()
    height_mm = _number()
    outer_width_mm = _number()
    outer_height_mm = _number()
    pressure_mpa = _number()
    pressure_raw = _text("As surveyed")
    voltage_kv = _number()
    cables = _whole()
    road_name = _text()
    installed_year = _whole()


class DigManhole(Schema):
    """A manhole, or what else stands on the pipes there."""

    feature_id = Integer(required=True)
    key = _text()
    network = String(required=True)
    kind = String(required=True)
    feature_raw = _text("特征")
    appurtenance_raw = _text("附属物")
    state = String(required=True)
    abandoned = Boolean(required=True)
    distance_m = Float(required=True)
    owner = _text()
    contact = _text()
    phone = _text()
    ground_level_m = _number()
    well_depth_m = _number()
    cover_material = _text()
    cover_size_mm = _text()
    surveyed_by = _text()
    surveyed_on = Date(required=True, allow_none=True)
    longitude = Float(required=True)
    latitude = Float(required=True)


class DigRoad(Schema):
    """A street that is opened."""

    feature_id = Integer(required=True)
    key = _text()
    name = _text()
    road_class = String(required=True)
    surface = _text()
    width_m = _number()
    opened_m2 = Float(required=True)
    built_year = _whole()
    overhauled_year = _whole()
    ban = String(required=True, metadata={"description": "banned, perhaps (last year), free or unknown"})
    ban_zh = String(required=True)
    ban_until = Integer(required=True, allow_none=True, metadata={"description": "Year in which it ends"})
    clause_zh = _text()
    clause_en = _text()
    source = _text()
    status = _text("unverified until compared with the rule in print")
    line = _PLACES


class DigTold(Schema):
    """What was asked."""

    area_m2 = Float(required=True)
    depth_m = Float(required=True)
    near_m = Float(required=True, metadata={"description": "Within which pipes are told"})
    day = Date(required=True)
    expires = Date(required=True)
    project = String(required=True)
    applicant = String(required=True)
    outline = _PLACES


class DigCity(Schema):
    """Whose ground it is."""

    slug = String(required=True)
    name_zh = String(required=True)
    name_en = String(required=True)
    synthetic = Boolean(required=True)
    vertical_datum = String(required=True)
    data_version = Integer(required=True)


class DigUnsurveyed(Schema):
    """Where nobody has looked."""

    area_m2 = Float(required=True)
    share = Float(required=True)
    within_m = Float(required=True, metadata={"description": "Of nothing surveyed"})
    outlines = List(List(List(Float())), required=True)
    networks_without_record = List(String(), required=True)


class DigOwner(Schema):
    """Who is to sign."""

    owner = String(required=True, allow_none=True)
    network = String(required=True)
    contact = String(required=True, allow_none=True)
    phone = String(required=True, allow_none=True)
    pipes = Integer(required=True)
    by_hand = Integer(required=True)
    inside_m = Float(required=True)
    manholes = Integer(required=True)
    abandoned = Integer(required=True)
    nearest_m = Float(required=True)


class DigNotice(Schema):
    """What everybody must be told."""

    zh = String(required=True)
    en = String(required=True)


class ExcavationAnswer(Schema):
    """What is known of the ground there."""

    city = Nested(DigCity, required=True)
    dig = Nested(DigTold, required=True)
    pipes = List(Nested(DigPipe), required=True)
    manholes = List(Nested(DigManhole), required=True)
    roads = List(Nested(DigRoad), required=True)
    owners = List(Nested(DigOwner), required=True, metadata={"description": "The countersign sheet (会签单)"})
    unsurveyed = Nested(DigUnsurveyed, required=True)
    notices = List(Nested(DigNotice), required=True, metadata={"description": "无数据不等于无管线 first"})
    left_out = Dict(required=True)
