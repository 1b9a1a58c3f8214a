"""Nodes and devices of pipe networks as small shapes: wells up to the ground, valves, hydrants, joints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim.layers.tiles3d.mesh import Flags, Floats, Ints, Mesh, joined
from cim.layers.tiles3d.shapes import ball, box, cylinder, lying, placed, turned_shape

# Palette of a network's tiles.
PIPE, DARK, CONCRETE, IRON, RED = range(5)

# Radii of shapes whose size no survey gives, metres: the clear width of a common manhole (GB 50014: 0.7 m) and wall.
_WELL_RADIUS_M, _GULLY_RADIUS_M = 0.45, 0.3
_SMALLEST_M = 0.08


def palette(rgb: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return the colours of a network's tiles: pipe, inside of an end, well, iron, red."""
    colour = np.array(rgb, np.float64)
    concrete = np.array([176, 172, 166])
    # Wells carry a breath of their network's colour.
    shades = [colour, colour * 0.45, concrete * 0.7 + colour * 0.3, np.array([70, 72, 76]), np.array([200, 40, 32])]
    shown: NDArray[np.uint8] = np.rint(np.array(shades)).astype(np.uint8)
    return shown


@dataclass(frozen=True)
class Fittings:
    """Nodes and devices, and what pipes come to each."""

    feature: Ints
    """(N,) feature number in the tile."""
    kind: NDArray[np.object_]
    """(N,) kind of node or device."""
    point: Floats
    """(N, 3) place; the height is that of the pipe's axis, metres."""
    ground_m: Floats
    """(N,) ground level, NaN where unknown."""
    bottom_m: Floats
    """(N,) lowest point of a well, NaN where unknown."""
    width_m: Floats
    """(N,) diameter of the widest pipe there, 0 where there is none."""
    heading: Floats
    """(N, 2) level direction of that pipe."""
    joint: Flags
    """(N,) whether pipes meet there without closing on one another."""


def fitting_mesh(fittings: Fittings) -> Mesh:
    """Mesh of all fittings; those that show nothing beside the pipe itself have no face."""
    radius = np.maximum(fittings.width_m / 2, _SMALLEST_M / 2)
    covered = np.zeros(len(fittings.feature), np.bool_)
    meshes: list[Mesh] = []
    for kinds, draw in _SHAPES.items():
        here = np.isin(fittings.kind, kinds)
        if draw in (_wells, _gullies, _hydrants):
            # Without a ground level nothing says how high it stands.
            here &= ~np.isnan(fittings.ground_m)
        if here.any():
            meshes += draw(_part(fittings, here), radius[here])
            covered |= here
    joints = (fittings.joint | np.isin(fittings.kind, _NEVER_BARE)) & ~covered
    if joints.any():
        meshes += _balls(_part(fittings, joints), 1.06 * radius[joints])
    return joined(meshes)


def _part(fittings: Fittings, kept: Flags) -> Fittings:
    return Fittings(
        fittings.feature[kept],
        fittings.kind[kept],
        fittings.point[kept],
        fittings.ground_m[kept],
        fittings.bottom_m[kept],
        fittings.width_m[kept],
        fittings.heading[kept],
        fittings.joint[kept],
    )


def _upright(fittings: Fittings, shapes: list[Mesh], radius: Floats, bottom: Floats, top: Floats) -> list[Mesh]:
    """Shapes of height 1 stretched between two levels."""
    origin = np.column_stack([fittings.point[:, :2], bottom])
    scale = np.column_stack([radius, radius, np.maximum(top - bottom, 0.05)])
    return [placed(shape, origin, scale, fittings.heading, fittings.feature) for shape in shapes]


def _about(fittings: Fittings, shapes: list[Mesh], radius: Floats) -> list[Mesh]:
    """Shapes around the pipe's axis, as large as a radius."""
    scale = np.repeat(radius[:, None], 3, axis=1)
    return [placed(shape, fittings.point, scale, fittings.heading, fittings.feature) for shape in shapes]


def _wells(fittings: Fittings, radius: Floats) -> list[Mesh]:
    lowest = np.fmin(fittings.bottom_m, fittings.point[:, 2])
    wide = np.maximum(_WELL_RADIUS_M, radius * 1.15)
    cover = fittings.ground_m + 0.02
    shaft = cylinder(16, colour=CONCRETE)
    lid = cylinder(16, colour=IRON)
    return [
        *_upright(fittings, shaft, wide, lowest, fittings.ground_m),
        *_upright(fittings, lid, np.full(len(wide), 0.36), cover - 0.06, cover),
    ]


