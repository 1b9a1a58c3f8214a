"""Fields that several answers have."""

from __future__ import annotations

from apiflask.fields import Float, List
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
