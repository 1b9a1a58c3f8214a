"""Building footprints from any OGR vector file: GeoPackage, FlatGeobuf, Shapefile, GeoJSON and many more.

Options: `layer`; `where`, a condition of GDAL's; `encoding`; `columns`, our names to the file's (`key`, `height`,
`storeys`, `ground`, and any column of the theme `building`); `storey_height_m` (3.0), where only storeys are known;
`ground_m` (0.0), where no column tells the height of the ground; `heights`, a scan or two rasters in which those
without a height are measured (`cim.etl.heights`). A footprint with a height also gets a block (LoD1).
"""

from __future__ import annotations

import os
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
from cim.etl.batch import EVERY_RECORD, Batch, Reader, Reject
from cim.etl.checks import OWN_COLUMNS
from cim.etl.checks.faults import Faults
from cim.etl.columns import attributes_json, column_map, number_option, numbers
from cim.etl.heights import Gauge, gauge
from cim.etl.parquet_layer import ENDINGS
from cim.etl.readers.footprints_heights import heights, measure, raise_blocks
from cim.etl.records import Geometries
from cim.etl.told_once import told_once
from cim.etl.vector_file import OPTIONS, VectorLayer, open_layer
from cim.etl.vector_places import as_areas, geometries, placed, way_into_city
from cim.manifest import SourceSpec
from cim.tables import THEMES

STOREY_HEIGHT_M = 3.0
"""Height of a storey where the source says nothing better."""
WORTH_IT_BYTES = 40_000_000
"""Size of a file from which further processes save more than they cost, where there are `_PROCESSORS` for them."""
WORTH_MEASURING_BYTES = 8_000_000
"""The same where heights are measured, which takes longer than all the rest."""
# The load's own process and the database's keep two busy.
_PROCESSORS = 3
_SWIFT = {".fgb", ".gpkg", ".shp", *ENDINGS}
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
    gauge: Gauge | None
    """Measures those that have no height."""
    groundless: bool
    """Whether nothing tells the ground."""


_GROUNDLESS = Reject(
    record=EVERY_RECORD,
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
        plan = _plan(source, layer.fields, layer.crs, city)
        yield from told_once(part.batch(plan) for part in _cut(layer))


def parts(source: SourceSpec, city: CityProfile) -> Iterator[FootprintsPart]:
    """Yield parts that together hold what `read` reads, in its order.

    The file is read here, its features travel as they came. Few formats know where a feature begins: of FlatGeobuf
    GDAL reads all that is to be skipped. To read and send them is a small share of the work, and of any format.

    Raises
    ------
    BadSource
        What `read` raises.
    """
    with open_layer(source) as layer:
        _plan(source, layer.fields, layer.crs, city)
        yield from _cut(layer)


@dataclass(frozen=True)
class FootprintsPart:
    """Some features, as the file has them."""

    rows: pa.RecordBatch
    """The features."""
    start: int
    """Number of the first."""
    fields: tuple[str, ...]
    """Names of their columns, geometry aside."""
    geometry_column: str
    """Name of the geometry among the columns."""
    crs: str | None
    """CRS that the file states."""

    def read(self, source: SourceSpec, city: CityProfile) -> list[Batch]:
        """Make of the part what `read` makes of it."""
        return [self.batch(_plan(source, self.fields, self.crs, city))]

    def batch(self, plan: _Plan) -> Batch:
        """Make a batch of it."""
        shapes = placed(as_areas(geometries(self.rows, self.geometry_column)), plan.way)
        batch = _with_places(_batch(self.rows, shapes, self.fields, plan, self.start))
        if plan.groundless and batch.frame["block_top_m"].notna().any():
            return replace(batch, rejects=[_GROUNDLESS, *batch.rejects])
        return batch


def _cut(layer: VectorLayer) -> Iterator[FootprintsPart]:
    """Yield the batches of a layer, numbered."""
    start = 1
    for rows in layer.batches:
        yield FootprintsPart(rows, start, layer.fields, layer.geometry_column, layer.crs)
        start += rows.num_rows


def _plan(source: SourceSpec, fields: tuple[str, ...], crs: str | None, city: CityProfile) -> _Plan:
    """Return how a source is read whose file has these columns and states this CRS."""
    columns = column_map(source, THEMES["building"], fields, _ALIASES)
    told = {"ground_min_m", "block_base_m"} & columns.keys() or {"ground_m", "heights"} & source.options.keys()
    return _Plan(
        columns=columns,
        storey_height_m=number_option(source, "storey_height_m", STOREY_HEIGHT_M),
        ground_m=number_option(source, "ground_m", 0.0),
        way=way_into_city(source, crs, city),
        gauge=gauge(source, city),
        groundless=not told,
    )


def _batch(rows: pa.RecordBatch, shapes: Geometries, fields: tuple[str, ...], plan: _Plan, start: int) -> Batch:
    """Make a batch of one Arrow batch."""
    frame = arrow_frame(rows, plan.columns, start)
    # An export tells the ids that the city gave: they are no content of the source.
    rest = [name for name in fields if name not in plan.columns.values() and name not in OWN_COLUMNS]
    if rest:
        frame["attributes"] = pd.arrays.ArrowExtensionArray(pa.chunked_array([attributes_json(rows, rest)]))
    frame["geom"] = shapes
    if plan.gauge is not None:
        measure(frame, shapes, plan.gauge, plan.way)
    height = heights(frame, plan.storey_height_m)
    ground = numbers(frame, "ground_min_m")
    # An export of ours tells the foot of a block whose ground an option gave.
    foot = plan.way.heights(numbers(frame, "block_base_m"))
    ground = np.where(np.isnan(ground), np.where(np.isnan(foot), plan.ground_m, foot), plan.way.heights(ground))
    if "ground_min_m" in frame:
        frame["ground_min_m"] = ground
    raise_blocks(frame, ground, height, plan.way)
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


def _worth_cutting(source: SourceSpec, size_bytes: int) -> bool:
    """Whether heights are measured, or a file is of a format that GDAL reads faster than one process checks it."""
    if "heights" in source.options:
        return size_bytes >= WORTH_MEASURING_BYTES
    swift = source.path.suffix.lower() in _SWIFT
    return swift and size_bytes >= WORTH_IT_BYTES and len(os.sched_getaffinity(0)) >= _PROCESSORS


READER = Reader(
    kind="footprints",
    title="Building footprints of any OGR vector file",
    read=read,
    parts=parts,
    worth_cutting=_worth_cutting,
    options=OPTIONS | {"columns", "storey_height_m", "ground_m", "heights"},
)
