"""CityJSON 1.0, 1.1 and 2.0, whole or as a sequence of features, into buildings and city objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadCrs, BadSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.places import on_grid
from cim.etl.readers.axis_order import NORTH_EAST, authority_order, declared_order, east_first
from cim.etl.readers.cityjson_assembly import assembled
from cim.etl.readers.cityjson_attributes import Mapped, mapping
from cim.etl.readers.cityjson_crs import named_crs
from cim.etl.readers.cityjson_document import Chunk, chunks, files
from cim.etl.readers.cityjson_frames import theme_batch
from cim.etl.readers.cityjson_lines import Lines, cut
from cim.etl.readers.cityjson_objects import city_objects
from cim.etl.readers.cityjson_pieces import Vertices
from cim.etl.readers.cityjson_polygons import MALFORMED, Floats, culprits, starts
from cim.manifest import SourceSpec

THEMES = ("building", "city_object")


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield the city objects of a file, or of all files in a folder.

    Options: `attributes` (table of attribute = column), `axis_order` (east_north, north_east).

    Raises
    ------
    BadSource
        A file is no CityJSON, cut off, without a CRS, or in another CRS than the file before it.
    """
    way, mapped = _Way(source, city), _mapping(source)
    for path in files(source.path):
        stream = chunks(path)
        while (batches := _next_batches(stream, way, city, mapped)) is not None:
            yield from batches


def parts(source: SourceSpec, _city: CityProfile) -> Iterator[CityJsonPart]:
    """Yield parts that together hold what `read` reads, in its order.

    Raises
    ------
    BadSource
        A file cannot be read, or an option is wrong.
    """
    _mapping(source)
    for path in files(source.path):
        lines = None
        for lines in cut(path):
            yield CityJsonPart(path, lines)
        if lines is None:
            yield CityJsonPart(path, None)


@dataclass(frozen=True)
class CityJsonPart:
    """A file, or some lines of a sequence."""

    path: Path
    """The file."""
    lines: Lines | None
    """The lines; None: all of the file."""

    def read(self, source: SourceSpec, city: CityProfile) -> list[Batch]:
        """Read the part as `read` reads it."""
        way, mapped = _Way(source, city), _mapping(source)
        if self.lines is not None and not self.lines.opening:
            way.settle(self.path)
        # Parsed when it is asked for, the collector being paused then.
        stream = chunks(self.path) if self.lines is None else map(Lines.chunk, [self.lines])
        out: list[Batch] = []
        while (batches := _next_batches(stream, way, city, mapped)) is not None:
            out += batches
        return out


def _mapping(source: SourceSpec) -> dict[str, list[Mapped]]:
    """Return which attributes fill which columns, by theme."""
    attributes = source.options.get("attributes", {})
    if not isinstance(attributes, dict):
        remedy = 'give a table: attributes = { bouwjaar = "built_year" }'
        raise BadSource(source.path, f"options.attributes = {attributes!r}", remedy)
    return {theme: mapping(theme, source.path, attributes) for theme in THEMES}


def _next_batches(
    stream: Iterator[Chunk], way: _Way, city: CityProfile, mapped: dict[str, list[Mapped]]
) -> list[Batch] | None:
    """Return the batches of the next chunk, None at the end.

    The parsed JSON of a chunk dies in here, before Python's cycle collector may run again: else it would walk
    the hundreds of thousands of lists over and over, which takes as long as parsing them.
    """
    with _collector_paused():
        return _parsed(stream, way, city, mapped)


