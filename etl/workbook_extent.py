"""How far the cells of a sheet reach, found without holding them: one far cell costs a whole rectangle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from xml.parsers import expat

MOST_CELLS = 100_000_000
"""Cells that the rectangle of a sheet may have: twice those of a full sheet of fifty columns."""
# Almost every program writes cells so. Up to column BZ and row 1 049 999 they are 82 million at most.
_STRANGE = re.compile(rb'<c(?=[\s/>])(?! r="[AB]?[A-Z](?:[0-9]{1,6}|10[0-4][0-9]{4})")')
_PREFIXED = re.compile(rb":c[\s/>]")
_PLACE = re.compile(r"([A-Za-z]{1,6})([0-9]{1,10})")
_ROW, _CELLS = 0, {*range(2, 12), 62}
"""Records of XLSB ([MS-XLSB] 2.3): a row, and cells that are not empty."""
_LONGEST_RECORD = 1 << 24
_LONGEST = 64
"""Bytes from a cell's beginning within which it is told whether it is strange."""

Chunks = Callable[[], Iterator[bytes]]


class Beyond(Exception):
    """A sheet reaches further than it may: its name where the part says it, rows and columns from A1."""

    def __init__(self, sheet: str | None, rows: int, columns: int) -> None:
        super().__init__(sheet, rows, columns)
        self.sheet, self.rows, self.columns = sheet, rows, columns


def check_sheet(chunks: Chunks) -> None:
    """Look how far the cells of an XLSX sheet reach.

    Parameters
    ----------
    chunks
        Gives the sheet's XML from its beginning, as often as it is called.

    Raises
    ------
    Beyond
        They reach too far.
    expat.ExpatError, LookupError, ValueError
        It is no sheet, or names an encoding that there is not.
    """
    # A sheet of three hundred thousand rows is parsed in as long as all else takes, and searched in a fiftieth of it.
    if _is_strange(chunks()):
        _parse(chunks(), _Sheet().start)


def check_tables(chunks: Chunks) -> None:
    """Look how far the cells of the tables in an ODS file's content reach, as `check_sheet` does."""
    _parse(chunks(), _Tables().start)


def check_binary(chunks: Chunks) -> None:
    """Look how far the cells of an XLSB sheet reach, as `check_sheet` does."""
    reach, row, rest = _Reach(), 0, b""
    for chunk in chunks():
        data, at = rest + chunk, 0
        while (record := _record(data, at)) is not None:
            kind, begin, at = record
            number = int.from_bytes(data[begin : min(begin + 4, at)], "little") + 1
            if kind == _ROW:
                row = number
            elif kind in _CELLS:
                reach.add(row, number)
        rest = data[at:]


def column_letters(number: int) -> str:
    """Return the letters of a column, the first being 1."""
    letters = ""
    while number > 0:
        number, at = divmod(number - 1, 26)
        letters = chr(ord("A") + at) + letters
    return letters


def _is_strange(chunks: Iterator[bytes]) -> bool:
    """Whether some cell lies far away, or does not say plainly where it lies."""
    ahead = b""
    for chunk in chunks:
        window = ahead + chunk
        # A tag that the end of the chunk cuts is looked at with the next one.
        cut = window.rfind(b"<", max(0, len(window) - _LONGEST))
        end = len(window) if cut < 0 else cut
        if _STRANGE.search(window, 0, end) or _PREFIXED.search(window):
            return True
        ahead = window[end:] or window[-2:]
    return bool(_STRANGE.search(ahead))


def _parse(chunks: Iterator[bytes], start: Callable[[str, Mapping[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _record(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return kind, beginning and end of an XLSB record's content; None: it is not here whole."""
    head = data[at : at + 6]
    # Seven bits of a number in each byte, the small ones first; the eighth says that more follow.
    wide = 1 + (bool(head) and head[0] > 0x7F)
    kind = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head[:wide]))
    size = 0
    for place, byte in enumerate(head[wide : wide + 4]):
        size |= (byte & 0x7F) << 7 * place
        if byte < 0x80 or place == 3:
            begin = at + wide + place + 1
            if size > _LONGEST_RECORD:
                raise ValueError(f"a record has {size} bytes")
            return (kind, begin, begin + size) if begin + size <= len(data) else None
    return None


class _Reach:
    """Rows and columns that filled cells reach."""

    def __init__(self) -> None:
        self.sheet: str | None = None
        self.rows = self.columns = 0

    def add(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        if self.rows * self.columns > MOST_CELLS:
            raise Beyond(self.sheet, self.rows, self.columns)


class _Sheet:
    """Cells of an XLSX sheet, which say where they are, or follow the one before."""

    def __init__(self) -> None:
        self._reach = _Reach()
        self._row = self._column = 0
        self._in_cell = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See an element begin."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes["r"][:10]) if "r" in attributes else self._row + 1
            self._column, self._in_cell = 0, False
        elif name == "c":
            self._column += 1
            if "r" in attributes:
                self._row, self._column = _place(attributes["r"])
            self._in_cell = True
        elif self._in_cell:
            # Cells without content, which only have a style, are not held: programs give one to whole columns.
            self._reach.add(self._row, self._column)
            self._in_cell = False


def _place(reference: str) -> tuple[int, int]:
    """Return row and column of a cell such as AB12."""
    found = _PLACE.fullmatch(reference)
    if found is None:
        raise ValueError(f"a cell is named {reference[:40]!r}")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


class _Tables:
    """Cells of ODS tables: they and their rows follow one another, or are said to be repeated."""

    def __init__(self) -> None:
        self._reach = _Reach()
        self._row = self._rows = self._column = self._columns = 0
        self._in_cell = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See an element begin."""
        name = tag.rpartition(":")[2]
        if name == "table":
            self._reach, self._row, self._rows = _Reach(), 0, 0
            self._reach.sheet = _attribute(attributes, "name")
        elif name == "table-row":
            self._row, self._rows = self._row + self._rows, _repeats(attributes, "number-rows-repeated")
            self._column = self._columns = 0
        elif name in ("table-cell", "covered-table-cell"):
            self._column += self._columns
            self._columns = _repeats(attributes, "number-columns-repeated")
            self._in_cell = True
            if _attribute(attributes, "value-type") or _attribute(attributes, "formula"):
                self._fill()
        elif self._in_cell:
            self._fill()

    def _fill(self) -> None:
        self._reach.add(self._row + self._rows, self._column + self._columns)
        self._in_cell = False


def _attribute(attributes: Mapping[str, str], name: str) -> str | None:
    """Return an attribute, whatever its prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), None)


def _repeats(attributes: Mapping[str, str], name: str) -> int:
    """Return how often a row or a cell stands."""
    return int((_attribute(attributes, name) or "1")[:10])
