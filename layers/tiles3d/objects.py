"""City objects without a table of their own (bridges, water, roads, greenery, terrain patches) as tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg import sql

from cim.layers.tiles3d.content import Coarse, Connection, Content, Detail, Inventory, Level, inventory_of, taken
from cim.layers.tiles3d.gltf import Appearance
from cim.layers.tiles3d.mesh import Ints
from cim.layers.tiles3d.properties import Column, Properties
from cim.layers.tiles3d.queries import records, statement
from cim.layers.tiles3d.rings import rings_of_wkb
from cim.layers.tiles3d.tree import largest_within
from cim.layers.tiles3d.triangulate import triangulated

_COLOURS = {
    "": (201, 198, 189),
    "WaterBody": (156, 199, 222),
    "Waterway": (156, 199, 222),
    "PlantCover": (168, 200, 144),
    "SolitaryVegetationObject": (111, 160, 90),
    "LandUse": (214, 211, 189),
    "Road": (178, 174, 168),
    "Railway": (157, 151, 143),
    "Square": (216, 205, 182),
    "TransportSquare": (216, 205, 182),
    "Bridge": (212, 188, 154),
    "BridgePart": (212, 188, 154),
    "Tunnel": (141, 133, 121),
    "CityFurniture": (176, 138, 92),
    "TINRelief": (207, 202, 169),
}
"""sRGB by CityJSON type; the empty name is any other."""

_TYPES = {name: position for position, name in enumerate(_COLOURS)}
_PALETTE = np.array(list(_COLOURS.values()), np.uint8)
# As for buildings: bytes of a feature's attributes, and of a vertex after meshopt.
_ATTRIBUTE_BYTES, _VERTEX_BYTES = 50.0, 6.5


@dataclass(frozen=True)
class Objects:
    """The layer `objects`; ids are versions."""

    layer: str = "objects"
    """Name of the layer."""
    themes: tuple[str, ...] = ("city_object",)
    """Themes it is made of."""

    def inventory(self, connection: Connection) -> Inventory:
        """Return all objects that have surfaces in space."""
        names = {
            "detail": sql.Identifier("city", "city_object_lod"),
            "theme": sql.Identifier("city", "city_object_current"),
            "least": sql.Literal("0"),
        }
        found = inventory_of(records(connection, statement("lod_inventory", **names)))
        return replace(found, bytes=_ATTRIBUTE_BYTES + _VERTEX_BYTES * found.bytes)

    def detail(self, connection: Connection, ids: Ints) -> Detail:
        """Return objects with all their surfaces; nothing is measured."""
        rows = records(connection, statement("object_detail"), {"ids": ids.tolist()})
        return Detail(_content(rows, len(ids)), np.empty((len(ids), 0)))

    def coarse(self, connection: Connection, level: Level) -> Coarse:
        """Return the largest objects, whole, that fit half the budget (lakes and bridges have no simpler shape)."""
        members = level.inventory
        cost = np.maximum(members.triangles / level.triangles, members.bytes / level.bytes)
        kept = largest_within(members.size_m, cost, 0.5)
        missing = np.setdiff1d(np.arange(len(cost)), kept)
        # What is left out is missing by as much as it measures.
        extent = np.linalg.norm(members.high - members.low, axis=1)[missing]
        content = self.detail(connection, taken(members, kept).ids).content
        return Coarse(content, float(extent.max(initial=0.0)))


def _content(rows: list[tuple[Any, ...]], count: int) -> Content:
    """Content of detail rows, of which an object may have several (one for each geometry)."""
    owner = np.array([row[0] for row in rows], np.int64)
    mesh = triangulated(rings_of_wkb([row[5] for row in rows]))
    mesh = replace(mesh, feature=owner[mesh.feature]) if len(owner) else mesh
    firsts = [rows[first] for first in np.searchsorted(owner, np.arange(count))]
    kind = np.array([_TYPES.get(row[4], 0) for row in firsts], np.uint8)
    mesh = replace(mesh, colour=kind[mesh.feature])
    columns = (
        Column("feature_id", "id", "Stable id", [row[1] for row in firsts]),
        Column("parent_id", "id", "Stable id of the object it is a part of", np.array([r[2] for r in firsts], float)),
        Column("name", "text", "Name", [row[3] for row in firsts]),
        Column("object_type", "text", "CityJSON type", [row[4] for row in firsts]),
    )
    return Content(mesh, Properties("city_object", count, columns), Appearance(_PALETTE, True), 0.01)
