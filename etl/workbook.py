"""One way to open a workbook: refused before it is read where reading it would fill the memory.

The library that reads workbooks holds a sheet as the whole rectangle around its cells, and cannot be stopped:
a kilobyte whose last cell lies at XFD1048576 ends the process.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from html import unescape
from pathlib import Path
from xml.parsers import expat

import python_calamine

from cim.errors import BadSource
from cim.etl.workbook_extent import MOST_CELLS, Beyond, Chunks, check_binary, check_sheet, check_tables, column_letters

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
"""Endings of files that are workbooks."""
UNPACKED_LIMIT = 1 << 30
"""Bytes that a workbook's parts may have together, unpacked."""
_CHUNK = 1 << 20
_ENDLESS = 1 << 40
_LONGEST_LIST = 1 << 24
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?(sheet|Relationship)\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_FAULTS = (zipfile.BadZipFile, zlib.error, expat.ExpatError, LookupError, ValueError, EOFError, RuntimeError, OSError)


@contextmanager
def opened_workbook(path: Path) -> Iterator[python_calamine.CalamineWorkbook]:
    """Open a workbook whose sheets can be held.

    Raises
    ------
    BadSource
        It cannot be read, then or later, is protected by a password, or is too big: see `check_workbook`.
    """
    check_workbook(path)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            yield book
    except python_calamine.PasswordError as error:
        raise BadSource(path, "is protected by a password", "save it without one") from error
    except (python_calamine.CalamineError, OSError) as error:
        raise _unreadable(path, error) from error


def check_workbook(path: Path) -> None:
    """Refuse a workbook that would not fit into memory.

    Raises
    ------
    BadSource
        It unpacks to more than `UNPACKED_LIMIT`, the rectangle around the cells of a sheet has more than `MOST_CELLS`,
        or a part is damaged.
    """
    # An XLS file may end in a whole archive that was put into it.
    if path.suffix.lower() == ".xls" or not zipfile.is_zipfile(path):
        return
    status = path.stat()
    _check(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _check(path: Path, _changed: int, _size: int) -> None:
    """Look through an archive, once: a survey's workbook is opened again for each of its sheets."""
    try:
        with zipfile.ZipFile(path) as book:
            _check_parts(path, book)
    except Beyond as error:
        place = f"{column_letters(error.columns)}{error.rows}"
        what = f"sheet {error.sheet!r} reaches to {place}: {error.rows * error.columns:,} cells"
        raise BadSource(path, what, f"delete what lies far from the table: {MOST_CELLS:,} are read at most") from error
    except _FAULTS as error:
        raise _unreadable(path, error) from error


def _check_parts(path: Path, book: zipfile.ZipFile) -> None:
    """Unpack every part for its size, which the archive may deny, and look how far the sheets' cells reach."""
    parts = book.infolist()
    sizes = [part.file_size for part in parts]
    _check_size(path, sizes)
    sheets = _sheets(book)
    for number, part in enumerate(parts):
        # The stream ends with what is packed, not where the archive says.
        part.file_size = _ENDLESS
        chunks = partial(_chunks, path, book, sizes, number)
        name = part.filename.lower()
        try:
            _look(name, sheets)(chunks)
        except Beyond as error:
            raise Beyond(error.sheet or sheets.get(name, part.filename), error.rows, error.columns) from None


def _look(name: str, sheets: Mapping[str, str]) -> Callable[[Chunks], None]:
    """Return how a part is looked at."""
    if name == "content.xml":
        return check_tables
    if name not in sheets and not name.startswith("xl/worksheets/sheet"):
        return _unpack
    return check_binary if name.endswith(".bin") else check_sheet


def _unpack(chunks: Chunks) -> None:
    """Unpack a part for its size alone."""
    for _ in chunks():
        pass


def _chunks(path: Path, book: zipfile.ZipFile, sizes: list[int], number: int) -> Iterator[bytes]:
    """Yield the content of a part in pieces."""
    sizes[number] = 0
    with book.open(book.infolist()[number]) as packed:
        while chunk := packed.read(_CHUNK):
            sizes[number] += len(chunk)
            _check_size(path, sizes)
            yield chunk


def _check_size(path: Path, sizes: list[int]) -> None:
    """Refuse a workbook that unpacks to more than any table needs."""
    if (size := sum(sizes)) > UNPACKED_LIMIT:
        raise BadSource(path, f"unpacks to {size >> 20} MB", f"split it: at most {UNPACKED_LIMIT >> 20} MB are read")


def _sheets(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of an XLSX file's sheets by those of their parts, in small letters."""
    names = {values.get("id"): values.get("name", "") for values in _elements(book, "xl/workbook.xml")}
    found = {}
    for values in _elements(book, "xl/_rels/workbook.xml.rels"):
        if values.get("Id") in names:
            target = values.get("Target", "").lower()
            found["xl/" + target.removeprefix("/").removeprefix("xl/")] = names[values.get("Id")]
    return found


def _elements(book: zipfile.ZipFile, part: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of the sheets or relationships that a part lists, without prefixes."""
    for item in book.infolist():
        if item.filename.lower() == part:
            with book.open(item) as packed:
                text = packed.read(_LONGEST_LIST).decode("utf-8", "replace")
            for element in _ELEMENT.finditer(text):
                found = _ATTRIBUTE.findall(element[2])
                yield {name.rpartition(":")[2]: unescape(one or other) for name, one, other in found}


def _unreadable(path: Path, error: Exception) -> BadSource:
    """One line of what is wrong with a workbook."""
    what = f"cannot be read as a workbook ({' '.join(str(error).split())[:200]})"
    return BadSource(path, what, "it may be cut off: fetch it again, or save it anew as XLSX")
