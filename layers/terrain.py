"""Terrain as it is served: quantized-mesh tiles of `layer.terrain_tile`, which `cim layers build` makes."""

from __future__ import annotations

from typing import Any

from cim.errors import UnknownLayer
from cim.layers.queries import query
from cim.layers.terrain_grid import DEEPEST
from cim.store import Store
from cim.viewer import Viewer

LAYER = "terrain"
"""Name in the catalogue, and of the row in `layer.build`."""


def terrain_tile(store: Store, viewer: Viewer, z: int, x: int, y: int) -> bytes | None:
    """Return a gzipped quantized-mesh tile by its TMS address, or None where there is none."""
    if not (0 <= z <= DEEPEST and 0 <= x < 2 ** (z + 1) and 0 <= y < 2**z):
        return None
    rows = store.rows(viewer, query("terrain_tile"), {"z": z, "x": x, "y": y})
    return bytes(rows[0]["content"]) if rows else None


def layer_json(store: Store, viewer: Viewer) -> dict[str, Any]:
    """Return the description that CesiumJS asks for first: which tiles there are, and where the model lies.

    Raises
    ------
    UnknownLayer
        The city has no terrain.
    """
    rows = [row for row in store.rows(viewer, query("shown_builds")) if row["layer"] == LAYER]
    if not rows:
        raise UnknownLayer(LAYER)
    (row,) = rows
    details = row["details"]
    return {
        "tilejson": "2.1.0",
        "name": LAYER,
        "description": (
            f"Heights inside the terrain model. Outside, a smooth transition to {details['far_m']:.1f} m above the "
            "ellipsoid, which is not data."
        ),
        "version": f"{row['data_version']}.0.0",
        "format": "quantized-mesh-1.0",
        "scheme": "tms",
        "projection": "EPSG:4326",
        "extensions": ["octvertexnormals"],
        "tiles": ["{z}/{x}/{y}.terrain"],
        "minzoom": 0,
        "maxzoom": details["maxzoom"],
        "bounds": details["bounds"],
        "available": details["available"],
        "attribution": details["attribution"],
    }
