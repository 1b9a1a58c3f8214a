"""Form workbooks as they come back filled in, with the photos that they name."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from cim.etl.sample.inspections import PHOTOS, Rows
from cim.etl.sample.randomness import stream
from cim.survey_forms import PHOTOS as PHOTO_FOLDER
from cim.survey_forms import forms

FOLDER = "survey"
"""Folder of the workbook and its photos, beside city.toml: one source."""

_BOOK = "forms.xlsx"
_CREATED = dt.datetime(2025, 10, 8, tzinfo=dt.UTC)
_HEIGHT, _WIDTH = 120, 160


def write_forms(folder: Path, seed: int, filled: Mapping[str, Rows]) -> None:
    """Write the forms of a city, filled in, and the photos in them; the same city gives the same bytes."""
    target = folder / FOLDER
    (target / PHOTO_FOLDER).mkdir(parents=True)
    for name in PHOTOS.values():
        (target / PHOTO_FOLDER / name).write_bytes(_picture(seed, name))
    with xlsxwriter.Workbook(str(target / _BOOK), {"constant_memory": True}) as book:
        book.set_properties({"title": "城市体检调查表（合成数据）", "comments": "Made-up data", "created": _CREATED})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in forms():
            # As `cim examine survey-forms` writes them: every sheet is there, those of which nobody saw anything too.
            _write(book.add_worksheet(name), name, filled.get(name, ()), day)


def _write(sheet: Worksheet, name: str, rows: Rows, day: object) -> None:
    columns = forms()[name].columns
    sheet.write_row(0, 0, [column.title for column in columns])
    for line, row in enumerate(rows, 1):
        for at, column in enumerate(columns):
            value = row.get(column.name)
            if isinstance(value, dt.date):
                sheet.write_datetime(line, at, dt.datetime.combine(value, dt.time()), day)
            elif isinstance(value, str):
                sheet.write_string(line, at, value)
            elif value is not None:
                sheet.write_number(line, at, value)


def _picture(seed: int, name: str) -> bytes:
    """Return a PNG of a plastered wall with a dark crack, drawn at random: nobody can take it for a real place."""
    rng = stream(seed, "photo", name)
    grey = 178 + rng.normal(0, 6, (_HEIGHT, _WIDTH))
    middle = _WIDTH / 2 + np.cumsum(rng.normal(0, 2.2, _HEIGHT))
    across = np.abs(np.arange(_WIDTH)[None, :] - middle[:, None])
    grey = np.where(across < rng.uniform(0.8, 2.6, (_HEIGHT, 1)), 52, grey - 60 * np.exp(-across / 3))
    rows = np.clip(grey, 0, 255).astype(np.uint8)
    # Each line begins with its filter: none.
    packed = zlib.compress(np.insert(rows, 0, 0, axis=1).tobytes(), 9)
    head = struct.pack(">2I5B", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"tEXt", b"Comment\0Synthetic: made-up data"), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
