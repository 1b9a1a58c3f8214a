"""Rows into tables by binary COPY, the fastest way in.

A frame becomes Arrow columns of the table's types (`arrow_column`), Arrow becomes PostgreSQL's binary format in
`pgpq`. Geometries travel as WKB; their SRID is that of the column. A missing value of any kind (None, NaN, NaT,
pandas' NA) is stored as null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pgpq
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pgpq.encoders import ListEncoderBuilder, StringEncoderBuilder
from pgpq.schema import Jsonb
from psycopg import sql

from cim.tables import Column, Table

_SLICE_BYTES = 4 << 20
"""Bytes encoded at a time: small enough that the server parses one slice while the next is encoded."""

_LIST = "[]"
_TYPES = {
    "geometry": pa.binary(),
    "jsonb": pa.string(),
    "smallint": pa.int16(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}
"""Arrow types by PostgreSQL's, lists aside."""


class Columns(Protocol):
    """What names columns and gives them: a frame, a mapping of arrays, an Arrow record batch."""

    def __getitem__(self, name: str, /) -> Any:
        """Return a column."""


def copy_frame(connection: psycopg.Connection[Any], table: Table, frame: pd.DataFrame) -> int:
    """Append a frame's rows to a table.

    Parameters
    ----------
    connection
        Its transaction holds the rows; nothing is committed here.
    table
        Table of `cim.tables`.
    frame
        Columns are named as the table's; columns that the frame lacks get their default.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    KeyError
        A column of the frame is none of the table's.
    TypeError, ValueError
        A value does not fit its column's type.
    psycopg.Error
        The server refuses a row.
    """
    return copy_batch(connection, table, arrow_batch(table, frame, map(str, frame.columns)))


def arrow_batch(table: Table, columns: Columns, names: Iterable[str]) -> pa.RecordBatch:
    """Return named columns as an Arrow record batch in the types of a table."""
    arrays = {name: arrow_column(columns[name], table.columns[name]) for name in names}
    return pa.record_batch(list(arrays.values()), names=list(arrays))


def copy_batch(connection: psycopg.Connection[Any], table: Table, batch: pa.RecordBatch) -> int:
    """Append the rows of an Arrow record batch in the table's types (`arrow_batch`)."""
    if batch.num_rows == 0:
        return 0
    names = batch.schema.names
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        table.identifier, sql.SQL(", ").join(map(sql.Identifier, names))
    )
    encoder = pgpq.ArrowToPostgresBinaryEncoder.new_with_encoders(
        batch.schema, {name: _encoder(table.columns[name], batch.schema.field(name)) for name in names}
    )
    step = max(1, min(batch.num_rows, _SLICE_BYTES * batch.num_rows // max(batch.nbytes, 1)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(encoder.write_header())
        for start in range(0, batch.num_rows, step):
            copy.write(encoder.write_batch(batch.slice(start, step)))
        copy.write(encoder.finish())
    return int(batch.num_rows)


def _encoder(column: Column, field: pa.Field) -> Any:
    """Return pgpq's encoder of a column; only JSON must be told apart from text."""
    if column.type == "jsonb":
        return StringEncoderBuilder.new_with_output(field, Jsonb())
    if column.type.endswith(_LIST):
        inner = pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(field.type.value_field)
        return ListEncoderBuilder.new_with_inner(field, inner)
    return pgpq.ArrowToPostgresBinaryEncoder.infer_encoder(field)


def arrow_column(values: Any, column: Column) -> pa.Array:
    """Return values as an Arrow array in the type of a table's column.

    Parameters
    ----------
    values
        Series, numpy array or Arrow array. A geometry column takes shapely geometries or WKB, a JSON column
        dictionaries, lists or JSON text.
    column
        Column of a table of `cim.tables`.

    Raises
    ------
    TypeError, ValueError
        A value does not fit: `pyarrow.ArrowInvalid` is a ValueError.
    """
    target = arrow_type(column)
    if isinstance(values, pd.Series):
        values = values.array if isinstance(values.dtype, pd.api.extensions.ExtensionDtype) else values.to_numpy()
    if isinstance(values, pd.arrays.ArrowExtensionArray | pd.arrays.ArrowStringArray):
        values = values.__arrow_array__()
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return _cast(values, target)
    if column.type == "geometry":
        return _geometries(values)
    if column.type == "jsonb":
        return _documents(values)
    if column.type.endswith(_LIST):
        return pa.array([None if _missing(item) else np.asarray(item) for item in values], target)
    return _scalars(values, target)


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type in which a column's values travel."""
    try:
        single = _TYPES[column.type.removesuffix(_LIST)]
    except KeyError:
        raise TypeError(f"no binary COPY for columns of type {column.type!r}") from None
    return pa.list_(single) if column.type.endswith(_LIST) else single


def _cast(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Cast an Arrow array; NaN becomes null."""
    if pa.types.is_floating(array.type) and pc.any(pc.is_nan(array)).as_py():
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    return array if array.type == target else array.cast(target)


def _missing(value: object) -> bool:
    """Whether a value of an object column stands for null."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _scalars(values: Any, target: pa.DataType) -> pa.Array:
    """Numbers, truth values, text, bytes, dates and times."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "f" and not pa.types.is_floating(target):
        # 3.0 for an integer column is 3; 3.5 is refused.
        return pa.array(values, from_pandas=True).cast(target)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M" and pa.types.is_date32(target):
        return pa.array(values.astype("datetime64[D]"), target)
    if isinstance(values, np.ndarray) and values.dtype == object:
        values = _without_subclasses(values, target)
    return _cast(pa.array(values, from_pandas=True), target)


def _without_subclasses(values: npt.NDArray[np.object_], target: pa.DataType) -> pa.Array:
    """Object columns straight into the target type; a time of day is dropped from dates only when it is midnight."""
    if pa.types.is_date32(target):
        whole = [item.date() if isinstance(item, dt.datetime) else item for item in values]
        return pa.array(whole, target, from_pandas=True)
    if pa.types.is_integer(target):
        # Told the target, Arrow would cut 1.5 down to 1.
        return pa.array(values, from_pandas=True).cast(target)
    return pa.array(values, target, from_pandas=True)


def _geometries(values: Any) -> pa.Array:
    """WKB of geometries; what is WKB already passes."""
    values = np.asarray(values, dtype=object)
    first = next((item for item in values if item is not None), None)
    if isinstance(first, shapely.Geometry):
        values = shapely.to_wkb(values)
    return pa.array(values, pa.binary(), from_pandas=True)


def _documents(values: Any) -> pa.Array:
    """JSON text of documents; what is JSON text already passes."""
    if pd.api.types.infer_dtype(values, skipna=True) == "bytes":
        return pa.array(values, pa.string(), from_pandas=True)
    return pa.array([None if _missing(item) else _document(item) for item in values], pa.string())


def _document(item: Any) -> str | bytes:
    """One document as JSON text."""
    if isinstance(item, str | bytes):
        return item
    # Sorted: PostgreSQL keeps no order of names, and a record that comes back from it must have the digest it had.
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS
    return orjson.dumps(item, option=options, default=str)
