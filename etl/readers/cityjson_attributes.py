"""Attributes of city objects into columns, by a table that a city can override; all originals are kept."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd

from cim.crs import Transformation
from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.tables import THEMES

ROOF_MAX = "roof_max_m"
"""Level of the highest point: no column of its own, but with the ground it gives the height."""

_OURS = frozenset({"version_id", "feature_id", "load_id", "closed_by", "content_hash", "attributes", "classification"})
_SET_HERE = frozenset({"geom", "geom_3857", "object_type", "parent_id"})


@dataclass(frozen=True)
class Mapped:
    """Where the values of one attribute go."""

    attribute: str
    """Name in the file."""
    column: str
    """Column of the theme's table, or `roof_max_m`."""
    rule: str
    """code, word, level, year, or the column's type: text, number, integer, date, flag."""


_RULE_OF_TYPE = {"double precision": "number", "date": "date", "boolean": "flag"}
_RULE_OF_TYPE |= dict.fromkeys(("smallint", "integer", "bigint"), "integer")
"""Rule by the type of a column."""


def columns_of(theme: str) -> dict[str, str]:
    """Return the columns of a theme that attributes may fill, with the rule that reads them."""
    found: dict[str, str] = {}
    for column in THEMES[theme].columns.values():
        if column.name in _OURS | _SET_HERE:
            continue
        if column.references:
            found[f"{column.name.removesuffix('_id')}_key"] = "text"
        else:
            found[column.name] = _RULE_OF_TYPE.get(column.type, "text")
    return found


