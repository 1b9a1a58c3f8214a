"""`.inp` files: sections of words. EPANET and SWMM share the form and the ending, so they are told apart here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cim.errors import BadSource, MissingSource
from cim.etl.text_file import detected_encoding

_EPANET = frozenset({"PIPES", "RESERVOIRS", "TANKS", "EMITTERS", "QUALITY", "DEMANDS", "ENERGY", "REACTIONS"})
_SWMM = frozenset(
    {"CONDUITS", "OUTFALLS", "SUBCATCHMENTS", "XSECTIONS", "STORAGE", "RAINGAGES", "SUBAREAS", "WEIRS", "ORIFICES"}
)
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Line:
    """A line of a section."""

    number: int
    """In the file, from 1."""
    words: tuple[str, ...]
    """Without the comment; quotes are taken away."""
    comment: str | None
    """Comment on the line before it, which describes the object in SWMM's and EPANET's editors."""


def sections(path: Path) -> dict[str, list[Line]]:
    """Read a file's sections by name, in large letters.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, or it is no text.
    """
    if not path.is_file():
        raise MissingSource(path)
    out: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    remark: str | None = None
    with path.open(encoding=detected_encoding(path)) as file:
        for number, text in enumerate(file, 1):
            bare = text.strip()
            if bare.startswith("["):
                current, remark = out.setdefault(bare[1:].partition("]")[0].strip().upper(), []), None
            elif bare.startswith(";"):
                remark = bare[1:].strip() if not bare.startswith(";;") else None
            elif bare and current is not None:
                words = tuple(_words(bare))
                if words:
                    current.append(Line(number, words, remark or None))
                remark = None
    return out


def _words(text: str) -> Iterator[str]:
    """Yield the words before a comment."""
    for found in _WORD.finditer(text):
        word = found[1] if found[1] is not None else found[2]
        if found[1] is None and ";" in word:
            if word.partition(";")[0]:
                yield word.partition(";")[0]
            return
        yield word


def section_names(path: Path) -> set[str]:
    """Return the names of a file's sections, in large letters, whatever its encoding."""
    with path.open("rb") as file:
        heads = (line.strip() for line in file)
        return {head[1:].partition(b"]")[0].decode("ascii", "replace").upper() for head in heads if head[:1] == b"["}


def refuse_other(path: Path, found: Collection[str], kind: str) -> None:
    """Refuse a file of the other program.

    Parameters
    ----------
    path
        The file.
    found
        Names of its sections.
    kind
        epanet or swmm: what it is to be.

    Raises
    ------
    BadSource
        Its sections are the other one's; the message names them, and the kind to use.
    """
    ours, theirs, other = (_SWMM, _EPANET, "epanet") if kind == "swmm" else (_EPANET, _SWMM, "swmm")
    mine, others = ours & set(found), theirs & set(found)
    if others and not mine:
        names = {"epanet": "an EPANET water network", "swmm": "a SWMM drainage model"}
        shown = ", ".join(f"[{name}]" for name in sorted(others)[:4])
        raise BadSource(path, f"is {names[other]} ({shown}), not {names[kind]}", f'give kind = "{other}"')
