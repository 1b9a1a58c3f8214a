"""Values of OpenStreetMap's tags in our units: lengths, storeys, years; what cannot be read is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cim.units import METRES_PER_FOOT

_LENGTH = re.compile(r"^(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>m|metres?|meters?|cm|km|ft|feet|foot|')?$")
_FEET = re.compile(r"^(?P<feet>\d+)\s*'\s*(?P<inches>\d+(?:\.\d+)?)\s*(?:\"|'')$")
_METRES = {"cm": 0.01, "km": 1000.0, "ft": METRES_PER_FOOT, "feet": METRES_PER_FOOT, "foot": METRES_PER_FOOT}
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_ROOFS = {"flat": "flat", "gabled": "gabled", "hipped": "hipped", "half-hipped": "hipped", "skillion": "shed"}

Tags = Mapping[str, str]
Remark = Callable[[str, str, str], None]
"""Told of a tag, its value and what was wanted."""


def length_m(text: str) -> float | None:
    """Return a length in metres: `12`, `12 m`, `40 ft`, `5'6"`; None where it is none."""
    plain = text.strip().lower()
    found = _FEET.match(plain)
    if found:
        return (int(found["feet"]) + float(found["inches"]) / 12) * METRES_PER_FOOT
    found = _LENGTH.match(plain)
    if not found:
        return None
    unit = found["unit"] or "m"
    factor = METRES_PER_FOOT if unit == "'" else _METRES.get(unit, 1.0)
    return float(found["number"].replace(",", ".")) * factor


def number(text: str) -> float | None:
    """Return a plain number that is not negative, or None."""
    return float(text.strip()) if re.fullmatch(r"\s*\d{1,7}(\.\d+)?\s*", text) else None


def whole(text: str) -> int | None:
    """Return a whole number, or None."""
    return int(text.strip()) if re.fullmatch(r"\s*-?\d{1,7}\s*", text) else None


def year(text: str) -> int | None:
    """Return the year of `1987`, `1987-05` or `1987-05-03`; None for `C19`, `before 1900` and the like."""
    found = re.fullmatch(r"\s*([12]\d{3})(?:-\d{2}){0,2}\s*", text)
    return int(found[1]) if found else None


def answer(text: str | None) -> bool | None:
    """Return what a yes-or-no tag says; None where it says neither."""
    return True if text in _YES else False if text in _NO else None


def read(tags: Tags, key: str, parse: Callable[[str], Any], wanted: str, remark: Remark) -> Any:
    """Return a tag's value; one that cannot be read is remarked on and left out."""
    text = tags.get(key)
    if text is None:
        return None
    value = parse(text)
    if value is None:
        remark(key, text, wanted)
    return value


def building_columns(tags: Tags, code: str | None, remark: Remark) -> dict[str, Any]:
    """Return the columns of `building`; heights and storeys are as told, none is derived."""
    return {
        "name": tags.get("name"),
        "address": address(tags),
        "usage": code,
        "height_m": read(tags, "height", length_m, "a length", remark),
        "storeys_above": read(tags, "building:levels", number, "a number", remark),
        "storeys_below": read(tags, "building:levels:underground", number, "a number", remark),
        "roof_type": _ROOFS.get(tags.get("roof:shape", "")),
        # Dates in words (C19, before 1900) are correct in OSM: no remark.
        "built_year": year(tags.get("start_date", "")),
        "households": read(tags, "building:flats", whole, "a whole number", remark),
    }


def facility_columns(tags: Tags, code: str | None, remark: Remark) -> dict[str, Any]:
    """Return the columns of `facility`."""
    return {
        "kind": code,
        "name": tags.get("name"),
        "operator": tags.get("operator"),
        "public": True if tags.get("operator:type") in ("public", "government") else None,
        "capacity": read(tags, "capacity", number, "a number", remark),
        "opened_year": year(tags.get("start_date", "")),
    }


def green_space_columns(tags: Tags, code: str | None, _: Remark) -> dict[str, Any]:
    """Return the columns of `green_space`."""
    access = tags.get("access")
    public = False if access in ("private", "no") else True if access in ("yes", "public", "permissive") else None
    return {"kind": code, "name": tags.get("name"), "public": public}


def land_use_columns(tags: Tags, code: str | None, _: Remark) -> dict[str, Any]:
    """Return the columns of `land_use`: `use_name` is OSM's own word."""
    return {"use_code": code, "use_name": tags.get("landuse") or tags.get("natural"), "name": tags.get("name")}


def tree_columns(tags: Tags, _: str | None, remark: Remark) -> dict[str, Any]:
    """Return the columns of `tree`."""
    return {
        "species": tags.get("species") or tags.get("taxon") or tags.get("genus"),
        "height_m": read(tags, "height", length_m, "a length", remark),
        "crown_m": read(tags, "diameter_crown", length_m, "a length", remark),
    }


COLUMNS: Mapping[str, Callable[[Tags, str | None, Remark], dict[str, Any]]] = {
    "building": building_columns,
    "facility": facility_columns,
    "green_space": green_space_columns,
    "land_use": land_use_columns,
    "tree": tree_columns,
}
"""What fills the columns of each theme."""


def address(tags: Tags) -> str | None:
    """Return a postal address of `addr:*`, or None."""
    street = " ".join(filter(None, (tags.get("addr:street"), tags.get("addr:housenumber"))))
    town = " ".join(filter(None, (tags.get("addr:postcode"), tags.get("addr:city"))))
    return tags.get("addr:full") or ", ".join(filter(None, (street, town))) or None
