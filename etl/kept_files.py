"""Files that stay beside the database: each appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cim.errors import BadSource


def keep_files(files: Mapping[str, Path], folder: Path) -> None:
    """Copy files into a folder under the names given; what is there already is the same, as names are digests.

    Raises
    ------
    BadSource
        The folder cannot be written.
    """
    for place, file in files.items():
        target = folder / place
        if not target.exists():
            try:
                _copy_whole(file, target)
            except OSError as error:
                what = f"cannot be copied to {target.parent} ({error.strerror})"
                raise BadSource(file, what, "make room there and let us write") from error


def _copy_whole(file: Path, target: Path) -> None:
    """Copy a file beside its place, then move it there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    half = Path(name)
    try:
        with os.fdopen(handle, "wb") as out, file.open("rb") as source:
            shutil.copyfileobj(source, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        half.chmod(0o644)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
