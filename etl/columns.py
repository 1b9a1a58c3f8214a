"""A file's columns and ours: which is which, and the rest as JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim.errors import BadSource
from cim.etl.checks import OWN_COLUMNS, reference_key
from cim.manifest import SourceSpec
from cim.tables import Table

_BLANK = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_AS_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def column_map(source: SourceSpec, table: Table, fields: Collection[str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the file's column of each of ours, from option `columns` and from equal names.

    Parameters
    ----------
    source
        The source; its option `columns` maps our names to the file's.
    table
        The theme's table.
    fields
        Names of the file's columns.
    aliases
        Further names for our columns, e.g. `key` for `source_key`.

    Raises
    ------
    BadSource
        The option names a column that the theme or the file does not have.
    """
    ours = known_columns(table)
    given = source.options.get("columns", {})
    if not isinstance(given, Mapping):
        raise BadSource(source.path, f"option columns = {given!r}", 'give a table such as {name = "NAME"}')
    out: dict[str, str] = {}
    for said, theirs in given.items():
        name = aliases.get(said, said)
        if name not in ours:
            known = ", ".join(sorted({*ours, *aliases}))
            raise BadSource(source.path, f"option columns: {table.name} has no column {said!r}", f"known are {known}")
        if theirs not in fields:
            raise BadSource(
                source.path, f"has no column {theirs!r} (for {said})", f"it has {', '.join(map(str, fields)) or 'none'}"
            )
        out[name] = theirs
    by_name = {folded(str(field)): str(field) for field in fields}
    for name in [*ours, *aliases]:
        theirs = by_name.get(name)
        if theirs is not None and theirs not in out.values():
            out.setdefault(aliases.get(name, name), theirs)
    return out


def folded(name: str) -> str:
    """Return a column's name as it is compared: small letters, no blanks or line breaks between Chinese ones."""
    return _BLANK.sub("", name).strip().lower()


def told_values(source: SourceSpec, table: Table, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return option `values`: our columns that the file lacks, each with the one value that all its records have.

    Parameters
    ----------
    source
        The source with its options.
    table
        The theme's table.
    columns
        The file's column of each of ours.

    Raises
    ------
    BadSource
        It is no table, names a column that the theme lacks, or one that the file has.
    """
    given = source.options.get("values", {})
    if not isinstance(given, Mapping):
        raise BadSource(source.path, f"option values = {given!r}", 'give a table such as {level = "city"}')
    ours = [name for name in known_columns(table) if name != "source_key"]
    for name in given:
        if name not in ours:
            what = f"option values: {table.name} has no column {name!r}"
            raise BadSource(source.path, what, f"known are {', '.join(sorted(ours))}")
        if name in columns:
            what = f"option values: {name} stands in the file's column {columns[name]!r}"
            raise BadSource(source.path, what, "leave it out of values, or map another column to it")
    return dict(given)


def known_columns(table: Table) -> list[str]:
    """Return the columns of a frame of a theme that a reader may fill, geometry aside."""
    out = ["source_key"]
    for column in table.columns.values():
        if column.references:
            out.append(reference_key(column))
        elif column.name not in OWN_COLUMNS and column.name not in {"geom", "attributes"}:
            out.append(column.name)
    return out


def text_option(source: SourceSpec, name: str) -> str | None:
    """Return an option that is text; None where it is not given."""
    value = source.options.get(name)
    if value is not None and not isinstance(value, str):
        raise BadSource(source.path, f"option {name} = {value!r}", "give text in quotes")
    return value


def number_option(source: SourceSpec, name: str, default: float) -> float:
    """Return an option that is a number."""
    value = source.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadSource(source.path, f"option {name} = {value!r}", "give a number")
    return float(value)


def numbers(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return a column's numbers, NaN where it has none, or has text (which the checks refuse)."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    values = frame[name]
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        values = pd.to_numeric(values.astype(object), errors="coerce")
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def attributes_json(batch: pa.RecordBatch, names: Collection[str]) -> pa.Array:
    """Return a JSON object for each row with the named columns that have a value; null where none has."""
    members = []
    # Sorted: the database keeps no order of names, so the order of a file's columns must not count as content.
    for name in sorted(names):
        member = pc.binary_join_element_wise(f",{orjson.dumps(name).decode()}:", json_values(batch[name]), "")
        members.append(pc.fill_null(member, ""))
    body = pc.binary_join_element_wise(*members, "")
    document = pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(body, 1), "}", "")
    return pc.if_else(pc.equal(body, ""), pa.scalar(None, pa.string()), document)


def object_values(array: pa.Array) -> list[Any] | None:
    """Return the objects and lists of a column, JSON text parsed; None: its values are plain."""
    if isinstance(array.type, pa.JsonType):
        return [_parsed(text) for text in array.to_pylist()]
    if isinstance(array.type, pa.BaseExtensionType):
        return list(array.to_pylist())
    return list(array.to_pylist(maps_as_pydicts="lossy")) if pa.types.is_nested(array.type) else None


def _parsed(text: str | None) -> Any:
    """Return what a JSON text says; one that is none stays text."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def json_values(array: pa.Array) -> pa.Array:
    """Return each value as JSON text; null stays null."""
    objects = object_values(array)
    if objects is not None:
        return pa.array([None if item is None else _json_text(item) for item in objects], pa.string())
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return array.cast(pa.string())
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(array), array, None).cast(pa.string())
    coded: Any = array if pa.types.is_dictionary(kind) else array.dictionary_encode()
    texts = [_json_text(item) for item in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def _json_text(item: object) -> str:
    """Return one value as JSON; bytes as hexadecimal text."""
    return orjson.dumps(item.hex() if isinstance(item, bytes) else item, default=_plain, option=_AS_JSON).decode()


def _plain(item: object) -> str:
    """Return what JSON has no form for as text."""
    return item.hex() if isinstance(item, bytes) else str(item)
