"""Counting what records say under which name, in bounded memory."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cim.etl.inspecting.findings import EXAMPLE_LENGTH, EXAMPLES, Attribute, Layer

_CODE = re.compile(r"\s*[+-]?0\d")
_NAMES = 1000
"""Different names that are kept of one layer; a file with more is no table."""
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "text", list: "list", tuple: "list", dict: "object"}


@dataclass
class _Column:
    filled: int = 0
    types: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def add(self, value: Any) -> None:
        self.filled += 1
        self.types.add(_type(value))
        if len(self.examples) < EXAMPLES:
            shown = shortened(value)
            if shown not in self.examples:
                self.examples.append(shown)


@dataclass
class Tally:
    """Counts records of one sort."""

    count: int = 0
    """Records so far."""
    lods: Counter[str] = field(default_factory=Counter)
    """Geometries by level of detail."""
    columns: dict[str, _Column] = field(default_factory=dict)

    def name(self, names: Any) -> None:
        """Let names stand even if no record fills them."""
        for name in names:
            self.columns.setdefault(str(name), _Column())

    def add(self, record: dict[str, Any]) -> None:
        """Take a record in."""
        self.count += 1
        self.say(record)

    def say(self, values: dict[str, Any]) -> None:
        """Take further values of the present record in."""
        for name, value in values.items():
            if value is None or value == "":
                continue
            column = self.columns.get(name)
            if column is None:
                if len(self.columns) >= _NAMES:
                    continue
                column = self.columns[name] = _Column()
            column.add(value)

    def layer(self, name: str, geometry: str | None = None) -> Layer:
        """Return what was counted."""
        attributes = tuple(
            Attribute(key, " | ".join(sorted(item.types)) or "empty", item.filled / max(self.count, 1),
                      tuple(item.examples))
            for key, item in self.columns.items()
        )  # fmt: skip
        return Layer(name, self.count, geometry, dict(sorted(self.lods.items())), attributes)


def _type(value: Any) -> str:
    """Return the type of a value; of text, what it can be read as."""
    if isinstance(value, dt.date | dt.time):
        return "date"
    return _TYPES.get(type(value), type(value).__name__)


def read_text(text: str) -> Any:
    """Return a number where a text is one, for the type alone; what begins with a zero too many is no number."""
    if _CODE.match(text):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def shortened(value: Any) -> str:
    """Return a value as an example of one line."""
    said = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
    text = " ".join(said.split())
    return text if len(text) <= EXAMPLE_LENGTH else text[: EXAMPLE_LENGTH - 1] + "…"
