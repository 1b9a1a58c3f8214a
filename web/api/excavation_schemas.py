"""What excavation asks and answers, for the OpenAPI document."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from cim.analytics.network.digs.area import DEEPEST_M, VALID_DAYS
from cim.analytics.network.digs.manholes import MEASURED_FROM
from cim.web.api.fields import BothLanguages, number, omissions, text, whole

_PLACES = List(List(Float()), required=True, metadata={"description": "Longitude, latitude"})


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
    one_end_depth_m = Float(
        required=True,
        allow_none=True,
        metadata={"description": "Cover at one end where the other's is not known, so that the pipe's depth is not"},
    )
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
    class_code = text()
    kind = String(required=True)
    burial = text()
    material = text()
    material_raw = text("As surveyed")
    diameter_mm = number()
    width_mm = number()
    height_mm = number()
    outer_width_mm = number()
    outer_height_mm = number()
    pressure_mpa = number()
    pressure_raw = text("As surveyed")
    voltage_kv = number()
    cables = whole()
    road_name = text()
    installed_year = whole()


class DigManhole(Schema):
    """A manhole, or what else stands on the pipes there."""

    feature_id = Integer(required=True)
    key = text()
    network = String(required=True)
    kind = String(required=True)
    feature_raw = text("特征")
    appurtenance_raw = text("附属物")
    state = String(required=True)
    abandoned = Boolean(required=True)
    distance_m = Float(
        required=True, metadata={"description": "From the edge of its cover, or its centre, to the edge; 0 within"}
    )
    measured_from = String(
        required=True,
        validate=OneOf(tuple(MEASURED_FROM)),
        metadata={"description": "cover, or centre where its size is not known; the well may be wider than its cover"},
    )
    plan_tolerance_m = Float(required=True, metadata={"description": "How far its place may be off"})
    depth_tolerance_m = number("Of well_depth_m")
    survey_method = text("As its pipes say: open where one was seen, else where all agree")
    owner = text()
    contact = text()
    phone = text()
    ground_level_m = number()
    well_depth_m = number()
    cover_material = text()
    cover_size_mm = text()
    surveyed_by = text()
    surveyed_on = Date(required=True, allow_none=True)
    longitude = Float(required=True)
    latitude = Float(required=True)


class DigRoad(Schema):
    """A street that is opened."""

    feature_id = Integer(required=True)
    key = text()
    name = text()
    road_class = String(required=True)
    surface = text()
    width_m = number()
    opened_m2 = Float(required=True)
    built_year = whole()
    overhauled_year = whole()
    ban = String(required=True, metadata={"description": "banned, perhaps (last year), free or unknown"})
    ban_zh = String(required=True)
    ban_until = Integer(required=True, allow_none=True, metadata={"description": "Year in which it ends"})
    clause_zh = text()
    clause_en = text()
    source = text()
    status = text("unverified until compared with the rule in print")
    line = _PLACES


class DigRailZone(DigZone):
    """A control protection zone of a railway that the dig comes into."""

    outlines = List(_PLACES, required=True, metadata={"description": "Its rings, as far as 200 m about the dig"})


class DigRail(Schema):
    """A station or line of a railway into whose control protection zone the dig comes."""

    feature_id = Integer(required=True)
    theme = String(required=True, metadata={"description": "facility or city_object"})
    key = text()
    kind = String(required=True)
    name = text()
    owner = text("Who runs it")
    contact = text()
    phone = text()
    distance_m = Float(required=True)
    zones = List(Nested(DigRailZone), required=True)
    longitude = Float(required=True)
    latitude = Float(required=True)


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


class ExcavationAnswer(Schema):
    """What is known of the ground there."""

    city = Nested(DigCity, required=True)
    dig = Nested(DigTold, required=True)
    pipes = List(Nested(DigPipe), required=True)
    manholes = List(Nested(DigManhole), required=True)
    roads = List(Nested(DigRoad), required=True)
    rail = List(Nested(DigRail), required=True, metadata={"description": "Railways (轨道交通控制保护区)"})
    owners = List(Nested(DigOwner), required=True, metadata={"description": "The countersign sheet (会签单)"})
    unsurveyed = Nested(DigUnsurveyed, required=True)
    notices = List(Nested(BothLanguages), required=True, metadata={"description": "无数据不等于无管线 first"})
    left_out = omissions("What the data did not allow")
