"""Buildings as tiles: every surface near by, blocks farther off, the largest alone from afar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import shapely
from psycopg import sql

from cim.layers.tiles3d.blocks import block_triangles, blocks, roof_measures, solid_blocks
from cim.layers.tiles3d.content import Coarse, Connection, Content, Detail, Inventory, Level, inventory_of, taken
from cim.layers.tiles3d.gltf import Appearance
from cim.layers.tiles3d.mesh import Bytes, Flags, Floats, Ints, Mesh, empty_mesh, joined
from cim.layers.tiles3d.properties import Column, Properties
from cim.layers.tiles3d.queries import records, statement
from cim.layers.tiles3d.rings import rings_of_wkb
from cim.layers.tiles3d.tree import largest_within
from cim.layers.tiles3d.triangulate import UNKNOWN, triangulated

# sRGB by kind of surface, as `city.building_lod.surface` numbers them: unknown, ground, wall, roof, closure,
# outer ceiling, outer floor, window, door, other. Walls plaster, roofs fired clay, so that the two are told apart.
PALETTE = np.array(
    [
        [225, 220, 210],
        [140, 136, 130],
        [236, 231, 222],
        [178, 126, 106],
        [210, 206, 200],
        [190, 186, 178],
        [170, 165, 158],
        [126, 156, 178],
        [122, 92, 70],
        [200, 196, 188],
    ],
    np.uint8,
)
_SOLIDS = ("Solid", "MultiSolid", "CompositeSolid")
_FINEST_M = 0.01
# Bytes of a feature's attributes beside its vertices, and of one vertex after meshopt (measured on 3DBAG).
_ATTRIBUTE_BYTES, _VERTEX_BYTES = 70.0, 6.5
# Share of a tile's triangles at full detail that a coarser one may spend on buildings for which a block would mislead.
_WHOLE_SHARE = 0.15
_PLAN_TOLERANCE_M = 0.5


@dataclass(frozen=True)
class Buildings:
    """The layer `buildings`; ids are versions."""

    layer: str = "buildings"
    """Name of the layer."""
    themes: tuple[str, ...] = ("building",)
    """Themes it is made of."""

    def inventory(self, connection: Connection) -> Inventory:
        """Return all buildings and parts that have a model or a block."""
        names = {
            "detail": sql.Identifier("city", "building_lod"),
            "theme": sql.Identifier("city", "building_current"),
            "least": sql.Literal("1"),
        }
        modelled = statement("lod_inventory", **names)
        rows = records(connection, statement("building_inventory", modelled=modelled, least=names["least"]))
        found = inventory_of(rows)
        return replace(found, bytes=_ATTRIBUTE_BYTES + _VERTEX_BYTES * found.bytes)

    def detail(self, connection: Connection, ids: Ints) -> Detail:
        """Return buildings with all their surfaces, and base, block height and its error for `coarse`."""
        rows = records(connection, statement("building_detail"), {"ids": ids.tolist()})
        content = _solid_content(rows, len(ids))
        return Detail(content, np.column_stack(roof_measures(content.mesh, len(ids))))

    def coarse(self, connection: Connection, level: Level) -> Coarse:
        """Return blocks, with full detail where a block would mislead, of the largest that fit the budget."""
        rows = records(connection, statement("building_footprint"), {"ids": level.inventory.ids.tolist()})
        footprints, plan_error = _outlines(rows, level)
        base, top, roof_error = level.measures.T
        error = np.hypot(plan_error, roof_error)
        as_block = ~_kept_whole(error, level.inventory.triangles)
        triangles = np.where(as_block, block_triangles(footprints), level.inventory.triangles)
        weight = _ATTRIBUTE_BYTES + np.where(as_block, 2 * _VERTEX_BYTES * triangles, level.inventory.bytes)
        cost = np.maximum(triangles / level.triangles, weight / level.bytes)
        kept = largest_within(level.inventory.size_m, cost, 1.0)
        missing = np.setdiff1d(np.arange(len(as_block)), kept)
        # A building left out is as far from what is shown, the ground, as it is high.
        heights = (level.inventory.high - level.inventory.low)[:, 2]
        worst = np.concatenate([error[kept][as_block[kept]], heights[missing], [0.0]]).max()
        shown = as_block[kept]
        meshes = [
            _renumbered(blocks(footprints[kept][shown], base[kept][shown], top[kept][shown]), np.flatnonzero(shown)),
            _renumbered(self._whole(connection, level, kept[~shown]), np.flatnonzero(~shown)),
        ]
        properties = _properties([rows[position] for position in kept])
        return Coarse(Content(joined(meshes), properties, Appearance(PALETTE, False), _FINEST_M), float(worst))

    def _whole(self, connection: Connection, level: Level, positions: Ints) -> Mesh:
        return self.detail(connection, taken(level.inventory, positions).ids).content.mesh


def _solid_content(rows: list[tuple[Any, ...]], count: int) -> Content:
    """Content of detail rows, of which a building may have several (one for each geometry)."""
    owner = np.array([row[0] for row in rows], np.int64)
    is_block = np.array([row[9] is None for row in rows], np.bool_)
    modelled = [row for row in rows if row[9] is not None]
    rings = rings_of_wkb([row[9] for row in modelled])
    models = triangulated(rings, _surfaces(modelled, np.bincount(rings.feature, minlength=len(modelled))))
    raised = _raised([row for row in rows if row[9] is None])
    mesh = joined([_renumbered(models, owner[~is_block]), _renumbered(raised, owner[is_block])])
    firsts = np.searchsorted(owner, np.arange(count))
    solid = all(row[8] in _SOLIDS for row in modelled)
    properties = _properties([rows[first] for first in firsts])
    return Content(mesh, properties, Appearance(PALETTE, not solid), _FINEST_M)


def _raised(rows: list[tuple[Any, ...]]) -> Mesh:
    """Blocks of detail rows without a model."""
    if not rows:
        return empty_mesh()
    footprints = shapely.from_wkb(np.array([row[11] for row in rows], object))
    base, top = (np.array([row[column] for row in rows], np.float64) for column in (12, 13))
    return solid_blocks(footprints, base, top)


def _surfaces(rows: list[tuple[Any, ...]], faces: Ints) -> Bytes:
    """Kind of every face; a geometry without kinds, or with a wrong number of them, has unknown ones."""
    kinds = [
        row[10] if row[10] and len(row[10]) == count else [UNKNOWN] * count
        for row, count in zip(rows, faces.tolist(), strict=True)
    ]
    known = np.fromiter(chain.from_iterable(kinds), np.uint8, int(faces.sum()))
    return np.minimum(known, np.uint8(len(PALETTE) - 1))


def _outlines(rows: list[tuple[Any, ...]], level: Level) -> tuple[np.ndarray[Any, np.dtype[np.object_]], Floats]:
    """Outline to extrude for each member, and how far it lies from the true one, metres."""
    low, high = level.inventory.low, level.inventory.high
    shapes = shapely.from_wkb(np.array([row[8] for row in rows], object))
    around = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    unknown = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes = np.where(unknown, around, shapes)
    # The geometry may reach beyond its footprint: eaves, balconies, or a part that its source gave no outline.
    beyond = np.abs(shapely.bounds(shapes) - np.hstack([low[:, :2], high[:, :2]])).max(axis=1)
    if level.height == 1:
        simple = shapely.simplify(shapes, _PLAN_TOLERANCE_M, preserve_topology=True)
        return np.where(shapely.is_empty(simple), shapes, simple), beyond + _PLAN_TOLERANCE_M
    rectangles = shapely.minimum_rotated_rectangle(shapes)
    thin = shapely.area(rectangles) < 1.0
    rectangles = np.where(thin, around, rectangles)
    return rectangles, np.fmax(beyond, shapely.hausdorff_distance(rectangles, shapes))


def _kept_whole(error: Floats, triangles: Floats) -> Flags:
    """Which buildings keep every surface: those without a roof to build a block from, and the worst as blocks."""
    allowance = _WHOLE_SHARE * float(triangles.sum())
    whole = np.isnan(error)
    # One that would eat a quarter of the allowance becomes a block however bad.
    cost = np.where(whole | (triangles > allowance / 4), np.inf, triangles)
    candidates = np.flatnonzero(np.isfinite(cost))
    whole[candidates[largest_within(error[candidates], cost[candidates], allowance)]] = True
    return whole


def _renumbered(mesh: Mesh, numbers: Ints) -> Mesh:
    return replace(mesh, feature=numbers[mesh.feature]) if len(numbers) else mesh


def _properties(rows: list[tuple[Any, ...]]) -> Properties:
    """Columns of a building's rows; their order is that of both queries."""
    columns = list(zip(*(row[1:8] for row in rows), strict=True)) if rows else [()] * 7

    def numbers(position: int) -> Floats:
        return np.array(columns[position], np.float64)

    return Properties(
        "building",
        len(rows),
        (
            Column("feature_id", "id", "Stable id", numbers(0)),
            Column("parent_id", "id", "Stable id of the building it is a part of", numbers(1)),
            Column("name", "text", "Name", columns[2]),
            Column("usage", "text", "Use", columns[3]),
            Column("height_m", "number", "Height, metres", numbers(4)),
            Column("storeys", "number", "Storeys above ground", numbers(5)),
            Column("year", "integer", "Year of construction", numbers(6)),
        ),
    )
