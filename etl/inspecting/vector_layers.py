"""Layers of vector files: what their features say, where they are, and the sources that load them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from cim.etl.inspecting.findings import EXAMPLES, Attribute, Box, Clock, Findings, Layer
from cim.etl.inspecting.tally import shortened
from cim.etl.vector_text import legible
from cim.tables import THEMES

_PIPES = re.compile(r"pipe|sewer|drain|conduit|water.?main|管", re.IGNORECASE)
_ARROW = (
    (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"), (pa.types.is_temporal, "date"), (pa.types.is_list, "list"),
    (pa.types.is_large_list, "list"), (pa.types.is_nested, "object"), (pa.types.is_binary, "binary"),
)  # fmt: skip


class LayerTally:
    """One layer, counted."""

    def __init__(self, name: str, crs: str | None, count: int, *, has_geometry: bool) -> None:
        self.name, self.crs, self.count = name, crs, count
        self._has_geometry = has_geometry
        self._boxes: list[Any] = []
        self.heights: tuple[float, float] | None = None
        self._types: dict[str, str] = {}
        self._filled: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}
        self._kinds: set[str] = set()
        self.bare = self.invalid = self.read_rows = 0

    def read(self, batches: Iterable[pa.RecordBatch], place: str, clock: Clock) -> bool:
        """Read the features, their geometry being in column `place`; False: time was up before the last."""
        for batch in batches:
            self._take(legible(batch), place)
            if clock.up:
                break
        return self.count < 0 or self.read_rows >= self.count or not clock.up

    def _take(self, batch: pa.RecordBatch, place: str) -> None:
        self.read_rows += batch.num_rows
        # By place: a damaged file may have two columns of one name.
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name == place:
                self._places(column)
                continue
            self._types[name] = _arrow_type(column.type)
            plain = column.storage if isinstance(column, pa.ExtensionArray) else column
            texts = plain.filter(pa.compute.not_equal(plain, "")) if self._types[name] == "text" else plain
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

    @property
    def extent(self) -> Box | None:
        """How far its features reach."""
        return union(self._boxes)

    @property
    def kinds(self) -> set[str]:
        """Types of geometry in it."""
        return self._kinds

    @property
    def theme(self) -> str | None:
        """The theme that it is called like; buildings aside, which are footprints."""
        return self.name if self.name in THEMES and self.name != "building" else None

    @property
    def pipes(self) -> bool:
        """Whether its name, or that of a field, speaks of pipes."""
        named = any(_PIPES.search(name) for name in (self.name, *self._types))
        return bool(self._kinds) and self.theme is None and named

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
        if self.bare and self._has_geometry:
            yield f"{self.name}: {self.bare} features have no geometry"
        if self.invalid:
            yield f"{self.name}: {self.invalid} geometries are invalid (outlines that cross themselves, and the like)"


def vector_findings(
    name: str, layers: Sequence[LayerTally], facts: dict[str, str | int | float], *, complete: bool
) -> Findings:
    """Return what was found in the layers of a file whose format has a name."""
    crs = {layer.crs for layer in layers if layer.crs}
    problems = [problem for layer in layers for problem in layer.problems()]
    if len(crs) > 1:
        problems.append("its layers are in several CRSs: WGS 84 is told for the first")
    sources = _pipes(layers) or tuple(_options(layer, len(layers) > 1) for layer in layers)
    placed = [layer.extent for layer in layers if layer.crs in (None, *sorted(crs)[:1]) or len(crs) < 2]
    return Findings(
        format=name,
        kind=str(sources[0]["kind"]) if sources else None,
        crs=next((layer.crs for layer in layers if layer.crs), None),
        crs_from="the file",
        extent=union([box for box in placed if box is not None]),
        heights=span([layer.heights for layer in layers if layer.heights]),
        layers=tuple(layer.layer() for layer in layers),
        facts=facts,
        problems=tuple(problems),
        sources=sources or ({},),
        complete=complete,
    )


def _arrow_type(kind: pa.DataType) -> str:
    if isinstance(kind, pa.JsonType):
        return "object"
    return next((name for test, name in _ARROW if test(kind)), "text")


def _pipes(layers: Sequence[LayerTally]) -> tuple[dict[str, object], ...]:
    """Return the source that loads lines which look like pipes, with the points beside them; none: they do not."""
    lines = [layer for layer in layers if layer.kinds <= {"LINESTRING", "MULTILINESTRING"} and layer.pipes]
    if not lines:
        return ()
    options: dict[str, object] = {"kind": "pipe_layers", "lines": lines[0].name}
    points = [layer.name for layer in layers if layer.kinds == {"POINT"}]
    return ({**options, "points": points[0]} if points else options,)


def _options(layer: LayerTally, several: bool) -> dict[str, object]:
    """Return the options of the source that loads a layer."""
    footprints = layer.polygons and layer.theme is None
    options: dict[str, object] = {"kind": "footprints" if footprints else "register"}
    if several:
        options["layer"] = layer.name
    if not footprints:
        options["theme"] = layer.theme or "…"
    return options


def union(boxes: Sequence[Box]) -> Box | None:
    """Return the box around boxes; None: there are none."""
    if not boxes:
        return None
    known = np.array(boxes)
    low, high = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def span(spans: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the span around spans; None: there are none."""
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None
