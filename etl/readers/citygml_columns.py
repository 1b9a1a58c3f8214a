"""Columns that nested attributes and national code lists fill, where nothing stronger has filled them.

CityGML names the list of a code beside it. So does CityJSON that was made of it: both are read alike, and what became
of a CityGML file is the same whichever way it went.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd


def fill_from_nested(frame: pd.DataFrame, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Fill columns of buildings from `citygml_attributes.csv`; what a column holds already stays.

    Parameters
    ----------
    frame
        Rows of `building`; changed in place.
    bodies
        The CityJSON object of each row.
    """
    said = [body.get("attributes") or {} for body in bodies]
    present = set().union(*said)
    for row in _table():
        if row["path"][0] not in present:
            continue
        values = [_value(attributes, row) for attributes in said]
        if all(value is None for value in values):
            continue
        found = pd.Series(values, index=frame.index, dtype=object)
        if row["column"] in frame:
            found = frame[row["column"]].astype(object).where(frame[row["column"]].notna(), found)
        frame[row["column"]] = found.astype("float64") if not row["codes"] else found


@cache
def _table() -> list[dict[str, Any]]:
    """Return what fills which column."""
    text = (resources.files("cim.etl.readers") / "citygml_attributes.csv").read_text(encoding="utf-8")
    rows = [dict(row) for row in csv.DictReader(text.splitlines())]
    for row in rows:
        pairs = (pair.split("=") for pair in row["codes"].split("|") if pair)
        row["codes"] = {code: word for code, word in pairs}
        row["path"] = row["attribute"].split("/")
    return rows


def _value(attributes: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    """Return what an object says in the place that a row names."""
    *path, name = row["path"]
    holders: list[Any] = [attributes]
    for step in path:
        inner = [holder.get(step) for holder in holders if isinstance(holder, Mapping)]
        holders = [item for part in inner for item in (part if isinstance(part, list) else [part])]
    for holder in holders:
        value = holder.get(name) if isinstance(holder, Mapping) else None
        value = value[0] if isinstance(value, list) and value else value
        if value is None or (row["code_space"] and row["code_space"] not in str(holder.get(f"{name}_codeSpace"))):
            continue
        if row["codes"]:
            value = row["codes"].get(str(value))
        elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            value = None
        if value is not None:
            return value
    return None
