"""Numbers in a scan's header that cannot be true: believed, they make its libraries reserve memory till they die.

The LAS format's public header block and LAZ's chunk table, as far as they count what follows (LAS 1.4 R15, table 3).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import lazrs  # type: ignore[import-untyped]

from cim.errors import BadSource

_HEADER, _HEADER_1_4 = 227, 375
_RECORD, _EXTENDED_RECORD = 54, 60
"""Bytes of the head of a variable-length record, of an extended one."""
_LEAST_CHUNK = 20
"""Bytes of a point, which each chunk begins with."""
_WIDEST = 4096
"""Bytes of a point with all extra bytes that anybody writes."""


def refuse_impossible(path: Path) -> int:
    """Refuse a scan whose header counts more than the file can hold, and return the bytes of a point.

    Raises
    ------
    BadSource
        It is no LAS or LAZ, or says something impossible.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER_1_4)
        if head[:4] != b"LASF" or len(head) < _HEADER:
            raise _unreadable(path, "it does not begin as one")
        header_size, points_at, records = struct.unpack_from("<HII", head, 94)
        kind, width = struct.unpack_from("<BH", head, 104)
        if records * _RECORD > points_at - header_size or points_at > size:
            raise _unreadable(path, f"its header counts {records} records where there is no room for them")
        if not 20 <= width <= _WIDEST:
            raise _unreadable(path, f"its header says that a point has {width} bytes")
        if head[25] >= 4 and len(head) == _HEADER_1_4:
            first, extended = struct.unpack_from("<QI", head, 235)
            if extended and first + extended * _EXTENDED_RECORD > size:
                raise _unreadable(path, f"its header counts {extended} extended records beyond the end of the file")
        if kind & 0x80:
            chunks = _chunks(file, points_at, size)
            if chunks * _LEAST_CHUNK > size:
                raise _unreadable(path, f"its table counts {chunks} chunks, more than the file can hold")
    return int(width)


def _chunks(file: BinaryIO, points_at: int, size: int) -> int:
    """Return the number of chunks of a LAZ file; 0 where its table is not to be found, which its library will say."""
    table_at = _number(file, points_at, "<q")
    if table_at == -1:
        # Written as a stream: the place stands at the end.
        table_at = _number(file, size - 8, "<q")
    return _number(file, table_at + 4, "<I") if points_at < table_at < size else 0


def _number(file: BinaryIO, at: int, form: str) -> int:
    """Return the number that stands somewhere in a file; 0 beyond its end."""
    file.seek(max(at, 0))
    found = file.read(struct.calcsize(form))
    return int(struct.unpack(form, found)[0]) if len(found) == struct.calcsize(form) else 0


def _unreadable(path: Path, what: str) -> BadSource:
    """One line of what is wrong."""
    return BadSource(path, f"cannot be read as a laser scan ({what})", "give a whole LAS or LAZ file")


_MOST = 400_000_000
"""Bytes of the points of a chunk, which its library unpacks at once; usual are some two million."""
_LAYERS = {10: 9, 11: 1, 12: 2, 13: 1}
"""Layers in which LAZ keeps an item of points of format 6 and later, by the item's type; bytes have one each (14)."""


def refuse_impossible_chunks(path: Path, points_at: int, laszip: bytes) -> None:
    """Refuse a LAZ file whose chunks say that they hold more than their bytes.

    Parameters
    ----------
    path
        The file.
    points_at
        Where its points begin.
    laszip
        LAZ's own record of the header.

    Raises
    ------
    BadSource
        A chunk, or a layer of one, is longer than what is there.
    """
    items = [struct.unpack_from("<HH", laszip, 34 + 6 * at) for at in range(struct.unpack_from("<H", laszip, 32)[0])]
    layers = sum(size if kind == 14 else _LAYERS.get(kind, 0) for kind, size in items)
    width = sum(size for _, size in items)
    with path.open("rb") as file:
        file.seek(points_at)
        table = lazrs.read_chunk_table(file, lazrs.LazVlr(laszip))
        at, size = points_at + 8, path.stat().st_size
        for points, length in table:
            if points * width > _MOST:
                raise _unreadable(path, f"it keeps {points} points in one chunk, more than are read at once")
            if at + length > size:
                raise _unreadable(path, "its chunks are longer than the file")
            if layers and points:  # writers of COPC may close an empty one
                file.seek(at + width + 4)
                held = struct.unpack(f"<{layers}I", file.read(4 * layers).ljust(4 * layers, b"\0"))
                if width + 4 + 4 * layers + sum(held) > length:
                    raise _unreadable(path, "a chunk's layers are longer than the chunk")
            at += length
