"""How many records a source is going to have, where that is cheap to know: for the time left, nothing else."""

from __future__ import annotations

from contextlib import suppress

from cim.manifest import SourceSpec

_COUNTED = {".gpkg", ".fgb", ".shp", ".parquet"}
"""Endings of vector files that say how many features they have, so that GDAL need not count."""


def expected_records(source: SourceSpec, last: int | None) -> int | None:
    """Return what a vector file says of itself, or else the records of the source's last load; None: nobody knows.

    Parameters
    ----------
    source
        The source.
    last
        Records that its last published load read; None: there was none.
    """
    if source.path.suffix.lower() in _COUNTED:
        import pyogrio  # late: a load of no vector file does without

        with suppress(Exception):  # the reader will say what is wrong with the file
            layer = source.options.get("layer")
            count = int(pyogrio.read_info(source.path, layer=layer)["features"])
            return count if count >= 0 else last
    return last
