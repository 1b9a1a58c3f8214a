"""What tells whether a source has changed since it was last loaded: its bytes, and what the manifest says of it."""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path

import orjson

from cim.errors import BadSource, MissingSource
from cim.local_grid import SecretCrs
from cim.manifest import SourceSpec


@dataclass(frozen=True)
class Fingerprint:
    """Digest of a source's file or files, and of everything else that changes what is read from them."""

    sha256: str
    """SHA-256 of the file; of a folder, of the names and digests of its files."""
    size_bytes: int
    """Size of all files."""
    parameters_hash: str
    """Digest of kind, CRS, offsets, licence, classification and options."""


def fingerprint(source: SourceSpec) -> Fingerprint:
    """Read a source's files once and digest them.

    Raises
    ------
    MissingSource
        There is no such file.
    BadSource
        It cannot be opened, or the folder holds no file.
    """
    files = source_files(source.path)
    try:
        digests = [_file_digest(file) for file in files]
        size = sum(file.stat().st_size for file in files)
    except OSError as error:
        raise BadSource(source.path, f"cannot be read ({error.strerror})", "see to the file's permissions") from error
    if source.path.is_dir():
        named = [f"{file.relative_to(source.path)}\0{digest}" for file, digest in zip(files, digests, strict=True)]
        return Fingerprint(hashlib.sha256("\n".join(named).encode()).hexdigest(), size, parameters_hash(source))
    return Fingerprint(digests[0], size, parameters_hash(source))


def source_files(path: Path) -> list[Path]:
    """Return the file of a source, or the files of its folder, sorted.

    Raises
    ------
    MissingSource
        There is no such file, or the folder is empty.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        if files:
            return files
        raise BadSource(path, "the folder is empty", "put the source's files there or correct the path in city.toml")
    if not path.exists():
        raise MissingSource(path)
    return [path]


def parameters_hash(source: SourceSpec) -> str:
    """Digest what the manifest says of a source and changes what a load writes."""
    said = {
        "kind": source.kind,
        "crs": source.crs,
        # Parameters that are kept apart have no place here, nor any digest of them.
        "crs_revision": source.crs.revision if isinstance(source.crs, SecretCrs) else None,
        "height_offset_m": source.height_offset_m,
        "licence": source.licence,
        "attribution": source.attribution,
        "classification": source.classification,
        "secrecy": source.secrecy,
        "data_grade": source.data_grade,
        "options": dict(source.options),
        **_option_files(source),
        **_companions(source.path),
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


_COMPANIONS = {
    ".shp": {".dbf", ".shx", ".prj", ".cpg"},
    ".tab": {".dat", ".map", ".id", ".ind"},
    ".mif": {".mid"},
    ".tif": {".tfw", ".prj", ".aux.xml"},
    ".tiff": {".tfw", ".tifw", ".prj", ".aux.xml"},
}
"""Endings of the files that belong to a file of some format: its columns, its CRS, its place."""


def _companions(path: Path) -> dict[str, str]:
    """Return digests of the files that belong to a source's file: a Shapefile's columns stand in its .dbf."""
    endings = _COMPANIONS.get(path.suffix.lower(), set())
    if not endings or path.is_dir():
        return {}
    beside = {path.stem + ending for ending in endings} | {path.name + ".aux.xml"}
    wanted = {name.lower() for name in beside}
    found = sorted(file for file in path.parent.glob(f"{glob.escape(path.stem)}*") if file.name.lower() in wanted)
    return {f"companion {file.suffix.lower()}": _file_digest(file) for file in found if file.is_file()}


def _option_files(source: SourceSpec) -> dict[str, str]:
    """Return digests of the files beside a source that its options name: `columns_file`, `tags_file`."""
    folder = source.path if source.path.is_dir() else source.path.parent
    named = {name: folder / str(value) for name, value in source.options.items() if name.endswith("_file")}
    return {name: _file_digest(path) for name, path in named.items() if path.is_file()}


def _file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
