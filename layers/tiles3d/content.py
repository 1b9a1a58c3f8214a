"""What a layer tells of its features so that tiles can be made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import psycopg

from cim.layers.tiles3d.gltf import Appearance
from cim.layers.tiles3d.mesh import Floats, Ints, Mesh
from cim.layers.tiles3d.properties import Properties

Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Inventory:
    """All features of a layer, light enough to hold for a whole city."""

    ids: Ints
    """(N,) what the layer's details are asked by."""
    low: Floats
    """(N, 3) lowest corner of each feature's box, city coordinates, metres."""
    high: Floats
    """(N, 3) highest corner."""
    triangles: Floats
    """(N,) triangles expected at full detail."""
    bytes: Floats
    """(N,) bytes expected in a glb."""
    size_m: Floats
    """(N,) how much of the view a feature takes: features with less are left out first."""


@dataclass(frozen=True)
class Content:
    """What a tile shows, still in city coordinates."""

    mesh: Mesh
    """Faces or lines; `feature` numbers the rows of `properties`."""
    properties: Properties
    """Attributes of the features."""
    appearance: Appearance
    """Colours and sides."""
    finest_m: float
    """Finest step of positions worth its bytes, metres."""


@dataclass(frozen=True)
class Detail:
    """Content at full detail, and what was measured on the way for coarser levels."""

    content: Content
    """The finest that there is."""
    measures: Floats
    """(members, K) numbers of the layer's own."""


@dataclass(frozen=True)
class Level:
    """Members of a tile above the leaves."""

    height: int
    """Steps down to the farthest leaf, 1 or more."""
    is_root: bool
    """Whether it is what is seen from farthest."""
    inventory: Inventory
    """The members."""
    measures: Floats
    """(members, K) what `detail` measured."""
    triangles: float
    """Most triangles that the tile may have."""
    bytes: float
    """Most bytes that the tile may have."""


@dataclass(frozen=True)
class Coarse:
    """Simplified content."""

    content: Content
    """What is shown from afar."""
    error_m: float
    """Largest distance between what is shown and what is, metres."""


class TileSource(Protocol):
    """A layer that can be cut into 3D tiles; sent to other processes, so a frozen value."""

    @property
    def layer(self) -> str:
        """Name of the layer."""

    @property
    def themes(self) -> tuple[str, ...]:
        """Themes it is made of: when none of them changed, neither did the layer."""

    def inventory(self, connection: Connection) -> Inventory:
        """Return all features that the transaction's viewer may see."""

    def detail(self, connection: Connection, ids: Ints) -> Detail:
        """Return features at full detail, in the order of the ids."""

    def coarse(self, connection: Connection, level: Level) -> Coarse:
        """Return a simpler picture of a tile's members that fits the budget."""


def taken(inventory: Inventory, members: Ints) -> Inventory:
    """Return the part of an inventory at some positions."""
    return Inventory(
        inventory.ids[members],
        inventory.low[members],
        inventory.high[members],
        inventory.triangles[members],
        inventory.bytes[members],
        inventory.size_m[members],
    )


def inventory_of(records: list[tuple[Any, ...]]) -> Inventory:
    """Inventory of rows id, west, south, bottom, east, north, top, triangles, bytes; size from the box."""
    table = np.array(records, np.float64).reshape(-1, 9)
    low, high = table[:, 1:4], table[:, 4:7]
    extent = np.maximum(high - low, 0.1)
    # The side of a cube as large: towers and halls both count.
    size = np.cbrt(extent.prod(axis=1))
    return Inventory(table[:, 0].astype(np.int64), low, high, table[:, 7], table[:, 8], size)
