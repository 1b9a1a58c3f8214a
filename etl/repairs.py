"""Mended records: a refused record, corrected in an export of the rejects, is read with its source from then on.

Only what a check refused can be mended here: its original stands in the columns of the theme, in the city's CRS.
What a reader itself could not read is mended in the source's file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import shapely
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cim.errors import BadSource
from cim.etl.batch import Batch
from cim.etl.extrusion import blocks
from cim.etl.rejects_rows import GEOMETRY, ORIGINAL, Connection, drawn, shapes_of
from cim.etl.runs import audit
from cim.etl.workbook import opened_workbook
from cim.tables import THEMES


@dataclass(frozen=True)
class Mended:
    """One mended record."""

    theme: str
    """Its theme."""
    record: str
    """Record of the source that it stands for."""
    values: Mapping[str, Any]
    """Columns of the theme; `geom` as WKT in the city's CRS."""


def offer_repairs(connection: Connection, path: Path) -> Counter[str]:
    """Offer the mended records of an edited export to their sources.

    Parameters
    ----------
    connection
        To the city's database.
    path
        A .gpkg or .xlsx file as `cim rejects --export` writes them; rows that are as they were are left alone.

    Returns
    -------
    Counter
        Records offered, by source.

    Raises
    ------
    BadSource
        The file is no export of rejects, or mends what cannot be mended here.
    """
    mark = hashlib.sha256(path.read_bytes()).hexdigest()
    offered: Counter[str] = Counter()
    with connection.transaction():
        for row in _edited_rows(path):
            stored = _stored(connection, path, row)
            values = _mended(row, stored, shapes_of(connection, [stored])[0])
            if values is None:
                continue
            _check_mendable(path, row, stored)
            connection.execute(
                "UPDATE run.repair SET withdrawn_at = now() "
                "WHERE source_id = %s AND theme = %s AND record = %s AND withdrawn_at IS NULL",
                (stored["source_id"], stored["theme"], stored["record"]),
            )
            told = [stored[name] for name in ("source_id", "theme", "record", "source_key")]
            connection.execute(
                "INSERT INTO run.repair (source_id, theme, record, source_key, values, file, sha256) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (*told, Jsonb(values), path.name, mark),
            )
            offered[stored["source"]] += 1
        for source, count in offered.items():
            audit(connection, "repair", source, {"file": path.name, "sha256": mark, "records": count})
    return offered


def withdraw_repairs(connection: Connection, source: str | None) -> int:
    """Take back what was offered for a source, or for all; return how many records."""
    with connection.transaction():
        done = connection.execute(
            "UPDATE run.repair r SET withdrawn_at = now() FROM run.source s WHERE s.source_id = r.source_id "
            "AND r.withdrawn_at IS NULL AND (%s::text IS NULL OR s.name = %s)",
            (source, source),
        ).rowcount
        audit(connection, "withdraw repairs", source or "all sources", {"records": done})
    return done


def standing_repairs(connection: Connection, source_id: int) -> list[Mended]:
    """Return the mended records that hold for a source."""
    query = (
        "SELECT theme, record, values FROM run.repair WHERE source_id = %s AND withdrawn_at IS NULL ORDER BY repair_id"
    )
    with connection.transaction():
        return [Mended(*row) for row in connection.execute(query, (source_id,))]


def with_repairs(batches: Iterable[Batch], repairs: Sequence[Mended]) -> Iterator[Batch]:
    """Yield a source's batches, mended records in the place of those that were refused."""
    waiting: dict[tuple[str, str], Mended] = {(item.theme, item.record): item for item in repairs}
    for batch in batches:
        if not waiting:
            yield batch
            continue
        labels = [str(label) for label in batch.frame.index]
        mine = [waiting.pop((batch.theme, label)) for label in dict.fromkeys(labels) if (batch.theme, label) in waiting]
        if not mine:
            yield batch
            continue
        replaced = {item.record for item in mine}
        yield _without(batch, np.array([label not in replaced for label in labels], dtype=bool))
        yield _batch(mine, batch)


def _without(batch: Batch, kept: npt.NDArray[np.bool_]) -> Batch:
    """Return a batch without some rows."""
    place = np.cumsum(kept) - 1
    details, faces = {}, {}
    for name, rows in batch.details.items():
        parents = rows["parent"].to_numpy(dtype=np.int64)
        left = kept[parents]
        details[name] = rows[left].assign(parent=place[parents[left]])
        if name in batch.faces:
            faces[name] = batch.faces[name].take(left)
    read = None if batch.records_in is None else batch.records_in - int((~kept).sum())
    return replace(batch, frame=batch.frame[kept], details=details, faces=faces, records_in=read)


