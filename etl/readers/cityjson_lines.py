"""A CityJSONSeq cut into runs of lines, which other processes can read; cutting costs as much as reading the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import orjson

from cim.errors import BadSource
from cim.etl.readers.cityjson_document import Chunk, add_line, batch_limits, document_header, first_lines


@dataclass(frozen=True)
class Lines:
    """Lines of a file that stand under one header, none of them a header itself."""

    path: Path
    """The file."""
    head: bytes
    """The header's line."""
    begin: int
    """First byte."""
    size: int
    """Bytes."""
    number: int
    """Number of the first line."""
    opening: bool
    """Whether they are the first of the file."""

    def chunk(self) -> Chunk:
        """Read the lines.

        Raises
        ------
        BadSource
            The file cannot be read, or is not what it was when it was cut.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.begin)
                text = file.read(self.size)
        except OSError as error:
            raise unreadable(self.path, error) from error
        chunk = Chunk(self.path, document_header(self.path, orjson.loads(self.head)))
        for number, line in enumerate(BytesIO(text), self.number):
            if line.strip() and add_line(line, number, chunk) is not None:
                raise BadSource(self.path, "has changed while it was read", "load it again")
        return chunk


def unreadable(path: Path, error: OSError) -> BadSource:
    """Return the error of a file that cannot be read."""
    return BadSource(path, f"cannot be read ({error.strerror})", "check the file and its permissions")


def cut(path: Path) -> Iterator[Lines]:
    """Yield the runs of lines of a CityJSONSeq; nothing where the file is no sequence.

    A sequence whose first line holds city objects of its own is left whole, too.

    Raises
    ------
    BadSource
        The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            first, second, head = first_lines(file)
            if head is None or head.get("CityObjects"):
                return
            yield from _runs(path, first, second, file)
    except OSError as error:
        raise unreadable(path, error) from error


def _runs(path: Path, head: bytes, line: bytes, file: IO[bytes]) -> Iterator[Lines]:
    """Cut what follows the first line, where reading in one process ends its batches, too."""
    begin = end = file.tell() - len(line)
    number = first = 2
    features, opening, (most, room) = 0, True, batch_limits(path)
    while line:
        other = _is_header(line)
        if end > begin and (other or features >= most or end - begin >= room):
            yield Lines(path, head, begin, end - begin, first, opening)
            begin, first, features, opening = end, number, 0, False
        end, number = end + len(line), number + 1
        if other:
            head, begin, first = line, end, number
        features += bool(line.strip())
        line = file.readline()
    if end > begin:
        yield Lines(path, head, begin, end - begin, first, opening)


def _is_header(line: bytes) -> bool:
    """Return whether a line begins another document."""
    if b'"CityJSON"' not in line:
        return False
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(body, dict) and body.get("type") == "CityJSON"
