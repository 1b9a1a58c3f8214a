"""Which 3D layers a city has data for."""

from __future__ import annotations

from cim.codes import NETWORKS
from cim.errors import UnknownLayer
from cim.layers.tiles3d.buildings import Buildings
from cim.layers.tiles3d.content import TileSource
from cim.layers.tiles3d.objects import Objects
from cim.layers.tiles3d.pipes import Pipes

_ALL: tuple[TileSource, ...] = (Buildings(), Objects(), *(Pipes(network) for network in NETWORKS))

SOURCES: dict[str, TileSource] = {source.layer: source for source in _ALL}
"""Every 3D layer by its name; one without features has no tiles."""


def tile_source(layer: str) -> TileSource:
    """Return the source of a layer.

    Raises
    ------
    UnknownLayer
        No 3D layer has that name.
    """
    if layer not in SOURCES:
        raise UnknownLayer(layer)
    return SOURCES[layer]
