"""Vector files through GDAL/OGR, in batches of Arrow columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from cim.errors import BadSource, MissingSource
from cim.etl import parquet_layer
from cim.etl.columns import text_option
from cim.etl.dxf_text import DRAWING, dxf_text
from cim.etl.gdal_setting import gdal_setting
from cim.etl.vector_counting import counted
from cim.etl.vector_places import refuse_mixed_crs, stated_crs
from cim.etl.vector_text import shapefile_encoding
from cim.manifest import SourceSpec

OPTIONS = frozenset({"layer", "where", "encoding", "axis_order"})
"""Options of a source that are understood here."""
_BATCH = 16_384
"""Features at a time: more take memory, and no less time."""
# The driver's own way writes another feature's outline over the one before a feature that has none (GDAL 3.12).
_ANY_LAYER = "OGR_FLATGEOBUF_STREAM_BASE_IMPL"
_FAULTS = (DataSourceError, FeatureError, FieldError, GeometryError, OSError, RuntimeError, pa.ArrowException)


@dataclass(frozen=True)
class VectorLayer:
    """One layer of a vector file."""

    name: str
    """Name of the layer."""
    crs: str | None
    """CRS that the file states."""
    fields: tuple[str, ...]
    """Names of its columns, geometry aside."""
    count: int
    """Features that the file says it has; -1: it does not say."""
    batches: Iterator[pa.RecordBatch]
    """Its features: columns, then `geometry_column` as WKB."""
    geometry_column: str
    """Name of the geometry among the columns."""
    has_geometry: bool
    """Whether there is one."""


_GML_ENDINGS = {".gml", ".xml"}


@contextmanager
def open_layer(source: SourceSpec) -> Iterator[VectorLayer]:
    """Open the layer that the source's options name, or the file's only one.

    Raises
    ------
    MissingSource, BadSource
        There is no such file or layer, or GDAL cannot read it.
    """
    path = source.path
    if path.suffix.lower() in parquet_layer.ENDINGS:
        with _open_parquet(source) as found:
            yield found
        return
    layer, where = _layer(source), text_option(source, "where")
    if path.suffix.lower() in _GML_ENDINGS:
        refuse_mixed_crs(path)
    given = text_option(source, "encoding")
    how: dict[str, Any] = {"layer": layer, "encoding": given or shapefile_encoding(path, layer)}
    if path.suffix.lower() == DRAWING:
        how["encoding"] = None  # `dxf_text` sees to it
    try:
        with dxf_text(path, given), _opened(path, where, how) as (info, meta, stream):
            name = meta["geometry_name"] or "wkb_geometry"
            fields = _told_apart(path, tuple(str(item) for item in meta["fields"]))
            batches = counted(source, stream, -1 if where else int(info["features"]))
            has = info["geometry_type"] is not None
            yield VectorLayer(layer, stated_crs(meta["crs"]), fields, int(info["features"]), batches, name, has)
    except (DataLayerError, *_FAULTS, ValueError) as error:
        raise _unreadable(path, error) from error


@contextmanager
def _opened(
    path: Path, where: str | None, how: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], Iterator[pa.RecordBatch]]]:
    """Open a file through GDAL: what it says of the layer, of the columns, and the batches."""
    info = pyogrio.read_info(path, **how)
    slower = "YES" if info["driver"] == "FlatGeobuf" else None
    with (
        gdal_setting(_ANY_LAYER, slower),
        pyogrio.open_arrow(path, batch_size=_BATCH, use_pyarrow=True, where=where, **how) as (meta, stream),
    ):
        yield info, meta, stream


@contextmanager
def _open_parquet(source: SourceSpec) -> Iterator[VectorLayer]:
    """Open a GeoParquet file as a layer called like it."""
    path = source.path
    if not path.is_file():
        raise MissingSource(path)
    if "where" in source.options:
        raise BadSource(path, "option where is for files that GDAL reads", "leave it out for GeoParquet")
    try:
        with parquet_layer.open_parquet(path) as (file, column, crs, fields):
            count = file.metadata.num_rows
            batches = parquet_layer.batches(file, column, fields, _BATCH)
            names = _told_apart(path, tuple(fields))
            yield VectorLayer(path.stem, crs, names, count, counted(source, batches, count), column, True)
    except (*_FAULTS, ValueError) as error:
        raise _unreadable(path, error) from error


def _told_apart(path: Path, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of columns; none may stand twice."""
    if len(set(fields)) < len(fields):
        twice = next(name for name in fields if fields.count(name) > 1)
        raise BadSource(path, f"has several columns called {twice!r}", "give each column a name of its own")
    return fields


def _layer(source: SourceSpec) -> str:
    """Return the layer to read."""
    if not source.path.exists():
        raise MissingSource(source.path)
    names = list(layers_of(source.path))
    wanted = source.options.get("layer")
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    what = "has several layers" if wanted is None else f"has no layer {wanted!r}"
    raise BadSource(
        source.path, f"{what} ({', '.join(names) or 'none at all'})", 'name one with layer = "…" in options'
    )


def layers_of(path: Path) -> dict[str, str]:
    """Return the layers of a file by name, each with its kind of geometry.

    Raises
    ------
    BadSource
        GDAL cannot read the file.
    """
    try:
        return {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
    except (DataLayerError, *_FAULTS, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadSource:
    """One line of what GDAL says."""
    said = " ".join(str(error).split()).removesuffix(".")
    said = said.replace(str(path), path.name).partition("; It might help")[0]
    remedy = "see that it is whole and of the kind"
    if isinstance(error, UnicodeDecodeError):
        remedy = 'name the encoding of its text in options, such as encoding = "gbk"'
    return BadSource(path, f"cannot be read as a vector file ({said[:200]})", remedy)
