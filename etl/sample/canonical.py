"""A digest of what a sample city says, whatever the files' bytes, dates and compression."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import orjson
import pyogrio
import python_calamine
import rasterio
import shapely

_PIECE = 20_000


def canonical_hash(folder: Path) -> str:
    """Return the SHA-256 of all records of a city's files.

    The same seed gives the same digest, today and tomorrow: records count, not timestamps, zip metadata or
    the order of a file's pages. Files are read piece by piece.
    """
    digest = hashlib.sha256()
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        read = _READERS.get(path.suffix)
        if read is None:
            continue
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        for piece in read(path):
            digest.update(piece)
    return digest.hexdigest()


def _text(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _workbook(path: Path) -> Iterator[bytes]:
    book = python_calamine.CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        yield name.encode()
        for row in book.get_sheet_by_name(name).iter_rows():
            yield orjson.dumps(row, default=str)


def _layers(path: Path) -> Iterator[bytes]:
    for name, _ in pyogrio.list_layers(path):
        first = 0
        while True:
            meta, _, shapes, values = pyogrio.raw.read(path, layer=name, skip_features=first, max_features=_PIECE)
            if first == 0:
                yield f"{name} {meta['fields'].tolist()} {meta['geometry_type']}".encode()
            count = len(values[0]) if values else 0
            if shapes is not None:
                yield b"".join(_millimetres(shapes))
            for column in values:
                yield orjson.dumps(column.astype(str).tolist())
            first += _PIECE
            if count < _PIECE:
                break


def _millimetres(shapes: Iterable[bytes]) -> Iterator[bytes]:
    for shape in shapely.from_wkb(np.asarray(shapes, dtype=object)):
        if shape is not None:
            yield np.round(shapely.get_coordinates(shape, include_z=True), 3).tobytes()


def _raster(path: Path) -> Iterator[bytes]:
    with rasterio.open(path) as dataset:
        yield f"{dataset.transform} {dataset.shape}".encode()
        for _, window in dataset.block_windows(1):
            yield dataset.read(1, window=window).tobytes()


_READERS = {
    ".jsonl": _text, ".json": _text, ".csv": _text, ".toml": _text, ".xlsx": _workbook, ".gpkg": _layers,
    ".tif": _raster,
}  # fmt: skip
