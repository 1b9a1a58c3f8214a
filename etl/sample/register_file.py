"""Registers as files: GeoPackage layers and CSV tables whose columns are a theme's, written piece by piece."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from cim.copying import arrow_type
from cim.tables import THEMES, Column

CSV_THEMES = ("service_connection", "pipe_inspection", "statistic")
"""Registers without a geometry, handed over as CSV."""

PIECE = 8_000
"""Rows that a register gathers before it writes: its memory."""
# Without it every file says when it was written, and no two are equal.
_FIXED_DATE = {"OGR_CURRENT_DATE": "2025-03-18T00:00:00.000Z"}
_SHAPES = {"MULTIPOLYGON": "MultiPolygon", "POINT": "Point", "POINTZ": "Point Z", "LINESTRINGZ": "LineString Z"}
_SHAPES["GEOMETRY"] = "Unknown"  # control lines: lines, or the areas that they enclose


class Register:
    """One register: rows are gathered and written in pieces."""

    def __init__(self, path: Path, theme: str, crs: str, layer: str | None = None) -> None:
        self._path, self._theme, self._crs = path, theme, crs
        self._layer = layer or theme
        self._waiting: list[pd.DataFrame] = []
        self._rows = 0
        self._schema: pa.Schema | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add rows; columns are the theme's, `source_key`, keys of references, and extras."""
        if len(frame):
            self._waiting.append(frame)
            self._rows += len(frame)
        if self._rows >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        frame = pd.concat(self._waiting, ignore_index=True)
        self._waiting, self._rows = [], 0
        if self._path.suffix == ".csv":
            frame.to_csv(self._path, mode="a", index=False, header=not self._path.exists())
            return
        shapes = frame.pop("geom").to_numpy()
        if self._schema is None:
            self._schema = arrow_schema(self._theme, frame)
        table = pa.Table.from_pandas(frame.reindex(columns=self._schema.names), self._schema, preserve_index=False)
        kind = THEMES[self._theme].columns["geom"].shape
        if kind == "MULTIPOLYGON":
            shapes = promoted(shapes)
        encoded = pa.array(shapely.to_wkb(shapes, output_dimension=3 if kind.endswith("Z") else 2), pa.binary())
        pyogrio.set_gdal_config_options(_FIXED_DATE)
        try:
            pyogrio.write_arrow(
                table.append_column("geom", encoded), self._path, layer=self._layer, driver="GPKG",
                geometry_name="geom", geometry_type=_SHAPES[kind], crs=self._crs, append=self._path.exists(),
                layer_metadata={"DESCRIPTION": "synthetic"} if not self._path.exists() else None,
            )  # fmt: skip
        finally:
            pyogrio.set_gdal_config_options(dict.fromkeys(_FIXED_DATE))


def promoted(shapes: Any) -> Any:
    """Return polygons as multipolygons."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes = shapes.copy()
    shapes[single] = [shapely.MultiPolygon([shape]) for shape in shapes[single]]
    return shapes


def arrow_schema(theme: str, frame: pd.DataFrame) -> pa.Schema:
    """Return the types of a register: those of the theme's table, and of extras what they hold."""
    columns = THEMES[theme].columns
    fields = []
    for name in frame.columns:
        kind = _arrow_type(columns[name]) if name in columns else _held(frame[name])
        fields.append(pa.field(name, kind))
    return pa.schema(fields)


def _arrow_type(column: Column) -> pa.DataType:
    if column.type in {"boolean", "date"}:
        return arrow_type(column)
    if column.type in {"bigint", "integer", "smallint"}:
        return pa.int64()
    return pa.float64() if column.type == "double precision" else pa.string()


def _held(values: pd.Series[Any]) -> pa.DataType:
    known = values.dropna()
    first = known.iloc[0] if len(known) else ""
    if isinstance(first, bool | np.bool_):
        return pa.bool_()
    if isinstance(first, dt.date):
        return pa.date32()
    return pa.string() if isinstance(first, str) else pa.float64()


class Registers:
    """All registers of a city."""

    def __init__(self, folder: Path, crs: str) -> None:
        self._folder, self._crs = folder, crs
        self._open: dict[str, Register] = {}
        self.names: dict[str, str] = {}

    def write(self, theme: str, frame: pd.DataFrame) -> None:
        """Add rows to the register of a theme."""
        if theme not in self._open:
            ending = "csv" if theme in CSV_THEMES else "gpkg"
            self.names[theme] = f"registers/{theme}.{ending}"
            self._open[theme] = Register(self._folder / self.names[theme], theme, self._crs)
        self._open[theme].write(frame)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for register in self._open.values():
            register.flush()
