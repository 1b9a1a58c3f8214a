"""Vector tiles (Mapbox Vector Tile 2.1, XYZ addresses) of any layer of the catalogue that has a theme."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from psycopg import sql

from cim.errors import UnknownLayer
from cim.layers.catalogue import layer_definition
from cim.layers.definitions import Definition
from cim.layers.mercator import check_tile, unit_m
from cim.layers.queries import query
from cim.layers.selection import Selection, selection
from cim.layers.tile_cache import TileCache
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

EXTENT = 4096
"""Units across a tile."""
BUFFER = 64
"""Units beyond its edge, so that outlines and symbols are not cut there."""
DETAILED_FROM = 14
"""From this level on shapes are drawn as they are; above, points that move nothing by a unit are left out."""

_caches: WeakKeyDictionary[Store, TileCache] = WeakKeyDictionary()
_lock = threading.Lock()


def tile(store: Store, viewer: Viewer, layer: str, z: int, x: int, y: int) -> bytes:
    """Return a vector tile; empty where the layer has nothing there, or begins at a deeper level.

    Each feature has its `feature_id` as id and as a property, beside the properties that the catalogue names.

    Parameters
    ----------
    store
        The city.
    viewer
        Who is asking: sees features up to the own clearance.
    layer
        Name in the catalogue.
    z, x, y
        Level, column from the west, row from the north.

    Raises
    ------
    UnknownLayer
        The city has no such layer, or it has no vector tiles.
    BadRequest
        There is no tile of that address.
    """
    check_tile(z, x, y)
    definition, state = layer_definition(store, viewer, layer)
    if definition.kind != "vector":
        raise UnknownLayer(layer)
    if z < definition.minzoom:
        return b""
    cache = tile_cache(store)
    key = (layer, z, x, y, *state)
    known = cache.find(key)
    if known is None:
        known = _drawn(store, viewer, definition, z, x, y)
        cache.keep(key, known)
    return known


def tile_cache(store: Store) -> TileCache:
    """Return the cache of a city's tiles in this process."""
    with _lock:
        return _caches.setdefault(store, TileCache())


def _drawn(store: Store, viewer: Viewer, definition: Definition, z: int, x: int, y: int) -> bytes:
    """Return a tile made by PostGIS."""
    chosen = selection(definition)
    statement = query("vector_tile").format(
        layer=sql.Literal(definition.name),
        extent=sql.Literal(EXTENT),
        buffer=sql.Literal(BUFFER),
        properties=chosen.properties,
        shape=_shape(definition, chosen, z),
        near=_near(store, chosen),
        rows=chosen.rows,
        condition=chosen.condition,
        order=chosen.order,
    )
    (row,) = store.rows(viewer, statement, chosen.parameters | {"z": z, "x": x, "y": y})
    return bytes(row["tile"] or b"")


def _shape(definition: Definition, chosen: Selection, z: int) -> sql.Composable:
    """Return the geometry, thinned at low levels where it has points to lose."""
    theme = str(definition.theme)
    if z >= DETAILED_FROM or chosen.placed or "POINT" in THEMES[theme].columns["geom_3857"].shape:
        return chosen.mercator
    return sql.SQL("ST_Simplify({}, {}, true)").format(chosen.mercator, sql.Literal(unit_m(z)))


def _near(store: Store, chosen: Selection) -> sql.Composable:
    """Return the test that a shape may lie in the tile, in the coordinates that are indexed."""
    tile = sql.SQL("ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {}.0 / {})").format(
        sql.Literal(BUFFER), sql.Literal(EXTENT)
    )
    if not chosen.placed:
        return sql.SQL("{} && {}").format(chosen.mercator, tile)
    return sql.SQL("{} && ST_Transform({}, {})").format(chosen.shape, tile, sql.Literal(store.city.srid))
