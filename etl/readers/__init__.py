"""Readers: one module a format, each with a constant `READER`; adding a format touches no other file."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from cim.etl.batch import Reader


@cache
def readers() -> dict[str, Reader]:
    """Return every reader by kind."""
    found = (_reader(item.name) for item in pkgutil.iter_modules(__path__))
    return {reader.kind: reader for reader in found if reader is not None}


def find(kind: str) -> Reader | None:
    """Return the reader of a kind; None: there is none.

    A module that is named as its kind is found without importing the others, whose libraries take a second.
    """
    if kind.isidentifier() and any(item.name == kind for item in pkgutil.iter_modules(__path__)):
        reader = _reader(kind)
        if reader is not None and reader.kind == kind:
            return reader
    return readers().get(kind)


def _reader(module: str) -> Reader | None:
    """Return the reader that a module of this package offers."""
    reader = getattr(import_module(f"{__name__}.{module}"), "READER", None)
    return reader if isinstance(reader, Reader) else None
