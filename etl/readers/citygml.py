"""CityGML 1.0, 2.0 and 3.0, streamed, into buildings and city objects by way of CityJSON's forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadCrs, BadSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.places import on_grid
from cim.etl.readers.axis_order import NORTH_EAST, east_first
from cim.etl.readers.citygml_crs import CrsNames
from cim.etl.readers.citygml_heights import without_roof_edges
from cim.etl.readers.citygml_names import local
from cim.etl.readers.citygml_nodes import Parsed
from cim.etl.readers.citygml_objects import MemberReader, top_objects
from cim.etl.readers.citygml_store import Store, look_ahead
from cim.etl.readers.citygml_stream import SURFACE_DATA, Head, files, head, members
from cim.etl.readers.cityjson_assembly import assembled
from cim.etl.readers.cityjson_attributes import Mapped, mapping
from cim.etl.readers.cityjson_document import Chunk, Header
from cim.etl.readers.cityjson_frames import theme_batch
from cim.etl.readers.cityjson_objects import city_objects
from cim.etl.readers.cityjson_pieces import Vertices
from cim.etl.readers.cityjson_polygons import Floats, starts
from cim.manifest import SourceSpec
from cim.source_crs import horizontal, known_crs

THEMES = ("building", "city_object")
_FEATURES, _VERTICES = 500, 200_000
"""A batch ends at this many features or vertices, whichever is first."""


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield the city objects of a file, or of all files in a folder.

    Options: `attributes` (table of attribute = column), `axis_order` (east_north, north_east).

    Raises
    ------
    BadSource
        A file is no CityGML, cut off, without a CRS, or in another CRS than what was read before it.
    """
    attributes = source.options.get("attributes", {})
    if not isinstance(attributes, dict):
        remedy = 'give a table: attributes = { "図形ID" = "name" }'
        raise BadSource(source.path, f"options.attributes = {attributes!r}", remedy)
    mapped = {theme: mapping(theme, source.path, attributes) for theme in THEMES}
    way = Way(source, city)
    for path in files(source.path):
        for parsed in chunks(path, way):
            yield from _batches(path, parsed, way, city, mapped)


def chunks(path: Path, way: Way) -> Iterator[list[Parsed]]:
    """Yield the features of a file in batches.

    Raises
    ------
    BadSource
        The file is no CityGML, cut off, or in another CRS than the one before it.
    """
    beginning = head(path)
    store = look_ahead(path)
    try:
        waiting: list[Parsed] = []
        size = 0
        for parsed in _features(path, beginning, store, way.names(path)):
            waiting.append(parsed)
            size += len(parsed.vertices)
            if len(waiting) >= _FEATURES or size >= _VERTICES:
                yield waiting
                waiting, size = [], 0
        if waiting:
            yield waiting
    finally:
        store.close()


def _features(path: Path, beginning: Head, store: Store, names: CrsNames) -> Iterator[Parsed]:
    """Yield the top-level city objects of a file."""
    for element in members(path):
        name = local(element.tag)
        if name == "boundedBy":
            for envelope in element.iterchildren("{*}Envelope"):
                if srs_name := envelope.get("srsName"):
                    names.meet(srs_name)
        elif name not in SURFACE_DATA and name != "appearanceMember":
            for item in top_objects(element):
                yield MemberReader(item, store, names, beginning.prefixes).read(item)


