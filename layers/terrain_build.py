"""Builds the terrain: quantized-mesh tiles of the city's terrain models, into rows of `layer.terrain_tile`."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from cim.city import CityProfile
from cim.code_digest import code_digest
from cim.executor import run_all
from cim.layers.quantized_mesh import encode
from cim.layers.queries import query
from cim.layers.terrain import LAYER
from cim.layers.terrain_grid import (
    DEEPEST,
    TileAddress,
    TileRange,
    cell_m,
    finest_level,
    level_error_m,
    tiles_around,
    whole_world,
)
from cim.layers.terrain_ground import Box, Ground, OpenGround, ground_of
from cim.layers.terrain_mesh import mesh_of
from cim.layers.terrain_rasters import RasterSource
from cim.progress import progress
from cim.store import Store
from cim.viewer import Viewer

WORLD_LEVELS = 3
"""So many levels cover the whole Earth; below, only the city and what is around it."""
FINEST_ERROR_M = 0.1
"""Largest vertical distance of the deepest level's triangles from its grid."""

_ERROR_SHARE = 0.08
"""Share of a level's error, at which a viewer stops to refine, that its triangles may use up."""
_CHUNK = 48
_WORTH_A_POOL = 1_500


@dataclass(frozen=True)
class TerrainBuilt:
    """What a build of the terrain did."""

    layer: str
    """Always `terrain`."""
    rasters: int
    """Terrain models it is made of; 0: the city has none, and no terrain."""
    tiles: int
    """Tiles there are now."""
    size_bytes: int
    """Their size, gzipped."""
    maxzoom: int
    """Deepest level."""
    fresh: bool
    """Whether the tiles already showed the present data, so that nothing was done."""
    seconds: float
    """Time it took."""


def build_terrain(store: Store, viewer: Viewer, raster_folder: Path, *, workers: int | None = None) -> TerrainBuilt:
    """Make the terrain's tiles, or find that they are up to date.

    Everything happens in one transaction: readers see the old terrain or the new one.

    Parameters
    ----------
    store
        The city, opened as its owner.
    viewer
        For whom: only models that this viewer may see are used, since the tiles are served to all.
    raster_folder
        `<data_dir>/raster`, where loads put rasters.
    workers
        Processes; chosen by the number of tiles when None.

    Raises
    ------
    MissingRaster
        A model's file is not in the folder.
    """
    started = time.perf_counter()
    version = store.theme_version("raster_asset")
    with store.connection(viewer) as connection:
        # One build at a time; a second one waits, and then finds nothing to do.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (LAYER,))
        models = connection.execute(query("terrain_models"), {"clearance": viewer.clearance}).fetchall()
        sources = [_source(raster_folder, row) for row in models]
        digest = _digest(store.city, sources)
        known = connection.execute(query("terrain_known"), {"version": version, "digest": digest}).fetchone()
        if known is not None:
            return TerrainBuilt(LAYER, len(sources), *_counts(known), True, time.perf_counter() - started)
        connection.execute("DELETE FROM layer.terrain_tile")
        connection.execute("DELETE FROM layer.build WHERE layer = %s", (LAYER,))
        if not sources:
            return TerrainBuilt(LAYER, 0, 0, 0, 0, False, time.perf_counter() - started)
        named = {row["attribution"] for row in models if row["attribution"]}
        details = _store_tiles(connection, ground_of(store.city, sources), workers)
        # Tiles are as visible as the models, whatever else the builder may see.
        highest = max(row["classification"] for row in models)
        connection.execute("UPDATE layer.terrain_tile SET classification = %s", (highest,))
        details["attribution"] = "; ".join(sorted(named))
        values = {"version": version, "digest": digest, "details": Jsonb(details)}
        connection.execute(query("terrain_built"), values)
    return TerrainBuilt(LAYER, len(sources), *_counts(details), False, time.perf_counter() - started)


