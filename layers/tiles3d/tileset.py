"""Answers for viewers: a tileset's JSON from the stored tree, and the content of a tile."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim.errors import UnknownLayer, UnknownTile
from cim.layers.tiles3d.frame import EARTH, LocalFrame, Region, frame_of
from cim.layers.tiles3d.queries import records, statement
from cim.layers.tiles3d.tree import ROOT
from cim.store import Store
from cim.viewer import Viewer

MOST_TILES = 2000
"""Tiles that one document holds; a larger tree is cut into documents of `LEVELS` levels."""

LEVELS = 4
"""Levels in a document of a large tree: at most 85 tiles and 256 references to further documents."""

Row = dict[str, Any]


def tileset_json(store: Store, viewer: Viewer, layer: str, key: str | None = None) -> dict[str, Any]:
    """Return a 3D Tiles 1.1 tileset.

    Parameters
    ----------
    store : Store
        The city.
    viewer : Viewer
        Who asks.
    layer : str
        Name of the layer.
    key : str, optional
        Tile whose subtree is wanted, as a tileset that hangs below the whole one; None means the whole.

    Raises
    ------
    UnknownLayer
        No tiles were built under that name.
    UnknownTile
        The layer has no such tile.
    """
    rows = _rows(store, viewer, layer, key)
    top = rows[0]
    children: dict[str, list[Row]] = {}
    for row in rows[1:]:
        children.setdefault(row["parent"], []).append(row)
    asset = {"version": "1.1", "tilesetVersion": str(top["revision"])}
    # Without any tile the view is wrong by the size of the city: so it is shown from however far.
    error = _diagonal(Region(*top["region"])) if key is None else top["geometric_error_m"]
    # A tileset below another hangs in the frame of the tile that names it, which is its own root.
    outside = EARTH if key is None else frame_of(Region(*top["region"]))
    extras = {"layer": layer, "synthetic": store.city.synthetic, "ellipsoid_offset_m": store.city.ellipsoid_offset_m}
    return {
        "asset": asset | {"extras": extras},
        "geometricError": error,
        "root": _tile(top, children, outside),
    }


def tile_content(store: Store, viewer: Viewer, layer: str, key: str) -> bytes:
    """Return a tile's binary glTF.

    Raises
    ------
    UnknownTile
        The layer has no such tile, or it is empty.
    """
    with store.connection(viewer) as connection:
        rows = records(connection, statement("tile_content"), {"layer": layer, "key": key})
    if not rows:
        raise UnknownTile(layer, key)
    return bytes(rows[0][0])


def _rows(store: Store, viewer: Viewer, layer: str, key: str | None) -> list[Row]:
    """Tiles of a document, parents before children; `cut` tiles have their children in another document."""
    wanted = {"layer": layer, "key": key or ROOT, "most": MOST_TILES, "levels": LEVELS}
    found = store.rows(viewer, statement("tileset_tiles"), wanted)
    if not found:
        raise UnknownLayer(layer) if key is None else UnknownTile(layer, key)
    return found


def _tile(row: Row, children: dict[str, list[Row]], outside: LocalFrame) -> dict[str, Any]:
    """Return a tile and all below it; transforms are relative to the parent's frame, regions are not."""
    frame = frame_of(Region(*row["region"]))
    relative = frame.within(outside)
    tile: dict[str, Any] = {
        "boundingVolume": {"region": row["region"]},
        "geometricError": row["geometric_error_m"],
        "refine": "REPLACE",
    }
    if not np.array_equal(relative, np.eye(4)):
        tile["transform"] = relative.T.ravel().tolist()
    if row["cut"]:
        return tile | {"content": {"uri": f"{row['key']}.json"}}
    if row["shown"]:
        tile["content"] = {"uri": f"{row['key']}.glb"}
    below = [_tile(child, children, frame) for child in children.get(row["key"], [])]
    return tile | ({"children": below} if below else {})


def _diagonal(region: Region) -> float:
    """Length of a region's diagonal, metres."""
    low = frame_of(Region(region.west, region.south, region.west, region.south, region.lowest, region.lowest))
    high = frame_of(Region(region.east, region.north, region.east, region.north, region.highest, region.highest))
    return float(np.linalg.norm(high.origin - low.origin))
