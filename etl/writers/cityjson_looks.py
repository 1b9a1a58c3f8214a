"""Semantics and appearance of CityJSON geometries, from what is stored for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from cim.etl.writers.cityjson_boundaries import nested

KINDS = (
    None,
    "GroundSurface",
    "WallSurface",
    "RoofSurface",
    "ClosureSurface",
    "OuterCeilingSurface",
    "OuterFloorSurface",
    "Window",
    "Door",
)
"""Surface types by their codes in `building_lod.surface`."""


def semantics(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the semantics of a geometry; None where it has none."""
    if row["surface"] is None:
        return None
    if row["semantics"] is not None:
        records, index = row["semantics"], row["semantic"]
    else:
        used = sorted({code for code in row["surface"] if 0 < code < len(KINDS)})
        records = [{"type": KINDS[code]} for code in used]
        index = [used.index(code) if code in used else -1 for code in row["surface"]]
    values = [None if at < 0 else at for at in index]
    return {"surfaces": records, "values": nested(row["geometry_type"], values, row["shell"], row["solid"])}


class Library:
    """Materials, textures and texture coordinates of one feature."""

    def __init__(self) -> None:
        self.materials: list[Any] = []
        self.textures: list[Any] = []
        self.coordinates: list[Any] = []
        self._places: dict[tuple[str, bytes, int], int] = {}

    def appearance(self) -> dict[str, Any] | None:
        """Return the feature's appearance; None where nothing has one."""
        parts = {"materials": self.materials, "textures": self.textures, "vertices-texture": self.coordinates}
        return {name: part for name, part in parts.items() if part} or None

    def dress(self, row: Mapping[str, Any], geometry: dict[str, Any]) -> None:
        """Give a geometry its materials and textures, numbered into this library."""
        told = row["appearance"] or {}
        if "material" in told:
            numbers = self._numbers("materials", self.materials, told["materials"])
            geometry["material"] = {
                theme: _material(row, values, numbers) for theme, values in told["material"].items()
            }
        if "texture" in told:
            numbers = self._numbers("textures", self.textures, told["textures"])
            geometry["texture"] = {theme: self._texture(row, part, numbers) for theme, part in told["texture"].items()}

    def _numbers(self, name: str, records: list[Any], used: Sequence[Any]) -> list[int]:
        """Return the places of records in the library; equal ones of one geometry stay two, as they were."""
        seen: Counter[bytes] = Counter()
        out = []
        for record in used:
            text = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
            out.append(self._placed(name, records, record, text, seen[text]))
            seen[text] += 1
        return out

    def _placed(self, name: str, records: list[Any], record: Any, text: bytes, copy: int) -> int:
        """Return the place of a record, a new one where it was not met."""
        place = self._places.setdefault((name, text, copy), len(records))
        if place == len(records):
            records.append(record)
        return place

    def _texture(self, row: Mapping[str, Any], part: Mapping[str, Any], numbers: Sequence[int]) -> dict[str, Any]:
        """Return the texture values of one theme."""
        values = [
            [self._ring(None if image < 0 else numbers[image], ring) for ring in rings]
            for image, rings in zip(part["image"], part["uv"], strict=True)
        ]
        return {"values": nested(row["geometry_type"], values, row["shell"], row["solid"])}

    def _ring(self, image: int | None, ring: Sequence[Any]) -> list[int | None]:
        """Return the image and the texture coordinates of a ring."""
        if image is None:
            return [None]
        places = [self._placed("uv", self.coordinates, uv, orjson.dumps(uv), 0) for uv in ring]
        return [image, *places]


def _material(row: Mapping[str, Any], values: Sequence[int], numbers: Sequence[int]) -> dict[str, Any]:
    """Return the material values of one theme."""
    placed = [None if at < 0 else numbers[at] for at in values]
    if len(set(placed)) == 1 and placed[0] is not None:
        return {"value": placed[0]}
    return {"values": nested(row["geometry_type"], placed, row["shell"], row["solid"])}
