"""Small recognisable shapes (cylinder, cone, box, ball), many placed at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cim.layers.tiles3d.mesh import Floats, Ints, Mesh


def turned_shape(profile: list[tuple[float, float]], sides: int, *, colour: int, smooth: bool = True) -> Mesh:
    """Mesh of an outline turned about the vertical axis.

    Parameters
    ----------
    profile : list of tuple of float
        Radius and height of each corner, from the lowest up on the outside; a radius of 0 closes it.
    sides : int
        Sides around.
    colour : int
        Index into the palette.
    smooth : bool
        Shade round; else each side is flat.
    """
    angle = (np.arange(sides + 1) + 0.5) * 2 * np.pi / sides
    around = np.column_stack([np.cos(angle), np.sin(angle)])
    middle = np.column_stack([np.cos(angle[:-1] + np.pi / sides), np.sin(angle[:-1] + np.pi / sides)])
    near, far = around[:-1], around[1:]
    near_normal, far_normal = (near, far) if smooth else (middle, middle)
    position, normal = [], []
    for (low_r, low_z), (high_r, high_z) in pairwise(profile):
        slope = np.array([high_z - low_z, low_r - high_r])
        out, rise = slope / np.linalg.norm(slope)
        for plan, radius, height, facing in (
            (near, low_r, low_z, near_normal),
            (far, low_r, low_z, far_normal),
            (far, high_r, high_z, far_normal),
            (near, high_r, high_z, near_normal),
        ):
            position.append(np.column_stack([plan * radius, np.full(sides, height)]))
            normal.append(np.column_stack([facing * out, np.full(sides, rise)]))
    corners = np.concatenate(position)
    first = (np.arange(len(profile) - 1)[:, None] * 4 * sides + np.arange(sides)).ravel()
    quads = np.concatenate(
        [
            np.stack([first, first + sides, first + 2 * sides], axis=1),
            np.stack([first, first + 2 * sides, first + 3 * sides], axis=1),
        ]
    )
    a, b, c = (corners[quads[:, column]] for column in range(3))
    solid = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-9
    plain = np.full(len(corners), colour, np.uint8)
    return Mesh(corners, np.concatenate(normal), plain, np.zeros(len(corners), np.int64), quads[solid])


def cylinder(sides: int, *, colour: int, lid: int | None = None, smooth: bool = True) -> list[Mesh]:
    """Cylinder of radius 1 from height 0 to 1, with a lid of its own colour, open below."""
    wall = turned_shape([(1, 0), (1, 1)], sides, colour=colour, smooth=smooth)
    top = turned_shape([(1, 1), (0, 1)], sides, colour=colour if lid is None else lid)
    return [wall, top]


def ball(colour: int) -> Mesh:
    """Sphere of radius 1 about the origin, of 8 sides and 6 bands."""
    bands = np.linspace(-np.pi / 2, np.pi / 2, 7)
    sphere = turned_shape([(float(np.cos(b)), float(np.sin(b))) for b in bands], 8, colour=colour)
    return Mesh(
        sphere.position,
        sphere.position / np.maximum(np.linalg.norm(sphere.position, axis=1), 1e-9)[:, None],
        sphere.colour,
        sphere.feature,
        sphere.indices,
    )


def box(colour: int) -> list[Mesh]:
    """Box of side 2 in plan about the origin, from height 0 to 1, open below."""
    diagonal = float(np.sqrt(2))
    wall = turned_shape([(diagonal, 0), (diagonal, 1)], 4, colour=colour, smooth=False)
    return [wall, turned_shape([(diagonal, 1), (0, 1)], 4, colour=colour)]


def lying(shape: Mesh) -> Mesh:
    """Shape whose vertical axis is laid along the first one."""
    return Mesh(shape.position[:, [2, 0, 1]], shape.normal[:, [2, 0, 1]], shape.colour, shape.feature, shape.indices)


def placed(shape: Mesh, origin: Floats, scale: Floats, heading: Floats, features: Ints) -> Mesh:
    """Return copies of a shape.

    Parameters
    ----------
    shape : Mesh
        What is copied.
    origin : Floats
        (N, 3) where its origin goes, metres.
    scale : Floats
        (N, 3) stretch along its three axes.
    heading : Floats
        (N, 2) level direction that its first axis is turned to; any length but 0.
    features : Ints
        (N,) feature of each copy.
    """
    ahead = heading / np.linalg.norm(heading, axis=1)[:, None]
    count, points = len(origin), len(shape.position)
    position = _turned(shape.position[None] * scale[:, None], ahead) + origin[:, None]
    normal = _turned(shape.normal[None] / scale[:, None], ahead)
    normal /= np.linalg.norm(normal, axis=2)[:, :, None]
    indices = (np.arange(count)[:, None, None] * points + shape.indices[None]).reshape(-1, 3)
    return Mesh(
        position.reshape(-1, 3),
        normal.reshape(-1, 3),
        np.tile(shape.colour, count),
        np.repeat(features, points),
        indices,
    )


def _turned(vectors: Floats, ahead: Floats) -> Floats:
    """Vectors (N, P, 3) turned about the vertical so that the first axis points ahead (N, 2)."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    cosine, sine = ahead[:, :1], ahead[:, 1:]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine, z], axis=2)
