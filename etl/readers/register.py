"""Registers: a table whose columns are a theme's, as a GeoPackage layer (or any OGR file), CSV or XLSX.

Options: `theme` (needed unless the layer's name is one); `layer` or `sheet`; `columns`, our names to the file's, where
they differ (usual Chinese titles and values are known, see `register_words.py`); `values`, one value for all records
where the file lacks a column; `encoding` and `delimiter` of a CSV file, else found out; for places in a table: `wkt`,
or `x`, `y` and `z`, naming columns; `height_m`, one height for all where a theme wants heights and the file has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.arrow_frame import arrow_frame
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.checks.values import as_text
from cim.etl.columns import column_map, number_option, text_option, told_values
from cim.etl.records import Geometries
from cim.etl.register_titles import aliases, wanted_titles
from cim.etl.register_words import coded
from cim.etl.table_file import TABLES, TableFile, open_table
from cim.etl.table_places import check_place_options, table_geometry
from cim.etl.vector_file import OPTIONS, open_layer
from cim.etl.vector_places import geometries, placed, way_into_city
from cim.manifest import SourceSpec
from cim.tables import THEMES, Table

_NATURAL_KEYS = {"customer": ("network", "account_no", "meter_no")}
"""Columns that make the key of records that are given none."""


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield a register's records.

    Raises
    ------
    BadSource
        The file cannot be read, names no theme, lacks a column or a CRS.
    """
    if source.path.suffix.lower() in TABLES:
        with open_table(source, lambda name: wanted_titles(source, _theme(source, name))) as table:
            yield from _from_table(source, city, table)
    else:
        yield from _from_layer(source, city)


def _theme(source: SourceSpec, layer: str) -> Table:
    """Return the table of the theme that the options, or the layer's name, say."""
    name = text_option(source, "theme") or layer
    if name not in THEMES:
        what = f"theme {name!r}" if "theme" in source.options else f"says no theme (its layer is {name!r})"
        raise BadSource(source.path, what, f'give theme = "…" in options: one of {", ".join(THEMES)}')
    return THEMES[name]


