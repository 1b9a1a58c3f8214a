"""A sheet in the format that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from cim.sheets.sheet import Sheet


@dataclass(frozen=True)
class Format:
    """A file format of drawings."""

    ending: str
    """Ending of its files, without the dot."""
    mimetype: str
    """Its media type."""
    write: Callable[[Sheet], bytes]
    """Writes a sheet."""


def _late(module: str, name: str, sheet: Sheet) -> bytes:
    """Write by a function whose libraries are imported only now: they take a second."""
    from importlib import import_module

    written: bytes = getattr(import_module(f"cim.sheets.{module}"), name)(sheet)
    return written


FORMATS: Mapping[str, Format] = {
    "svg": Format("svg", "image/svg+xml", partial(_late, "svg", "svg")),
    "pdf": Format("pdf", "application/pdf", partial(_late, "pdf", "pdf")),
    "png": Format("png", "image/png", partial(_late, "pdf", "png")),
    "dxf": Format("dxf", "image/vnd.dxf", partial(_late, "dxf", "dxf")),
}
"""Formats by name."""


def written(sheet: Sheet, name: str) -> bytes:
    """Return a sheet as a file.

    Parameters
    ----------
    sheet
        What is drawn.
    name
        One of `FORMATS`.
    """
    return FORMATS[name].write(sheet)
