"""The encoding of a drawing's text (DXF): UTF-8 from AutoCAD 2007 on, whatever its code page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim.errors import BadSource
from cim.etl.gdal_setting import gdal_setting
from cim.etl.text_file import detected_encoding

DRAWING = ".dxf"
"""Ending of a drawing's name."""
_HEAD_BYTES = 1 << 16
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})\b")
_FIRST_IN_UTF_8 = 1021


@contextmanager
def dxf_text(path: Path, given: str | None) -> Iterator[None]:
    """Let GDAL read a drawing's text in its encoding; nothing is done for files of other formats.

    Parameters
    ----------
    path
        The file.
    given
        Encoding by the source's options; None: by the drawing's version, else by the code page that it states.
    """
    encoding = (given or _by_version(path)) if path.suffix.lower() == DRAWING else None
    with gdal_setting("DXF_ENCODING", encoding):
        yield


def _by_version(path: Path) -> str | None:
    """Return UTF-8 where the version promises it and the text is none other."""
    try:
        with path.open("rb") as file:
            found = _VERSION.search(file.read(_HEAD_BYTES))
        if found is None or int(found[1]) < _FIRST_IN_UTF_8:
            return None
        return "UTF-8" if detected_encoding(path) == "utf-8-sig" else None
    except (BadSource, OSError):
        return None
