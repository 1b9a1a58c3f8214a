"""Building footprints from any OGR vector file: GeoPackage, FlatGeobuf, Shapefile, GeoJSON and many more.

Options: `layer`; `where`, a condition of GDAL's; `encoding`; `columns`, our names to the file's (`key`, `height`,
`storeys`, `ground`, and any column of the theme `building`); `storey_height_m` (3.0), where only storeys are known;
`ground_m` (0.0), where no column tells the height of the ground; `heights`, a scan or two rasters in which those
without a height are measured (`cim.etl.heights`). A footprint with a height also gets a block (LoD1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from cim.city import CityProfile
from cim.crs import Transformation
from cim.etl.arrow_frame import arrow_frame
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.checks import OWN_COLUMNS
from cim.etl.checks.faults import Faults
from cim.etl.columns import attributes_json, column_map, number_option, numbers
from cim.etl.extrusion import blocks
from cim.etl.heights import Gauge, gauge
from cim.etl.records import Geometries
from cim.etl.vector_file import OPTIONS, open_layer
from cim.etl.vector_places import as_areas, geometries, placed, way_into_city
from cim.manifest import SourceSpec
from cim.tables import THEMES

STOREY_HEIGHT_M = 3.0
"""Height of a storey where the source says nothing better."""

_ALIASES = {"key": "source_key", "height": "height_m", "storeys": "storeys_above", "ground": "ground_min_m"}


@dataclass(frozen=True)
class _Plan:
    """How one source is read."""

    columns: dict[str, str]
    """The file's column of each of ours."""
    storey_height_m: float
    """Height of a storey."""
    ground_m: float
    """Ground where no column tells it, city height."""
    way: Transformation
    """Into the city's CRS."""
    gauge: Gauge | None = None
    """Measures those that have no height."""


_GROUNDLESS = Reject(
    record="every record",
    code="building.no_ground",
    reason="no column and no option tells the ground: the blocks stand at height 0 of the city's datum",
    remedy='say option ground_m = …, or columns = { ground = "…" }',
    theme="building",
    severity="warning",
)
"""Told once for a file: in a hilly city its blocks would lie deep below the terrain, or float."""


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield footprints as buildings, with foot and top of a block for each that has a height.

    Raises
    ------
    BadSource
        The file cannot be read, has no CRS or lacks a column that the options name.
    """
    with open_layer(source) as layer:
        plan = _Plan(
            columns=column_map(source, THEMES["building"], layer.fields, _ALIASES),
            storey_height_m=number_option(source, "storey_height_m", STOREY_HEIGHT_M),
            ground_m=number_option(source, "ground_m", 0.0),
            way=way_into_city(source, layer.crs, city),
            gauge=gauge(source, city),
        )
        start = 1
        told = {"ground_min_m", "block_base_m"} & plan.columns.keys() or {"ground_m", "heights"} & source.options.keys()
        groundless = not told
        for rows in layer.batches:
            shapes = placed(as_areas(geometries(rows, layer.geometry_column)), plan.way)
            batch = _with_places(_batch(rows, shapes, layer.fields, plan, start))
            if groundless and batch.frame["block_top_m"].notna().any():
                batch, groundless = replace(batch, rejects=[_GROUNDLESS, *batch.rejects]), False
            yield batch
            start += rows.num_rows


def _batch(rows: pa.RecordBatch, shapes: Geometries, fields: tuple[str, ...], plan: _Plan, start: int) -> Batch:
    """Make a batch of one Arrow batch."""
    frame = arrow_frame(rows, plan.columns, start)
    # An export tells the ids that the city gave: they are no content of the source.
    rest = [name for name in fields if name not in plan.columns.values() and name not in OWN_COLUMNS]
    if rest:
        frame["attributes"] = pd.arrays.ArrowExtensionArray(pa.chunked_array([attributes_json(rows, rest)]))
    frame["geom"] = shapes
    if plan.gauge is not None:
        _measure(frame, shapes, plan.gauge, plan.way)
    height = _heights(frame, plan)
    ground = numbers(frame, "ground_min_m")
    # An export of ours tells the foot of a block whose ground an option gave.
    foot = plan.way.heights(numbers(frame, "block_base_m"))
    ground = np.where(np.isnan(ground), np.where(np.isnan(foot), plan.ground_m, foot), plan.way.heights(ground))
    if "ground_min_m" in frame:
        frame["ground_min_m"] = ground
    _raise_blocks(frame, ground, height, plan.way)
    rejects = _remarks(frame, height) if {"height_m", "storeys_above"} & set(frame.columns) else []
    return Batch(
        theme="building",
        frame=frame,
        rejects=rejects,
        records_in=rows.num_rows,
        crs=plan.way.crs,
        pipeline=plan.way.pipeline,
        accuracy_m=plan.way.accuracy_m,
    )


def _with_places(batch: Batch) -> Batch:
    """Refuse records without a geometry: a building may be without, but a footprint is one."""
    missing = shapely.is_missing(batch.frame["geom"].to_numpy(dtype=object))
    if not missing.any():
        return batch
    faults = Faults(batch)
    faults.add(missing, "geometry.missing", "has no geometry", "draw it or drop the record; see that the file is whole")
    remarks = [item for item in batch.rejects if item.record not in {reject.record for reject in faults.rejects}]
    return replace(batch, frame=batch.frame[~missing], rejects=[*remarks, *faults.rejects])


def _raise_blocks(
    frame: pd.DataFrame, ground_m: npt.NDArray[np.float64], height_m: npt.NDArray[np.float64], way: Transformation
) -> None:
    """Give the frame foot and top of blocks; the file's own top stands only where no height is known."""
    top = way.heights(numbers(frame, "block_top_m"))
    rise = np.where(np.isnan(height_m), top - ground_m, height_m)
    for name, values in blocks(ground_m, rise).items():
        frame[name] = values


