"""Writers: one module a format, each with a constant `WRITER`; adding a format touches no other file."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from cim.etl.export import FileWriter


@cache
def writers() -> dict[str, FileWriter]:
    """Return every writer by the name of its format."""
    found = (
        getattr(import_module(f"{__name__}.{item.name}"), "WRITER", None) for item in pkgutil.iter_modules(__path__)
    )
    return {writer.name: writer for writer in found if isinstance(writer, FileWriter)}
