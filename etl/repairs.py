"""Mended records: a refused record, corrected in an export of the rejects, is offered to the loads of its source.

What a check refused stands in the columns of the theme, in the city's CRS; a refused row of a survey in its own cells,
which its reader reads anew. What another reader itself could not read is mended in the source's file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import orjson
import pandas as pd
import shapely
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cim.errors import BadSource
from cim.etl.rejects_rows import GEOMETRY, ORIGINAL, Connection, drawn, shapes_of
from cim.etl.runs import audit
from cim.etl.workbook import opened_workbook
from cim.tables import THEMES

_MARKS = {
    "source": "source", "load_id": "load_id", "code": "code", "file": "file", "record": "record",
    "source_key": "source_key", "reason_en": "reason",
}  # fmt: skip
"""Column of an export -> of the reject: by these it is known to be the very one."""
_MOVED = (
    "reject {reject_id} ({code}) lies elsewhere than in the city: where a row of {file} is follows from its cells, "
    "mend these to move it"
)
_OFFER = """
    INSERT INTO run.repair (source_id, theme, record, reject_id, source_key, values, file, sha256)
    VALUES (%(source_id)s, %(theme)s, %(record)s, %(reject_id)s, %(source_key)s, %(values)s, %(file)s, %(sha256)s)"""
_REPLACE = """
    UPDATE run.repair p SET withdrawn_at = now() FROM run.reject was, run.reject now
    WHERE p.source_id = %(source_id)s AND p.theme = %(theme)s AND p.record = %(record)s AND p.withdrawn_at IS NULL
      AND was.reject_id = p.reject_id AND now.reject_id = %(reject_id)s
      AND was.original = now.original"""
"""Takes back what was offered for the very same record before."""


def offer_repairs(connection: Connection, path: Path, tell: Callable[[str], None] = lambda _: None) -> Counter[str]:
    """Offer the mended records of an edited export to their sources.

    Parameters
    ----------
    connection
        To the city's database.
    path
        A .gpkg or .xlsx file as `cim rejects --export` writes them; rows that are as they were are left alone.
    tell
        Takes a line on what is left alone though it may have been meant.

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
            exported = shapes_of(connection, [stored])[0]
            values = _mended(row, stored, exported)
            if values is None:
                if stored["original_is_row"] and _is_moved(row, exported):
                    tell(_MOVED.format(**stored))
                continue
            _check_mendable(path, stored)
            connection.execute(_REPLACE, stored)
            connection.execute(_OFFER, stored | {"values": Jsonb(values), "file": path.name, "sha256": mark})
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


def _edited_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of an export, geometry as WKT under `geometry`."""
    for frame in _tables(path):
        if "reject_id" not in frame:
            raise BadSource(path, "has no column reject_id", "give a file that cim rejects --export has written")
        for row in frame.to_dict("records"):
            # A note below the table is no record.
            if _is_missing(_number(row["reject_id"])):
                continue
            yield {str(name): value for name, value in row.items()}


def _tables(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the layers or sheets of a file."""
    if path.suffix == ".gpkg":
        import pyogrio

        try:
            for layer in pyogrio.list_layers(path)[:, 0]:
                yield _with_texts(pyogrio.read_dataframe(path, layer=layer))
        except pyogrio.errors.DataSourceError as error:
            raise BadSource(path, "is no GeoPackage", "give a file that cim rejects --export has written") from error
    elif path.suffix == ".xlsx":
        with opened_workbook(path):
            yield from pd.read_excel(path, sheet_name=None, dtype=object, engine="calamine").values()
    else:
        raise BadSource(path, "is neither .gpkg nor .xlsx", "give a file that cim rejects --export has written")


def _with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a layer with its shapes as WKT; a table has none."""
    if not isinstance(frame, geopandas.GeoDataFrame):
        return frame
    shapes = frame.geometry.to_numpy()
    texts = [None if shape is None else shapely.to_wkt(shape, rounding_precision=-1) for shape in shapes]
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    plain[GEOMETRY] = pd.Series(texts, index=plain.index, dtype=object)
    return plain


def _stored(connection: Connection, path: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reject that a row is about, and no other city's of the same number."""
    number = int(row["reject_id"])
    found = (
        connection.cursor(row_factory=dict_row)
        .execute(
            "SELECT r.*, l.source_id, s.name AS source, s.kind FROM run.reject r JOIN run.load l USING (load_id) "
            "JOIN run.source s USING (source_id) WHERE reject_id = %s",
            (number,),
        )
        .fetchone()
    )
    if found is None or any(not _same(row[told], found[name]) for told, name in _MARKS.items() if told in row):
        raise BadSource(path, f"reject {number} is not known here", "give an export of this city's own rejects")
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
    if not stored["original_is_row"] and _is_moved(row, exported):
        values["geom"] = shapely.to_wkt(drawn(row[GEOMETRY]), rounding_precision=-1)
    return {name: value for name, value in values.items() if value is not None} if values != original else None


def _is_moved(row: Mapping[str, Any], exported: Any) -> bool:
    """Whether the shape of a row is another than was exported."""
    shape = drawn(row.get(GEOMETRY))
    return shape is not None and (exported is None or not _alike(shape, exported))


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
    return str(value) == nested or (isinstance(before, int | float) and _number(value) == float(before))


def _number(value: Any) -> float | None:
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


def _check_mendable(path: Path, stored: Mapping[str, Any]) -> None:
    """Refuse what is neither mended cells of a row nor a record of the theme."""
    if stored["original_is_row"]:
        return
    original, table = stored["original"], THEMES.get(stored["theme"])
    placed = "geom" in original or stored["code"] == "geometry.missing"
    # A city object's original is its JSON, for example: what it means as a record, its reader says.
    as_in_file = stored["source_key"] and "source_key" not in original
    if table is None or as_in_file or ("geom" in table.columns and not table.columns["geom"].nullable and not placed):
        what = f"reject {stored['reject_id']} ({stored['code']}) was refused by its reader, before it was a record"
        raise BadSource(path, what, f"mend {stored['file']} record {stored['record']} itself and load it again")
