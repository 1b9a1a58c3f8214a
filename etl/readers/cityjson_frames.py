"""Frames of a batch of city objects: one for the theme, one for the geometries at each level of detail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa

from cim.crs import Transformation
from cim.etl.batch import Batch, Reject
from cim.etl.faces import Faces
from cim.etl.readers.citygml_columns import fill_from_nested
from cim.etl.readers.cityjson_appearance import appearance
from cim.etl.readers.cityjson_attributes import ROOF_MAX, Mapped, fill_columns
from cim.etl.readers.cityjson_footprints import Shapes
from cim.etl.readers.cityjson_heights import GROUND_MAX, GROUND_MIN, TOP
from cim.etl.readers.cityjson_objects import CityObject, Feature
from cim.etl.readers.cityjson_pieces import Fault
from cim.etl.readers.cityjson_polygons import MALFORMED, Bools, Floats, Ints
from cim.etl.readers.cityjson_surfaces import Surfaces
from cim.etl.readers.cityjson_threads import NAME as THREADS

_ELSEWHERE = frozenset({"type", "attributes", "geometry", "parents", "children", "geographicalExtent"})
"""Members of a city object that are kept in a column, or follow from the rest."""


@dataclass(frozen=True)
class Assembly:
    """All that is known of a batch, by position of its objects."""

    features: Sequence[Feature]
    """Features of the batch."""
    objects: Sequence[CityObject]
    """Their objects."""
    found: Surfaces | None
    """Surfaces; None where no object has any."""
    shapes: Shapes
    """(objects,) Footprint, line or points, or None."""
    levels: Floats
    """(objects, 3) Lowest ground, highest ground, top."""
    threads: Mapping[int, list[dict[str, Any]]]
    """Lines and points, for the attributes."""
    library: Mapping[str, Any]
    """Appearance of the whole document."""
    transform: Transformation
    """The way into the city's CRS."""
    wkb: pa.Array
    """(geometries of `found`) EWKB of each."""