def _parsed(
    stream: Iterator[Chunk], way: _Way, city: CityProfile, mapped: dict[str, list[Mapped]]
) -> list[Batch] | None:
    """Read a chunk and turn it into batches."""
    chunk = next(stream, None)
    return None if chunk is None else list(_batches(chunk, way, city, mapped))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Stop Python's cycle collector for the block."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class _Way:
    """The way into the city's CRS, the same for all files of a source."""

    def __init__(self, source: SourceSpec, city: CityProfile) -> None:
        self._source, self._city = source, city
        self._transform: Transformation | None = None
        self._orders: dict[Path, str] = {}
        self._shared: tuple[Any, Vertices] | None = None
        self._settled: set[Path] = set()

    def settle(self, path: Path) -> None:
        """Take the order of a file's coordinates as its source says or its CRS has it: it has been looked at."""
        self._settled.add(path)

    def transform(self, chunk: Chunk) -> Transformation:
        """Return the transformation, found with the first chunk; a chunk in another CRS is refused."""
        crs = self._source.crs or named_crs(chunk.header.body, chunk.path)
        if self._transform is None:
            offset = self._source.height_offset_m
            self._transform = transformation(crs, self._city, chunk.path, height_offset_m=offset)
        if crs != self._transform.crs:
            raise BadCrs(chunk.path, crs, f"differs from {self._transform.crs!r} of what was read before it")
        return self._transform

    def vertices(self, chunk: Chunk) -> Vertices:
        """Return the vertices of all features of a chunk.

        Raises
        ------
        TypeError, ValueError
            Something among them is not three numbers.
        """
        if chunk.vertices is None:
            return self._placed(chunk, [feature.vertices for feature in chunk.features])
        if self._shared is None or self._shared[0] is not chunk.vertices:
            self._shared = chunk.vertices, self._placed(chunk, [chunk.vertices])
        whole, count = self._shared[1], len(chunk.features)
        return replace(whole, start=np.zeros(count, np.int64), size=np.full(count, len(whole.points), np.int64))

    def _placed(self, chunk: Chunk, lists: Sequence[Any]) -> Vertices:
        """Flatten lists of vertices and bring them into the city's CRS."""
        size = np.fromiter(map(len, lists), np.int64, len(lists))
        steps = _coordinates(lists) * chunk.header.scale + chunk.header.translate
        transform = self.transform(chunk)
        steps[:, 0], steps[:, 1] = self._east_first(chunk.path, transform, steps)
        return Vertices(steps, on_grid(transform.points(steps)), starts(size), size)

    def _east_first(self, path: Path, transform: Transformation, points: Floats) -> tuple[Floats, Floats]:
        """Put the easting first; which coordinate it is is settled with the first points of a file."""
        first, second = points[:, 0].copy(), points[:, 1].copy()
        if path in self._settled:
            order = self._source.options.get("axis_order")
            self._orders[path] = declared_order(order, path) or authority_order(transform.crs)
        elif path not in self._orders and len(points):
            order = self._source.options.get("axis_order")
            usual = authority_order(transform.crs)
            self._orders[path] = east_first(first, second, crs=transform.crs, order=order, usual=usual, path=path)[2]
        return (second, first) if self._orders.get(path) == NORTH_EAST else (first, second)


def _coordinates(lists: Sequence[Any]) -> Floats:
    """Return (n, 3) numbers of lists of vertices."""
    vertices = list(chain.from_iterable(lists))
    if set(map(len, vertices)) - {3}:
        raise ValueError("a vertex has not three coordinates")
    return np.fromiter(chain.from_iterable(vertices), np.float64, 3 * len(vertices)).reshape(-1, 3)


def _of_broken_vertices(chunk: Chunk) -> tuple[Chunk, list[Reject]]:
    """Separate the features whose vertices cannot be read."""
    if chunk.vertices is not None:
        raise BadSource(chunk.path, "vertices are not lists of three numbers", "export the file again")
    lists = [feature.vertices for feature in chunk.features]
    broken = set(culprits(lists, _coordinates))
    rejects = [
        Reject(
            chunk.features[at].record,
            "feature.vertices",
            f"{chunk.features[at].record}: vertices are not lists of three numbers",
            "export the feature again",
            "building",
            next(iter(chunk.features[at].objects), None),
        )
        for at in sorted(broken)
    ]
    left = [feature for at, feature in enumerate(chunk.features) if at not in broken]
    return replace(chunk, features=left), rejects


def _batches(chunk: Chunk, way: _Way, city: CityProfile, mapped: dict[str, list[Mapped]]) -> Iterator[Batch]:
    """Turn a chunk into a batch of buildings and one of other city objects."""
    transform = way.transform(chunk)
    rejects = list(chunk.rejects)
    try:
        vertices = way.vertices(chunk)
    except MALFORMED:
        chunk, broken = _of_broken_vertices(chunk)
        rejects += broken
        vertices = way.vertices(chunk)
    objects, refused = city_objects(chunk.features)
    rejects += refused
    assembly, remarks = assembled(chunk, objects, vertices, transform, city.srid)
    rejects += remarks
    file = chunk.path.name
    for theme in THEMES:
        if any(item.theme == theme for item in assembly.objects):
            batch, more = theme_batch(assembly, theme, mapped[theme])
            yield replace(batch, rejects=[replace(reject, file=file) for reject in [*rejects, *more]])
            rejects = []
    if rejects:
        empty = pd.DataFrame({"source_key": pd.Series([], dtype=object)})
        yield Batch("building", empty, rejects=[replace(reject, file=file) for reject in rejects], crs=transform.crs)


READER = Reader(
    "cityjson",
    "CityJSON 1.0, 1.1, 2.0 and CityJSONSeq: buildings and city objects",
    read,
    parts,
    options=frozenset({"attributes", "axis_order"}),
)
