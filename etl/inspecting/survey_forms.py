"""Form workbooks of the examination: one, or a folder of several with their photos; told by their sheets."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from cim.etl.inspecting import tables
from cim.etl.inspecting.findings import Clock, Findings, Inspector, Layer, Sample
from cim.survey_forms import PHOTOS, forms

_WORKBOOKS = {".xlsx", ".xlsm"}
_BOOK = "xl/workbook.xml"
_HEAD_BYTES = 1 << 16


def claims(sample: Sample) -> bool:
    """Whether a workbook, or the first of a folder, has a sheet of the forms."""
    return any(_has_forms(book) for book in _books(sample.path)[:1])


def look(path: Path, clock: Clock) -> Findings:
    """Find out about every form of every workbook."""
    books = _books(path)
    layers: list[Layer] = []
    complete = True
    for book in books:
        found = tables.look(book, clock)
        before = f"{book.stem} " if len(books) > 1 else ""
        layers += [_plain(layer, before) for layer in found.layers if layer.name.strip() in forms()]
        complete &= found.complete
    photos = path / PHOTOS if path.is_dir() else path.parent / PHOTOS
    facts = {"photos": sum(1 for _ in photos.iterdir())} if photos.is_dir() else {}
    name = "folder of examination forms" if path.is_dir() else "workbook of examination forms"
    return Findings(format=name, kind="survey_forms", layers=tuple(layers), facts=facts, complete=complete)


def _books(path: Path) -> list[Path]:
    """Return the workbooks of a source; those that a program holds open beside them are none."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in files if file.suffix.lower() in _WORKBOOKS and file.name[:2] != "~$"]


def _has_forms(book: Path) -> bool:
    """Whether one of the first sheets is a form; what cannot be opened is told as the table that it claims to be."""
    try:
        with zipfile.ZipFile(book) as packed, packed.open(_BOOK) as text:
            head = text.read(_HEAD_BYTES)
    except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False
    return any(f'name="{name}"'.encode() in head for name in forms())


def _plain(layer: Layer, before: str) -> Layer:
    """Return a sheet by its Chinese titles: the English ones stand below them in the same cells."""
    named = tuple(replace(one, name=one.name.partition("\n")[0]) for one in layer.attributes)
    return replace(layer, name=f"{before}{layer.name}", attributes=named)


INSPECTOR = Inspector(25, "forms of the examination", claims, look, tables.FAULTS)
