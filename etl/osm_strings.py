"""Texts of OpenStreetMap extracts (PBF) that osmium cannot hold.

It keeps an object's tags as texts that end with a NUL each. One that holds a NUL of its own shifts all that follow, and
osmium then reads beyond them: the process ends. XML cannot hold one, and no editor of OSM lets one pass.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

_LARGEST_HEADER, _LARGEST_BLOCK = 64 << 10, 32 << 20
"""Bytes, by the format's description; more, and osmium refuses the file."""
_PLAIN, _ZLIB = 1, 3
"""Fields of a blob that hold a block as it is, or packed with zlib."""
_TEXT = 2
"""Kind of a field that holds bytes."""


def refuse_nul(path: Path) -> None:
    """Refuse an extract of which a text holds a NUL.

    Raises
    ------
    ValueError
        One does. What is no PBF, or not whole, is left to osmium.
    """
    state = path.stat()
    if _has_nul(path, state.st_size, state.st_mtime_ns):
        raise ValueError("a text holds a NUL character")


@lru_cache(maxsize=4)
def _has_nul(path: Path, size: int, changed: int) -> bool:  # noqa: ARG001 - the key: features and streets are read apart
    with path.open("rb") as file:
        return any(_nul_among(block) for block in _blocks(file))


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file's blocks unpacked, as far as they can be."""
    while len(size := file.read(4)) == 4:
        length = int.from_bytes(size, "big")
        header = dict(_fields(file.read(length))) if length <= _LARGEST_HEADER else {}
        room = header.get(3, 0)
        if not isinstance(room, int) or not 0 < room <= _LARGEST_BLOCK:
            return
        blob = dict(_fields(file.read(room)))
        plain, packed = blob.get(_PLAIN), blob.get(_ZLIB)
        if isinstance(plain, bytes):
            yield plain
        elif isinstance(packed, bytes):
            try:
                yield zlib.decompressobj().decompress(packed, _LARGEST_BLOCK)
            except zlib.error:
                return


def _nul_among(block: bytes) -> bool:
    """Whether a text of a block's table holds a NUL; other blocks than those of objects have no such table."""
    for number, table in _fields(block):
        if number == 1 and isinstance(table, bytes) and b"\0" in table[2:]:
            return any(isinstance(text, bytes) and b"\0" in text for _, text in _fields(table))
    return False


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message of Protocol Buffers, to its end or to where it is none."""
    at, end = 0, len(message)
    while at < end:
        key, at = _number(message, at)
        value, at = _number(message, at) if key & 7 in (0, _TEXT) else (0, at + {1: 8, 5: 4}.get(key & 7, end))
        if key & 7 == _TEXT:
            if at + value > end:
                return
            yield key >> 3, message[at : at + value]
            at += value
        elif at <= end:
            yield key >> 3, value


def _number(message: bytes, at: int) -> tuple[int, int]:
    """Return a number of any length and where it ends; past the message where it is cut off."""
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return 0, len(message) + 1
