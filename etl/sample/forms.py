"""Topology of building solids: which corners make which wall and roof, the same for all of a form.

A form knows no size. Its corners stand in layers (ring at the ground, at the eaves, at the parapet, …); faces
list corners counter-clockwise as seen from outside, so every solid is closed and faces outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Ring = tuple[int, ...]
Face = tuple[str, tuple[Ring, ...]]
"""Kind of surface, then its outer ring and holes as indices of corners."""

GROUND, WALL, ROOF, FLOOR = "GroundSurface", "WallSurface", "RoofSurface", "ClosureSurface"


@dataclass(frozen=True)
class Form:
    """Topology of one kind of solid."""

    layers: tuple[str, ...]
    """Layers of corners, in order: what `solids.corners` must provide."""
    sizes: tuple[int, ...]
    """Corners in each layer."""
    block: tuple[Face, ...]
    """Faces at LoD1.2: walls up to one height."""
    roofed: tuple[Face, ...]
    """Faces at LoD2.2."""

    @property
    def count(self) -> int:
        """Corners in all."""
        return sum(self.sizes)


def _walls(low: Ring, high: Ring) -> list[Face]:
    """Return walls between two rings, facing outwards."""
    n = len(low)
    return [(WALL, ((low[i], low[(i + 1) % n], high[(i + 1) % n], high[i]),)) for i in range(n)]


def _inner_walls(low: Ring, high: Ring) -> list[Face]:
    """Return the inner sides of a parapet, facing the roof."""
    n = len(low)
    return [(WALL, ((low[(i + 1) % n], low[i], high[i], high[(i + 1) % n]),)) for i in range(n)]


def _hole(ring: Ring) -> Ring:
    return tuple(reversed(ring))


@cache
def form(roof: str, corners: int, *, standing: bool = True) -> Form:
    """Return the topology of a building.

    Parameters
    ----------
    roof
        flat, parapet, core, parapet_core, gabled, hipped or shed; the last three need four corners.
    corners
        Corners of the ground plan.
    standing
        Whether it stands on the ground; a tower on a podium has a closure surface below instead.
    """
    names = _LAYERS[roof]
    sizes = tuple({"core_low": 4, "core_high": 4, "ridge": 2}.get(name, corners) for name in names)
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    ring = {name: tuple(range(start, start + size)) for name, start, size in zip(names, starts, sizes, strict=True)}
    below: Face = (GROUND if standing else FLOOR, (_hole(ring["base"]),))
    block = (below, *_walls(ring["base"], ring["top"]), (ROOF, (ring["top"],)))
    return Form(names, sizes, block, (below, *_ROOFS[roof](ring)))


def _flat(ring: dict[str, Ring]) -> list[Face]:
    return [*_walls(ring["base"], ring["top"]), (ROOF, (ring["top"],))]


def _core(ring: dict[str, Ring]) -> list[Face]:
    return [*_walls(ring["base"], ring["top"]), *_core_on(ring["top"], ring)]


def _core_on(roof: Ring, ring: dict[str, Ring]) -> list[Face]:
    low, high = ring["core_low"], ring["core_high"]
    return [(ROOF, (roof, _hole(low))), *_walls(low, high), (ROOF, (high,))]


def _parapet(ring: dict[str, Ring]) -> list[Face]:
    return [*_parapet_walls(ring), (ROOF, (ring["inner_low"],))]


def _parapet_core(ring: dict[str, Ring]) -> list[Face]:
    return [*_parapet_walls(ring), *_core_on(ring["inner_low"], ring)]


def _parapet_walls(ring: dict[str, Ring]) -> list[Face]:
    outer, inner, low = ring["parapet"], ring["inner"], ring["inner_low"]
    return [*_walls(ring["base"], outer), (ROOF, (outer, _hole(inner))), *_inner_walls(low, inner)]


def _gabled(ring: dict[str, Ring]) -> list[Face]:
    a, b, c, d = ring["base"]
    e, f, g, h = ring["eaves"]
    west, east = ring["ridge"]
    return [
        (WALL, ((a, b, f, e),)),
        (WALL, ((c, d, h, g),)),
        (WALL, ((b, c, g, east, f),)),
        (WALL, ((d, a, e, west, h),)),
        (ROOF, ((e, f, east, west),)),
        (ROOF, ((g, h, west, east),)),
    ]


def _hipped(ring: dict[str, Ring]) -> list[Face]:
    e, f, g, h = ring["eaves"]
    west, east = ring["ridge"]
    roofs: list[Face] = [
        (ROOF, ((e, f, east, west),)),
        (ROOF, ((g, h, west, east),)),
        (ROOF, ((f, g, east),)),
        (ROOF, ((h, e, west),)),
    ]
    return [*_walls(ring["base"], ring["eaves"]), *roofs]


def _shed(ring: dict[str, Ring]) -> list[Face]:
    return [*_walls(ring["base"], ring["eaves"]), (ROOF, (ring["eaves"],))]


_LAYERS: dict[str, tuple[str, ...]] = {
    "flat": ("base", "top"),
    "core": ("base", "top", "core_low", "core_high"),
    "parapet": ("base", "top", "parapet", "inner", "inner_low"),
    "parapet_core": ("base", "top", "parapet", "inner", "inner_low", "core_low", "core_high"),
    "gabled": ("base", "top", "eaves", "ridge"),
    "hipped": ("base", "top", "eaves", "ridge"),
    "shed": ("base", "top", "eaves"),
}
_ROOFS = {
    "flat": _flat,
    "core": _core,
    "parapet": _parapet,
    "parapet_core": _parapet_core,
    "gabled": _gabled,
    "hipped": _hipped,
    "shed": _shed,
}
