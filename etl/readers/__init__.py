"""Readers: one module a format, each with a constant `READER`; adding a format touches no other file."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from cim.etl.batch import Reader


@cache
def readers() -> dict[str, Reader]:
    """Return every reader by kind."""
    modules = (import_module(f"{__name__}.{item.name}") for item in pkgutil.iter_modules(__path__))
    found = (getattr(module, "READER", None) for module in modules)
    return {reader.kind: reader for reader in found if isinstance(reader, Reader)}
