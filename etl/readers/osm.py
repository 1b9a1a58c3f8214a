"""OpenStreetMap extracts (PBF): buildings, streets, facilities, green space, land use, trees.

Options: `themes` (all unless told); `tags_file`, a city's own table of tags; `ground_m` (0.0), the height of nodes,
streets and places, of which OSM tells none; `storey_height_m` (3.0), for blocks of buildings that tell storeys only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.columns import number_option, numbers, text_option
from cim.etl.extrusion import blocks
from cim.etl.readers.osm_features import Found, features, label
from cim.etl.readers.osm_streets import Crossings, Edge, crossings, edges
from cim.etl.readers.osm_tags import THEMES, TagTable, tag_table
from cim.etl.readers.osm_values import COLUMNS
from cim.etl.records import Geometries
from cim.etl.rings import unwrapped
from cim.manifest import SourceSpec

_AT_ONCE = 20_000
_IN_MEMORY_BYTES = 200_000_000
"""A larger file's nodes are kept in a file, 16 bytes each; a smaller one's in memory."""
_POINTS = ("facility", "tree")


@dataclass(frozen=True)
class _Job:
    """What holds for a whole source."""

    source: SourceSpec
    table: TagTable
    themes: tuple[str, ...]
    way: Transformation
    ground_m: float
    storey_height_m: float

    def told(self) -> dict[str, Any]:
        """Return what each batch says of coordinates."""
        return {"crs": self.way.crs, "pipeline": self.way.pipeline, "accuracy_m": self.way.accuracy_m}


@dataclass
class _Basket:
    """Records of one theme on their way into a batch."""

    keys: list[str] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield what an extract holds of a city, by the table of tags.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, it is no OSM data, or an option cannot be used.
    """
    if not source.path.is_file():
        raise MissingSource(source.path)
    job = _job(source, city)
    with tempfile.TemporaryDirectory(prefix="cim-osm-") as folder:
        large = source.path.stat().st_size > _IN_MEMORY_BYTES
        stores = (
            f"sparse_file_array,{folder}/{name}" if large else "flex_mem" for name in ("areas", "crossings", "streets")
        )
        try:
            yield from _features(job, next(stores), _attribution(source))
            if "road_edge" in job.themes:
                yield from _streets(job, next(stores), next(stores))
        except (RuntimeError, ValueError, _misplaced()) as error:
            said = " ".join(str(error).split())[:120]
            raise BadSource(source.path, f"is not readable as OSM data ({said})", "fetch it again") from error


def _misplaced() -> type[Exception]:
    """Return osmium's error of a coordinate that is none, which is of no usual kind."""
    import osmium  # here: it is not needed to list the readers

    return osmium.InvalidLocationError


def _job(source: SourceSpec, city: CityProfile) -> _Job:
    """Look at the options."""
    themes = source.options.get("themes", THEMES)
    if isinstance(themes, str) or not set(themes) <= set(THEMES):
        raise BadSource(source.path, f"options.themes = {themes!r}", f"give a list of {', '.join(THEMES)}")
    own = text_option(source, "tags_file")
    return _Job(
        source,
        tag_table(source.path.parent / own if own else None, source.path),
        tuple(theme for theme in THEMES if theme in themes),
        transformation(source.crs or "EPSG:4326", city, source.path),
        number_option(source, "ground_m", 0.0),
        number_option(source, "storey_height_m", 3.0),
    )


def _attribution(source: SourceSpec) -> list[Reject]:
    """Remark on a source that does not name whom the licence wants named."""
    if "openstreetmap" in (source.attribution or "").lower():
        return []
    what = "names no attribution; the ODbL wants its contributors named wherever the data is shown"
    remedy = 'write attribution = "© OpenStreetMap contributors" and licence = "ODbL-1.0" in city.toml'
    return [Reject(source.path.name, "source.attribution", what, remedy, severity="warning")]


def _features(job: _Job, storage: str, remarks: list[Reject]) -> Iterator[Batch]:
    """Yield areas and places."""
    baskets = {theme: _Basket() for theme in job.themes if theme in COLUMNS}
    if not baskets:
        return
    first = next(iter(baskets))
    baskets[first].rejects += remarks
    for item in features(job.source.path, storage, job.table):
        if isinstance(item, Reject):
            if item.theme is None or item.theme in baskets:
                baskets[item.theme or first].rejects.append(item)
            continue
        for rule in item.rules:
            basket = baskets.get(rule.theme)
            if basket is None:
                continue
            _put(basket, rule.theme, rule.code, item)
            if len(basket.keys) >= _AT_ONCE:
                yield _batch(job, rule.theme, basket)
                baskets[rule.theme] = _Basket()
    for theme, basket in baskets.items():
        if basket.keys or basket.rejects:
            yield _batch(job, theme, basket)


