"""Any vector file of GDAL: its layers, their fields and how far they are filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from cim.etl.inspecting.findings import EXAMPLES, Attribute, Box, Clock, Findings, Inspector, Layer, Sample
from cim.etl.inspecting.tally import shortened
from cim.etl.text_file import detected_encoding

_BATCH = 16_384
_FOLDERS = {".gdb"}
_PIPES = re.compile(r"pipe|sewer|drain|conduit|water.?main|管", re.IGNORECASE)
_ARROW = (
    (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"), (pa.types.is_temporal, "date"), (pa.types.is_list, "list"),
    (pa.types.is_binary, "binary"),
)  # fmt: skip


def claims(sample: Sample) -> bool:
    """Whether GDAL may know a file: it is asked last, and then decides itself."""
    return sample.suffix in _FOLDERS or not sample.path.is_dir()


def look(path: Path, clock: Clock) -> Findings:
    """Find out about every layer of a vector file."""
    with _untouched(path):
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
    encoding = _encoding(path)
    layers = [_Layer(path, name, encoding) for name in names]
    complete = all([layer.read(clock) for layer in layers])
    crs = {layer.crs for layer in layers if layer.crs}
    problems = [problem for layer in layers for problem in layer.problems()]
    if len(crs) > 1:
        problems.append("its layers are in several CRSs: WGS 84 is told for the first")
    facts: dict[str, str | int | float] = {"encoding": encoding} if encoding else {}
    sources = _pipes(layers) or tuple(_options(layer, len(layers) > 1) for layer in layers)
    return Findings(
        format=f"{layers[0].driver if layers else 'vector'} file",
        kind=str(sources[0]["kind"]) if sources else None,
        crs=next((layer.crs for layer in layers if layer.crs), None),
        crs_from="the file",
        extent=_union([layer.extent for layer in layers if layer.crs in (None, *sorted(crs)[:1]) or len(crs) < 2]),
        heights=_span([layer.heights for layer in layers if layer.heights]),
        layers=tuple(layer.layer() for layer in layers),
        facts=facts,
        problems=tuple(problems),
        sources=sources or ({},),
        complete=complete,
    )


class _Layer:
    """One layer."""

    def __init__(self, path: Path, name: str, encoding: str | None) -> None:
        self._path, self.name, self._encoding = path, name, encoding
        info = pyogrio.read_info(path, layer=name, encoding=encoding, force_feature_count=True)
        self.driver = str(info["driver"])
        self.count = int(info["features"])
        self.crs = _stated(info["crs"])
        self.geometry = info["geometry_type"]
        self._boxes: list[Any] = []
        self.extent: Box | None = None
        self.heights: tuple[float, float] | None = None
        self._types: dict[str, str] = {}
        self._filled: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}
        self._kinds: set[str] = set()
        self.bare = self.invalid = self.read_rows = 0

    def read(self, clock: Clock) -> bool:
        """Read the features; False: time was up before the last."""
        opened = pyogrio.open_arrow(
            self._path, layer=self.name, encoding=self._encoding, batch_size=_BATCH, use_pyarrow=True
        )
        with opened as (meta, stream):
            place = meta["geometry_name"] or "wkb_geometry"
            for batch in stream:
                self._take(batch, place)
                if clock.up:
                    break
        self._settle()
        return self.count < 0 or self.read_rows >= self.count or not clock.up

    def _take(self, batch: pa.RecordBatch, place: str) -> None:
        self.read_rows += batch.num_rows
        # By place: a damaged file may have two columns of one name.
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name == place:
                self._places(column)
                continue
            self._types[name] = _arrow_type(column.type)
            texts = column.filter(pa.compute.not_equal(column, "")) if self._types[name] == "text" else column
            self._filled[name] = self._filled.get(name, 0) + len(texts) - texts.null_count
            shown = self._examples.setdefault(name, [])
            for value in texts.drop_null()[: EXAMPLES * 4].to_pylist() if len(shown) < EXAMPLES else ():
                example = shortened(value)
                if example not in shown and len(shown) < EXAMPLES:
                    shown.append(example)

    def _places(self, column: pa.Array) -> None:
        """Take in where features are."""
        with np.errstate(invalid="ignore"):
            shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
            bounds = shapely.bounds(shapes)
        bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        self.bare += int(bare.sum())
        # Vertical walls are invalid in the plane: that is for the checks of solids to judge.
        flat = ~bare & ~shapely.has_z(shapes)
        self.invalid += int((~shapely.is_valid(shapes[flat])).sum())
        numbers = np.unique(shapely.get_type_id(shapes[~bare]))
        self._kinds |= {shapely.GeometryType(number).name for number in numbers.tolist()}
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        if len(bounds):
            self._boxes.append([*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)])
        solid = shapely.get_coordinates(shapes[~bare & shapely.has_z(shapes)], include_z=True)[:, 2]
        solid = solid[np.isfinite(solid)]
        if len(solid):
            old = self.heights or (np.inf, -np.inf)
            self.heights = (min(old[0], float(solid.min())), max(old[1], float(solid.max())))

    def _settle(self) -> None:
        if self._boxes:
            ends = np.array(self._boxes)
            self.extent = (*ends[:, :2].min(axis=0).tolist(), *ends[:, 2:].max(axis=0).tolist())

    @property
    def kinds(self) -> set[str]:
        """Types of geometry in it."""
        return self._kinds

    @property
    def pipes(self) -> bool:
        """Whether its name, or that of a field, speaks of pipes."""
        return bool(self._kinds) and any(_PIPES.search(name) for name in (self.name, *self._types))

    @property
    def polygons(self) -> bool:
        """Whether it is of areas."""
        return bool(self._kinds) and self._kinds <= {"POLYGON", "MULTIPOLYGON"}

    def layer(self) -> Layer:
        """Return what was counted."""
        attributes = tuple(
            Attribute(name, kind, self._filled[name] / max(self.read_rows, 1), tuple(self._examples[name]))
            for name, kind in self._types.items()
        )
        geometry = ", ".join(sorted(self._kinds)) or None
        return Layer(self.name, max(self.count, self.read_rows), geometry, {}, attributes)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with it."""
        if self.bare and self.geometry is not None:
            yield f"{self.name}: {self.bare} features have no geometry"
        if self.invalid:
            yield f"{self.name}: {self.invalid} geometries are invalid (outlines that cross themselves, and the like)"


