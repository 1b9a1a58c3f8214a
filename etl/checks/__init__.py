"""Checks: what a reader yields becomes records of a theme; what does not fit is refused, with its reason.

Every check has a stable code: `value.*` for columns, `geometry.*` for places, `key.*` for identity and
`reference.*` for what a record refers to. Nothing is repaired in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim.city import CityProfile
from cim.copying import arrow_column
from cim.etl.batch import Batch, Checked, Reject
from cim.etl.checks.faults import Faults
from cim.etl.checks.geometry import check_geometry
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.values import as_text, check_values, with_defaults
from cim.etl.records import DetailRows, Records
from cim.manifest import SourceSpec
from cim.tables import DETAILS, THEMES, Column, Table

__all__ = ["check", "checked", "unchecked"]

OWN_COLUMNS = frozenset({"version_id", "feature_id", "load_id", "closed_by", "content_hash", "geom_3857"})
"""Columns that the loader fills, never a reader."""


def unchecked(source: SourceSpec) -> bool:
    """Whether a source is loaded as it comes (`cim load --checks none`); the load's parameters tell it."""
    return bool(source.options.get("checks") == "none")


def check(batch: Batch, city: CityProfile, inspection: Inspection | None = None) -> tuple[Records, list[Reject]]:
    """Return the records of a batch that can be stored, and what was refused or remarked on."""
    done = checked(batch, city, inspection)
    return done.records, list(done.rejects)


def checked(batch: Batch, city: CityProfile, inspection: Inspection | None = None, *, shapes: bool = True) -> Checked:
    """Check a batch, or take what another process has made of it.

    Parameters
    ----------
    batch
        What a reader yielded.
    city
        The city whose CRS the geometries are in.
    inspection
        What looks at the records beyond their columns and places; None: nothing does.
    shapes
        Whether areas must be valid and lines have a length; identity, types and places are checked in any case.

    Returns
    -------
    Checked
        The records that can be stored, typed; the others, and remarks on records that are kept.
    """
    if batch.checked is not None:
        if inspection is not None:
            inspection.meet(batch, np.flatnonzero(batch.checked.kept))
        return batch.checked
    table = THEMES[batch.theme]
    frame = batch.frame
    faults = Faults(batch)
    columns = _typed_columns(table, frame, faults)
    geometry = None
    if "geom" in frame:
        geometry = frame["geom"].to_numpy(dtype=object)
        check_geometry(geometry, table.columns["geom"], city, faults, shapes=shapes)
    elif "geom" in table.columns and not table.columns["geom"].nullable:
        faults.add(np.ones(len(frame), dtype=bool), "geometry.missing", "has no geometry", "give the record a geometry")
    records = Records(
        table=table,
        # Text stays Arrow's: of few records the label is ever said.
        labels=frame.index.array if frame.index.dtype == "str" else frame.index.to_numpy(),
        keys=_keys(frame, faults),
        columns=columns,
        shapes=geometry,
        reference_keys={
            column.name: _texts(frame[key])
            for column in table.columns.values()
            if column.references and (key := reference_key(column)) in frame
        },
        details=tuple(_detail_rows(name, rows) for name, rows in batch.details.items()),
    )
    refused, more = (faults.refused, []) if inspection is None else inspection.batch(batch, faults.refused)
    return Checked(records.take(~refused), faults.rejects + more, ~refused)


def reference_key(column: Column) -> str:
    """Return the name of the frame's column that gives a reference by key: `start_node_id` → `start_node_key`."""
    return f"{column.name.removesuffix('_id')}_key"


def _typed_columns(table: Table, frame: pd.DataFrame, faults: Faults) -> dict[str, pa.Array]:
    """Bring each column that the table has into its type."""
    columns = {}
    for column in table.columns.values():
        name = column.name
        if name in OWN_COLUMNS or name in {"geom", "attributes"} or column.references:
            continue
        if name in frame:
            columns[name] = with_defaults(check_values(frame[name], column, faults), column, faults)
        elif column.required:
            nothing = pa.nulls(len(frame), arrow_column([], column).type)
            columns[name] = with_defaults(nothing, column, faults)
    attributes = _attributes(table, frame)
    if attributes is not None:
        _check_documents(attributes, faults)
        columns["attributes"] = attributes
    return columns


def _check_documents(documents: pa.Array, faults: Faults) -> None:
    """Refuse documents with a NUL character, which PostgreSQL cannot hold; a backslash before u0000 is none."""
    suspects = pc.match_substring(documents, "\\u0000").fill_null(False).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(suspects).tolist():
        if "\\u0000" in documents[row].as_py().replace("\\\\", ""):
            remedy = "remove it; see that the file's encoding is the right one"
            faults.add_rows([row], "value.nul_character", ["an attribute holds a NUL character"], remedy)


def _attributes(table: Table, frame: pd.DataFrame) -> pa.Array | None:
    """Return the JSON of what the table has no column for."""
    known = {*table.columns.keys(), "source_key", "attributes"}
    known |= {reference_key(column) for column in table.columns.values() if column.references}
    extra = [name for name in frame.columns if name not in known]
    if not extra:
        return arrow_column(frame["attributes"], table.columns["attributes"]) if "attributes" in frame else None
    given = frame["attributes"] if "attributes" in frame else [None] * len(frame)
    rows = zip(given, zip(*(frame[name] for name in extra), strict=True), strict=True)
    documents = [_document(said, dict(zip(extra, values, strict=True))) for said, values in rows]
    return arrow_column(pd.Series(documents, dtype=object), table.columns["attributes"])


def _document(said: Any, more: dict[str, Any]) -> dict[str, Any] | None:
    """Return given attributes with those of further columns that have a value."""
    base = {} if _is_missing(said) else orjson.loads(said) if isinstance(said, str | bytes) else said
    return {**base, **{name: value for name, value in more.items() if not _is_missing(value)}} or None


def _is_missing(value: object) -> bool:
    """Whether a single value of a frame stands for null."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _keys(frame: pd.DataFrame, faults: Faults) -> npt.NDArray[np.object_]:
    """Return keys as text; None where a record has none."""
    if "source_key" not in frame:
        return np.full(len(frame), None, dtype=object)
    keys = np.array(_texts(frame["source_key"]).to_pylist(), dtype=object)
    keys[keys == ""] = None
    nul = np.array([key is not None and "\0" in key for key in keys], dtype=bool)
    faults.add(nul, "value.nul_character", "the key holds a NUL character", "remove it")
    return keys


def _texts(values: pd.Series[Any]) -> pa.Array:
    """Return keys as Arrow text."""
    array = pa.array(as_text(values), from_pandas=True)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(pa.string())


def _detail_rows(name: str, frame: pd.DataFrame) -> DetailRows:
    """Type the rows of a detail table; their geometry was the reader's to check."""
    table = DETAILS[name]
    columns = {
        str(item): arrow_column(frame[item], table.columns[str(item)]) for item in frame.columns if item != "parent"
    }
    return DetailRows(table, frame["parent"].to_numpy(dtype=np.int64), columns)
