"""Chinese words of registers: the titles of their columns, and the values of coded ones."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib import resources

import pandas as pd


def _rows(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside this module."""
    text = (resources.files("cim.etl") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def titles(theme: str) -> Mapping[str, str]:
    """Return a theme's columns by the titles that they usually have."""
    rows = [row for row in _rows("register_columns.csv") if row["theme"] == theme]
    return {name: row["column"] for row in rows for name in row["names"].split("|")}


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    """Return codes by column (or theme and column) and word."""
    out: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows("register_codes.csv"):
        out[row["column"]] |= dict.fromkeys(row["names"].split("|"), row["value"])
    return out


def known_codes(theme: str, column: str) -> tuple[str, ...]:
    """Return the codes that are known of a column, in the order of their table."""
    words = _codes().get(f"{theme}.{column}") or _codes().get(column) or {}
    return tuple(dict.fromkeys(words.values()))


def coded(frame: pd.DataFrame, theme: str) -> pd.DataFrame:
    """Return a frame in which the words that are known stand as codes; others stay for the checks to judge."""
    known = {name: _codes().get(f"{theme}.{name}") or _codes().get(name) for name in map(str, frame.columns)}
    # Columns of numbers stay as they are, in the types that they came in.
    some = {name: codes for name, codes in known.items() if codes and not pd.api.types.is_numeric_dtype(frame[name])}
    spoken = {name: frame[name].astype(object).map(lambda word, codes=codes: codes.get(word, word))
              for name, codes in some.items()}  # fmt: skip
    return frame.assign(**spoken) if spoken else frame