def _stated(crs: str | None) -> str | None:
    """Return a CRS; "undefined" ones are none."""
    return None if not crs or crs.upper().startswith(("ENGCRS", "LOCAL_CS")) else str(crs)


def _encoding(path: Path) -> str | None:
    """Return the encoding of a Shapefile's text, which seldom says so."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.exists():
        return None
    return detected_encoding(table, skip_header=True)


def _arrow_type(kind: pa.DataType) -> str:
    return next((name for test, name in _ARROW if test(kind)), "text")


def _pipes(layers: list[_Layer]) -> tuple[dict[str, object], ...]:
    """Return the source that loads lines which look like pipes, with the points beside them; none: they do not."""
    lines = [layer for layer in layers if layer.kinds <= {"LINESTRING", "MULTILINESTRING"} and layer.pipes]
    if not lines:
        return ()
    options: dict[str, object] = {"kind": "pipe_layers", "lines": lines[0].name}
    points = [layer.name for layer in layers if layer.kinds == {"POINT"}]
    return ({**options, "points": points[0]} if points else options,)


def _kind(layer: _Layer) -> str:
    return "footprints" if layer.polygons else "register"


def _options(layer: _Layer, several: bool) -> dict[str, object]:
    """Return the options of the source that loads a layer."""
    options: dict[str, object] = {"kind": _kind(layer)}
    if several:
        options["layer"] = layer.name
    if not layer.polygons:
        options["theme"] = "…"
    return options


def _union(boxes: list[Box | None]) -> Box | None:
    known = np.array([box for box in boxes if box is not None])
    if not len(known):
        return None
    low, high = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _span(spans: list[tuple[float, float]]) -> tuple[float, float] | None:
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None


_FAULTS = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, RuntimeError, pa.ArrowException,
           ValueError)  # fmt: skip
INSPECTOR = Inspector(90, "a vector file", claims, look, _FAULTS)
