"""Tiles kept in memory: the least recently asked are forgotten when they fill their share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

_ENTRY_BYTES = 200
"""About what a key and its place in the order cost beside the tile."""


class TileCache:
    """A byte-bounded cache, safe for several threads.

    Parameters
    ----------
    limit_bytes
        Most bytes held; a larger tile is not kept at all.
    """

    def __init__(self, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of tiles held."""
        return len(self._tiles)

    def find(self, key: Hashable) -> bytes | None:
        """Return a tile that is held, or None; it is now the most recently asked."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def keep(self, key: Hashable, tile: bytes) -> None:
        """Hold a tile, and forget the least recently asked where that is too much."""
        with self._lock:
            self._drop(key)
            self._tiles[key] = tile
            self.held_bytes += len(tile) + _ENTRY_BYTES
            while self.held_bytes > self.limit_bytes:
                self._drop(next(iter(self._tiles)))

    def _drop(self, key: Hashable) -> None:
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self.held_bytes -= len(tile) + _ENTRY_BYTES
