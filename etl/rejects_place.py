"""Where an export of rejects may stand: where nothing does, or an older one; never over what a city is read from."""

from __future__ import annotations

import os
from pathlib import Path

import pyogrio

from cim.errors import BadSetting, BadSource
from cim.etl.export_place import BadExport
from cim.etl.rejects_rows import Connection
from cim.etl.workbook import opened_workbook

ENDINGS = (".gpkg", ".xlsx")
"""Of files that rejects are exported to."""
_MARK = "reject_id"


def check_place(connection: Connection, target: Path) -> None:
    """Refuse a place that an export of rejects must not take.

    Raises
    ------
    BadSetting
        The file's ending is none of `ENDINGS`.
    BadExport
        A folder stands there, a source of the city, or a file that is no export of rejects.
    """
    if target.suffix not in ENDINGS:
        raise BadSetting("--export", str(target), "give a file that ends in .gpkg or .xlsx")
    source = _source_at(connection, target)
    if source is not None:
        raise BadExport(f"{target} is what source {source!r} is read from", "give another name")
    # Asked of `os.path`: of a folder that may not be entered it says no, and the writing then says why.
    if os.path.isdir(target):  # noqa: PTH112 - see above
        raise BadExport(f"{target} is a folder", "give the name of a file")
    if os.path.exists(target) and not _holds_rejects(target):  # noqa: PTH110 - see above
        raise BadExport(f"{target} is there already, and no export of rejects", "give another name, or remove it")


def _source_at(connection: Connection, target: Path) -> str | None:
    """Return the source that a file is read by: its file, or one in its folder, whose files are all read."""
    place = Path(os.path.realpath(target))
    names = "SELECT DISTINCT l.path, s.name FROM run.load l JOIN run.source s USING (source_id) ORDER BY s.name"
    for path, name in connection.execute(names):
        if Path(os.path.realpath(path)) in (place, *place.parents):
            return str(name)
    return None


def _holds_rejects(target: Path) -> bool:
    """Whether a file is an export of rejects, mended or not."""
    try:
        if target.suffix == ".gpkg":
            layers = pyogrio.list_layers(target)[:, 0]
            return any(_MARK in pyogrio.read_info(target, layer=layer)["fields"] for layer in layers)
        with opened_workbook(target) as book:
            rows = book.get_sheet_by_index(0).to_python(nrows=1) if book.sheet_names else []
    except (BadSource, RuntimeError, OSError):
        return False
    return bool(rows) and _MARK in rows[0]
