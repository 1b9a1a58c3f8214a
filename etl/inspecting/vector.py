"""Any vector file of GDAL: its layers, their fields and how far they are filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from cim.etl.dxf_text import dxf_text
from cim.etl.inspecting.findings import Clock, Findings, Inspector, Sample
from cim.etl.inspecting.vector_layers import LayerTally, vector_findings
from cim.etl.vector_text import shapefile_encoding

_BATCH = 16_384
_FOLDERS = {".gdb"}


def claims(sample: Sample) -> bool:
    """Whether GDAL may know a file: it is asked last, and then decides itself."""
    if not sample.path.is_dir():
        return True
    return sample.suffix in _FOLDERS or _has_shapefiles(sample.path)


def _has_shapefiles(folder: Path) -> bool:
    return any(item.suffix.lower() == ".shp" for item in folder.iterdir())


def look(path: Path, clock: Clock) -> Findings:
    """Find out about every layer of a vector file."""
    with _untouched(path), dxf_text(path, None):
        return _looked(path, clock)


@contextmanager
def _untouched(path: Path) -> Iterator[None]:
    """Take away the notes (.gfs) that GDAL leaves beside a GML file."""
    notes = path.with_suffix(".gfs")
    there = notes.exists()
    try:
        yield
    finally:
        if not there:
            notes.unlink(missing_ok=True)


def _looked(path: Path, clock: Clock) -> Findings:
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    encodings = {name: shapefile_encoding(path, name) for name in names}
    driver, layers, complete = "vector", [], True
    for name in names:
        info = pyogrio.read_info(path, layer=name, encoding=encodings[name], force_feature_count=True)
        driver = str(info["driver"])
        has = info["geometry_type"] is not None
        layer = LayerTally(name, _stated(info["crs"]), int(info["features"]), has_geometry=has)
        complete &= _read(layer, path, encodings[name], clock)
        layers.append(layer)
    told = sorted({encoding for encoding in encodings.values() if encoding})
    title = "folder of Shapefiles" if path.is_dir() and _has_shapefiles(path) else f"{driver} file"
    return vector_findings(title, layers, {"encoding": ", ".join(told)} if told else {}, complete=complete)


def _read(layer: LayerTally, path: Path, encoding: str | None, clock: Clock) -> bool:
    """Read a layer; False: time was up before its end."""
    opened = pyogrio.open_arrow(path, layer=layer.name, encoding=encoding, batch_size=_BATCH, use_pyarrow=True)
    with opened as (meta, stream):
        return layer.read(stream, meta["geometry_name"] or "wkb_geometry", clock)


def _stated(crs: str | None) -> str | None:
    """Return a CRS; "undefined" ones are none."""
    return None if not crs or crs.upper().startswith(("ENGCRS", "LOCAL_CS")) else str(crs)


FAULTS = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, RuntimeError, pa.ArrowException,
           ValueError)  # fmt: skip
INSPECTOR = Inspector(90, "a vector file", claims, look, FAULTS)
