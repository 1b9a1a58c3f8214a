"""Polygons, lines and points of one geometry property, and how CityJSON nests them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SOLIDS = frozenset({"MultiSolid", "CompositeSolid"})
"""Geometries of several solids."""


@dataclass(slots=True)
class Face:
    """A polygon."""

    rings: list[list[int]]
    """Vertices of each ring, the outer one first; not closed."""
    targets: tuple[str, ...]
    """Ids that an appearance may aim at: the polygon's and those of all that holds it."""
    ring_ids: list[str | None]
    """Ids of the rings, for texture coordinates."""
    surface: int = -1
    """Number of its semantic surface in the member, -1 none."""
    used: bool = False
    """Whether another geometry shares it."""
    backwards: bool = False
    """Whether its rings run the other way than in the file."""

    def reversed(self) -> Face:
        """Return the same polygon facing the other way."""
        rings = [ring[::-1] for ring in self.rings]
        return Face(rings, self.targets, self.ring_ids, self.surface, backwards=not self.backwards)

    def shared(self, ids: tuple[str, ...]) -> Face:
        """Return the same polygon as part of another geometry, and remember that it is."""
        self.used = True
        return Face(self.rings, (*self.targets, *ids), self.ring_ids, self.surface, backwards=self.backwards)


@dataclass
class Shape:
    """What one geometry property holds."""

    kind: str = ""
    """Name of its GML element."""
    faces: list[Face] = field(default_factory=list)
    """Polygons that are not part of a solid."""
    solids: list[list[list[Face]]] = field(default_factory=list)
    """Solids of shells of polygons."""
    lines: list[list[int]] = field(default_factory=list)
    """Vertices of each line."""
    points: list[int] = field(default_factory=list)
    """Vertices of points."""

    def all_faces(self) -> Iterator[Face]:
        """Yield every polygon."""
        yield from self.faces
        for solid in self.solids:
            for shell in solid:
                yield from shell


def boundaries(shape: Shape) -> tuple[str, list[object]] | None:
    """Return the CityJSON type and boundaries of what a shape has in polygons; None where it has none.

    Solids come before loose polygons, which a solid geometry of GML cannot have beside them.
    """
    if shape.solids:
        solids: list[object] = [[[face.rings for face in shell] for shell in solid] for solid in shape.solids]
        if len(solids) == 1 and shape.kind not in SOLIDS:
            return "Solid", solids[0]  # type: ignore[return-value]
        return (shape.kind if shape.kind in SOLIDS else "MultiSolid"), solids
    if shape.faces:
        kind = "CompositeSurface" if shape.kind == "CompositeSurface" else "MultiSurface"
        return kind, [face.rings for face in shape.faces]
    return None


def nested(kind: str, shape: Shape, values: Sequence[object]) -> list[object]:
    """Nest a value for each polygon as the boundaries of its type are nested."""
    if not shape.solids:
        return list(values)
    each = iter(values)
    solids: list[object] = [[[next(each) for _ in shell] for shell in solid] for solid in shape.solids]
    return solids[0] if kind == "Solid" else solids  # type: ignore[return-value]
