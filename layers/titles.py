"""Titles of themes, columns and coded values in Chinese and English, and units of columns.

They stand in `attribute_titles.yaml`, so that a new column or code is a line of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from cim.drawing import pipe_colours

UNITS = {
    "m": "m",
    "mm": "mm",
    "cm": "cm",
    "m2": "m²",
    "m3": "m³",
    "km2": "km²",
    "m3s": "m³/s",
    "mpa": "MPa",
    "kv": "kV",
}
"""Unit by the last part of a column's name, which carries it by the rules of `cim.schema`."""


@dataclass(frozen=True)
class Title:
    """What something is called."""

    zh: str
    """In Chinese."""
    en: str
    """In English."""


@dataclass(frozen=True)
class Titles:
    """The content of `attribute_titles.yaml`."""

    themes: Mapping[str, Title]
    """By theme."""
    columns: Mapping[str, Title]
    """By `theme.column` or `column`."""
    values: Mapping[str, Mapping[Any, Title]]
    """By `theme.column` or `column`, then by value; `network` is called as in `cim.drawing`."""
    source_attributes: Mapping[str, Title]
    """Of what sources say beyond the columns, by the names that CityGML and CityJSON give."""


@cache
def titles() -> Titles:
    """Return the titles that stand in the package."""
    text = (resources.files("cim.layers") / "attribute_titles.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    values = {name: _titles(pairs) for name, pairs in told["values"].items()}
    values["network"] = {name: Title(it.title_zh, it.title_en.capitalize()) for name, it in pipe_colours().items()}
    return Titles(_titles(told["themes"]), _titles(told["columns"]), values, _titles(told["source_attributes"]))


def _titles(pairs: Mapping[Any, list[str]]) -> dict[Any, Title]:
    return {name: Title(*pair) for name, pair in pairs.items()}


def theme_title(theme: str) -> Title:
    """Return what a theme is called."""
    return titles().themes.get(theme, Title(theme, theme))


def column_title(theme: str, column: str) -> Title:
    """Return what a column of a theme is called; its own name where nothing is told."""
    columns = titles().columns
    return columns.get(f"{theme}.{column}") or columns.get(column) or Title(column, column)


def value_title(theme: str, column: str, value: Any) -> Title | None:
    """Return what a coded value is called, or None where the value speaks for itself."""
    values = titles().values
    known = values.get(f"{theme}.{column}") or values.get(column) or {}
    return known.get(value)


def unit(column: str) -> str | None:
    """Return the unit that a column's name carries, or None."""
    _, mark, last = column.rpartition("_")
    return UNITS.get(last) if mark else None
