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
    faults: list[int] = []
    for encoding in ("utf-8-sig", "gb18030", *(("utf-16",) if _is_utf_16(path) else ())):
        fault = _fault(path, encoding, _dbf_header(path) if skip_header else 0)
        if fault is None:
            return encoding if encoding != "utf-8-sig" or not skip_header else "UTF-8"
        faults.append(fault)
    what = "is neither UTF-8 nor GB18030 (GBK) text"
    if not skip_header:
        what = f"line {max(faults)} {what}"
    raise BadSource(Path(str(path)), what, "save it as UTF-8, or name its encoding in options")


def _is_utf_16(path: Path | zipfile.Path) -> bool:
    """Whether a file begins with the mark that Windows writes before such text."""
    with path.open("rb") as file:
        return file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _fault(path: Path | zipfile.Path, encoding: str, skip: int) -> int | None:
    """Return the number of the first line that does not decode; None: all do."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        with path.open("rb") as file:
            file.seek(skip)
            while chunk := file.read(_CHUNK):
                line += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].count(b"\n")
    except FileNotFoundError:
        raise MissingSource(Path(str(path))) from None
    return None


def _dbf_header(path: Path | zipfile.Path) -> int:
    """Length of a dBASE table's header."""
    with path.open("rb") as file:
        head = file.read(10)
    return int(struct.unpack("<H", head[8:10])[0]) if len(head) == 10 else 0