def ranges(ground: Ground) -> list[list[TileRange]]:
    """Return the tiles of each level, from 0 to the deepest.

    The first levels cover the Earth, the next ones the surroundings, the last ones the models, each to its own depth,
    and a ring of tiles in which their border is drawn.
    """
    depths = ground.depths
    smooth = finest_level(2 * ground.surroundings.cell_m, DEEPEST)
    levels = []
    for z in range(max(depths) + 1):
        models = [tiles_around(z, box, 1) for box, depth in zip(ground.model_boxes, depths, strict=True) if z <= depth]
        around = [tiles_around(z, ground.box, 1)] if z <= smooth else []
        levels.append([whole_world(z)] if z < WORLD_LEVELS else around or models)
    return levels


def max_error_m(z: int, deepest: int) -> float:
    """Return the largest vertical distance of a level's triangles from its grid, metres."""
    error = _ERROR_SHARE * level_error_m(z)
    return min(error, FINEST_ERROR_M) if z == deepest else error


def _source(folder: Path, row: dict[str, Any]) -> RasterSource:
    return RasterSource(folder / row["file"], row["crs"], row["height_offset_m"], row["resolution_m"])


def _digest(city: CityProfile, sources: Sequence[RasterSource]) -> str:
    """Return a digest of all that shapes the tiles; a file's name is the digest of its content."""
    models = [(source.path.name, source.crs, source.height_offset_m, source.resolution_m) for source in sources]
    told = (code_digest("cim.layers"), city.crs, city.datum, city.ellipsoid_offset_m, models)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _counts(details: dict[str, Any]) -> tuple[int, int, int]:
    return details["tiles"], details["size_bytes"], details["maxzoom"]


def _store_tiles(connection: Connection[dict[str, Any]], ground: Ground, workers: int | None) -> dict[str, Any]:
    """Make and store every tile; return what `layer.build` keeps of it."""
    levels = ranges(ground)
    deepest = len(levels) - 1
    chunks = (_Chunk(ground, deepest, part) for part in _parts(levels))
    most = sum(len(part) for level in levels for part in level)
    several = workers or (2 if most > _WORTH_A_POOL else 1)
    tiles = size = 0
    with (
        progress("terrain tiles", most) as task,
        connection.cursor().copy("COPY layer.terrain_tile (z, x, y, content) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int2", "int4", "int4", "bytea"])
        for made in run_all(_made, chunks, workers=several):
            for tile, content in made:
                copy.write_row((tile.z, tile.x, tile.y, content))
                size += len(content)
            tiles += len(made)
            task.advance(len(made))
    return _details(ground, levels, tiles, size)


def _parts(levels: Sequence[Sequence[TileRange]]) -> Iterator[tuple[TileAddress, ...]]:
    """Yield all tiles in parts of a size for one process; one that several models ask for comes once."""
    tiles = (
        tile
        for z, level in enumerate(levels)
        for number, part in enumerate(level)
        for tile in part.tiles(z)
        if not any(tile in earlier for earlier in level[:number])
    )
    while part := tuple(itertools.islice(tiles, _CHUNK)):
        yield part


def _details(ground: Ground, levels: Sequence[Sequence[TileRange]], tiles: int, size: int) -> dict[str, Any]:
    return {
        "tiles": tiles,
        "size_bytes": size,
        "maxzoom": len(levels) - 1,
        "cell_m": cell_m(len(levels) - 1),
        "bounds": _union(ground.model_boxes),
        "surroundings": list(ground.box),
        "far_m": ground.surroundings.far_m + ground.city.ellipsoid_offset_m,
        "available": [[part.as_json() for part in level] for level in levels],
    }


def _union(boxes: Sequence[Box]) -> list[float]:
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


@dataclass(frozen=True)
class _Chunk:
    """Some tiles to be made by one process."""

    ground: Ground
    deepest: int
    addresses: tuple[TileAddress, ...]


def _made(chunk: _Chunk) -> list[tuple[TileAddress, bytes]]:
    with chunk.ground.opened() as ground:
        return [(tile, _content(ground, tile, chunk.deepest)) for tile in chunk.addresses]


def _content(ground: OpenGround, tile: TileAddress, deepest: int) -> bytes:
    """Return a tile, gzipped; without the time of day, so that the same ground gives the same bytes."""
    mesh = mesh_of(tile, ground.grid(tile), max_error_m(tile.z, deepest))
    return gzip.compress(encode(mesh), compresslevel=6, mtime=0)
