"""Text of unknown encoding: UTF-8 where it is valid UTF-8, else GB18030, which holds GBK and GB 2312."""

from __future__ import annotations

import codecs
import struct
import zipfile
from pathlib import Path

from cim.errors import BadSource, MissingSource

_CHUNK = 1 << 20


def detected_encoding(path: Path | zipfile.Path, *, skip_header: bool = False) -> str:
    """Return the encoding of a text file, found by reading all of it.

    Parameters
    ----------
    path
        The file, which may lie in a ZIP file.
    skip_header
        The file is a dBASE table, whose header is no text.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, or it is neither UTF-8 nor GB18030.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding, _dbf_header(path) if skip_header else 0):
            return encoding if encoding != "utf-8-sig" or not skip_header else "UTF-8"
    raise BadSource(
        Path(str(path)), "is neither UTF-8 nor GB18030 (GBK) text", "save it as UTF-8, or name its encoding in options"
    )


def _decodes(path: Path | zipfile.Path, encoding: str, skip: int) -> bool:
    """Whether a whole file decodes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            file.seek(skip)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except FileNotFoundError:
        raise MissingSource(Path(str(path))) from None
    return True


def _dbf_header(path: Path | zipfile.Path) -> int:
    """Length of a dBASE table's header."""
    with path.open("rb") as file:
        head = file.read(10)
    return int(struct.unpack("<H", head[8:10])[0]) if len(head) == 10 else 0
