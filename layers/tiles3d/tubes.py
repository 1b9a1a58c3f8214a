"""Pipes as tubes: sections swept along their axes, cut where two meet so that bends close without a gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.layers.tiles3d.mesh import Flags, Floats, Ints, Mesh, empty_mesh, joined

SHARPEST = -0.17
"""A joint turns by less than this (cosine of 100 degrees), or both pipes are cut square."""

_SHORTEST_M = 1e-3


@dataclass(frozen=True)
class Axes:
    """Axes of pipes and their outer sections."""

    point: Floats
    """(V, 3) corners of all axes, metres."""
    start: Ints
    """(S + 1,) first corner of each axis."""
    width_m: Floats
    """(S,) outer width; the diameter of a round pipe."""
    height_m: Floats
    """(S,) outer height; the diameter of a round pipe."""
    rectangular: Flags
    """(S,) channels and duct blocks."""
    before: Floats
    """(S, 3) unit direction of the pipe that leads into the start, NaN where none goes on from it."""
    after: Floats
    """(S, 3) unit direction of the pipe that leads on from the end, NaN where none does."""


@dataclass(frozen=True)
class Section:
    """Outline of a pipe of width and height 1, counter-clockwise seen along the axis."""

    point: Floats
    """(K, 2) right and up."""
    normal: Floats
    """(K, 2) outward."""
    edge: Ints
    """(E, 2) neighbouring points."""


def round_section(sides: int) -> Section:
    """Polygon with rounded shading; it holds the circle's area, so that few sides do not make a pipe thinner."""
    angle = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    radius = 0.5 * np.sqrt(2 * np.pi / sides / np.sin(2 * np.pi / sides))
    around = np.arange(sides)
    return Section(unit * radius, unit, np.column_stack([around, (around + 1) % sides]))


def square_section() -> Section:
    """Four flat sides, each with corners of its own."""
    corner = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    side = np.array([[0, -1], [1, 0], [0, 1], [-1, 0]])
    around = np.arange(4)
    both = np.column_stack([around, (around + 1) % 4]).ravel()
    return Section(corner[both], np.repeat(side, 2, axis=0).astype(np.float64), np.arange(8).reshape(4, 2))


def sides_by_size(width_m: Floats) -> Ints:
    """Return the number of sides (S,) with which a round pipe of some diameter looks round close by."""
    return np.array([6, 8, 12, 16])[np.searchsorted([0.15, 0.5, 1.2], width_m)]


def tubes(axes: Axes, sides: Ints, *, capped: bool) -> Mesh:
    """Mesh of pipes along their axes.

    Parameters
    ----------
    axes : Axes
        Axes and sections; a frame in metres whose third axis is up.
    sides : Ints
        (S,) sides of each round pipe; rectangular ones have four.
    capped : bool
        Close the ends that no pipe goes on from.
    """
    pieces = _pieces(axes)
    kinds = np.where(axes.rectangular, 0, sides)
    meshes = []
    for kind in np.unique(kinds[pieces.owner]):
        of_kind = _chosen(pieces, kinds[pieces.owner] == kind)
        section = round_section(int(kind)) if kind else square_section()
        size = np.column_stack([axes.width_m, axes.height_m])[of_kind.owner]
        meshes.append(_swept(of_kind, section, size, capped=capped))
    return joined(meshes) if meshes else empty_mesh()


def axis_lines(axes: Axes) -> Mesh:
    """Return the axes as lines: from afar a pixel is wider than any pipe."""
    inner = np.ones(len(axes.point), np.bool_)
    inner[axes.start[1:] - 1] = False
    first = np.flatnonzero(inner)
    owner = np.repeat(np.arange(len(axes.start) - 1), np.diff(axes.start))
    colour = np.zeros(len(owner), np.uint8)
    return Mesh(axes.point, np.empty((0, 3)), colour, owner, np.column_stack([first, first + 1]))


@dataclass(frozen=True)
class _Pieces:
    """Straight pieces between two corners of an axis."""

    start: Floats
    end: Floats
    along: Floats
    """Unit direction."""
    start_plane: Floats
    """Normal of the plane that cuts the start; `along` where it is cut square."""
    end_plane: Floats
    open_start: Flags
    """Whether no piece leads into the start."""
    open_end: Flags
    owner: Ints


def _chosen(pieces: _Pieces, kept: Flags) -> _Pieces:
    return _Pieces(
        pieces.start[kept],
        pieces.end[kept],
        pieces.along[kept],
        pieces.start_plane[kept],
        pieces.end_plane[kept],
        pieces.open_start[kept],
        pieces.open_end[kept],
        pieces.owner[kept],
    )