def _batch(mended: Sequence[Mended], beside: Batch) -> Batch:
    """Return mended records as a batch of their own."""
    frame = pd.DataFrame([dict(item.values) for item in mended], index=[item.record for item in mended], dtype=object)
    if "geom" in frame:
        frame["geom"] = np.array([drawn(text) for text in frame["geom"]], dtype=object)
        if beside.theme == "building":
            frame = frame.assign(**_blocks(frame))
    return replace(beside, frame=frame, details={}, rejects=(), records_in=None, files={}, faces={})


def _blocks(frame: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Return foot and top of blocks as mended; the old block tells what ground and height do not."""
    ground, foot, top = (_number(frame, name) for name in ("ground_min_m", "block_base_m", "block_top_m"))
    height = _number(frame, "height_m")
    rise = np.where(np.isnan(height), top - foot, height)
    return blocks(np.nan_to_num(np.where(np.isnan(ground), foot, ground)), rise)


def _number(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return a column of numbers, NaN where there is none."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)


def _edited_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of an export, geometry as WKT under `geometry`."""
    for frame in _tables(path):
        if "reject_id" not in frame:
            raise BadSource(path, "has no column reject_id", "give a file that cim rejects --export has written")
        yield from frame.to_dict("records")  # type: ignore[misc]


def _tables(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the layers or sheets of a file."""
    if path.suffix == ".gpkg":
        import pyogrio

        for layer in pyogrio.list_layers(path)[:, 0]:
            frame = pyogrio.read_dataframe(path, layer=layer)
            shapes = frame.geometry.to_numpy()
            texts = [None if shape is None else shapely.to_wkt(shape, rounding_precision=-1) for shape in shapes]
            plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
            plain[GEOMETRY] = pd.Series(texts, index=plain.index, dtype=object)
            yield plain
    elif path.suffix == ".xlsx":
        with opened_workbook(path):
            yield from pd.read_excel(path, sheet_name=None, dtype=object, engine="calamine").values()
    else:
        raise BadSource(path, "is neither .gpkg nor .xlsx", "give a file that cim rejects --export has written")


def _stored(connection: Connection, path: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reject that a row is about."""
    found = (
        connection.cursor(row_factory=dict_row)
        .execute(
            "SELECT r.*, l.source_id, s.name AS source FROM run.reject r JOIN run.load l USING (load_id) "
            "JOIN run.source s USING (source_id) WHERE reject_id = %s",
            (int(row["reject_id"]),),
        )
        .fetchone()
    )
    if found is None:
        raise BadSource(path, f"reject {row['reject_id']} is not known here", "export the rejects of this city again")
    return found


def _mended(row: Mapping[str, Any], stored: Mapping[str, Any], exported: Any) -> dict[str, Any] | None:
    """Return the record as mended; None where nothing was changed, or nothing was refused."""
    original = stored["original"]
    if stored["severity"] != "error" or not original:
        return None
    values = dict(original)
    for name, value in row.items():
        if str(name).startswith(ORIGINAL):
            key = str(name).removeprefix(ORIGINAL)
            before = original.get(key)
            if not _same(value, before):
                values[key] = _as_before(value, before)
    if values.get("storeys_above") != original.get("storeys_above"):
        values.pop("block_top_m", None)  # was of the storeys before
    shape = drawn(row.get(GEOMETRY))
    if shape is not None and (exported is None or not _alike(shape, exported)):
        values["geom"] = shapely.to_wkt(shape, rounding_precision=-1)
    return {name: value for name, value in values.items() if value is not None} if values != original else None


def _alike(shape: Any, before: Any) -> bool:
    """Whether a shape is as it was exported."""
    # By coordinates: a layer turns single polygons into multipolygons of one, and drops heights that its others lack.
    here, there = shapely.get_coordinates(shape), shapely.get_coordinates(before)
    return here.shape == there.shape and bool(np.allclose(here, there, rtol=0, atol=1e-6))


def _same(value: Any, before: Any) -> bool:
    """Whether a cell says what the record said: a workbook knows no difference of 3 and 3.0, nor of text and number."""
    if _is_missing(value) or value == "":
        return before is None or before == ""
    if before is None:
        return False
    nested = orjson.dumps(before).decode() if isinstance(before, list | dict) else str(before)
    return str(value) == nested or (isinstance(before, int | float) and _floats(value) == float(before))


def _floats(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _as_before(value: Any, before: Any) -> Any:
    """Return a cell as a value of the record."""
    if _is_missing(value) or value == "":
        return None
    if isinstance(before, list | dict):
        return orjson.loads(value)
    return value.item() if isinstance(value, np.generic) else value if isinstance(value, int | float) else str(value)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _check_mendable(path: Path, row: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """Refuse a record that only its reader could turn into one of the theme."""
    table = THEMES.get(stored["theme"])
    placed = "geom" in stored["original"] or stored["code"] == "geometry.missing"
    if table is None or ("geom" in table.columns and not table.columns["geom"].nullable and not placed):
        what = f"reject {row['reject_id']} ({stored['code']}) was refused by its reader, before it was a record"
        raise BadSource(path, what, f"mend {stored['file']} record {stored['record']} itself and load it again")