def _put(basket: _Basket, theme: str, code: str | None, item: Found) -> None:
    """Add an object to the records of a theme."""

    def remark(key: str, value: str, wanted: str) -> None:
        what = f"{key} is {value!r} where {wanted} is wanted"
        remedy = "correct it in OSM; it is kept among the attributes"
        basket.rejects.append(Reject(item.label, "value.unreadable", what, remedy, theme, item.key, severity="warning"))

    basket.keys.append(item.key)
    basket.shapes.append(item.shape)
    basket.columns.append({**COLUMNS[theme](item.tags, code, remark), "attributes": item.tags})


def _batch(job: _Job, theme: str, basket: _Basket) -> Batch:
    """Make a batch of a theme's records."""
    index = pd.Index([label(key) for key in basket.keys], dtype=object)
    frame = pd.DataFrame(basket.columns, index=index, dtype=object) if basket.keys else pd.DataFrame(index=index)
    frame["source_key"] = basket.keys
    shapes = _shapes(job, basket.shapes)
    if theme in _POINTS:
        shapes = shapely.force_3d(shapely.point_on_surface(shapes), job.ground_m)
    elif theme == "building" and basket.keys:
        height = numbers(frame, "height_m")
        height = np.where(np.isnan(height), numbers(frame, "storeys_above") * job.storey_height_m, height)
        frame = frame.assign(**blocks(np.full(len(frame), job.ground_m), height))
    frame["geom"] = shapes
    return Batch(theme, frame, rejects=basket.rejects, **job.told())


def _shapes(job: _Job, found: list[Any]) -> Geometries:
    """Return areas and points in the city's CRS; the line around an area becomes the area."""
    shapes = np.asarray(shapely.from_wkb(np.array(found, dtype=object)), dtype=object)
    around = shapely.get_type_id(shapes) == 1
    points, owner = shapely.get_coordinates(shapes[around], return_index=True)
    if len(points):
        # Fewer than three different corners make no ring that shapely draws; the checks refuse the flat ones.
        shapes[around] = shapely.polygons(shapely.linearrings(points, indices=owner))
    shapes = unwrapped(shapes)
    return np.asarray(shapely.set_coordinates(shapes, job.way.points(shapely.get_coordinates(shapes))), dtype=object)


def _streets(job: _Job, storage: str, again: str) -> Iterator[Batch]:
    """Yield nodes, then the edges between them."""
    cut = crossings(job.source.path, storage, job.table)
    if not len(cut.node):
        return
    yield from _street_nodes(job, cut)
    basket, rejects = list[Edge](), list[Reject]()
    for item in edges(job.source.path, again, job.table, cut):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        basket.append(item)
        if len(basket) >= _AT_ONCE:
            yield _edge_batch(job, basket, rejects)
            basket, rejects = [], []
    if basket or rejects:
        yield _edge_batch(job, basket, rejects)


def _street_nodes(job: _Job, cut: Crossings) -> Iterator[Batch]:
    """Yield the nodes of the streets."""
    kinds = cut.kinds()
    known = np.flatnonzero(np.isfinite(cut.place).all(axis=1))
    for begin in range(0, len(known), _AT_ONCE):
        rows = known[begin : begin + _AT_ONCE]
        names = cut.node[rows].tolist()
        frame = pd.DataFrame(
            {
                "source_key": [f"n{number}" for number in names],
                "kind": kinds[rows],
                "level": cut.level[rows],
                "geom": shapely.force_3d(shapely.points(job.way.points(cut.place[rows])), job.ground_m),
            },
            index=pd.Index([f"node {number}" for number in names], dtype=object),
        )
        yield Batch("road_node", frame, **job.told())


def _edge_batch(job: _Job, basket: list[Edge], rejects: list[Reject]) -> Batch:
    """Make a batch of street edges."""
    frame = pd.DataFrame([edge.columns for edge in basket], dtype=object)
    frame.index = pd.Index([edge.label for edge in basket], dtype=object)
    if basket:
        frame["source_key"] = [edge.key for edge in basket]
        owner = np.repeat(np.arange(len(basket)), [len(edge.points) for edge in basket])
        flat = job.way.points(np.concatenate([edge.points for edge in basket]))
        points = np.column_stack([flat, np.full(len(flat), job.ground_m)])
        frame["geom"] = np.asarray(shapely.linestrings(points, indices=owner), dtype=object)
    return Batch("road_edge", frame, rejects=rejects, **job.told())


READER = Reader(
    "osm",
    "OpenStreetMap extract (.osm.pbf): buildings, streets, facilities, green space, land use",
    read,
    options=frozenset({"themes", "tags_file", "ground_m", "storey_height_m"}),
)
