"""Formats in which an answer is written as a file, chosen by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from cim.analytics.errors import BadQuestion

Told = TypeVar("Told")

CSV = "text/csv"
JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media types."""


@dataclass(frozen=True)
class FileFormat(Generic[Told]):
    """A format of files."""

    mimetype: str
    """Its media type."""
    write: Callable[[Told, str], bytes]
    """Writes an answer in a language, zh or en."""


def format_of(name: str, formats: Mapping[str, FileFormat[Told]]) -> FileFormat[Told]:
    """Return the format that a file's name asks for.

    Raises
    ------
    BadQuestion
        Its ending says none.
    """
    ending = name.rpartition(".")[2].lower()
    if ending not in formats:
        raise BadQuestion(f"{name} has an ending that says no format", f"use one of {', '.join(formats)}")
    return formats[ending]
