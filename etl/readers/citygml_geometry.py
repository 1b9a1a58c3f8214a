"""GML geometry: from elements to polygons, lines and points over one list of vertices."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from lxml import etree

from cim.etl.readers.citygml_coordinates import BadGeometry, Coordinates, Names, NoCrs
from cim.etl.readers.citygml_names import XLINK, gml_id, local
from cim.etl.readers.citygml_shapes import Face, Shape

_FACES = frozenset({"Polygon", "PolygonPatch", "Triangle", "Rectangle"})
_CURVES = frozenset({"LineString", "LineStringSegment"})
_OTHER_CURVES = frozenset({"Arc", "ArcString", "Circle", "ArcByCenterPoint", "CircleByCenterPoint", "CubicSpline",
                           "BSpline", "Bezier", "Clothoid", "GeodesicString", "Geodesic"})  # fmt: skip
_RINGS = frozenset({"exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"})
_MOST_LINKS = 100_000
"""Links followed in one member; more only happens where links to links multiply."""
_DEEPEST = 60
"""Elements of a geometry within one another, links followed too."""


class Links(Protocol):
    """Finds what xlink:href points to."""

    def target(self, href: str) -> etree._Element | None:
        """Return the element, None where there is none."""


class _Inside(NamedTuple):
    """What holds for an element by where it stands."""

    ids: tuple[str, ...]
    """Ids of what holds it, the nearest first."""
    dimension: int
    """Numbers of a coordinate."""
    depth: int
    """How deep it stands."""

    def deeper(self, own: str | None) -> _Inside:
        """Return the same for the children of an element with an id."""
        return _Inside(self.ids if own is None else (own, *self.ids), self.dimension, self.depth + 1)


class GeometryReader:
    """Reads the geometries of one member; they share vertices, and polygons that are linked to."""

    def __init__(self, links: Links, names: Names) -> None:
        self._links = links
        self.at = Coordinates(names)
        """The vertices."""
        self._by_id: dict[str, tuple[etree._Element, Face]] = {}
        self._followed = 0

    def shape(self, element: etree._Element) -> Shape:
        """Return the geometry of a property such as lod2Solid, or of a geometry itself.

        Raises
        ------
        BadGeometry
            It cannot be read.
        """
        out = Shape()
        # CityGML is three-dimensional: so are coordinates that do not say otherwise themselves.
        self._gather(element, out, _Inside((), 3, 0))
        return out

    def detached(self, element: etree._Element) -> Shape:
        """Return a shape that shares no vertex with what was read before: a template, read anew for each place."""
        before, self._by_id = self._by_id, {}
        # Its coordinates are about an origin of their own: they have no CRS.
        names, self.at.names = self.at.names, NoCrs()
        try:
            return self.shape(element)
        finally:
            self._by_id, self.at.names = before, names

    def _gather(self, element: etree._Element, out: Shape, inside: _Inside) -> None:
        """Add what an element holds to a shape."""
        name = local(element.tag)
        if inside.depth > _DEEPEST:
            raise BadGeometry("geometry.nested_too_deep", f"{name} stands too deep, or a link leads back to itself")
        if name[:1].isupper():
            out.kind = out.kind or name
            inside = inside._replace(dimension=self.at.dimension_of(element, inside.dimension))
        if name in _FACES:
            out.faces.append(self._face(element, inside))
        elif name in _CURVES:
            out.lines.append(self._line(element, inside.dimension))
        elif name == "Point":
            out.points += self.at.vertices(element, inside.dimension)
        elif name == "Solid":
            out.solids.append(self._solid(element, inside.deeper(gml_id(element))))
        elif name == "OrientableSurface":
            self._orientable(element, out, inside.deeper(gml_id(element)))
        else:
            self._gather_parts(element, name, out, inside.deeper(gml_id(element)))

    def _gather_parts(self, element: etree._Element, name: str, out: Shape, inside: _Inside) -> None:
        """Add the parts of a property or an aggregate."""
        if name in _OTHER_CURVES:
            raise BadGeometry("geometry.curved", f"{name} is no straight line")
        href = element.get(XLINK)
        if href is not None and len(element) == 0:
            self._follow(name, href, out, inside)
        for child in element:
            self._gather(child, out, inside)

    def _follow(self, name: str, href: str, out: Shape, inside: _Inside) -> None:
        """Add what a link points to: a polygon that was read already is shared, with its semantic surface."""
        known = self._by_id.get(href.removeprefix("#"))
        if known is not None:
            out.faces.append(known[1].shared(inside.ids))
            return
        self._followed += 1
        if self._followed > _MOST_LINKS:
            raise BadGeometry("geometry.too_many_links", f"follows more than {_MOST_LINKS} links")
        target = self._links.target(href)
        if target is None:
            raise BadGeometry("geometry.unresolved_link", f"{name} links to {href!r}, which is not in the file")
        self._gather(target, out, inside)

    def _solid(self, element: etree._Element, inside: _Inside) -> list[list[Face]]:
        """Return the shells of a solid, the outer one first."""
        shells = []
        for part in element:
            if local(part.tag) in ("exterior", "interior"):
                shell = Shape()
                self._gather(part, shell, inside)
                shells.append(shell.faces)
        return shells

    def _orientable(self, element: etree._Element, out: Shape, inside: _Inside) -> None:
        """Add a surface that may face the other way."""
        base = Shape()
        for child in element:
            self._gather(child, base, inside)
        backwards = element.get("orientation") == "-"
        out.faces += [face.reversed() for face in base.faces] if backwards else base.faces

    def _face(self, element: etree._Element, inside: _Inside) -> Face:
        """Return a polygon; one with an id is remembered for those who link to it."""
        own = gml_id(element)
        known = None if own is None else self._by_id.get(own)
        if known is not None and known[0] is element:
            return known[1].shared(inside.ids)
        found = [ring for boundary in element if local(boundary.tag) in _RINGS for ring in boundary]
        if not found:
            raise BadGeometry("geometry.no_exterior", f"a {local(element.tag)} has no exterior")
        rings = [self._ring(ring, inside) for ring in found]
        face = Face(rings, inside.deeper(own).ids, [gml_id(ring) for ring in found])
        if own is not None:
            self._by_id.setdefault(own, (element, face))
        return face

    def _ring(self, ring: etree._Element, inside: _Inside) -> list[int]:
        """Return the vertices of a ring, without the closing one."""
        if local(ring.tag) == "Ring":
            shape = Shape()
            for child in ring:
                self._gather(child, shape, inside)
            every = [at for line in shape.lines for at in line]
            vertices = [at for number, at in enumerate(every) if not number or not self.at.equal(every[number - 1], at)]
        else:
            vertices = self.at.vertices(ring, self.at.dimension_of(ring, inside.dimension))
        if len(vertices) > 1 and self.at.equal(vertices[0], vertices[-1]):
            vertices.pop()
        return vertices

    def _line(self, element: etree._Element, dimension: int) -> list[int]:
        """Return the vertices of a line."""
        vertices = self.at.vertices(element, dimension)
        if len(vertices) < 2:
            raise BadGeometry("geometry.short_line", f"{local(element.tag)} has fewer than two points")
        return vertices