def _measure(frame: pd.DataFrame, shapes: Geometries, measuring: Gauge, way: Transformation) -> None:
    """Fill in the heights that the file does not give, and the ground under them; what it gives stands."""
    silent = np.isnan(numbers(frame, "height_m")) & ~shapely.is_missing(shapes)
    rows = np.flatnonzero(silent)
    if not len(rows):
        return
    found = measuring.measure(shapes[rows])
    there = np.isfinite(found.height_m)
    ground = numbers(frame, "ground_min_m")
    # The column is in the source's heights, as the others are; the reader brings them all to the city's datum.
    below = (found.ground_m - way.height_offset_m) / way.height_factor
    for name, values, fresh in (
        ("height_m", found.height_m, rows[there]),
        ("ground_min_m", np.round(below, 2), rows[there & np.isnan(ground[rows])]),
    ):
        if len(fresh):
            given = frame[name].astype(object) if name in frame else pd.Series(None, frame.index, dtype=object)
            given.iloc[fresh] = values[np.searchsorted(rows, fresh)]
            frame[name] = given
    notes = np.full(len(frame), None, dtype=object)
    for at in np.flatnonzero(there).tolist():
        notes[rows[at]] = found.note(at)
    frame["height_measured"] = pd.Series(notes, frame.index)


def _heights(frame: pd.DataFrame, plan: _Plan) -> npt.NDArray[np.float64]:
    """Return heights; where a record has none, its storeys times the height of one, which the frame is told."""
    height = numbers(frame, "height_m")
    storeys = numbers(frame, "storeys_above") * plan.storey_height_m
    silent = frame["height_m"].isna().to_numpy() if "height_m" in frame else np.ones(len(frame), dtype=bool)
    derived = silent & (storeys > 0)
    if derived.any():
        given = frame["height_m"].astype(object) if "height_m" in frame else pd.Series(None, frame.index, dtype=object)
        frame["height_m"] = given.mask(derived, storeys)
    return np.where(derived, storeys, height)


def _remarks(frame: pd.DataFrame, height_m: npt.NDArray[np.float64]) -> list[Reject]:
    """Remark on buildings that are kept without a block."""
    keys = frame["source_key"] if "source_key" in frame else pd.Series(None, frame.index, dtype=object)
    out = []
    for row in np.flatnonzero(~(height_m > 0)).tolist():
        said = "has no height" if np.isnan(height_m[row]) else f"has a height of {height_m[row]:g} m"
        key = keys.iloc[row]
        out.append(
            Reject(
                record=str(frame.index[row]),
                code="building.no_height",
                reason=said,
                remedy="give a height or storeys; kept as a footprint without a block",
                theme="building",
                source_key=None if pd.isna(key) else str(key),
                severity="warning",
            )
        )
    return out


READER = Reader(
    kind="footprints",
    title="Building footprints of any OGR vector file",
    read=read,
    options=OPTIONS | {"columns", "storey_height_m", "ground_m", "heights"},
)
