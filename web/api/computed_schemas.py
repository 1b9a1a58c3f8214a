"""What is asked of analyses that are computed at once, and what they answer beside what kept runs do."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Date, Dict, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE, SURCHARGE
from cim.analytics.network.hydraulics.water_reading import NETWORKS as WATER_NETWORKS
from cim.codes import NETWORKS
from cim.web.api.fields import omissions
from cim.web.api.plans import PlanAsked, PlanFound, PlanWork

KINDS = {"pressure": PRESSURE, "fire_flow": FIRE, "pipe_closure": CLOSURE}
"""What is asked of a network under pressure, and the kind of run that answers it."""
DRAINS = ("storm", "sewage", "combined")


class PlanBody(Schema):
    """What may be spent, and when."""

    budget_yuan = Float(
        required=True,
        validate=Range(min=0, min_inclusive=False, max=1e13),
        metadata={"description": "What may be spent in all, yuan"},
    )
    horizon_years = Integer(
        load_default=20, validate=Range(1, 100), metadata={"description": "Years over which removed loss is counted"}
    )
    build_years = Integer(
        load_default=1, validate=Range(1, 100), metadata={"description": "Years over which it is spent, at most those"}
    )
    first_year = Integer(
        load_default=None,
        allow_none=True,
        validate=Range(1900, 2200),
        metadata={"description": "Year in which the first works are built; this one unless told"},
    )
    network = String(
        load_default=None, allow_none=True, validate=OneOf(NETWORKS), metadata={"description": "Only of this network"}
    )
    limit = Integer(load_default=100, validate=Range(0, 5000), metadata={"description": "Most works to list"})


class ProposedAsked(PlanAsked):
    """What was asked, and what it rests on."""

    data_version = Integer(required=True, metadata={"description": "Data version that the run of risk read"})


class ProposedPlan(Schema):
    """A plan that is not kept."""

    asked = Nested(ProposedAsked, required=True)
    found = Nested(PlanFound, required=True)
    works = List(Nested(PlanWork), required=True, metadata={"description": "The first to be built first"})
    left_out = omissions("What was assumed of the pipes among which it chooses")


class RiskBody(Schema):
    """As of which day, and what if."""

    day = Date(load_default=None, allow_none=True, metadata={"description": "Ages and rules as of it; today if null"})
    renewed = List(
        Integer(),
        load_default=list,
        validate=Length(max=1000),
        metadata={
            "description": "Feature ids of segments taken as laid anew in the year of that day, without the breaks "
            "and inspections of the old pipe"
        },
    )
    material = String(
        load_default=None,
        allow_none=True,
        validate=Length(1, 40),
        metadata={"description": "What these are made of then, as materials are coded (ductile_iron, pe, …)"},
    )
    network = String(
        load_default=None,
        allow_none=True,
        validate=OneOf(NETWORKS),
        metadata={"description": "List only pipes of this network; ranks are among all"},
    )
    limit = Integer(load_default=100, validate=Range(0, 5000), metadata={"description": "Most pipes to list"})


class ClearanceBody(Schema):
    """Which part of the city."""

    polygon = Raw(
        load_default=None,
        metadata={
            "type": "object",
            "description": "GeoJSON Polygon, longitudes and latitudes, up to 500 corners: findings that lie in it. "
            "Without one all of the network, or of the city, if it is not too large",
        },
    )
    network = String(
        load_default=None,
        allow_none=True,
        validate=OneOf(NETWORKS),
        metadata={"description": "Only findings of this network's pipes, against whatever is near"},
    )
    limit = Integer(load_default=1000, validate=Range(0, 5000), metadata={"description": "Most findings to list"})


class StormBody(Schema):
    """A storm on drains."""

    network = String(load_default="storm", validate=OneOf(DRAINS), metadata={"description": "Which drains"})
    district = String(
        load_default=None,
        allow_none=True,
        validate=Length(1, 40),
        metadata={"description": "District whose storm formula holds; the usual one if null"},
    )
    return_years = Float(
        load_default=3.0, validate=Range(0.1, 1000), metadata={"description": "Return period of the storm, years"}
    )
    duration_min = Float(
        load_default=120.0, validate=Range(5, 720), metadata={"description": "Duration of the storm, minutes"}
    )
    stage_m = Float(
        load_default=None,
        allow_none=True,
        validate=Range(-500, 9000),
        metadata={"description": "Level of the river at outfalls, city height, metres; null: they fall free"},
    )


class SolveBody(Schema):
    """What is asked of a network of water under pressure, or of drains."""

    kind = String(
        load_default="pressure",
        validate=OneOf(list(KINDS)),
        metadata={"description": "pressure and flow; fire_flow of hydrants; pipe_closure: every pipe shut in turn"},
    )
    network = String(
        load_default="water", validate=OneOf(WATER_NETWORKS), metadata={"description": "Network under pressure"}
    )
    factor = Float(load_default=1.0, validate=Range(0, 20), metadata={"description": "Multiplies demands, or sewage"})
    source_head_m = Float(
        load_default=None,
        allow_none=True,
        validate=Range(-500, 9000),
        metadata={"description": "Head of sources that tell none, city height, metres"},
    )
    storm = Nested(
        StormBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "Ask drains instead: their network counts, `kind` and `network` above do not"},
    )
    limit = Integer(load_default=20, validate=Range(0, 1000), metadata={"description": "Most features to list"})


class Solved(Schema):
    """What was solved."""

    kind = String(required=True, validate=OneOf([*KINDS.values(), SURCHARGE]))
    network = String(required=True)
    data_version = Integer(required=True, metadata={"description": "Data version of the pipes"})
    parameters = Dict(
        required=True, metadata={"description": "Demands, heads, storm, digest and status of the assumptions"}
    )


class SolveAnswer(Schema):
    """A network in figures, and the features that matter most."""

    run = Nested(Solved, required=True)
    figures = Dict(required=True, metadata={"description": "By kind, in the names of `GET /api/network/hydraulics`"})
    worst = List(
        Dict(), required=True, metadata={"description": "feature_id, key, and what was found, the gravest first"}
    )
    left_out = omissions("What was assumed, left out, or has no number")
