"""A full disk, told as such: the server may say so, or just be gone, as it stops when it cannot write its log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from cim.errors import DatabaseError

_LEAST_BYTES = 32 << 20
"""Two segments of the server's log: with less it cannot go on."""


@contextmanager
def full_disk_told(data_dir: Path) -> Iterator[None]:
    """Turn the loss of the database into the one clear line where a full disk is the cause.

    Parameters
    ----------
    data_dir
        Folder of the private cluster; where the server is another's, its own words must do.

    Raises
    ------
    DatabaseError
        The disk is full.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        cluster = data_dir / "pg"
        told = isinstance(error, psycopg.errors.DiskFull)
        if not told and not (cluster.exists() and shutil.disk_usage(cluster).free < _LEAST_BYTES):
            raise
        where = f" ({cluster})" if cluster.exists() else ""
        line = f"the database's disk is full{where}: make room there, then run cim db up and load again"
        raise DatabaseError(f"{line}; what was loaded before stands as it was") from error