def _from_layer(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield the records of a layer of a vector file."""
    with open_layer(source) as layer:
        theme = _theme(source, layer.name)
        columns = column_map(source, theme, layer.fields, aliases(theme.name))
        told = told_values(source, theme, columns)
        names = {name: layer.fields[at] for name, at in _places(columns, layer.fields)}
        way = way_into_city(source, layer.crs, city) if "geom" in theme.columns and layer.has_geometry else None
        start = 1
        for rows in layer.batches:
            frame = arrow_frame(rows, names, start, names.keys() - columns.keys()).assign(**told)
            frame = _keyed(coded(frame, theme.name), theme.name)
            if way is not None:
                shapes = placed(geometries(rows, layer.geometry_column), way)
                frame["geom"] = _with_height(source, theme, shapes)
            start += rows.num_rows
            yield Batch(
                theme.name,
                frame,
                records_in=rows.num_rows,
                crs=way.crs if way else None,
                pipeline=way.pipeline if way else None,
                accuracy_m=way.accuracy_m if way else None,
            )


def _from_table(source: SourceSpec, city: CityProfile, table: TableFile) -> Iterator[Batch]:
    """Yield the records of a CSV file or a sheet."""
    theme = _theme(source, table.name)
    place = check_place_options(source, theme, table.columns)
    fields = [name for name in table.columns if name not in place.columns]
    columns = column_map(source, theme, fields, aliases(theme.name))
    told = told_values(source, theme, columns)
    way = way_into_city(source, None, city) if place.columns else None
    remarks = [_above(theme, table)] if table.header.above else []
    remarks += [_two_lines(theme, table)] if table.header.lines else []
    for frame in table.frames:
        rejects: list[Reject] = []
        out = _renamed(frame.drop(columns=list(place.columns)), columns)
        out = _keyed(coded(out.assign(**told), theme.name), theme.name)
        if way is not None:
            shapes, rejects, bad = table_geometry(frame, place, theme.name, _keys(frame, columns))
            out["geom"] = _with_height(source, theme, placed(shapes, way))
            out = out[~bad]
        yield Batch(
            theme.name,
            out,
            rejects=[*remarks, *rejects],
            records_in=len(frame),
            crs=way.crs if way else None,
            pipeline=way.pipeline if way else None,
            accuracy_m=way.accuracy_m if way else None,
        )
        remarks = []


def _above(theme: Table, table: TableFile) -> Reject:
    """Remark on what stands above the header: it may say in which unit the numbers are."""
    row = table.header.rows
    return Reject(
        record="1",
        code="table.title",
        reason=f"above the header, which ends in row {row}, stands {table.header.above[:200]!r}: it is not read",
        remedy="see that it says nothing that the records need: a unit, a date",
        theme=theme.name,
        severity="warning",
        reason_zh=f"表头（至第 {row} 行）以上有“{table.header.above[:200]}”，未读取",
    )


def _two_lines(theme: Table, table: TableFile) -> Reject:
    """Remark on a header of two lines: the second of them may be a record."""
    upper, lower = (line[:200] for line in table.header.lines)
    row = table.header.rows
    return Reject(
        record=str(row - 1),
        code="table.title",
        reason=f"rows {row - 1} and {row} are read as one header of two lines: {upper!r}, below it {lower!r}",
        remedy=f"if row {row} is a record, name every column in row {row - 1}",
        theme=theme.name,
        severity="warning",
        reason_zh=f"第 {row - 1}、{row} 行作为两行表头读取：“{upper}”，其下“{lower}”",
    )


def _keys(frame: pd.DataFrame, columns: dict[str, str]) -> pd.Series[Any]:
    """Return the records' keys; missing where they have none."""
    return frame[columns["source_key"]] if "source_key" in columns else pd.Series(None, frame.index, dtype=object)


def _renamed(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Give columns our names; one that only by accident is called like another of ours keeps its own, marked."""
    names, at = zip(*_places(columns, tuple(frame.columns)), strict=True)
    return frame.iloc[:, list(at)].set_axis(list(names), axis=1)


def _places(columns: dict[str, str], titles: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return our name and the position of each column of a file; one of the file may be several of ours."""
    used = {ours: titles.index(theirs) for ours, theirs in columns.items()}
    rest = [at for at in range(len(titles)) if at not in used.values()]
    return [*used.items(), *((f"{titles[at]}_" if titles[at] in columns else titles[at], at) for at in rest)]


def _keyed(frame: pd.DataFrame, theme: str) -> pd.DataFrame:
    """Give records without a key the one that follows from what they are; the same twice is refused later."""
    names = [name for name in _NATURAL_KEYS.get(theme, ()) if name in frame]
    if not names or "source_key" in frame:
        return frame
    # As text, for a workbook's 12.0 is the 12 of any other file.
    rows = zip(*(as_text(frame[name]) for name in names), strict=True)
    return frame.assign(source_key=["/".join(str(part) for part in row if not pd.isna(part)) for row in rows])


def _with_height(source: SourceSpec, theme: Table, shapes: Geometries) -> Geometries:
    """Give flat geometries the one height of option `height_m`, where the theme wants heights."""
    if "height_m" not in source.options or theme.columns["geom"].dimension != 3:
        return shapes
    height = number_option(source, "height_m", 0.0)
    flat = ~shapely.has_z(shapes) & ~shapely.is_missing(shapes)
    return np.where(flat, shapely.force_3d(shapes, height), shapes)


READER = Reader(
    kind="register",
    title="Register: a table or layer with a theme's columns",
    read=read,
    options=OPTIONS | {"theme", "sheet", "delimiter", "columns", "values", "wkt", "x", "y", "z", "height_m"},
)