def _gullies(fittings: Fittings, radius: Floats) -> list[Mesh]:
    lowest = np.fmin(fittings.bottom_m, fittings.point[:, 2])
    wide = np.maximum(_GULLY_RADIUS_M, radius * 1.15)
    return _upright(fittings, [*box(CONCRETE)[:1], *box(IRON)[1:]], wide, lowest, fittings.ground_m)


def _hydrants(fittings: Fittings, radius: Floats) -> list[Mesh]:
    riser = [turned_shape([(1, 0), (1, 1)], 8, colour=PIPE)]
    thick = np.clip(radius, 0.05, 0.1)
    body = turned_shape(
        [(1, 0), (1, 0.55), (1.5, 0.58), (1.5, 0.72), (1, 0.75), (1, 0.85), (0.5, 0.96), (0, 1)], 10, colour=RED
    )
    return [
        *_upright(fittings, riser, thick, fittings.point[:, 2], fittings.ground_m),
        *_upright(fittings, [body], thick * 1.3, fittings.ground_m, fittings.ground_m + 0.8),
    ]


def _valves(fittings: Fittings, radius: Floats) -> list[Mesh]:
    """Two cones point to point along the pipe, as on every drawing, with stem and wheel."""
    cones = [lying(turned_shape([(0, -2.4), (2.0, -2.4), (0, -0.01)], 10, colour=IRON))]
    cones.append(lying(turned_shape([(0, 0.01), (2.0, 2.4), (0, 2.4)], 10, colour=IRON)))
    stem = turned_shape([(0.3, 0), (0.3, 3.2)], 6, colour=IRON)
    wheel = turned_shape([(0, 3.1), (1.3, 3.1), (1.3, 3.4), (0, 3.4)], 12, colour=RED)
    return _about(fittings, [*cones, stem, wheel], radius)


def _meters(fittings: Fittings, radius: Floats) -> list[Mesh]:
    drum = turned_shape([(0, -1.3), (1.7, -1.3), (1.7, 1.5), (0, 1.5)], 12, colour=IRON)
    face = turned_shape([(1.4, 1.5), (1.4, 1.7), (0, 1.7)], 12, colour=CONCRETE)
    return _about(fittings, [drum, face], radius)


def _pumps(fittings: Fittings, radius: Floats) -> list[Mesh]:
    motor = lying(turned_shape([(0, -2), (1.8, -2), (1.8, 2), (0, 2)], 14, colour=IRON))
    casing = lying(turned_shape([(0, -0.4), (2.6, -0.4), (2.6, 0.4), (0, 0.4)], 14, colour=PIPE))
    return _about(fittings, [motor, casing], radius)


def _stations(fittings: Fittings, radius: Floats) -> list[Mesh]:
    """Cabinets: half a metre each way at the least, resting on the pipe's axis."""
    return _about(fittings, box(IRON), np.maximum(radius * 2.5, 0.35))


def _sources(fittings: Fittings, radius: Floats) -> list[Mesh]:
    drum = turned_shape([(0, -0.6), (1, -0.6), (1, 0.6), (0, 0.6)], 20, colour=PIPE)
    return _about(fittings, [drum], np.maximum(radius * 3, 1.0))


def _balls(fittings: Fittings, radius: Floats) -> list[Mesh]:
    return _about(fittings, [ball(PIPE)], radius)


_NEVER_BARE = ("reducer", "cap", "outfall")

_SHAPES: dict[tuple[str, ...], Callable[[Fittings, Floats], list[Mesh]]] = {
    ("manhole", "well", "handhole", "inspection_well"): _wells,
    ("gully",): _gullies,
    ("hydrant",): _hydrants,
    ("valve", "air_valve", "drain_valve", "check_valve"): _valves,
    ("meter",): _meters,
    ("pump",): _pumps,
    ("regulator", "transformer", "cabinet", "pump_station"): _stations,
    ("source", "tank", "reservoir"): _sources,
}
"""How each kind is drawn; any other shows as a ball where pipes do not close on one another."""