def theme_batch(assembly: Assembly, theme: str, mapped: Sequence[Mapped]) -> tuple[Batch, list[Reject]]:
    """Return the batch of one theme and remarks on it."""
    rows = np.array([at for at, item in enumerate(assembly.objects) if item.theme == theme], dtype=np.int64)
    items = [assembly.objects[at] for at in rows]
    place = np.full(len(assembly.objects), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    columns, remarks = fill_columns(
        [item.body.get("attributes") or {} for item in items],
        [item.record for item in items],
        mapped,
        assembly.transform,
    )
    roof = columns.pop(ROOF_MAX, None)
    frame = pd.DataFrame(
        {
            **columns,
            "source_key": pd.Series([item.key for item in items], dtype=object),
            "object_type": pd.Series([item.kind for item in items], dtype=object),
            "parent_key": pd.Series([item.parent for item in items], dtype=object),
            "attributes": pd.Series(
                [_attributes(item, assembly.threads.get(at)) for at, item in zip(rows.tolist(), items, strict=True)],
                dtype=object,
            ),
            "geom": pd.Series(assembly.shapes[rows], dtype=object),
        }
    )
    if theme == "building":
        fill_from_nested(frame, [item.body for item in items])
        _fill_levels(frame, assembly.levels[rows], roof)
        if "address" not in columns:
            frame["address"] = pd.Series([_address(item.body.get("address")) for item in items], dtype=object)
    frame.index = pd.Index([item.record for item in items], dtype=object, name="record")
    details, more = _lods(assembly, place)
    transform = assembly.transform
    batch = Batch(
        theme,
        frame,
        {f"{theme}_lod": details},
        crs=transform.crs,
        pipeline=transform.pipeline,
        accuracy_m=transform.accuracy_m,
        faces={} if assembly.found is None else {f"{theme}_lod": _faces(assembly.found, place)},
    )
    return batch, [*remarks, *more]


def _faces(found: Surfaces, place: Ints) -> Faces:
    """Return the polygons of one theme as flat arrays, in the order of `_lods`."""
    polygons = found.polygons
    whole = Faces(
        found.points,
        polygons.vertex,
        polygons.ring_size,
        polygons.ring_count,
        polygons.polygon_count,
        polygons.shell,
        polygons.solid,
        found.kind,
    )
    return whole.take(place[[piece.owner for piece in found.pieces]] >= 0)


def _attributes(item: CityObject, threads: list[dict[str, Any]] | None) -> bytes:
    """Return all that an object says beyond its geometry, as JSON."""
    out = dict(item.body.get("attributes") or {})
    for name, value in item.body.items():
        if name not in _ELSEWHERE:
            out.setdefault(name, value)
    unused = [name for name in item.body.get("parents") or () if name != item.parent]
    if unused:
        out.setdefault("parents", unused)
    if item.kind == "CityObjectGroup":
        out.setdefault("children", item.body.get("children") or item.body.get("members") or [])
    if threads:
        out[THREADS] = threads
    return json_text(out)


def json_text(value: Any) -> bytes:
    """Return JSON that PostgreSQL can hold: it has no NUL character, so the sign for one stands in its place."""
    # Sorted, since the database keeps no order of names: what is exported and loaded again has not changed.
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return orjson.dumps(_without_nul(value), option=orjson.OPT_SORT_KEYS) if b"\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    """Replace NUL characters in all texts of a JSON value."""
    if isinstance(value, str):
        return value.replace("\0", "\N{SYMBOL FOR NULL}")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def _fill_levels(frame: pd.DataFrame, levels: Floats, roof: pd.Series | None) -> None:
    """Give heights: what the attributes say first, then what the geometry shows."""
    for name, position in (("ground_min_m", GROUND_MIN), ("ground_max_m", GROUND_MAX)):
        shown = pd.Series(levels[:, position], index=frame.index)
        frame[name] = frame[name].astype("float64").fillna(shown) if name in frame else shown
    tops = pd.Series(levels[:, TOP], index=frame.index)
    height = (roof.astype("float64").fillna(tops) if roof is not None else tops) - frame["ground_min_m"]
    height = height.where(height > 0)
    frame["height_m"] = frame["height_m"].astype("float64").fillna(height) if "height_m" in frame else height
    # The lowest ground as told may lie above the highest that the geometry shows: rounding, or a flat ground surface.
    frame["ground_max_m"] = frame["ground_max_m"].mask(
        frame["ground_max_m"] < frame["ground_min_m"], frame["ground_min_m"]
    )


def _address(given: Any) -> str | None:
    """Return an address on one line: street and number first where they are named, else all its texts."""
    if isinstance(given, list):
        given = given[0] if given else None
    if not isinstance(given, dict):
        return given if isinstance(given, str) else None
    order = ("ThoroughfareName", "ThoroughfareNumber", "PostalCode", "LocalityName", "CountryName")
    rest = [name for name in given if name not in order]
    texts = [str(given[name]) for name in (*order, *rest) if isinstance(given.get(name), str | int)]
    return " ".join(texts) or None


def _lods(assembly: Assembly, place: Ints) -> tuple[pd.DataFrame, list[Reject]]:
    """Return the geometries of one theme; `place` is the row of each object, -1 where it is of another theme."""
    found = assembly.found
    names = ["parent", "lod", "ordinal", "geometry_type", "geom", "solid", "shell", "surface", "semantic"]
    if found is None:
        return pd.DataFrame({name: [] for name in names}), []
    mine = [number for number, piece in enumerate(found.pieces) if place[piece.owner] >= 0]
    pieces = [found.pieces[number] for number in mine]
    looks, remarks = _appearances(assembly, mine)
    data = {
        "parent": place[[piece.owner for piece in pieces]] if pieces else np.empty(0, np.int64),
        "lod": [piece.lod for piece in pieces],
        "ordinal": _ordinals([(piece.owner, piece.lod) for piece in pieces]),
        "geometry_type": [piece.kind for piece in pieces],
        "geom": _bodies(assembly.wkb, mine),
        "solid": _cut(found, found.polygons.solid, _any(found, found.polygons.solid), mine),
        "shell": _cut(found, found.polygons.shell, _any(found, found.polygons.shell), mine),
        "surface": _cut(found, found.kind, found.labelled, mine),
        "semantic": _cut(found, found.semantic, found.detailed, mine),
        "semantics": [
            json_text(found.pieces[number].body["semantics"]["surfaces"]) if found.detailed[number] else None
            for number in mine
        ],
        "appearance": looks,
    }
    # Lists become object columns: a list of arrays must not turn into a matrix, nor texts into another type.
    columns = {name: pd.Series(v, dtype=object) if isinstance(v, list) else v for name, v in data.items()}
    return pd.DataFrame(columns), remarks


def _bodies(wkb: pa.Array, mine: Sequence[int]) -> pd.Series:
    """Return the bytes of some geometries as they lie in Arrow: copied one by one they cost as much as packing them."""
    chosen = wkb if len(mine) == len(wkb) else wkb.take(pa.array(mine, pa.int64()))
    return pd.Series(pd.arrays.ArrowExtensionArray(chosen))


def _ordinals(keys: Sequence[tuple[int, str]]) -> Ints:
    """Return running numbers among geometries of the same object and level."""
    seen: dict[tuple[int, str], int] = {}
    out = np.empty(len(keys), dtype=np.int64)
    for at, key in enumerate(keys):
        out[at] = seen.get(key, 0)
        seen[key] = int(out[at]) + 1
    return out


def _any(found: Surfaces, values: Ints) -> Bools:
    """Return which geometries have a value other than 0 on any polygon."""
    return np.bincount(found.polygons.polygon_geometry[values != 0], minlength=len(found.pieces)) > 0


def _cut(found: Surfaces, values: Ints, wanted: Bools, mine: Sequence[int]) -> list[npt.NDArray[np.int16] | None]:
    """Cut values by polygon into an array for each geometry of `mine`, None where it is not wanted."""
    small = values.astype(np.int16)
    begin = found.polygon_start.tolist()
    count = found.polygons.polygon_count.tolist()
    there = wanted.tolist()
    return [small[begin[at] : begin[at] + count[at]] if there[at] else None for at in mine]


def _appearances(assembly: Assembly, mine: Sequence[int]) -> tuple[list[bytes | None], list[Reject]]:
    """Return materials and textures of each geometry as JSON, and remarks on those that do not fit."""
    found = assembly.found
    out: list[bytes | None] = [None] * len(mine)
    remarks: list[Reject] = []
    if found is None or not any(_has_looks(found.pieces[number]) for number in mine):
        return out, remarks
    masks = found.masks
    for at, number in enumerate(mine):
        piece = found.pieces[number]
        if not _has_looks(piece):
            continue
        item = assembly.objects[piece.owner]
        library = assembly.features[item.feature].appearance or assembly.library
        try:
            out[at] = json_text(appearance(piece, library, masks[number]))
        except MALFORMED as error:
            reason = f"appearance of lod {piece.lod} does not fit the geometry and is left out ({error})"
            remarks.append(remark(item, Fault("geometry.appearance", reason)))
    return out, remarks


def _has_looks(piece: Any) -> bool:
    """Return whether a geometry has materials, textures or is an instance."""
    return piece.instance is not None or "material" in piece.body or "texture" in piece.body


def remark(item: CityObject, fault: Fault, severity: str = "warning") -> Reject:
    """Return a warning about a city object, or its reject."""
    original = {name: value for name, value in item.body.items() if name != "geometry"}
    return Reject(
        record=item.record,
        code=fault.code,
        reason=f"{item.kind} {item.key!r}: {fault.reason}",
        remedy=_REMEDIES.get(fault.code, "correct the geometry in the source, e.g. with val3dity and cjio"),
        theme=item.theme,
        source_key=item.key,
        original=original if severity == "error" else None,
        severity=severity,
    )


_REMEDIES = {
    "geometry.missing": "give it or one of its parts a geometry",
    "geometry.dangling_vertex": "the vertex list is cut off or the index wrong: export the object again",
    "geometry.repaired_footprint": "its surfaces are kept as they are; only the derived footprint was put right",
}
