"""Where a file is written until it is whole: in a folder beside its place, under the name that it will have."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from cim.errors import CimError


class BadExport(CimError):
    """What is asked for cannot be written."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")


def sidecar(path: Path) -> Path:
    """Return the name of the file that tells licences and sources beside one that has no place for them."""
    return path.with_name(f"{path.name}.json")


@contextmanager
def in_place(path: Path) -> Iterator[Path]:
    """Lend a place to write to, and move what was written there to its own when the block is done, its sidecar too.

    Raises
    ------
    BadExport
        It cannot be written: the message names the file that was asked for, whoever tells of it.
    """
    try:
        _check(path)
        with _folder(path.parent) as folder:
            part = folder / path.name
            try:
                yield part
                _move(part, path)
            except OSError as error:
                raise _unwritable(path, str(error.strerror or error).replace(str(part), str(path))) from error
    except OSError as error:
        raise _unwritable(path, error.strerror or error) from error
    except psycopg.errors.DiskFull as error:
        raise BadExport(f"the database cannot sort what {path.name} needs", "make room on its disk") from error


def _check(path: Path) -> None:
    """Refuse a place that cannot be one, before anything is written."""
    if path.is_dir() and any(path.iterdir()):
        raise BadExport(f"{path} is a folder with files in it", "give another name, or empty it")
    if not path.parent.is_dir():
        raise BadExport(f"{path} cannot be written (there is no folder {path.parent})", "make it, or give another name")


@contextmanager
def _folder(beside: Path) -> Iterator[Path]:
    """Lend a folder; whatever libraries leave there goes with it."""
    folder = Path(tempfile.mkdtemp(prefix=".part-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(part: Path, path: Path) -> None:
    """Move a file or folder to its place, and what tells of it."""
    if path.is_dir():
        path.rmdir()
    part.replace(path)
    if sidecar(part).exists():
        sidecar(part).replace(sidecar(path))


def _unwritable(path: Path, why: object) -> BadExport:
    """Return the error of a file that cannot be written."""
    return BadExport(f"{path} cannot be written ({why})", "see to the disk and its rights")
