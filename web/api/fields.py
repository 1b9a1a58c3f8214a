"""Fields that several answers have."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import DateTime, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length


def bounds(when_null: str) -> List[float]:
    """Return the field of an extent in degrees, which may be null."""
    return List(
        Float(),
        required=True,
        allow_none=True,
        validate=Length(equal=4),
        metadata={"description": f"west, south, east, north, degrees; null {when_null}"},
    )


def height_range_m(of: str) -> List[float]:
    """Return the field of a lowest and a highest height, which may be null."""
    return List(
        Float(),
        required=True,
        allow_none=True,
        validate=Length(equal=2),
        metadata={"description": f"Lowest and highest {of}, metres; null where no source tells"},
    )


class BothLanguages(Schema):
    """Words in both languages."""

    zh = String(required=True)
    en = String(required=True)


class LeftOut(BothLanguages):
    """What could not be used, is not known or is assumed: how often, and a sentence in both languages."""

    count = Integer(required=True, metadata={"description": "How many records it concerns"})


def omissions(what: str) -> Dict:
    """Return the field of what an answer leaves out, by code."""
    return Dict(
        keys=String(),
        values=Nested(LeftOut),
        required=True,
        metadata={"description": f"{what}: count and sentences by code"},
    )


class Run(Schema):
    """A finished run of an analysis."""

    run_id = Integer(required=True)
    data_version = Integer(required=True)
    finished_at = DateTime(required=True)


def point(of: str) -> List[float]:
    """Return the field of a point in degrees, which may be null."""
    return List(
        Float(),
        required=True,
        allow_none=True,
        validate=Length(equal=2),
        metadata={"description": f"{of}: longitude, latitude, degrees; null where it has no place"},
    )


def text(what: str = "") -> String:
    """Return the field of a text that may be null."""
    return String(required=True, allow_none=True, metadata=_described(what))


def number(what: str = "") -> Float:
    """Return the field of a number that may be null."""
    return Float(required=True, allow_none=True, metadata=_described(what))


def whole(what: str = "") -> Integer:
    """Return the field of a whole number that may be null."""
    return Integer(required=True, allow_none=True, metadata=_described(what))


def _described(what: str) -> dict[str, str]:
    return {"description": what} if what else {}
