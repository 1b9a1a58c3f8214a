"""Text of vector files: the encoding of a Shapefile's, which seldom says so, and what is no text after all."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

from cim.etl.text_file import detected_encoding


def shapefile_encoding(path: Path, layer: str) -> str | None:
    """Return the encoding of a Shapefile's text, which seldom says so; None: it does, or it is of another format.

    Parameters
    ----------
    path
        The Shapefile, or a folder or ZIP file of several.
    layer
        Its layer.
    """
    ending = path.suffix.lower()
    if not path.is_dir() and ending not in {".shp", ".zip"}:
        return None
    try:
        folder = zipfile.Path(path) if ending == ".zip" else path if path.is_dir() else path.parent
        beside = {item.suffix.lower(): item for item in folder.iterdir() if item.stem == layer}
        if ".dbf" not in beside or ".cpg" in beside:
            return None
        return detected_encoding(beside[".dbf"], skip_header=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # Damaged, or packed in a way that only GDAL may know: GDAL is to tell.
        return None


def legible(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose text is UTF-8: what is none shows the sign for a character that is lost.

    A Shapefile's columns count bytes, and cut a long name in the middle of its last character.
    """
    for at, field in enumerate(batch.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            try:
                batch.column(at).validate(full=True)
            except pa.ArrowInvalid:
                kept = batch.column(at).cast(pa.binary() if pa.types.is_string(field.type) else pa.large_binary())
                texts = [None if item is None else item.decode(errors="replace") for item in kept.to_pylist()]
                batch = batch.set_column(at, field, pa.array(texts, field.type))
    return batch
