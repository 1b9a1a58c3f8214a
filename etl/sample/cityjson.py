"""Writing buildings and other solids as CityJSON 2.0 text sequences (CityJSONSeq), many at a time.

The boundaries of a form are the same text for every building, so they are written once and reused;
only attributes and corners differ from line to line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import orjson
import pandas as pd

from cim.etl.sample.buildings import Buildings
from cim.etl.sample.forms import Face, form
from cim.etl.sample.plans import PLANS
from cim.etl.sample.randomness import Ints
from cim.etl.sample.solids import Boxes, corners

SCALE = 0.001
"""Metres of one unit of the stored integers."""


@dataclass(frozen=True)
class Part:
    """One solid of a building: its form and its corners."""

    plan: str
    """Ground plan."""
    roof: str
    """Kind of roof."""
    standing: bool
    """Whether it stands on the ground."""
    corners: list[list[int]]
    """Corners as offsets from the file's origin, millimetres."""


def header(title: str, origin: tuple[int, int, int]) -> bytes:
    """Return the first line of a sequence: version, transform and title; the CRS stands in city.toml."""
    return orjson.dumps(
        {
            "type": "CityJSON",
            "version": "2.0",
            "transform": {"scale": [SCALE] * 3, "translate": [float(value) for value in origin]},
            "metadata": {"title": title},
            "CityObjects": {},
            "vertices": [],
        }
    )


@cache
def geometries(plan: str, roof: str, standing: bool, offset: int, with_plan: bool) -> bytes:
    """Return the JSON text of the geometries of a form whose corners begin at an offset."""
    shape = form(roof, len(PLANS[plan].ring), standing=standing)
    found = [_solid("1.2", shape.block, offset), _solid("2.2", shape.roofed, offset)]
    if with_plan:
        ring = [offset + index for index in range(shape.sizes[0])]
        found.insert(0, {"type": "MultiSurface", "lod": "0", "boundaries": [[ring]]})
    return orjson.dumps(found)


def _solid(lod: str, faces: Sequence[Face], offset: int) -> dict[str, Any]:
    kinds = sorted({kind for kind, _ in faces})
    return {
        "type": "Solid",
        "lod": lod,
        "boundaries": [[[[offset + index for index in ring] for ring in rings] for _, rings in faces]],
        "semantics": {
            "surfaces": [{"type": kind} for kind in kinds],
            "values": [[kinds.index(kind) for kind, _ in faces]],
        },
    }


def building_lines(buildings: Buildings, origin: tuple[int, int, int]) -> Iterator[bytes]:
    """Yield the line of each building, in their order."""
    shift = np.array(origin, dtype=np.int64) * 1000
    towers = _parts(buildings.frame, shift, podium=False)
    podiums = _parts(buildings.frame, shift, podium=True)
    for index, row in enumerate(buildings.frame.to_dict("records")):
        record = {str(name): value for name, value in row.items()}
        podium = podiums.get(index)
        yield _line(record, towers[index]) if podium is None else _podium_line(record, podium, towers[index])


def _parts(frame: pd.DataFrame, shift: Ints, *, podium: bool) -> dict[int, Part]:
    """Return the solid of each building, made form by form."""
    parts: dict[int, Part] = {}
    chosen = frame[frame["podium_storeys"] > 0] if podium else frame
    if podium:
        chosen = chosen.assign(
            plan="rect", roof="parapet", length=chosen["podium_length"], width=chosen["podium_width"],
            top=chosen["podium_top"],
        )  # fmt: skip
    else:
        on_podium = chosen["podium_storeys"] > 0
        chosen = chosen.assign(base=chosen["base"].where(~on_podium, chosen["podium_top"]), standing=~on_podium)
    for (plan, roof), group in chosen.groupby(["plan", "roof"], sort=True):
        boxes = Boxes(*(group[name].to_numpy(float) for name in ("x", "y", "angle", "length", "width", "base", "top")))
        found = (corners(str(plan), str(roof), boxes) - shift).tolist()
        standing = [True] * len(group) if podium else group["standing"].tolist()
        for index, on_ground, points in zip(group.index, standing, found, strict=True):
            parts[int(index)] = Part(str(plan), str(roof), bool(on_ground), points)
    return parts


def attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the register says of a building, under CityGML's names where it has one."""
    said = {
        "name": record["name"] or None,
        "address": record["address"],
        "function": record["usage"],
        "usage": record["usage"],
        "roofType": "podium" if record["podium_storeys"] else _ROOF_NAMES.get(record["roof"], record["roof"]),
        "measuredHeight": record["height"],
        "storeysAboveGround": record["storeys"],
        "storeysBelowGround": record["storeys_below"],
        "yearOfConstruction": record["year"],
        "renovated_year": record["renovated"] or None,
        "structure": record["structure"],
        "floor_area_m2": record["floor_area"],
        "households": record["households"],
        "residents": record["residents"],
        "elevators": record["elevators"],
        "compound_key": record["compound_key"] or None,
        "ground_min_m": record["ground_min"],
        "ground_max_m": record["ground_max"],
        "hanging_storeys": record["hanging"] or None,
        "synthetic": True,
    }
    return {name: value for name, value in said.items() if value is not None}


_ROOF_NAMES = {"parapet": "flat", "core": "flat", "parapet_core": "flat"}


def _line(record: Mapping[str, Any], part: Part) -> bytes:
    key = orjson.dumps(record["key"])
    text = geometries(part.plan, part.roof, part.standing, 0, with_plan=True)
    return b"".join(
        [b'{"type":"CityJSONFeature","id":', key, b',"CityObjects":{', key, b':{"type":"Building","attributes":',
         orjson.dumps(attributes(record)), b',"geometry":', text, b'}},"vertices":',
         orjson.dumps(part.corners), b"}"]
    )  # fmt: skip


def _podium_line(record: Mapping[str, Any], podium: Part, tower: Part) -> bytes:
    """Return the line of a tower on a podium: a building with a plan and two parts with solids."""
    key, ids = record["key"], [f"{record['key']}-{n}" for n in (1, 2)]
    plan = [[list(range(4))]]
    offset = len(podium.corners)
    whole = {
        "type": "Building",
        "children": ids,
        "attributes": attributes(record),
        "geometry": [{"type": "MultiSurface", "lod": "0", "boundaries": plan}],
    }
    below = {
        "storeysAboveGround": record["podium_storeys"], "usage": "commercial", "roofType": "flat",
        "measuredHeight": round(record["podium_top"] + 1.1 - record["ground_min"], 2),
        "yearOfConstruction": record["year"],
    }  # fmt: skip
    above = {
        "storeysAboveGround": record["storeys"] - record["podium_storeys"], "usage": record["usage"],
        "roofType": "flat", "measuredHeight": round(record["height"], 2), "yearOfConstruction": record["year"],
    }  # fmt: skip
    parts = zip(ids, (below, above), ((podium, 0), (tower, offset)), strict=True)
    objects = [orjson.dumps(key) + b":" + orjson.dumps(whole)]
    for part_id, said, (part, start) in parts:
        text = geometries(part.plan, part.roof, part.standing, start, with_plan=False)
        head = orjson.dumps({"type": "BuildingPart", "parents": [key], "attributes": said})
        objects.append(orjson.dumps(part_id) + b":" + head[:-1] + b',"geometry":' + text + b"}")
    return b"".join(
        [b'{"type":"CityJSONFeature","id":', orjson.dumps(key), b',"CityObjects":{', b",".join(objects),
         b'},"vertices":', orjson.dumps(podium.corners + tower.corners), b"}"]
    )  # fmt: skip


class SequenceFile:
    """A CityJSONSeq file that grows line by line."""

    def __init__(self, path: Path, title: str, origin: tuple[int, int, int]) -> None:
        self._file: BinaryIO = path.open("wb")
        self._file.write(header(title, origin) + b"\n")

    def write(self, lines: Iterable[bytes]) -> None:
        """Append features."""
        self._file.writelines(line + b"\n" for line in lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
