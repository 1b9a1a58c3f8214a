"""Checks of columns: numbers are numbers, dates are dates, what must be given is given, lists are kept to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim.copying import arrow_column, arrow_type
from cim.etl.checks.faults import Faults
from cim.tables import Column

_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日")
_TRUTH = {"true": True, "t": True, "yes": True, "y": True, "1": True, "是": True, "有": True, "√": True}
_TRUTH |= {"false": False, "f": False, "no": False, "n": False, "0": False, "否": False, "无": False, "×": False}


def check_values(values: pd.Series[Any], column: Column, faults: Faults) -> pa.Array:
    """Bring a frame's column into the type of the table's, refusing rows whose value does not fit.

    Parameters
    ----------
    values
        Values of any type; text that says a number, a date or a truth value is read as such.
    column
        The table's column.
    faults
        Where refused rows are noted.

    Returns
    -------
    pyarrow.Array
        Values in the column's type; null where a row was refused or has no value.
    """
    target = arrow_type(column)
    if pa.types.is_string(target):
        values = as_text(values)
    truths = pa.types.is_boolean(target) and values.dtype.kind != "b"  # a workbook says 1.0 for true
    if truths or (_is_text(values) and not pa.types.is_string(target)):
        array = _from_text(values, column, target, faults)
    else:
        array = _converted(values, column, target, faults)
    if pa.types.is_floating(target):
        infinite = pc.is_inf(array).fill_null(False).to_numpy(zero_copy_only=False)
        faults.add(infinite, "value.not_finite", f"{column.name} is infinite", "give a finite number")
    if pa.types.is_string(target):
        _check_text(array, column, faults)
    return array


def as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return values as text; a whole number loses the `.0` that a workbook, or a missing value beside it, gave it."""
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "string":
        return values
    if values.dtype.kind in "fiu" or values.dtype == object:
        return values.astype(object).map(_text).astype(object)
    return values


def _text(value: object) -> str | None:
    """Return one value as text."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def with_defaults(array: pa.Array, column: Column, faults: Faults) -> pa.Array:
    """Fill what is missing with the column's default; refuse the row where there is none and one must be given."""
    if column.nullable or array.null_count == 0:
        return array
    if column.default is not None:
        return pc.fill_null(array, pa.scalar(column.default, pa.string()).cast(array.type))
    missing = array.is_null().to_numpy(zero_copy_only=False)
    faults.add(missing, "value.missing", f"{column.name} is missing", f"every {column.table} needs {column.name}")
    return array


def _is_text(values: pd.Series[Any]) -> bool:
    """Whether a column holds text, or things of which some are text."""
    if values.dtype == object:
        return any(isinstance(value, str) for value in values)
    return isinstance(values.dtype, pd.StringDtype) or str(values.dtype) in {"string[pyarrow]", "large_string[pyarrow]"}


def _from_text(values: pd.Series[Any], column: Column, target: pa.DataType, faults: Faults) -> pa.Array:
    """Read numbers, dates and truth values from text."""
    text = values.astype(object).map(lambda item: item.strip() or None if isinstance(item, str) else item)
    if pa.types.is_integer(target) or pa.types.is_floating(target):
        read = pd.to_numeric(text, errors="coerce")
        wrong, code, wanted = read.isna() & text.notna(), "value.not_a_number", "a number"
    elif pa.types.is_boolean(target):
        read = text.map(lambda item: _TRUTH.get((_text(item) or "").lower()))
        wrong, code, wanted = read.isna() & text.notna(), "value.not_true_or_false", "true or false"
    elif pa.types.is_date32(target):
        read = text.map(_date)
        wrong, code, wanted = read.isna() & text.notna(), "value.not_a_date", "a date such as 2020-01-31"
    else:
        return _converted(values, column, target, faults)
    rows = np.flatnonzero(wrong.to_numpy())
    said = [f"{column.name} is {values.iloc[row]!r} where {wanted} is wanted" for row in rows]
    faults.add_rows(rows.tolist(), code, said, f"give {wanted}, or leave it empty")
    return _converted(read, column, target, faults)


def _date(item: object) -> dt.date | None:
    """Read a date; None where it is none."""
    if item is None or item is pd.NaT:
        return None
    if isinstance(item, dt.datetime):
        return item.date()
    if isinstance(item, dt.date):
        return item
    for pattern in _DATES:
        try:
            return dt.datetime.strptime(str(item), pattern).date()
        except ValueError:
            continue
    return None


def _converted(values: pd.Series[Any], column: Column, target: pa.DataType, faults: Faults) -> pa.Array:
    """Convert a whole column, or where that fails value by value, refusing those that do not fit."""
    try:
        return arrow_column(values, column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        pass
    out: list[Any] = []
    for row, value in enumerate(values):
        try:
            out.append(arrow_column(pd.Series([value], dtype=values.dtype), column)[0].as_py())
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            faults.add_rows([row], _code(target, value), [f"{column.name} is {value!r}"], f"give {_wanted(target)}")
            out.append(None)
    return pa.array(out, target)


def _code(target: pa.DataType, value: object) -> str:
    """Return the code of a value that does not fit."""
    if pa.types.is_integer(target):
        whole = isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer())
        return (
            "value.out_of_range" if whole else "value.not_whole" if isinstance(value, float) else "value.not_a_number"
        )
    if pa.types.is_floating(target):
        return "value.not_a_number"
    if pa.types.is_boolean(target):
        return "value.not_true_or_false"
    return "value.not_a_date" if pa.types.is_date32(target) else "value.wrong_type"


def _wanted(target: pa.DataType) -> str:
    """Return what a column wants, in words."""
    if pa.types.is_integer(target):
        return f"a whole number of at most {2 ** (target.bit_width - 1) - 1}"
    return {"double": "a number", "bool": "true or false", "date32[day]": "a date"}.get(str(target), f"a {target}")


def _check_text(array: pa.Array, column: Column, faults: Faults) -> None:
    """Refuse text that PostgreSQL cannot hold, and values outside a column's list."""
    coded = array.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    codes = coded.indices.fill_null(-1).to_numpy()
    nul = [number for number, text in enumerate(texts) if "\0" in text]
    if nul:
        remedy = "remove it; see that the file's encoding is the right one"
        faults.add(np.isin(codes, nul), "value.nul_character", f"{column.name} holds a NUL character", remedy)
    if column.listed:
        wrong = [number for number, text in enumerate(texts) if text not in column.listed]
        faults.add(
            np.isin(codes, wrong) & (codes >= 0),
            "value.not_listed",
            lambda row: f"{column.name} is {texts[codes[row]]!r}",
            f"give one of {', '.join(column.listed)}",
        )
