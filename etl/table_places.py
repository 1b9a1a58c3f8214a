"""Places in a table: well-known text in one column, or coordinates in two or three."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.etl.columns import text_option
from cim.etl.records import Geometries
from cim.etl.rejects import original_record
from cim.manifest import SourceSpec
from cim.tables import Table


@dataclass(frozen=True)
class PlaceColumns:
    """Where a table says where its records are."""

    wkt: str | None = None
    """Column of well-known text."""
    x: str | None = None
    """Column of eastings or longitudes."""
    y: str | None = None
    """Column of northings or latitudes."""
    z: str | None = None
    """Column of heights."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it takes."""
        return tuple(name for name in (self.wkt, self.x, self.y, self.z) if name is not None)


def check_place_options(source: SourceSpec, theme: Table, columns: Collection[str]) -> PlaceColumns:
    """Return the columns that hold places: those of the options, else those called `wkt`, or `x`, `y` and `z`.

    Raises
    ------
    BadSource
        The options name a column that the file lacks, or it has no place though the theme needs one.
    """
    if "geom" not in theme.columns:
        return PlaceColumns()
    given = {name: text_option(source, name) for name in ("wkt", "x", "y", "z")}
    for name, column in given.items():
        if column is not None and column not in columns:
            have = ", ".join(columns)
            raise BadSource(source.path, f"has no column {column!r} (option {name})", f"it has {have}")
    found = {name: column or (name if name in columns else None) for name, column in given.items()}
    if found["wkt"] is not None:
        return PlaceColumns(wkt=found["wkt"])
    if found["x"] is not None and found["y"] is not None:
        return PlaceColumns(x=found["x"], y=found["y"], z=found["z"])
    if theme.columns["geom"].nullable:
        return PlaceColumns()
    raise BadSource(source.path, "has no places", "name their columns in options: wkt, or x and y")


def table_geometry(
    frame: pd.DataFrame, place: PlaceColumns, theme: str, keys: pd.Series[Any]
) -> tuple[Geometries, list[Reject], npt.NDArray[np.bool_]]:
    """Read the places of a table's rows.

    Returns
    -------
    array
        Geometries in the file's CRS; None where a row names none.
    list of Reject
        One for each row whose place cannot be read.
    array of bool
        Those rows.
    """
    if place.wkt is not None:
        said = frame[place.wkt].astype(object).where(frame[place.wkt].notna(), None).to_numpy()
        with np.errstate(invalid="ignore"):
            shapes = np.asarray(shapely.from_wkt(said, on_invalid="ignore"), dtype=object)
        bad = shapely.is_missing(shapes) & ~pd.isna(said)
        reason = "{} is no well-known text"
        wrong = [(row, reason.format(repr(str(said[row])[:60]))) for row in np.flatnonzero(bad).tolist()]
        code = "geometry.not_wkt"
    else:
        shapes, bad, wrong = _points(frame, place)
        code = "geometry.not_a_number"
    rejects = [
        Reject(
            record=str(frame.index[row]),
            code=code,
            reason=reason,
            remedy="correct the place, or leave it empty",
            theme=theme,
            source_key=None if pd.isna(keys.iloc[row]) else str(keys.iloc[row]),
            original=original_record({str(name): value for name, value in frame.iloc[row].items()}),
        )
        for row, reason in wrong
    ]
    return shapes, rejects, bad


def _points(
    frame: pd.DataFrame, place: PlaceColumns
) -> tuple[Geometries, npt.NDArray[np.bool_], list[tuple[int, str]]]:
    """Read points from columns of coordinates."""
    names = [name for name in (place.x, place.y, place.z) if name is not None]
    given = frame[names].astype(object)
    coordinates = given.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    unread = given.notna().to_numpy() & np.isnan(coordinates)
    bad = unread.any(axis=1)
    wrong = []
    for row in np.flatnonzero(bad).tolist():
        column = int(unread[row].argmax())
        wrong.append((row, f"{names[column]} is {given.iloc[row, column]!r} where a number is wanted"))
    there = ~np.isnan(coordinates[:, :2]).any(axis=1)
    shapes = np.full(len(frame), None, dtype=object)
    flat = np.isnan(coordinates[:, 2]) if len(names) == 3 else np.ones(len(frame), dtype=bool)
    if (there & flat).any():
        shapes[there & flat] = shapely.points(coordinates[there & flat, :2])
    if (there & ~flat).any():
        shapes[there & ~flat] = shapely.points(coordinates[there & ~flat])
    return shapes, bad, wrong