@cache
def _table(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside this module."""
    text = (resources.files("cim.etl.readers") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _codes(column: str) -> dict[str, str]:
    """Return our words for the codes of one column."""
    return {row["code"]: row["value"] for row in _table("cityjson_codes.csv") if row["column"] == column}


def mapping(theme: str, path: Path, given: Mapping[str, Any]) -> list[Mapped]:
    """Return which attributes fill which columns, the strongest claim on a column last.

    Parameters
    ----------
    theme
        building or city_object.
    path
        File, for the message.
    given
        Option `attributes` of the source: attribute = column.

    Raises
    ------
    BadSource
        The option names a column that neither theme has.
    """
    columns = columns_of(theme)
    anywhere = columns_of("building") | columns_of("city_object")
    # The first row of the table is the strongest, then an attribute with a column's own name, then the option.
    known = [(row["attribute"], row["column"], row["rule"]) for row in reversed(_table("cityjson_attributes.csv"))]
    own = ((name, name, "word" if _codes(name) else "") for name in columns)
    rows = [*known, *own, *((name, column, "") for name, column in given.items())]
    for name, column in given.items():
        if column not in anywhere:
            remedy = f"give one of {', '.join(sorted(anywhere))}"
            raise BadSource(path, f"options.attributes: there is no column {column!r} for {name!r}", remedy)
    out: dict[tuple[str, str], Mapped] = {}
    for attribute, column, rule in rows:
        if column in columns or (column == ROOF_MAX and theme == "building"):
            out.pop((attribute, column), None)
            out[attribute, column] = Mapped(attribute, column, rule or columns.get(column, "number"))
    return list(out.values())


def fill_columns(
    rows: Sequence[Mapping[str, Any]], records: Sequence[str], mapped: Iterable[Mapped], heights: Transformation
) -> tuple[dict[str, pd.Series], list[Reject]]:
    """Return the columns that the attributes of a batch fill, and warnings about values that do not fit.

    Parameters
    ----------
    rows
        Attributes of each object.
    records
        Name of each object in the file, for warnings.
    mapped
        What goes where; later ones override earlier ones where they have a value.
    heights
        Brings levels to the city's datum.
    """
    present = set().union(*rows) if rows else set()
    columns: dict[str, pd.Series] = {}
    warnings: list[Reject] = []
    for item in mapped:
        if item.attribute not in present:
            continue
        raw = pd.Series([row.get(item.attribute) for row in rows], dtype=object)
        values = _RULES[item.rule](raw, item.column)
        if item.rule == "level":
            values = pd.Series(heights.heights(values.to_numpy(dtype=np.float64)))
        if item.rule in _MISFITS:
            warnings += _misfits(item, raw, values, records)
        columns[item.column] = values.combine_first(columns[item.column]) if item.column in columns else values
    return columns, warnings


_MISFITS = {
    "number": "value.not_a_number",
    "level": "value.not_a_number",
    "integer": "value.not_whole",
    "year": "value.not_a_year",
    "date": "value.not_a_date",
    "flag": "value.not_true_or_false",
}
"""Code of a value that a rule cannot read."""


def _misfits(item: Mapped, raw: pd.Series, values: pd.Series, records: Sequence[str]) -> list[Reject]:
    """Remark on values that could not be read as what the column holds."""
    lost = raw.notna() & values.isna()
    lost[lost] = raw[lost].astype(str).str.strip() != ""
    return [
        Reject(
            record=records[row],
            code=_MISFITS[item.rule],
            reason=f"{item.attribute} = {raw[row]!r} is not a {item.rule}: {item.column} stays empty",
            remedy="correct the value in the source; it is kept among the attributes",
            severity="warning",
        )
        for row in np.flatnonzero(lost.to_numpy()).tolist()
    ]


def _types(raw: pd.Series) -> set[type]:
    """Return the types of the values."""
    return set(map(type, raw.tolist()))


def _number(raw: pd.Series, _column: str) -> pd.Series:
    """Read numbers."""
    if bool in _types(raw):
        raw = raw.mask(raw.map(lambda value: isinstance(value, bool)))
    numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def _integer(raw: pd.Series, column: str) -> pd.Series:
    """Read whole numbers; a fraction is no whole number."""
    numbers = _number(raw, column)
    return numbers.where(numbers.eq(numbers.round()) & numbers.abs().lt(2**31)).astype("Int64")


def _year(raw: pd.Series, column: str) -> pd.Series:
    """Read the year of a year or a date."""
    if not _types(raw) <= {int, NoneType}:
        raw = raw.astype("string").str.extract(r"^\s*(\d{4})(?:\.0+)?(?:\D|$)", expand=False).astype(object)
    numbers = _number(raw, column)
    return numbers.where(numbers.between(1000, 2200)).astype("Int64")


def _date(raw: pd.Series, _column: str) -> pd.Series:
    """Read ISO dates."""
    text = raw.astype("string").str.slice(0, 10)
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").dt.date.astype(object)


def _flag(raw: pd.Series, _column: str) -> pd.Series:
    """Read booleans, 0 and 1."""
    return raw.map({True: True, False: False, "true": True, "false": False}.get).astype(object)


def _text(raw: pd.Series, _column: str) -> pd.Series:
    """Keep text; numbers as they read; nothing of nested values."""
    if _types(raw) <= {str, NoneType}:
        return raw
    nested = raw.map(type).isin([dict, list])
    present = raw.notna() & ~nested
    return raw.where(present).map(str, na_action="ignore").where(present, None)


def _code(raw: pd.Series, column: str) -> pd.Series:
    """Translate codes and words; what the table does not know stays among the attributes only."""
    codes = _codes(column)
    first = raw.map(lambda value: value[0] if isinstance(value, list) and value else value)
    return first.map(lambda value: codes.get(str(value).strip().lower())).astype(object)


def _word(raw: pd.Series, column: str) -> pd.Series:
    """Translate codes and words, and keep unknown words that are written as ours are."""
    known = _code(raw, column)
    unknown = raw.where(raw.astype("string").str.fullmatch(r"[a-z]+(?:_[a-z]+)*").fillna(value=False), None)
    return known.where(known.notna(), unknown)


_RULES: Mapping[str, Callable[[pd.Series, str], pd.Series]] = {
    "text": _text,
    "number": _number,
    "level": _number,
    "integer": _integer,
    "year": _year,
    "date": _date,
    "flag": _flag,
    "code": _code,
    "word": _word,
}