class Way:
    """The way into the city's CRS, the same for all files of a source."""

    def __init__(self, source: SourceSpec, city: CityProfile) -> None:
        self._source, self._city = source, city
        self._names: CrsNames | None = None
        self._transform: Transformation | None = None
        self._orders: dict[Path, str] = {}

    def names(self, path: Path) -> CrsNames:
        """Return what takes note of the CRS of a file."""
        self._names = CrsNames(path, self._source.crs)
        return self._names

    def transform(self, path: Path) -> Transformation:
        """Return the transformation, found with the first features; a file in another CRS is refused."""
        crs = self.file_names.crs
        if self._transform is None:
            offset = self._source.height_offset_m
            self._transform = transformation(crs, self._city, path, height_offset_m=offset)
        if crs != self._transform.crs:
            raise BadCrs(path, crs, f"differs from {self._transform.crs!r} of what was read before it")
        return self._transform

    @property
    def file_names(self) -> CrsNames:
        """Names of CRSs in the file that is being read."""
        if self._names is None:
            raise RuntimeError("no file has been opened")
        return self._names

    def points(self, path: Path, raw: Floats, shifts: Floats | None) -> Floats:
        """Return vertices in the city's CRS and datum.

        Parameters
        ----------
        path
            File, for messages.
        raw
            (n, 3) in the order of the file.
        shifts
            (n, 3) metres to add, of implicit geometries.
        """
        transform = self.transform(path)
        if len(raw):
            raw[:, 0], raw[:, 1] = self._east_first(path, transform, raw)
        degrees = horizontal(known_crs(transform.crs)).is_geographic if shifts is not None else False
        if shifts is not None and not degrees:
            raw += shifts
        points = transform.points(raw)
        if shifts is not None and degrees:
            # Metres cannot be added to degrees: they are added to where the reference point came to lie.
            points += shifts
        return on_grid(points)

    def _east_first(self, path: Path, transform: Transformation, raw: Floats) -> tuple[Floats, Floats]:
        """Put the easting first; which coordinate it is is settled with the first points of a file."""
        first, second = raw[:, 0].copy(), raw[:, 1].copy()
        if path not in self._orders:
            order, usual = self._source.options.get("axis_order"), self.file_names.usual_order
            self._orders[path] = east_first(first, second, crs=transform.crs, order=order, usual=usual, path=path)[2]
        return (second, first) if self._orders[path] == NORTH_EAST else (first, second)


def vertices_of(path: Path, parsed: Sequence[Parsed], way: Way) -> Vertices:
    """Return the vertices of a batch of features in the city's CRS."""
    size = np.array([len(item.vertices) for item in parsed], dtype=np.int64)
    raw = np.concatenate([item.vertices for item in parsed])
    shifts = None
    if any(item.shifts is not None for item in parsed):
        none = np.zeros((0, 3))
        shifts = np.concatenate(
            [np.zeros_like(item.vertices) if item.shifts is None else item.shifts for item in parsed] or [none]
        )
    points = way.points(path, raw, shifts)
    return Vertices(points, points, starts(size), size)


def _batches(
    path: Path, parsed: Sequence[Parsed], way: Way, city: CityProfile, mapped: dict[str, list[Mapped]]
) -> Iterator[Batch]:
    """Turn some features into a batch of buildings and one of other city objects."""
    transform = way.transform(path)
    vertices = vertices_of(path, parsed, way)
    chunk = Chunk(path, Header({}, np.ones(3), np.zeros(3), (), {}), [item.feature for item in parsed])
    rejects: list[Reject] = [reject for item in parsed for reject in item.rejects]
    objects, refused = city_objects(chunk.features)
    assembly, remarks = assembled(chunk, objects, vertices, transform, city.srid)
    assembly = without_roof_edges(assembly)
    rejects += [*refused, *remarks]
    for theme in THEMES:
        if any(item.theme == theme for item in assembly.objects):
            batch, more = theme_batch(assembly, theme, mapped[theme])
            yield replace(batch, rejects=[replace(reject, file=path.name) for reject in [*rejects, *more]])
            rejects = []
    if rejects:
        empty = pd.DataFrame({"source_key": pd.Series([], dtype=object)})
        told = [replace(reject, file=path.name) for reject in rejects]
        yield Batch("building", empty, rejects=told, crs=transform.crs)


READER = Reader(
    "citygml",
    "CityGML 1.0, 2.0 and 3.0, gzip too: buildings and city objects",
    read,
    options=frozenset({"attributes", "axis_order"}),
)
