"""Readers: one module a format, each with a constant `READER`; adding a format touches no other file."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from cim.errors import BadManifest
from cim.etl.batch import Reader
from cim.manifest import Manifest


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


def reader_of(manifest: Manifest, name: str) -> Reader:
    """Return the reader of a manifest's source, which knows every option that the source is given.

    Raises
    ------
    BadManifest
        There is no reader of its kind, or it has no such option: one that is misspelt would be as if it were not there.
    """
    source = next(item for item in manifest.sources if item.name == name)
    reader = find(source.kind)
    if reader is None:
        where = f"source {name!r} has kind {source.kind!r}"
        raise BadManifest(manifest.path, where, f"known kinds are {', '.join(sorted(readers()))}")
    for option in source.options:
        if option not in reader.options:
            near = "".join(f"; is {item} meant?" for item in get_close_matches(option, reader.options, 1))
            known = f"known are {', '.join(sorted(reader.options))}" if reader.options else "it has none"
            where = f"source {name!r} has option {option!r}"
            raise BadManifest(manifest.path, where, f"kind {source.kind} knows no such option: {known}{near}")
    return reader


def _reader(module: str) -> Reader | None:
    """Return the reader that a module of this package offers."""
    reader = getattr(import_module(f"{__name__}.{module}"), "READER", None)
    return reader if isinstance(reader, Reader) else None