def _pieces(axes: Axes) -> _Pieces:
    owner = np.repeat(np.arange(len(axes.start) - 1), np.diff(axes.start))
    within = np.ones(len(owner), np.bool_)
    within[axes.start[1:] - 1] = False
    first = np.flatnonzero(within)
    vector = axes.point[first + 1] - axes.point[first]
    length = np.linalg.norm(vector, axis=1)
    kept = length > _SHORTEST_M
    first, owner = first[kept], owner[first][kept]
    along = vector[kept] / length[kept, None]
    same_before = np.concatenate([[False], owner[1:] == owner[:-1]]) if len(owner) else np.empty(0, np.bool_)
    same_after = np.concatenate([owner[1:] == owner[:-1], [False]]) if len(owner) else np.empty(0, np.bool_)
    before = np.where(same_before[:, None], np.roll(along, 1, axis=0), axes.before[owner])
    after = np.where(same_after[:, None], np.roll(along, -1, axis=0), axes.after[owner])
    start_plane, open_start = _cut_plane(along, before)
    end_plane, open_end = _cut_plane(along, after)
    return _Pieces(axes.point[first], axes.point[first + 1], along, start_plane, end_plane, open_start, open_end, owner)


def _cut_plane(along: Floats, neighbour: Floats) -> tuple[Floats, Flags]:
    """Return the normal of the mitre between a piece and its neighbour, and where there is none to speak of."""
    turn = np.einsum("ij,ij->i", along, neighbour)
    is_open = ~(turn > SHARPEST)
    half = np.where(is_open[:, None], along, along + neighbour)
    return half / np.linalg.norm(half, axis=1)[:, None], is_open


def _swept(pieces: _Pieces, section: Section, size: Floats, *, capped: bool) -> Mesh:
    """Sweep one section, scaled for each piece, along the pieces."""
    right, up = _cross_axes(pieces.along)
    width, height = size[:, None, :1], size[:, None, 1:]
    across, upward = section.point[None, :, :1], section.point[None, :, 1:]
    offset = right[:, None] * (across * width) + up[:, None] * (upward * height)
    normal = right[:, None] * section.normal[None, :, :1] + up[:, None] * section.normal[None, :, 1:]
    length = np.linalg.norm(pieces.end - pieces.start, axis=1)[:, None]
    at_start = pieces.start[:, None] + offset + _slide(offset, pieces, pieces.start_plane, length)
    at_end = pieces.end[:, None] + offset + _slide(offset, pieces, pieces.end_plane, length)
    count, points = len(pieces.owner), len(section.point)
    position = np.stack([at_start, at_end], axis=1).reshape(-1, 3)
    normals = np.repeat(normal[:, None], 2, axis=1).reshape(-1, 3)
    near, far = section.edge[:, 0], section.edge[:, 1]
    wall = np.concatenate(
        [np.stack([near, far + points, far], axis=1), np.stack([near, near + points, far + points], axis=1)]
    )
    indices = (np.arange(count)[:, None, None] * 2 * points + wall[None]).reshape(-1, 3)
    owner = np.repeat(pieces.owner, 2 * points)
    walls = Mesh(position, normals, np.zeros(len(position), np.uint8), owner, indices)
    if not capped:
        return walls
    open_start, open_end = pieces.open_start, pieces.open_end
    # Where sides are flat every corner stands twice, one point an edge is enough.
    at_start, at_end = at_start[:, section.edge[:, 0]], at_end[:, section.edge[:, 0]]
    return joined(
        [
            walls,
            _caps(at_start[open_start], -pieces.along[open_start], pieces.owner[open_start]),
            _caps(at_end[open_end][:, ::-1], pieces.along[open_end], pieces.owner[open_end]),
        ]
    )


def _cross_axes(along: Floats) -> tuple[Floats, Floats]:
    """Right and up across each direction: right is level, so that channels stand upright."""
    level = np.hypot(along[:, 0], along[:, 1])
    upright = level < 1e-6
    safe = np.where(upright, 1.0, level)
    right = np.column_stack([along[:, 1] / safe, -along[:, 0] / safe, np.zeros(len(along))])
    right[upright] = [1.0, 0.0, 0.0]
    return right, np.cross(right, along)


def _slide(offset: Floats, pieces: _Pieces, plane: Floats, length: Floats) -> Floats:
    """Way along the piece from each point of its square end to the plane that cuts it."""
    facing = np.einsum("ij,ij->i", pieces.along, plane)[:, None]
    way = -np.einsum("ijk,ik->ij", offset, plane) / facing
    # A piece shorter than its bend is wide would turn inside out.
    way = np.clip(way, -length / 2, length / 2)
    slid: Floats = way[:, :, None] * pieces.along[:, None]
    return slid


def _caps(rim: Floats, normal: Floats, owner: Ints) -> Mesh:
    """Flat ends around their rims (M, K, 3)."""
    count, points = rim.shape[:2]
    if not count:
        return empty_mesh()
    fan = np.column_stack([np.zeros(points - 2, np.int64), np.arange(1, points - 1), np.arange(2, points)])
    indices = (np.arange(count)[:, None, None] * points + fan[None]).reshape(-1, 3)
    dark = np.ones(count * points, np.uint8)
    return Mesh(rim.reshape(-1, 3), np.repeat(normal, points, axis=0), dark, np.repeat(owner, points), indices)
