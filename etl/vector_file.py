"""Vector files through GDAL/OGR, in batches of Arrow columns."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs, MissingSource
from cim.etl import parquet_layer
from cim.etl.columns import json_values, object_values, text_option
from cim.etl.dxf_text import DRAWING, dxf_text
from cim.etl.readers.axis_order import NORTH_EAST, declared_order
from cim.etl.records import Geometries
from cim.etl.rings import unwrapped
from cim.etl.text_file import detected_encoding
from cim.manifest import SourceSpec

OPTIONS = frozenset({"layer", "where", "encoding", "axis_order"})
"""Options of a source that are understood here."""
_BATCH = 16_384
"""Features at a time: more take memory, and no less time."""
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
_SRS_NAME = re.compile(rb"""srsName\s*=\s*["']([^"']{1,300})["']""")
_CODE = re.compile(rb"^.*[:#/](\d+)$")
_SCANNED_BYTES = 1 << 20
_LONGEST_NAME = 320


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
            batches = _counted(source, stream, -1 if where else int(info["features"]))
            has = info["geometry_type"] is not None
            yield VectorLayer(layer, _stated_crs(meta["crs"]), fields, int(info["features"]), batches, name, has)
    except (DataLayerError, *_FAULTS, ValueError) as error:
        raise _unreadable(path, error) from error


@contextmanager
def _opened(
    path: Path, where: str | None, how: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], Iterator[pa.RecordBatch]]]:
    """Open a file through GDAL: what it says of the layer, of the columns, and the batches."""
    info = pyogrio.read_info(path, **how)
    with pyogrio.open_arrow(path, batch_size=_BATCH, use_pyarrow=True, where=where, **how) as (meta, stream):
        yield info, meta, stream


def refuse_mixed_crs(path: Path) -> None:
    """Refuse a GML file whose geometries name several CRSs: GDAL would take all coordinates for the first one's.

    Raises
    ------
    BadSource
        Names the first two.
    """
    # One CRS has several spellings: urn:ogc:def:crs:EPSG::4545, EPSG:4545, http://…/epsg.xml#4545.
    found: dict[bytes, bytes] = {}
    rest = b""
    with path.open("rb") as file:
        while (part := file.read(_SCANNED_BYTES)) and len(found) < 2:
            # A name may lie across the edge of two parts.
            found |= {_CODE.sub(rb"\1", name): name for name in _SRS_NAME.findall(rest + part)}
            rest = (rest + part)[-_LONGEST_NAME:]
    if len(found) > 1:
        one, other = sorted(name.decode(errors="replace") for name in found.values())[:2]
        raise BadSource(path, f"mixed CRS: geometries name {one} and {other}", "write each CRS to a file of its own")


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
            yield VectorLayer(path.stem, crs, names, count, _counted(source, batches, count), column, True)
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


def shapefile_encoding(path: Path, layer: str) -> str | None:
    """Return the encoding of a Shapefile's text, which seldom says so; None: it does, or it is of another format.

    Parameters
    ----------
    path
        The Shapefile, or a folder or ZIP file of several.
    layer
        Its layer.
    """
    ending = path.suffix.lower()
    if not path.is_dir() and ending not in {".shp", ".zip"}:
        return None
    try:
        folder = zipfile.Path(path) if ending == ".zip" else path if path.is_dir() else path.parent
        beside = {item.suffix.lower(): item for item in folder.iterdir() if item.stem == layer}
        if ".dbf" not in beside or ".cpg" in beside:
            return None
        return detected_encoding(beside[".dbf"], skip_header=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # Damaged, or packed in a way that only GDAL may know: GDAL is to tell.
        return None


def _stated_crs(crs: str | None) -> str | None:
    """Return a file's CRS; "undefined" ones are none."""
    if not crs or crs.upper().startswith(("ENGCRS", "LOCAL_CS")):
        return None
    return str(crs)


