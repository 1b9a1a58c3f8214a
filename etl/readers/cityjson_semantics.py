"""Semantic surfaces: which polygon is roof, wall, ground or window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from cim.etl.readers.cityjson_polygons import DEPTH, Ints

KINDS: Mapping[str, int] = {
    "GroundSurface": 1,
    "WallSurface": 2,
    "RoofSurface": 3,
    "ClosureSurface": 4,
    "OuterCeilingSurface": 5,
    "OuterFloorSurface": 6,
    "Window": 7,
    "Door": 8,
}
"""Codes of `building_lod.surface` for CityJSON's semantic surface types."""

UNKNOWN, GROUND, OTHER = 0, 1, 9


def surface_index(kind: str, boundaries: Any, values: Any) -> list[int]:
    """Return the semantic surface of each polygon, in the order of the polygons; -1 where it has none.

    Parameters
    ----------
    kind
        Geometry type.
    boundaries
        Its boundaries: a null in `values` stands for a whole surface, shell or solid of them.
    values
        Indices nested as the boundaries down to surfaces.
    """
    depth = DEPTH[kind] - 2
    flat = values
    try:
        for _ in range(depth - 1):
            flat = chain.from_iterable(flat)
        index = list(flat)
    except TypeError:
        index = list(_expanded(depth, boundaries, values))
    return [-1 if item is None else int(item) for item in index] if None in index else index


def _expanded(depth: int, boundaries: Any, values: Any) -> list[Any]:
    """Flatten values in which whole shells or solids are null."""
    if depth == 1:
        return [None] * len(boundaries) if values is None else list(values)
    inner = [None] * len(boundaries) if values is None else values
    return list(chain.from_iterable(_expanded(depth - 1, b, v) for b, v in zip(boundaries, inner, strict=True)))


def surface_kinds(surfaces: Sequence[Mapping[str, Any]], index: Ints) -> Ints:
    """Return the code of each polygon's kind.

    Raises
    ------
    IndexError
        An index points past the surfaces.
    """
    # The last place serves index -1: polygons without semantics.
    codes = [KINDS.get(surface["type"], OTHER) for surface in surfaces] + [UNKNOWN]
    if len(index) and (index.max() >= len(surfaces) or index.min() < -1):
        raise IndexError(int(index.max()))
    return np.asarray(codes, dtype=np.int64)[index]


def kinds_of_surfaces(parts: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[Ints, Ints, list[bool]]:
    """Return the codes of the surfaces of many geometries, each followed by that of no surface.

    Returns
    -------
    tuple
        (surfaces + geometries,) codes; (geometries,) surfaces of each; (geometries,) what `says_more` says.
    """
    codes: list[int] = []
    more: list[bool] = []
    for surfaces in parts:
        mine = [KINDS.get(surface["type"], OTHER) for surface in surfaces]
        more.append(OTHER in mine or max(map(len, surfaces), default=0) > 1)
        codes += mine
        codes.append(UNKNOWN)
    return np.array(codes, dtype=np.int64), np.fromiter(map(len, parts), np.int64, len(parts)), more


def says_more(surfaces: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the records hold more than the kinds that `surface_kinds` keeps."""
    return any(len(surface) > 1 or surface["type"] not in KINDS for surface in surfaces)
