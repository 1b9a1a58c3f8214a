"""Bridges and water as CityJSON objects: what else stands in the 3D view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson

from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.roads import StreetRecords
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.streets import Streets, chain
from cim.etl.sample.territory import stream_course
from cim.etl.sample.valley import HALF_RIVER_M

_DECK_M = 1.4
_PIER_EVERY_M = 50.0
_PYLON_M = 48.0
_BEYOND_M = 420.0

Faces = list[list[list[int]]]


def object_lines(
    relief: Relief, streets: Streets, records: StreetRecords, origin: tuple[int, int, int]
) -> Iterator[bytes]:
    """Yield CityJSON features: the bridges and the waters of a district."""
    shift = np.array(origin, dtype=float)
    for edge in np.flatnonzero(streets.edges.kind == "bridge"):
        yield _bridge(relief, streets, records, int(edge), shift)
    yield _water(relief, streets, shift)


def _feature(key: str, objects: dict[str, dict[str, Any]], points: Floats, shift: Floats) -> bytes:
    vertices = np.round((points - shift) * 1000.0).astype(np.int64).tolist()
    return orjson.dumps({"type": "CityJSONFeature", "id": key, "CityObjects": objects, "vertices": vertices})


def _bridge(relief: Relief, streets: Streets, records: StreetRecords, edge: int, shift: Floats) -> bytes:
    """Return a bridge: its deck, and piers and pylons as parts."""
    xyz, begins = chain(streets.nodes.xyz, streets.points.xyz, streets.edges)
    way = xyz[begins[edge] : begins[edge + 1]]
    key = f"QL{streets.district.number:03d}{edge:05d}"
    great = bool(streets.edges.side[edge] == 0)
    half = SECTIONS[str(streets.edges.road_class[edge])].half_m * (0.85 if great else 0.95)
    points, faces = _deck(way, half)
    objects: dict[str, dict[str, Any]] = {
        key: {
            "type": "Bridge", "children": [],
            "attributes": {"name": str(records.name[edge]), "class": "road bridge",
                           "yearOfConstruction": 2009 if great else int(records.built_year[edge]), "synthetic": True},
            "geometry": [{"type": "Solid", "lod": "2", "boundaries": [faces]}],
        }
    }  # fmt: skip
    parts = [points]
    for index, box in enumerate(_supports(relief, way, half, great)):
        offset = sum(map(len, parts))
        parts.append(box)
        part = f"{key}-{index + 1}"
        objects[key]["children"].append(part)
        boundary = [[[offset + n for n in ring] for ring in face] for face in _BOX]
        objects[part] = {
            "type": "BridgeConstructiveElement", "parents": [key], "attributes": {"class": "pier"},
            "geometry": [{"type": "Solid", "lod": "2", "boundaries": [boundary]}],
        }  # fmt: skip
    if not objects[key]["children"]:
        del objects[key]["children"]
    return _feature(key, objects, np.concatenate(parts), shift)


def _square(way: Floats) -> Floats:
    """Return the unit vector to the left of the way at each of its points."""
    ahead = np.gradient(way[:, :2], axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    return np.column_stack([-ahead[:, 1], ahead[:, 0]])


def _deck(way: Floats, half: float) -> tuple[Floats, Faces]:
    """Return the corners and faces of a deck: a ribbon with a thickness, its top and bottom in triangles."""
    side, n = _square(way) * half, len(way)
    layers = []
    for drop in (0.0, _DECK_M):
        for sign in (1.0, -1.0):
            layers.append(np.column_stack([way[:, :2] + sign * side, way[:, 2] - drop]))
    left, right, low_left, low_right = (index * n for index in range(4))
    faces: Faces = []
    for i in range(n - 1):
        faces += [[[left + i, right + i, right + i + 1]], [[left + i, right + i + 1, left + i + 1]]]
        faces += [
            [[low_left + i, low_right + i + 1, low_right + i]],
            [[low_left + i, low_left + i + 1, low_right + i + 1]],
        ]
        faces += [[[right + i, low_right + i, low_right + i + 1, right + i + 1]]]
        faces += [[[left + i + 1, low_left + i + 1, low_left + i, left + i]]]
    e = n - 1
    faces += [[[left, low_left, low_right, right]], [[right + e, low_right + e, low_left + e, left + e]]]
    return np.concatenate(layers), faces


_BOX = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]


def _box(middle: Floats, ahead: Floats, size: tuple[float, float], low: float, high: float) -> Floats:
    side = np.array([-ahead[1], ahead[0]])
    along, across = ahead * size[0] / 2, side * size[1] / 2
    ring = np.array(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )
    return np.concatenate([np.column_stack([ring, np.full(4, z)]) for z in (low, high)])


def _supports(relief: Relief, way: Floats, half: float, great: bool) -> Iterator[Floats]:
    """Yield the corners of piers, and of two pairs of pylons on the great bridge."""
    place = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way[:, :2], axis=0).T))])
    side, count = _square(way), max(int(place[-1] // _PIER_EVERY_M), 1)
    at = place[-1] * np.arange(1, count) / count
    centre = np.column_stack([np.interp(at, place, way[:, axis]) for axis in range(3)])
    ground = relief.height_at(centre[:, 0], centre[:, 1]) if count > 1 else np.empty(0)
    for middle, low in zip(centre, ground, strict=True):
        left = side[np.argmin(np.hypot(*(way[:, :2] - middle[:2]).T))]
        ahead = np.array([left[1], -left[0]])
        if middle[2] - _DECK_M - low > 3.0:
            yield _box(middle[:2], ahead, (2.6, half * 1.1), low - 2.0, middle[2] - _DECK_M)
    if great:
        yield from _pylons(way, place, side, half)


def _pylons(way: Floats, place: Floats, side: Floats, half: float) -> Iterator[Floats]:
    for share in (0.33, 0.67):
        index = int(np.argmin(np.abs(place - share * place[-1])))
        ahead = np.array([side[index, 1], -side[index, 0]])
        for sign in (1.0, -1.0):
            middle = way[index, :2] + sign * (half + 1.6) * side[index]
            yield _box(middle, ahead, (4.0, 2.8), way[index, 2] - 18.0, way[index, 2] + _PYLON_M)


def _water(relief: Relief, streets: Streets, shift: Floats) -> bytes:
    """Return the water surface of both rivers, in strips along the current."""
    valley, district = streets.valley, streets.district
    # Beyond the outermost districts the river flows on to the edge of the terrain.
    start = district.column * valley.length_m - (0.0 if district.column else _BEYOND_M)
    end = (district.column + 1) * valley.length_m + (_BEYOND_M if district.owns_right else 0.0)
    u = np.linspace(start, end, 51)
    half = np.full(u.shape, HALF_RIVER_M - 0.5)
    main = _ribbon(relief, streets, (u, -half), (u, half), relief.water_level(u))
    c, left, right = stream_course(valley, district.column)
    middle = (left + right) / 2
    level = relief.stream_level(middle, c)
    tributary = _ribbon(relief, streets, (right, c), (left, c), level)
    points = np.concatenate([main, tributary])
    # The stream bends as it falls, so that four corners are not in one plane.
    faces = _strips(len(main) // 2, 0) + _triangles(_strips(len(tributary) // 2, len(main)))
    key = f"SX{district.number:03d}"
    semantics = {"surfaces": [{"type": "WaterSurface"}], "values": [0] * len(faces)}
    thing = {
        "type": "WaterBody", "attributes": {"name": "样江、样溪", "class": "river", "synthetic": True},
        "geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": faces, "semantics": semantics}],
    }  # fmt: skip
    return _feature(key, {key: thing}, points, shift)


def _ribbon(
    relief: Relief, streets: Streets, low: tuple[Floats, Floats], high: tuple[Floats, Floats], level: Floats
) -> Floats:
    rows = [np.column_stack([*relief.place(streets.valley, *side), level]) for side in (low, high)]
    return np.concatenate(rows)


def _strips(count: int, offset: int) -> Faces:
    index: Ints = np.arange(count - 1) + offset
    return [[[int(i), int(i + 1), int(i + 1 + count), int(i + count)]] for i in index]


def _triangles(fours: Faces) -> Faces:
    return [[[a, b, c]] for ((first, second, third, fourth),) in fours for a, b, c in
            ((first, second, third), (first, third, fourth))]  # fmt: skip
