"""One tile: from a layer's content to bytes, region and error. Runs in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from cim.city import CityProfile
from cim.layers.tiles3d.content import Connection, Content, Inventory, Level, TileSource
from cim.layers.tiles3d.frame import Region, frame_of, localised, region_of, turned
from cim.layers.tiles3d.gltf import Precision, glb
from cim.layers.tiles3d.mesh import Floats, Ints, extent
from cim.layers.tiles3d.tree import ROOT
from cim.store import Store
from cim.viewer import Viewer

LEAF_STEP_M = 0.01
"""Coarsest rounding of vertices at full detail, metres."""

MOST_TRIANGLES = 50_000
"""Triangles that a tile is planned for at most."""

MOST_BYTES = 300_000
"""Bytes that a tile is planned for at most."""


@dataclass(frozen=True)
class Place:
    """Where a worker reads, and for whom."""

    url: str
    """Database of the city."""
    city: CityProfile
    """The city."""
    viewer: Viewer
    """Who may see what the tiles show."""
    source: TileSource
    """The layer."""
    copyright: str
    """Who is to be named, shown by viewers beside the map."""


@dataclass(frozen=True)
class LeafTask:
    """A leaf to be made."""

    place: Place
    """Where its features are read."""
    key: str
    """Path in the tree."""
    inventory: Inventory
    """Its members."""


@dataclass(frozen=True)
class InnerTask:
    """A tile above the leaves, to be made when its children are there."""

    place: Place
    """Where its features are read."""
    key: str
    """Path in the tree."""
    height: int
    """Steps down to the farthest leaf."""
    inventory: Inventory
    """Its members."""
    measures: Floats
    """What the leaves measured of them."""
    region: Region
    """Region of its children."""
    error_m: float
    """Largest error of its children."""


@dataclass(frozen=True)
class Tile:
    """A tile that was made."""

    key: str
    """Path in the tree."""
    error_m: float
    """Geometric error, metres."""
    region: Region
    """Bounds of its content and of all below it."""
    triangles: int
    """Triangles (or lines) of its content."""
    members: Ints
    """Feature ids of its content."""
    content: bytes | None
    """Binary glTF; None where nothing is left to show."""
    measures: Floats
    """What a leaf measured of its features."""


@cache
def _store(url: str) -> Store:
    """Return the store of this process, opened once."""
    return Store(url, size=1)


@contextmanager
def _reading(place: Place, connection: Connection | None) -> Iterator[Connection]:
    """Lend the connection at hand, or, in another process, one of its own."""
    if connection is not None:
        yield connection
        return
    with _store(place.url).connection(place.viewer) as own:
        yield own


def leaf_tile(task: LeafTask, connection: Connection | None = None) -> Tile:
    """Make a leaf: all that is known of its features."""
    with _reading(task.place, connection) as reading:
        detail = task.place.source.detail(reading, task.inventory.ids)
    box = np.vstack([task.inventory.low, task.inventory.high])
    tile = _tile(task.place, task.key, detail.content, 0.0, _region(task.place.city, box, LEAF_STEP_M))
    return replace(tile, measures=detail.measures)


def inner_tile(task: InnerTask, connection: Connection | None = None) -> Tile:
    """Make a tile above the leaves: simpler, and never truer than its children."""
    level = Level(task.height, task.key == ROOT, task.inventory, task.measures, MOST_TRIANGLES, MOST_BYTES)
    with _reading(task.place, connection) as reading:
        coarse = task.place.source.coarse(reading, level)
    return _tile(task.place, task.key, coarse.content, max(coarse.error_m, task.error_m), task.region)


def _tile(place: Place, key: str, content: Content, error_m: float, within: Region) -> Tile:
    """Bring content into the tile's own frame and write it; the tile's region holds it and all of `within`."""
    mesh = content.mesh
    members = np.asarray(content.properties.columns[0].values, np.int64)
    nothing = np.empty((0, 0))
    if not len(mesh.indices):
        return Tile(key, error_m, within, 0, members[:0], None, nothing)
    precision = Precision(content.finest_m, max(LEAF_STEP_M, error_m / 10))
    region = _region(place.city, mesh.position, precision.coarsest_m).union(within)
    frame = frame_of(region)
    local = replace(
        mesh,
        position=localised(place.city, frame, mesh.position),
        normal=turned(place.city, frame, mesh.position, mesh.normal),
    )
    data = glb(local, content.properties, content.appearance, precision, copyright=place.copyright)
    return Tile(key, error_m, region, len(mesh.indices), members, data, nothing)


def _region(city: CityProfile, points: Floats, step_m: float) -> Region:
    return region_of(city, *extent(points), margin_m=step_m)
