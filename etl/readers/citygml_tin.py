"""Terrains of millions of triangles, cut into parts while they are read, so that memory stays bounded."""

from __future__ import annotations

from typing import Any

from lxml import etree

from cim.etl.readers.citygml_names import gml_id, local

PART_OF = "part-of"
"""Attribute, ours, that holds the id of what a part belongs to."""
MOST = 20_000
"""Triangles of a part."""


class TinParts:
    """Counts the triangles of the terrain that is being read, and cuts off a part when there are many."""

    def __init__(self) -> None:
        self._patches: etree._Element | None = None
        self._part = self._count = 0

    def meet(self, triangle: etree._Element) -> etree._Element | None:
        """Count a triangle; return a member with all before it, when they are as many as a part holds."""
        patches = triangle.getparent()
        if patches is not self._patches:
            self._patches, self._part, self._count = patches, 0, 0
        self._count += 1
        if patches is None or self._count <= MOST:
            return None
        self._count = 1
        self._part += 1
        return _cut(patches, triangle, self._part)


def _cut(patches: etree._Element, last: etree._Element, number: int) -> etree._Element | None:
    """Move all triangles but the last into a TINRelief of their own."""
    above = list(patches.iterancestors())
    tin = next((at for at, item in enumerate(above) if local(item.tag) == "TINRelief"), None)
    if tin is None:
        return None
    relief = above[tin]
    spaces: Any = relief.nsmap
    copy = etree.Element(relief.tag, nsmap=spaces)
    for name, value in relief.attrib.items():
        copy.set(name, f"{value!s}#{number}" if local(str(name)) == "id" else value)
    for child in relief:
        if local(child.tag) in ("lod", "name"):
            etree.SubElement(copy, child.tag).text = child.text
    # ReliefFeature, reliefComponent, TINRelief: the feature is what the part belongs to.
    feature = above[tin + 2] if len(above) > tin + 2 else None
    if feature is not None and local(feature.tag) == "ReliefFeature" and gml_id(feature):
        copy.set(PART_OF, str(gml_id(feature)))
    inner = copy
    for item in (*reversed(above[:tin]), patches):
        inner = etree.SubElement(inner, item.tag)
        if item.get("srsName"):
            inner.set("srsName", str(item.get("srsName")))
    # Those after it are there already: the parser reads ahead of what it tells.
    for triangle in list(patches)[: patches.index(last)]:
        inner.append(triangle)
    member = etree.Element("cityObjectMember")
    member.append(copy)
    return member
