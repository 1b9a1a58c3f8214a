"""City objects while their member is read, and what is said of those that cannot be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from cim.etl.batch import Reject
from cim.etl.readers.citygml_names import local
from cim.etl.readers.cityjson_objects import Feature
from cim.etl.readers.cityjson_pieces import Fault
from cim.etl.readers.cityjson_polygons import Floats


@dataclass
class Node:
    """A city object while its member is read."""

    element: etree._Element
    """Its element."""
    key: str
    """Its id."""
    kind: str
    """Its CityJSON type."""
    parents: list[str]
    """Ids of what it is a part of."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Its attributes."""
    more: dict[str, Any] = field(default_factory=dict)
    """Other members of the CityJSON object: address, children."""
    geometries: list[tuple[str, etree._Element]] = field(default_factory=list)
    """Level of detail and property of each geometry."""
    surfaces: list[tuple[str, int, etree._Element]] = field(default_factory=list)
    """Level, number of the record and property of each geometry of a semantic surface."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """CityJSON geometries."""
    fault: Fault | None = None
    """Why it is refused."""


@dataclass(frozen=True)
class Parsed:
    """A member as a feature, with vertices of its own."""

    feature: Feature
    """Its city objects."""
    vertices: Floats
    """(n, 3) in the order of the file."""
    shifts: Floats | None
    """(n, 3) metres east, north, up to add to each vertex; None: none."""
    rejects: list[Reject]
    """Objects refused, and remarks."""


def body(node: Node) -> dict[str, Any]:
    """Return an object as CityJSON writes it."""
    out: dict[str, Any] = {"type": node.kind, **node.more}
    for name, value in (("attributes", node.attributes), ("geometry", node.bodies), ("parents", node.parents)):
        if value:
            out[name] = value
    return out


def refused(record: str, node: Node, code: str, reason: str) -> Reject:
    """Return the reject of an object."""
    return Reject(
        record,
        code,
        f"{local(node.element.tag)} {node.key!r}: {reason}",
        "correct the object in the source and export it again",
        _theme(node.kind),
        node.key,
        original={"type": node.kind, "attributes": node.attributes},
    )


def remark(record: str, node: Node, code: str, reason: str) -> Reject:
    """Return a warning about an object."""
    what = f"{local(node.element.tag)} {node.key!r}: {reason}"
    return Reject(
        record, code, what, "correct the object in the source", _theme(node.kind), node.key, severity="warning"
    )


def _theme(kind: str) -> str:
    """Return the theme of a CityJSON type."""
    return "building" if kind.startswith("Building") else "city_object"
