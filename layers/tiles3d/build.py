"""Builds a layer's tiles into rows of `layer.tile3d`, in one transaction: readers see the old tree or the new one."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from psycopg import sql
from psycopg.types.json import Jsonb

from cim.code_digest import code_digest
from cim.executor import run_all
from cim.layers.tiles3d.content import Connection, Inventory, TileSource, taken
from cim.layers.tiles3d.frame import Region
from cim.layers.tiles3d.mesh import Floats
from cim.layers.tiles3d.queries import records, statement
from cim.layers.tiles3d.tiles import (
    MOST_BYTES,
    MOST_TRIANGLES,
    InnerTask,
    LeafTask,
    Place,
    Tile,
    inner_tile,
    leaf_tile,
)
from cim.layers.tiles3d.tree import Node, quadtree
from cim.progress import Task, progress
from cim.store import Store
from cim.viewer import Viewer

# Starting processes costs as much as meshing this many triangles, or making this many coarse tiles in each.
_WORTH_A_POOL = 1_500_000
_FEW = 16

Item = TypeVar("Item")


@dataclass(frozen=True)
class Built:
    """What a build did."""

    layer: str
    """Name of the layer."""
    tiles: int
    """Tiles that the layer has now."""
    features: int
    """Features that it shows."""
    fresh: bool
    """Whether the tiles already showed the present data, so that nothing was done."""
    seconds: float
    """Time it took."""


def build_tileset(store: Store, viewer: Viewer, source: TileSource, *, workers: int | None = None) -> Built:
    """Make the tiles of a layer, or find that they are up to date.

    Parameters
    ----------
    store : Store
        The city, opened as its owner.
    viewer : Viewer
        For whom: the tiles hold what this viewer may see, and are served to those of the same clearance or higher.
    source : TileSource
        The layer.
    workers : int, optional
        Processes; chosen by the size of the layer when None.
    """
    started = time.perf_counter()
    version, digest = store.theme_version(*source.themes), _parameters_hash(source, viewer)
    with store.connection(viewer) as connection:
        # One build of a layer at a time; a second one waits, and then finds nothing to do.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"tiles3d {source.layer}",))
        if (known := _known(connection, source.layer, version, digest)) is not None:
            return Built(source.layer, *known, True, time.perf_counter() - started)
        inventory = source.inventory(connection)
        place = Place(store.url, store.city, viewer, source, _attributions(connection, source))
        connection.execute("DELETE FROM layer.tile3d WHERE layer = %s", (source.layer,))
        tiles = _store_tree(connection, place, inventory, version, workers) if len(inventory.ids) else 0
        counts = {"tiles": tiles, "features": len(inventory.ids), "clearance": viewer.clearance}
        values = {"layer": source.layer, "data_version": version, "parameters_hash": digest, "details": Jsonb(counts)}
        if tiles:
            connection.execute(statement("upsert_build"), values)
        else:
            connection.execute("DELETE FROM layer.build WHERE layer = %s", (source.layer,))
    return Built(source.layer, tiles, len(inventory.ids), False, time.perf_counter() - started)


def _parameters_hash(source: TileSource, viewer: Viewer) -> str:
    """Digest of all that shapes tiles beside the data."""
    told = (code_digest("cim.layers"), source, viewer.clearance, MOST_TRIANGLES, MOST_BYTES)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _known(connection: Connection, layer: str, version: int, digest: str) -> tuple[int, int] | None:
    """Tiles and features of a build of this very data, None where there is none or some tile is stale."""
    row = connection.execute(
        "SELECT details FROM layer.build b WHERE layer = %s AND data_version = %s AND parameters_hash = %s "
        "AND NOT EXISTS (SELECT FROM layer.tile3d t WHERE t.layer = b.layer AND t.stale)",
        (layer, version, digest),
    ).fetchone()
    return (row["details"]["tiles"], row["details"]["features"]) if row else None


def _attributions(connection: Connection, source: TileSource) -> str:
    """Who is to be named for the current features of a layer."""
    named: set[str] = set()
    for theme in source.themes:
        view = sql.Identifier("city", f"{theme}_current")
        named.update(row[0] for row in records(connection, statement("attributions", view=view)))
    return "; ".join(sorted(named))


def _store_tree(connection: Connection, place: Place, inventory: Inventory, version: int, workers: int | None) -> int:
    """Make every tile, children before parents, store them, and return how many."""
    weight = np.maximum(inventory.triangles / MOST_TRIANGLES, inventory.bytes / MOST_BYTES)
    root = quadtree((inventory.low + inventory.high)[:, :2] / 2, weight, 1.0)
    nodes = {node.key: node for node in root.walk()}
    parents = {child.key: node.key for node in nodes.values() for child in node.children}
    if workers is None:
        workers = (os.cpu_count() or 1) if inventory.triangles.sum() > _WORTH_A_POOL else 1
    stored: set[str] = set()
    with progress(f"tiles {place.source.layer}", len(nodes)) as task:
        for tile in _made(connection, place, root, inventory, workers, task):
            node = nodes[tile.key]
            # A corner of a network with nothing but bare nodes has nothing to show.
            if tile.content is None and not any(child.key in stored for child in node.children):
                continue
            stored.add(tile.key)
            row = _row(place, node, tile, taken(inventory, node.members))
            places = {"parent": parents.get(tile.key), "depth": _depth(tile.key, parents), "revision": version}
            connection.execute(statement("insert_tile"), row | places)
    return len(stored)


def _row(place: Place, node: Node, tile: Tile, members: Inventory) -> dict[str, object]:
    """Values of a tile's row, but for its place in the tree."""
    return {
        "layer": place.source.layer,
        "key": tile.key,
        "error": tile.error_m,
        "region": tile.region.as_list(),
        "members": None if node.children else tile.members.tolist(),
        "triangles": tile.triangles,
        "features": len(tile.members),
        "content": tile.content,
        "west": members.low[:, 0].min(),
        "south": members.low[:, 1].min(),
        "east": members.high[:, 0].max(),
        "north": members.high[:, 1].max(),
        "srid": place.city.srid,
    }


