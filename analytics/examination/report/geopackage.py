"""The results as a GeoPackage: a layer for each level of units, the problems as points, the indicators as a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.report.fields import Plain, indicator_fields, plain, problem_fields
from cim.analytics.examination.report.report import Report
from cim.codes import LEVELS


def geopackage(report: Report) -> bytes:
    """Return the results as a GeoPackage in the city's CRS.

    Layers: one for each level that was examined (`community`, …) with `C12_value` and `C12_grade` of each indicator,
    `problems`, and the table `indicators`.
    """
    # Without it the file says when it was written, and no two are equal.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{report.made_on.isoformat()}T00:00:00.000Z"})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.gpkg"
            for name, frame in _layers(report):
                _write(path, name, frame, report)
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _layers(report: Report) -> Iterator[tuple[str, pd.DataFrame]]:
    for level in LEVELS:
        units = report.units[report.units["level"] == level]
        if len(units):
            yield level, _units(report, units)
    yield "problems", _problems(report)
    yield "indicators", _table(indicator_fields(report))


def _table(told: Plain) -> pd.DataFrame:
    """Return a table with numbers where its columns have them, and text elsewhere."""
    frame = pd.DataFrame(list(told.rows), columns=[column.name for column in told.columns])
    numeric = {name: pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns}
    return frame.astype({name: "float64" if number else "str" for name, number in numeric.items()})


def _units(report: Report, units: GeoDataFrame) -> GeoDataFrame:
    """Return a level's units with a value and a grade for each indicator."""
    told = {name: units[name].astype("str") for name in ("key", "name")}
    for one in report.indicators.values():
        rows = one.rows.reindex(units.index)
        if rows["grade"].notna().any():
            told[f"{one.code}_value"] = rows["value"].map(plain).astype("float64")
            told[f"{one.code}_grade"] = rows["grade"].astype("str")
    shapes = [
        s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapely.force_2d(units.geometry)
    ]
    return GeoDataFrame(told, geometry=geopandas.GeoSeries(shapes, units.index), crs=units.crs)


def _problems(report: Report) -> GeoDataFrame:
    table = problem_fields(report)
    names = [column.name for column in table.columns]
    frame = pd.DataFrame(table.rows, columns=names)
    numbers = ("number", "problem_id", "year_found", "severity")
    frame = frame.astype({name: "float64" if name in numbers else "str" for name in names})
    return GeoDataFrame(frame, geometry=report.problems.geometry.reset_index(drop=True), crs=report.units.crs)


def _write(path: Path, name: str, frame: pd.DataFrame, report: Report) -> None:
    spatial = (
        {"geometry_type": "Point" if name == "problems" else "MultiPolygon"} if isinstance(frame, GeoDataFrame) else {}
    )
    metadata = {"DESCRIPTION": f"{report.year}; {report.stamp.en}"}
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(), layer_metadata=metadata, **spatial
    )