def _counted(source: SourceSpec, stream: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    """Pass batches on; a file that ends before its time is refused, as GDAL ends without a word in some formats."""
    read = 0
    for batch in stream:
        read += batch.num_rows
        if batch.num_rows:
            yield legible(batch)
    if 0 <= read < count:
        raise BadSource(source.path, f"ends after {read} of {count} features", "it is truncated: get a whole copy")


def legible(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose text is UTF-8: what is none shows the sign for a character that is lost.

    A Shapefile's columns count bytes, and cut a long name in the middle of its last character.
    """
    for at, field in enumerate(batch.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            try:
                batch.column(at).validate(full=True)
            except pa.ArrowInvalid:
                kept = batch.column(at).cast(pa.binary() if pa.types.is_string(field.type) else pa.large_binary())
                texts = [None if item is None else item.decode(errors="replace") for item in kept.to_pylist()]
                batch = batch.set_column(at, field, pa.array(texts, field.type))
    return batch


def _unreadable(path: Path, error: Exception) -> BadSource:
    """One line of what GDAL says."""
    said = " ".join(str(error).split()).removesuffix(".")
    said = said.replace(str(path), path.name).partition("; It might help")[0]
    remedy = "see that it is whole and of the kind"
    if isinstance(error, UnicodeDecodeError):
        remedy = 'name the encoding of its text in options, such as encoding = "gbk"'
    return BadSource(path, f"cannot be read as a vector file ({said[:200]})", remedy)


def way_into_city(source: SourceSpec, stated: str | None, city: CityProfile) -> Transformation:
    """Return the transformation of a source into the city's CRS; the manifest's CRS comes before the file's.

    Raises
    ------
    MissingCrs
        Neither says one.
    BadCrs
        It is not known, or cannot be brought into the city's.
    """
    crs = source.crs or stated
    if not crs:
        raise MissingCrs(source.path)
    way = transformation(crs, city, source.path, height_offset_m=source.height_offset_m)
    order = declared_order(source.options.get("axis_order"), source.path)
    return way.northing_first() if order == NORTH_EAST else way


def placed(geometry: Geometries, way: Transformation) -> Geometries:
    """Return geometries in the city's CRS and datum; those without heights stay without."""
    solid = shapely.has_z(geometry)
    if way.pipeline is None and not solid.any():
        return geometry
    out = geometry.copy()
    for rows, heights in ((~solid, False), (solid, True)):
        if rows.any() and (way.pipeline is not None or heights):
            points = shapely.get_coordinates(geometry[rows], include_z=heights)
            out[rows] = shapely.set_coordinates(geometry[rows], way.points(points))
    return out


def arrow_frame(
    batch: pa.RecordBatch, names: Mapping[str, str], start: int, whole: Collection[str] = ()
) -> pd.DataFrame:
    """Return Arrow columns as a frame without copying them; rows are numbered from `start`.

    Parameters
    ----------
    batch
        Records of a file.
    names
        The file's column of each of the frame's; one of the file may be several of the frame.
    start
        Number of the first record.
    whole
        The frame's columns in which objects and lists stay what they are; in others they come as JSON text.
    """
    index = pd.RangeIndex(start, start + batch.num_rows)
    columns = {name: _series(batch[theirs], index, name in whole) for name, theirs in names.items()}
    return pd.DataFrame(columns, index=index)


def _series(column: pa.Array, index: pd.RangeIndex, whole: bool) -> pd.Series[Any]:
    """Return a column for a frame; objects and lists whole, or as JSON text."""
    objects = object_values(column)
    if objects is not None and whole:
        return pd.Series(objects, index, dtype=object)
    plain = column if objects is None else json_values(column)
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([plain])), index)


def geometries(batch: pa.RecordBatch, column: str) -> Geometries:
    """Return the geometries of an Arrow batch; what is no geometry at all is missing.

    Multipolygons of one part come as polygons.
    """
    wkb = batch[column].to_numpy(zero_copy_only=False)
    # NaN among the coordinates is the checks' to refuse, not numpy's to warn of.
    with np.errstate(invalid="ignore"):
        return unwrapped(np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object))


def as_areas(shapes: Geometries) -> Geometries:
    """Return closed lines as the areas that they enclose, as drawings (DXF) have them; others stay what they are."""
    closed = np.isin(shapely.get_type_id(shapes), [1, 2]) & shapely.is_closed(shapes)
    rows = np.flatnonzero(closed & (shapely.get_num_coordinates(shapes) >= 4))
    if not len(rows):
        return shapes
    out = shapes.copy()
    points, owner = shapely.get_coordinates(
        shapes[rows], include_z=bool(shapely.has_z(shapes[rows]).all()), return_index=True
    )
    out[rows] = shapely.polygons(shapely.linearrings(points, indices=owner))
    return out
