"""CityJSON geometries of the objects of a member: semantic surfaces first, then what may share their polygons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from lxml import etree

from cim.etl.readers.citygml_appearance import Library, dressed
from cim.etl.readers.citygml_attributes import put
from cim.etl.readers.citygml_coordinates import BadGeometry
from cim.etl.readers.citygml_geometry import GeometryReader
from cim.etl.readers.citygml_implicit import Placed, implicit
from cim.etl.readers.citygml_names import local
from cim.etl.readers.citygml_nodes import Node
from cim.etl.readers.citygml_shapes import Face, Shape, boundaries, nested
from cim.etl.readers.citygml_store import MemberLooks
from cim.etl.readers.cityjson_polygons import Floats


class Bodies:
    """Reads geometries."""

    def __init__(self, reader: GeometryReader, looks: MemberLooks, records: Sequence[dict[str, Any]]) -> None:
        self._reader, self._looks, self._records = reader, looks, records
        self.library = Library()
        """Materials and textures met."""
        self._placed: list[Placed] = []
        self._shapes: dict[int, list[tuple[str, Shape]]] = {}

    def read(self, nodes: Sequence[Node]) -> None:
        """Fill `bodies` of all nodes; a fault refuses an object, not its neighbours."""
        for step in (self._read_surfaces, self._read_geometries):
            for node in nodes:
                try:
                    if node.fault is None:
                        step(node)
                except BadGeometry as error:
                    node.fault = error.fault

    def shifts(self, count: int) -> Floats | None:
        """Return (n, 3) metres that the vertices of implicit geometries lie from their reference points."""
        if not self._placed:
            return None
        shifts = np.zeros((count, 3))
        for placed in self._placed:
            shifts[placed.begin : placed.begin + len(placed.shifts)] = placed.shifts
        return shifts

    def _read_surfaces(self, node: Node) -> None:
        """Read the semantic surfaces of an object, each polygon with the number of its record."""
        shapes = self._shapes.setdefault(id(node), [])
        for lod, number, element in node.surfaces:
            shape = self._implicit(element).shape if _is_implicit(element) else self._reader.shape(element)
            for face in shape.all_faces():
                face.surface = number
            shapes.append((lod, shape))

    def _read_geometries(self, node: Node) -> None:
        """Read an object's own geometries, then what its semantic surfaces have beyond them."""
        for lod, element in node.geometries:
            if _is_implicit(element):
                placed = self._implicit(element)
                put(node.attributes, "implicitGeometry", {"lod": lod, **placed.told})
                self._add(node, lod, placed.shape)
            else:
                self._add(node, lod, self._reader.shape(element))
        left: dict[str, Shape] = {}
        for lod, shape in self._shapes[id(node)]:
            extra = left.setdefault(lod, Shape("MultiSurface"))
            extra.faces += [face for face in shape.all_faces() if not face.used]
            extra.lines += shape.lines
            extra.points += shape.points
        for lod, shape in left.items():
            self._add(node, lod, shape)

    def _implicit(self, element: etree._Element) -> Placed:
        """Return an implicit geometry put in its place."""
        placed = implicit(element, self._reader)
        self._placed.append(placed)
        return placed

    def _add(self, node: Node, lod: str, shape: Shape) -> None:
        """Add a shape to an object's CityJSON geometries."""
        found = boundaries(shape)
        if found is not None:
            kind, nest = found
            body: dict[str, Any] = {"type": kind, "lod": lod, "boundaries": nest}
            faces = list(shape.all_faces())
            if any(face.surface >= 0 for face in faces):
                body["semantics"] = self._semantics(kind, shape, faces)
            node.bodies.append(body | dressed(kind, shape, self._looks, self.library))
        if shape.lines:
            node.bodies.append({"type": "MultiLineString", "lod": lod, "boundaries": shape.lines})
        if shape.points:
            node.bodies.append({"type": "MultiPoint", "lod": lod, "boundaries": shape.points})

    def _semantics(self, kind: str, shape: Shape, faces: Sequence[Face]) -> dict[str, Any]:
        """Return the semantic records that a geometry uses, numbered anew."""
        used = sorted({face.surface for face in faces if face.surface >= 0})
        place = {number: at for at, number in enumerate(used)}
        records = [_renumbered(self._records[number], place) for number in used]
        return {"surfaces": records, "values": nested(kind, shape, [place.get(face.surface) for face in faces])}


def _renumbered(record: dict[str, Any], place: dict[int, int]) -> dict[str, Any]:
    """Return a semantic record whose parent and children are those of the same geometry."""
    out = {name: value for name, value in record.items() if name not in ("parent", "children")}
    children = [place[number] for number in record.get("children", ()) if number in place]
    if children:
        out["children"] = children
    if record.get("parent") in place:
        out["parent"] = place[record["parent"]]
    return out


def _is_implicit(element: etree._Element) -> bool:
    """Return whether a property holds an implicit geometry."""
    return len(element) > 0 and local(element[0].tag) == "ImplicitGeometry"
