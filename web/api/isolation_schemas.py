"""What a burst and a trace tell of pipes, valves and who is without supply, for the OpenAPI document."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, Float, Integer, List, Nested, String
from apiflask.validators import OneOf

from cim.analytics.network.bursts.burst import ROLES
from cim.web.api import fields


def _count(what: str) -> Integer:
    return Integer(required=True, metadata={"description": what})


def _ids(what: str) -> List[int]:
    return List(Integer(), required=True, metadata={"description": f"Feature ids of {what}"})


class BurstPipe(Schema):
    """The pipe that burst."""

    segment_id = Integer(required=True, metadata={"description": "Feature id"})
    network = String(required=True, metadata={"description": "water, gas, heat, …"})
    key = fields.text("Key in the survey")
    road_name = fields.text("Street")
    diameter_mm = fields.number("Nominal or inner diameter")
    material = fields.text("As materials are coded")
    installed_year = fields.whole("Year of installation")
    longitude = Float(required=True, metadata={"description": "Of its middle, degrees"})
    latitude = Float(required=True, metadata={"description": "Of its middle, degrees"})


class Valve(Schema):
    """What a crew needs to know of a valve."""

    valve_id = Integer(required=True, metadata={"description": "Feature id"})
    key = fields.text("Key in the survey")
    number = fields.text("Number painted on it, or in the register")
    diameter_mm = fields.number("Nominal diameter")
    chamber = fields.text("Chamber or well that it stands in")
    state = String(required=True, metadata={"description": "open, closed, …; open where it is not recorded"})
    operable = Boolean(required=True, allow_none=True, metadata={"description": "Whether it can be turned; null: open"})
    last_operated_on = Date(required=True, allow_none=True, metadata={"description": "Day on which it was last turned"})
    longitude = fields.number("Degrees; null where neither it nor its node has a place")
    latitude = fields.number("Degrees; null where neither it nor its node has a place")
    distance_m = fields.number("Metres along the pipes; null where no open way leads to it")


class BurstValve(Valve):
    """A valve of the answer."""

    role = String(
        required=True,
        validate=OneOf(ROLES),
        metadata={
            "description": "close: to be closed; closed: is already; not_usable: would have helped, but is stuck; "
            "reopen: a closed one that may bring supply back to what lies beyond"
        },
    )
    order = Integer(required=True, metadata={"description": "From 1: by role, the nearest first"})


class BurstPart(Schema):
    """A part of the network without supply."""

    segments = _ids("its pipes")
    nodes = _ids("its nodes")
    length_m = Float(required=True, metadata={"description": "Length of its pipes"})
    volume_m3 = Float(required=True, metadata={"description": "What they hold, to be drained"})
    segments_without_size = _count("Pipes whose volume is not known")
    connections = _count("Service connections")
    customers = _count("Customers (户) on these")
    residents = _count("People on these, as far as they are known")
    residents_unknown = _count("Connections of which the people are not known")
    critical = _count("Connections that must not be without")
    critical_facilities = _count("Facilities that must not be without, such as hospitals, each once")


class BurstFitting(Schema):
    """A hydrant, drain valve or air valve in what is without supply."""

    feature_id = Integer(required=True)
    key = fields.text("Key in the survey")
    kind = String(required=True, validate=OneOf(("hydrant", "drain_valve", "air_valve")))
    number = fields.text("Number painted on it, or in the register")
    beyond = Boolean(
        required=True, allow_none=True, metadata={"description": "Outside of the isolated part, cut off by it"}
    )
    longitude = fields.number("Degrees; null where neither it nor its node has a place")
    latitude = fields.number("Degrees; null where neither it nor its node has a place")


class IsolationFacility(Schema):
    """A facility that must not be without, such as a hospital."""

    feature_id = Integer(required=True)
    kind = String(required=True, metadata={"description": "hospital, school, …"})
    name = fields.text("Its name")


class IsolationService(Schema):
    """A building without supply."""

    building_id = fields.whole("null: connections that name no building")
    building = fields.text("Its name")
    usage = fields.text("What it is used for")
    beyond = Boolean(required=True, metadata={"description": "Outside of the isolated part, and cut off by it"})
    customers = fields.whole("Customers (户)")
    residents = fields.number("null: not known")
    critical = Boolean(
        required=True, metadata={"description": "Must not be without: a connection says so, or one of its facilities"}
    )
    critical_kind = fields.text("Why, separated by commas")
    facilities = List(
        Nested(IsolationFacility), required=True, metadata={"description": "Those in it that must not be without"}
    )


class UnlinkedFacility(IsolationFacility):
    """A facility that must not be without and of which nobody knows what feeds it."""

    beyond = Boolean(required=True, metadata={"description": "The nearest pipe lies outside of the isolated part"})
    segment_id = Integer(required=True, metadata={"description": "Nearest pipe of the network, which is without"})
    distance_m = Float(required=True, metadata={"description": "From that pipe, up to 100 m"})
    longitude = Float(required=True)
    latitude = Float(required=True)


class IsolationDuration(fields.BothLanguages):
    """How long a repair is assumed to take, in figures and in words."""

    hours = Float(required=True, metadata={"description": "Hours without supply"})
    customer_hours = Integer(required=True, metadata={"description": "Of all customers without supply"})
    status = String(required=True, metadata={"description": "assumed: no repair times are known"})


class IsolatedParts(Schema):
    """Valves to close, and what is without supply then."""

    valves = List(Nested(BurstValve), required=True, metadata={"description": "By role, the nearest first"})
    isolated = Nested(BurstPart, required=True, metadata={"description": "What lies between the valves"})
    beyond = Nested(BurstPart, required=True, metadata={"description": "What lies outside and is cut off by it"})
    services = List(
        Nested(IsolationService), required=True, metadata={"description": "Those that must not be without first"}
    )
    unlinked = List(
        Nested(UnlinkedFacility),
        required=True,
        metadata={"description": "Facilities of which nobody knows what feeds them, near what is without: may be, too"},
    )
    fittings = List(Nested(BurstFitting), required=True)
    sources = _ids("the sources within the isolated part")


class IsolationAnswer(IsolatedParts):
    """The valves to close, and what is without supply then."""

    segment = Nested(BurstPipe, required=True)
    duration = Nested(
        IsolationDuration,
        required=True,
        allow_none=True,
        metadata={"description": "null: the city's own assumptions cannot be read"},
    )
    left_out = fields.omissions("What the network's data did not allow")
