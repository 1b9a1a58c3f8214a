"""City objects: which theme each belongs to, and who is whose part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cim.etl.batch import Reject

BUILDING_TYPES = frozenset(
    {
        "Building",
        "BuildingPart",
        "BuildingInstallation",
        "BuildingConstructiveElement",
        "BuildingFurniture",
        "BuildingStorey",
        "BuildingRoom",
        "BuildingUnit",
    }
)
"""Types of the theme `building`; every other type is a `city_object`."""

_PARTS = BUILDING_TYPES - {"Building"}
"""Types that only stand as parts of a building."""

APPENDAGES = frozenset({"BuildingInstallation", "BuildingFurniture"})
"""Types that do not count for a building's footprint and height."""


@dataclass(frozen=True)
class Feature:
    """A top-level city object with all its parts: a line of a CityJSONSeq, or the same from a whole file."""

    record: str
    """Where it stands in the file."""
    objects: Mapping[str, Any]
    """Its city objects by id."""
    vertices: Any = None
    """Its own vertices; None: the document's."""
    appearance: Mapping[str, Any] = field(default_factory=dict)
    """Materials, textures and texture vertices that its geometries point to."""
    document: Mapping[str, Any] | None = None
    """All city objects of the document, for parents that are not in the feature."""


@dataclass(frozen=True)
class CityObject:
    """One city object, placed among those of its batch."""

    record: str
    """Where it stands in the file."""
    key: str
    """Its id."""
    kind: str
    """Its CityJSON type."""
    theme: str
    """building or city_object."""
    body: Mapping[str, Any]
    """As in the file."""
    feature: int
    """Position of its feature in the batch."""
    parent: str | None
    """Id of the object of the same theme that it is a part of."""


def city_objects(features: Sequence[Feature]) -> tuple[list[CityObject], list[Reject]]:
    """Return the objects of a batch, parents before their parts, and what is no city object."""
    objects: list[CityObject] = []
    rejects: list[Reject] = []
    for position, feature in enumerate(features):
        found = []
        for key, body in feature.objects.items():
            fault = _fault(body)
            if fault is None:
                found.append(_placed(feature, position, key, body))
                if found[-1].kind in _PARTS and found[-1].parent is None and body.get("parents"):
                    rejects.append(_orphan(found[-1]))
            else:
                rejects.append(_refused(feature, key, body, *fault))
        objects += _parents_first(found)
    return objects, rejects


_MEMBERS: tuple[tuple[str, tuple[type, type]], ...] = (
    ("attributes", (dict, type(None))),
    ("geometry", (list, type(None))),
    ("parents", (list, type(None))),
    ("children", (list, type(None))),
)
"""Members of a city object and the types that they may have."""


def _fault(body: Any) -> tuple[str, str] | None:
    """Return code and reason when something cannot be a city object."""
    if not isinstance(body, dict):
        return "object.not_an_object", f"is a {type(body).__name__}, not a JSON object"
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        return "object.no_type", "has no type" if kind is None else f"has type {kind!r}"
    for name, wanted in _MEMBERS:
        if name in body and type(body[name]) not in wanted:
            return "object.wrong_member", f"{name} is a {type(body[name]).__name__}, not a {wanted[0].__name__}"
    for name in ("parents", "children"):
        if body.get(name) and set(map(type, body[name])) != {str}:
            return "object.wrong_member", f"{name} are not all names of objects"
    return None


def _refused(feature: Feature, key: str, body: Any, code: str, reason: str) -> Reject:
    """Return the reject of something that is no city object."""
    original = {name: value for name, value in body.items() if name != "geometry"} if isinstance(body, dict) else None
    return Reject(
        record=feature.record,
        code=code,
        reason=f"city object {key!r} {reason}",
        remedy="see the CityJSON specification, section City Objects",
        theme="city_object",
        source_key=key,
        original=original,
    )


def _orphan(part: CityObject) -> Reject:
    """Return the remark on a part whose building is not there."""
    names = ", ".join(map(repr, part.body["parents"]))
    return Reject(
        record=part.record,
        code="reference.unresolved",
        reason=f"parent of {part.kind} {part.key!r} names {names}: no building that is there",
        remedy="kept without the link; give the building too, or correct the id",
        theme="building",
        source_key=part.key,
        severity="warning",
    )


def theme(body: Mapping[str, Any], objects: Mapping[str, Any]) -> str:
    """Return the theme of a city object.

    An object of an extension's type (``+NoiseBuilding``) is a building when it has building parts: they could not
    refer to it otherwise.
    """
    if body["type"] in BUILDING_TYPES:
        return "building"
    children = body.get("children") or ()
    if children and body["type"] != "CityObjectGroup":
        below = (objects.get(child) for child in children)
        kinds = {str(part.get("type")) for part in below if isinstance(part, dict)}
        if kinds & BUILDING_TYPES:
            return "building"
    return "city_object"


def _placed(feature: Feature, position: int, key: str, body: Mapping[str, Any]) -> CityObject:
    """Find an object's theme and parent."""
    own = theme(body, feature.objects)
    known = feature.document or feature.objects
    parent = None
    for name in body.get("parents") or ():
        above = known.get(name)
        # A parent that is not in the feature can only be a group, which is a city object.
        same = theme(above, known) == own if above and not _fault(above) else own == "city_object"
        if same:
            parent = str(name)
            break
    # In a document each object has a place of its own, its id; in a sequence the line is what can be found.
    record = feature.record if feature.document is None else key
    return CityObject(record, key, body["type"], own, body, position, parent)


def _parents_first(objects: list[CityObject]) -> list[CityObject]:
    """Sort by the number of ancestors; an object that is its own ancestor counts as deep as it gets."""
    by_key = {item.key: item for item in objects}
    if len(objects) < 2:
        return objects

    def depth(item: CityObject) -> int:
        steps = 0
        above = item.parent
        while above in by_key and steps <= len(objects):
            above, steps = by_key[above].parent, steps + 1
        return steps

    return sorted(objects, key=depth)
