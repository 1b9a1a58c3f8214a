"""From a member of a CityGML file to city objects as CityJSON would have them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from lxml import etree

from cim.etl.readers.citygml_appearance import look, theme_of
from cim.etl.readers.citygml_attributes import address, external_reference, generic, settle, simple, take_nested
from cim.etl.readers.citygml_bodies import Bodies
from cim.etl.readers.citygml_crs import CrsNames
from cim.etl.readers.citygml_geometry import GeometryReader
from cim.etl.readers.citygml_names import SURFACES, TYPES, XLINK, gml_id, is_standard, local, namespace
from cim.etl.readers.citygml_nodes import Node, Parsed, body, refused, remark
from cim.etl.readers.citygml_store import MemberLinks, MemberLooks, Store
from cim.etl.readers.citygml_tin import PART_OF
from cim.etl.readers.cityjson_objects import Feature

ROOF_EDGE = "0.2"
"""Level of a lod0RoofEdge: beside the footprint of level 0, which it must not be mistaken for."""
_LEVEL = re.compile(r"^lod(\d)")
_TIN = frozenset({"tin", "reliefPoints", "ridgeOrValleyLines", "breaklines"})
_SKIPPED = frozenset({"boundedBy", "extent"})
"""Properties that say nothing of their own: an envelope follows from the geometry."""
_APPEARANCE = frozenset({"appearance", "appearanceMember"})


class MemberReader:
    """Reads one member."""

    def __init__(self, member: etree._Element, store: Store, crs: CrsNames, prefixes: Mapping[str, str]) -> None:
        self._prefixes, self._crs = prefixes, crs
        self._looks = MemberLooks(store)
        self._geometry = GeometryReader(MemberLinks(member, store), crs)
        self._nodes: list[Node] = []
        self._records: list[dict[str, Any]] = []
        self._remarks: list[tuple[Node, str, str]] = []

    def read(self, element: etree._Element) -> Parsed:
        """Return the feature of a top-level city object."""
        key = gml_id(element)
        above = element.get(PART_OF)
        node = self._visit(element, key or _content_key(element), [above] if above else [])
        if key is None:
            self._remarks.append((node, "object.no_id", "has no gml:id; its content serves as its key"))
        bodies = Bodies(self._geometry, self._looks, self._records)
        bodies.read(self._nodes)
        return self._parsed(element, bodies)

    def _visit(self, element: etree._Element, key: str, parents: list[str]) -> Node:
        """Collect an object, its parts and surfaces."""
        name = local(element.tag)
        node = Node(element, key, TYPES.get(name, name), parents)
        self._nodes.append(node)
        lod = next((str(child.text).strip() for child in element if local(child.tag) == "lod" and child.text), "")
        for child in element:
            self._property(node, child, lod)
        self._remarks += [(node, "value.unit", told) for told in settle(node.attributes)]
        return node

    def _property(self, node: Node, child: etree._Element, lod: str) -> None:
        """Take one property of an object."""
        name, standard = local(child.tag), is_standard(child.tag)
        level = _LEVEL.match(name)
        inner = child[0].tag if len(child) and is_standard(child[0].tag) else ""
        if level:
            node.geometries.append((ROOF_EDGE if name == "lod0RoofEdge" else level[1], child))
        elif name in _TIN and standard:
            node.geometries.append((lod or "1", child))
        elif local(inner) in SURFACES:
            for surface in child:
                self._surface(node, surface, None)
        elif local(inner) in TYPES:
            self._parts(node, child, name)
        elif standard and name in _APPEARANCE:
            self._appearance(child)
        elif standard and name in _SKIPPED:
            self._envelope(child)
        else:
            self._attribute(node, child, name)

    def _envelope(self, child: etree._Element) -> None:
        """Take note of the CRS that an envelope names."""
        for envelope in child.iterchildren("{*}Envelope"):
            if srs_name := envelope.get("srsName"):
                self._crs.meet(srs_name)

    def _parts(self, node: Node, holder: etree._Element, name: str) -> None:
        """Take objects that stand within another: its parts, or the members of a group."""
        for part in holder:
            key = gml_id(part) or f"{node.key}/{local(part.tag)}-{len(self._nodes)}"
            grouped = node.kind == "CityObjectGroup"
            self._visit(part, key, [] if grouped else [node.key])
            if grouped and name == "groupMember":
                node.more.setdefault("children", []).append(key)

    def _attribute(self, node: Node, child: etree._Element, name: str) -> None:
        """Take an attribute."""
        if generic(node.attributes, child):
            return
        if not is_standard(child.tag):
            self._extension(node, child)
        elif name == "address":
            node.more.setdefault("address", []).extend(found for found in [address(child)] if found)
        elif name == "externalReference":
            found = [reference for reference in [external_reference(child)] if reference]
            node.attributes.setdefault("externalReference", []).extend(found)
        elif name == "groupMember":
            self._group_member(node, child)
        elif len(child) == 0:
            simple(node.attributes, child, name)
        else:
            take_nested(node.attributes, child, self._prefixes)

    def _extension(self, node: Node, child: etree._Element) -> None:
        """Take a property of an extension; i-UR's hold geometry deep inside: the symbol of a pipe on the map."""
        take_nested(node.attributes, child, self._prefixes)
        for part in child.iter("{*}*"):
            level = _LEVEL.match(local(part.tag))
            if level and len(part):
                node.geometries.append((level[1], part))

    def _group_member(self, node: Node, child: etree._Element) -> None:
        """Take a link to a member of a group; version 3 wraps it in a role."""
        links = [part.get(XLINK) for part in child.iter("{*}groupMember") if part.get(XLINK)]
        node.more.setdefault("children", []).extend(str(link).removeprefix("#") for link in links)
        if len(child):
            take_nested(node.attributes, child, self._prefixes)

    def _appearance(self, holder: etree._Element) -> None:
        """Take materials and textures."""
        for data in holder.iter("{*}surfaceDataMember", "{*}surfaceData"):
            found = look(data, theme_of(data.getparent()))
            if found is not None:
                self._looks.add(found)

    def _surface(self, node: Node, surface: etree._Element, above: int | None) -> None:
        """Take a semantic surface and the openings in it."""
        record: dict[str, Any] = {"type": SURFACES.get(local(surface.tag), local(surface.tag))}
        number = len(self._records)
        self._records.append(record)
        if above is not None:
            record["parent"] = above
            self._records[above].setdefault("children", []).append(number)
        attributes: dict[str, Any] = {}
        for child in surface:
            name = local(child.tag)
            found = _LEVEL.match(name)
            if found:
                node.surfaces.append((found[1], number, child))
            elif len(child) and local(child[0].tag) in SURFACES:
                for opening in child:
                    self._surface(node, opening, number)
            elif name in _SKIPPED or generic(attributes, child):
                continue
            else:
                take_nested(attributes, child, self._prefixes)
        if attributes:
            record.update({name: value for name, value in attributes.items() if name not in record})
            if (key := gml_id(surface)) is not None:
                record.setdefault("id", key)

    def _parsed(self, element: etree._Element, bodies: Bodies) -> Parsed:
        """Put the feature together."""
        objects: dict[str, Any] = {}
        record = gml_id(element) or f"line {element.sourceline}"
        rejects = []
        for node in self._nodes:
            if node.fault is not None:
                rejects.append(refused(record, node, node.fault.code, node.fault.reason))
            elif node.key in objects:
                rejects.append(refused(record, node, "key.repeated", "stands a second time in one member"))
            else:
                objects[node.key] = body(node)
        root = self._nodes[0]
        self._remarks += [(root, "geometry.appearance", told) for told in bodies.library.faults[:1]]
        if self._geometry.at.flat:
            self._remarks.append((root, "geometry.no_heights", "has coordinates without heights: 0 is taken"))
        rejects += [remark(record, node, code, reason) for node, code, reason in self._remarks]
        vertices = np.array(self._geometry.at.numbers, dtype=np.float64).reshape(-1, 3)
        feature = Feature(record, objects, None, bodies.library.body())
        return Parsed(feature, vertices, bodies.shifts(len(vertices)), rejects)


def _content_key(element: etree._Element) -> str:
    """Return a key made from all that an element says."""
    try:
        said = etree.tostring(element, method="c14n")
    except etree.C14NError:
        # The standard has no canonical form where a namespace is named by a relative address.
        said = etree.tostring(element)
    digest = hashlib.sha256(said).hexdigest()
    return f"{local(element.tag)}-{digest[:24]}"


def top_objects(member: etree._Element) -> Iterator[etree._Element]:
    """Yield the city objects of a member."""
    for child in member:
        if isinstance(child.tag, str) and not namespace(child.tag).startswith("http://www.opengis.net/gml"):
            yield child
