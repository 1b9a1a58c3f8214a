"""Rejects as files to work on: a GeoPackage with a layer for each theme, or a workbook with a sheet for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import orjson
import pandas as pd
import shapely
import xlsxwriter
from psycopg.rows import dict_row
from xlsxwriter.exceptions import FileCreateError

from cim.city import PROFILE_QUERY, CityProfile
from cim.errors import BadSetting
from cim.etl.export_place import in_place
from cim.etl.rejects_place import check_place
from cim.etl.rejects_rows import GEOMETRY, ORIGINAL, ROW_ENDS, Connection, Row, shapes_of

_TOLD = {
    "reject_id": "reject_id", "source": "source", "load_id": "load_id", "severity": "severity", "code": "code",
    "reason_zh": "reason_zh", "reason_en": "reason", "remedy_zh": "remedy_zh", "remedy_en": "remedy",
    "file": "file", "record": "record", "source_key": "source_key",
}  # fmt: skip
"""Column of the file -> of the row."""
_NO_THEME = "rejects"
_MOST_ROWS = 1_048_575


def export_rejects(connection: Connection, rows: Sequence[Row], target: Path) -> int:
    """Write rejects to a file; return how many.

    It is written beside its place and moved there when it is whole; an older export stands there until then.

    Raises
    ------
    BadSetting
        The file's ending is neither .gpkg nor .xlsx, or there are more rows than a sheet can hold.
    BadExport
        It cannot be written, or something else stands there: see `check_place`.
    """
    check_place(connection, target)
    frames = _frames(rows, shapes_of(connection, rows))
    if target.suffix == ".xlsx" and max(map(len, frames.values())) > _MOST_ROWS:
        remedy = f"a sheet holds {_MOST_ROWS:,} rows; write a .gpkg, or choose by --source or --code"
        raise BadSetting("--export", str(target), remedy)
    with in_place(target) as part:
        try:
            if target.suffix == ".gpkg":
                _write_geopackage(frames, part, _profile(connection))
            else:
                _write_workbook(frames, part)
        except (FileCreateError, RuntimeError) as error:
            raise OSError(" ".join(str(error).split())) from error
    return len(rows)


def _profile(connection: Connection) -> CityProfile:
    """Return the city."""
    row = connection.cursor(row_factory=dict_row).execute(PROFILE_QUERY).fetchone()
    return CityProfile(**(row or {}))


def _frames(rows: Sequence[Row], shapes: Sequence[Any]) -> dict[str, geopandas.GeoDataFrame]:
    """Return a frame for each theme, its columns those of the reject and of the original records."""
    by_theme: dict[str, list[tuple[Row, Any]]] = defaultdict(list)
    for row, shape in zip(rows, shapes, strict=True):
        by_theme[row["theme"] or _NO_THEME].append((row, shape))
    # Of none, too, a file is written that says so, and is known for what it is.
    return {theme: _frame(pairs) for theme, pairs in (by_theme or {_NO_THEME: []}).items()}


def _frame(pairs: Sequence[tuple[Row, Any]]) -> geopandas.GeoDataFrame:
    records = [{name: row[key] for name, key in _TOLD.items()} | _original(row) for row, _ in pairs]
    frame = pd.DataFrame(records, dtype=object, columns=None if records else list(_TOLD))
    for name in ("reject_id", "load_id"):
        frame[name] = frame[name].astype("int64")
    shapes = pd.Series([shape for _, shape in pairs], dtype=object)
    return geopandas.GeoDataFrame(frame, geometry=geopandas.GeoSeries(shapes))


def _original(row: Row) -> dict[str, Any]:
    """Return an original record as columns; what is nested becomes JSON, and of a row only its cells are told."""
    out = {}
    beside = {"geom", *ROW_ENDS} if row["original_is_row"] else {"geom"}
    for name, value in (row["original"] or {}).items():
        if name not in beside:
            nested = isinstance(value, list | dict)
            out[f"{ORIGINAL}{name}"] = orjson.dumps(value).decode() if nested else value
    return out


def _write_geopackage(frames: Mapping[str, geopandas.GeoDataFrame], target: Path, city: CityProfile) -> None:
    for theme, frame in _layers(frames):
        originals = [name for name in frame.columns if name.startswith(ORIGINAL)]
        placed = frame.assign(**{name: frame[name].map(_text, na_action="ignore") for name in originals})
        placed = placed.set_crs(city.projection)
        placed.to_file(target, layer=theme, driver="GPKG", engine="pyogrio", geometry_type="Unknown")


def _layers(frames: Mapping[str, geopandas.GeoDataFrame]) -> Iterator[tuple[str, geopandas.GeoDataFrame]]:
    """Yield a layer for each theme; for each source of it where columns differ by X, as a survey says, and x only."""
    for theme, frame in frames.items():
        if frame.columns.str.lower().is_unique:
            yield theme, frame
            continue
        for source, rows in frame.groupby("source"):
            empty = [name for name in rows if name.startswith(ORIGINAL) and rows[name].isna().all()]
            yield f"{theme} {source}", rows.drop(columns=empty)


def _text(value: object) -> str | None:
    """Return a value as text: a column of a layer has one type, an original value any."""
    return None if value is None else str(value)


def _write_workbook(frames: Mapping[str, geopandas.GeoDataFrame], target: Path) -> None:
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True, "tmpdir": str(target.parent),
    }  # fmt: skip
    with xlsxwriter.Workbook(str(target), options) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        for theme, frame in frames.items():
            sheet = book.add_worksheet(theme[:31])
            names = [name for name in frame.columns if name != "geometry"]
            sheet.write_row(0, 0, [*names, GEOMETRY], head)
            sheet.freeze_panes(1, 0)
            rows = zip(frame[names].itertuples(index=False), frame.geometry, strict=True)
            for number, (values, shape) in enumerate(rows, 1):
                cells = ["" if _is_missing(value) else value for value in values]
                wkt = "" if shape is None else shapely.to_wkt(shape, rounding_precision=-1)
                # Longer text than a cell holds would be cut: better none than half a shape.
                sheet.write_row(number, 0, [*cells, wkt if len(wkt) < 32767 else ""])
            sheet.autofilter(0, 0, len(frame), len(names))


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
