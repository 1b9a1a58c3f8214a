"""Materials and textures of a geometry, made to stand on their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from cim.etl.readers.cityjson_pieces import Piece
from cim.etl.readers.cityjson_polygons import Bools
from cim.etl.readers.cityjson_semantics import surface_index


def appearance(piece: Piece, library: Mapping[str, Any], kept: Bools) -> dict[str, Any] | None:
    """Return what a geometry looks like, or None where the file says nothing.

    Parameters
    ----------
    piece
        The geometry.
    library
        Appearance of the document or the feature: materials, textures, vertices-texture.
    kept
        Mask over the geometry's polygons in the file: False where one was dropped.

    Returns
    -------
    dict
        ``materials`` and ``textures``: the records used. ``material``: for each theme the record of each polygon
        (-1 none). ``texture``: for each theme ``image``, the record of each polygon (-1 none), and ``uv``, for each
        polygon its rings of texture coordinates. ``instance``: template, matrix and place of a GeometryInstance.

    Raises
    ------
    TypeError, ValueError, KeyError, IndexError
        The parts do not fit one another.
    """
    out: dict[str, Any] = {}
    if piece.instance is not None:
        out["instance"] = {name: piece.instance[name] for name in ("template", "transformationMatrix")}
    if piece.body.get("material"):
        out |= _materials(piece, library.get("materials") or (), kept)
    if piece.body.get("texture"):
        out |= _textures(piece, library, kept)
    return out or None


def _materials(piece: Piece, records: Sequence[Any], kept: Bools) -> dict[str, Any]:
    """Return the material of each polygon, by theme."""
    used: dict[int, int] = {}
    themes = {}
    for theme, part in sorted(piece.body["material"].items()):
        if "value" in part:
            numbers = [part["value"]] * len(kept)
        else:
            numbers = surface_index(piece.kind, piece.body["boundaries"], part["values"])
        left = [number for number, stays in zip(numbers, kept.tolist(), strict=True) if stays]
        themes[theme] = [_numbered(used, number) for number in left]
    return {"material": themes, "materials": [records[number] for number in used]}


def _textures(piece: Piece, library: Mapping[str, Any], kept: Bools) -> dict[str, Any]:
    """Return image and texture coordinates of each polygon, by theme."""
    records = library.get("textures") or ()
    coordinates = library.get("vertices-texture") or ()
    used: dict[int, int] = {}
    themes = {}
    for theme, part in sorted(piece.body["texture"].items()):
        polygons = _opened(piece.kind, part["values"])
        left = [rings for rings, stays in zip(polygons, kept.tolist(), strict=True) if stays]
        images = [ring[0] if (ring := (rings or [[None]])[0]) else None for rings in left]
        uv = [
            [[coordinates[at] for at in ring[1:]] if ring and ring[0] is not None else [] for ring in rings or []]
            for rings in left
        ]
        themes[theme] = {"image": [_numbered(used, -1 if image is None else image) for image in images], "uv": uv}
    return {"texture": themes, "textures": [records[number] for number in used]}


def _opened(kind: str, values: Any) -> list[Any]:
    """Return the texture values of each polygon."""
    depth = {"Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}.get(kind, 0)
    for _ in range(depth):
        values = chain.from_iterable(values)
    return list(values)


def _numbered(used: dict[int, int], number: int | None) -> int:
    """Return the place of a record among those used, -1 for none."""
    if number is None or number < 0:
        return -1
    return used.setdefault(number, len(used))