def _depth(key: str, parents: dict[str, str]) -> int:
    return 1 + _depth(parents[key], parents) if key in parents else 0


def _made(
    connection: Connection, place: Place, root: Node, inventory: Inventory, workers: int, task: Task
) -> Iterator[Tile]:
    """Tiles level by level from the leaves up, so that what a parent needs of its children is known."""
    by_height: dict[int, list[Node]] = {}
    for node in root.walk():
        by_height.setdefault(node.height, []).append(node)
    regions: dict[str, Region] = {}
    errors: dict[str, float] = {}
    leaves = by_height.pop(0)
    made = _run(connection, leaf_tile, (LeafTask(place, n.key, taken(inventory, n.members)) for n in leaves), workers)
    measures: Floats | None = None
    for node, tile in zip(leaves, made, strict=True):
        regions[tile.key], errors[tile.key] = tile.region, tile.error_m
        if measures is None:
            measures = np.full((len(inventory.ids), tile.measures.shape[1]), np.nan)
        measures[node.members] = tile.measures
        task.advance()
        yield tile
    for _, nodes in sorted(by_height.items()):
        wanted = (_inner_task(place, n, inventory, measures, regions, errors) for n in nodes)
        for tile in _run(connection, inner_tile, wanted, workers if len(nodes) > _FEW * workers else 1):
            regions[tile.key], errors[tile.key] = tile.region, tile.error_m
            task.advance()
            yield tile


def _run(
    connection: Connection, work: Callable[[Item, Connection | None], Tile], items: Iterable[Item], workers: int
) -> Iterator[Tile]:
    """Make tiles here, on the connection at hand, or in processes with connections of their own."""
    if workers > 1:
        return run_all(partial(_alone, work), items, workers=workers)
    return (work(item, connection) for item in items)


def _alone(work: Callable[[Item, Connection | None], Tile], item: Item) -> Tile:
    """Make a tile in a process that has to find its own connection."""
    return work(item, None)


def _inner_task(
    place: Place,
    node: Node,
    inventory: Inventory,
    measures: Floats | None,
    regions: dict[str, Region],
    errors: dict[str, float],
) -> InnerTask:
    first, *others = (regions[child.key] for child in node.children)
    for region in others:
        first = first.union(region)
    known = np.empty((len(node.members), 0)) if measures is None else measures[node.members]
    worst = max(errors[child.key] for child in node.children)
    return InnerTask(place, node.key, node.height, taken(inventory, node.members), known, first, worst)
