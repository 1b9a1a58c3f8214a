"""A pipe network as tiles: tubes and fittings near by, plain tubes farther off, lines from afar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import sql
from scipy.spatial import cKDTree

from cim.drawing import pipe_colours
from cim.layers.tiles3d.content import Coarse, Connection, Content, Detail, Inventory, Level, inventory_of, taken
from cim.layers.tiles3d.fittings import Fittings, fitting_mesh, palette
from cim.layers.tiles3d.gltf import Appearance
from cim.layers.tiles3d.joints import Ends, Nodes, continued, meeting
from cim.layers.tiles3d.mesh import Floats, Ints, Mesh, joined, subset
from cim.layers.tiles3d.properties import Column, Properties
from cim.layers.tiles3d.queries import records, statement
from cim.layers.tiles3d.tree import largest_within
from cim.layers.tiles3d.tubes import Axes, axis_lines, sides_by_size, tubes

Rows = list[tuple[Any, ...]]

_SEGMENT, _NODE, _DEVICE = 0, 1, 2
# A pipe whose size no survey gives is drawn this thick, metres; its attributes say that it is not known.
_UNKNOWN_WIDTH_M = 0.1
# A millimetre: a rounding of a centimetre would bend a DN50.
_FINEST_M = 0.001
_ATTRIBUTE_BYTES, _VERTEX_BYTES = 60.0, 6.5
# A line stands for a pipe as long as the pipe is thinner than its pixel: viewers refine at 16 pixels of error.
_LINE_ERROR_WIDTHS = 16.0
_FAR_SIDES = 4


@dataclass(frozen=True)
class Pipes:
    """The layer of one network; ids are 4 times the version plus 0 segment, 1 node or 2 device."""

    network: str
    """One of `cim.schema.pipe.NETWORKS`."""
    themes: tuple[str, ...] = ("pipe_segment", "pipe_node", "pipe_device")
    """Themes it is made of."""

    @property
    def layer(self) -> str:
        """Name of the layer."""
        return f"pipes-{self.network}"

    def inventory(self, connection: Connection) -> Inventory:
        """Return all segments, nodes and devices of the network."""
        found = inventory_of(records(connection, statement("pipe_inventory"), {"network": self.network}))
        return replace(found, bytes=_ATTRIBUTE_BYTES + _VERTEX_BYTES * found.bytes)

    def detail(self, connection: Connection, ids: Ints) -> Detail:
        """Return tubes and fittings; measured are a segment's width and the height of a fitting."""
        segments, fittings = self._segments(connection, ids), self._fittings(connection, ids)
        ends = self._ends(connection, segments, fittings)
        axes = _axes(segments, ends)
        known = sides_by_size(axes.width_m)
        pipe_mesh = tubes(axes, known, capped=True)
        shapes = fitting_mesh(_placed_fittings(segments, axes, fittings, ends))
        measures = np.full((len(ids), 2), np.nan)
        measures[ids % 4 == _SEGMENT, 0] = axes.width_m
        measures[ids % 4 != _SEGMENT, 1] = _heights(shapes, len(segments), len(fittings))
        return Detail(self._content(joined([pipe_mesh, shapes]), segments, fittings), measures)

    def coarse(self, connection: Connection, level: Level) -> Coarse:
        """Return the thickest segments that fit the budget, as thin-sided tubes or, from afar, as lines."""
        of_segments = np.flatnonzero(level.inventory.ids % 4 == _SEGMENT)
        members, width = taken(level.inventory, of_segments), level.measures[of_segments, 0]
        as_lines = level.is_root or level.height > 1
        faces = members.triangles / 24 * (1 if as_lines else 2 * _FAR_SIDES)
        cost = np.maximum(faces / level.triangles, (_ATTRIBUTE_BYTES + _VERTEX_BYTES * faces) / level.bytes)
        kept = largest_within(width, cost, 1.0)
        segments = self._segments(connection, members.ids[kept])
        ends = self._ends(connection, segments, [])
        axes = _axes(segments, ends)
        sides = np.full(len(segments), _FAR_SIDES)
        mesh = axis_lines(axes) if as_lines else tubes(axes, sides, capped=False)
        thickest = float(axes.width_m.max(initial=0.0))
        error = max(
            thickest * (_LINE_ERROR_WIDTHS if as_lines else 1.0),
            float(np.nan_to_num(level.measures[:, 1]).max(initial=0.0)),
            _farthest(members, kept),
        )
        return Coarse(self._content(mesh, segments, []), error)

    def _segments(self, connection: Connection, ids: Ints) -> Rows:
        chosen = ids[ids % 4 == _SEGMENT] // 4
        return records(connection, statement("pipe_segment"), {"ids": chosen.tolist()})

    def _fittings(self, connection: Connection, ids: Ints) -> Rows:
        wanted = {"nodes": (ids[ids % 4 == _NODE] // 4).tolist(), "devices": (ids[ids % 4 == _DEVICE] // 4).tolist()}
        return records(connection, statement("pipe_fitting"), wanted)

    def _ends(self, connection: Connection, segments: Rows, fittings: Rows) -> _Meeting:
        """Read the ends of all segments at the nodes of a tile, those of other tiles too."""
        nodes = {row[position] for row in segments for position in (1, 2)} | {row[3] for row in fittings}
        found = sorted(node for node in nodes if node)
        wanted = {"network": self.network, "nodes": found}
        return _meeting_of(records(connection, statement("pipe_ends"), wanted))

    def _content(self, mesh: Mesh, segments: Rows, fittings: Rows) -> Content:
        """Content of the features that show; a node at which nothing stands shows none."""
        count = len(segments) + len(fittings)
        shown = np.unique(mesh.feature)
        rows = [(r[0], "segment", r[6], r[7], r[3], r[8], r[9]) for r in segments]
        rows += [(r[2], "node" if r[0] == _NODE else "device", r[4], r[5], r[8], None, None) for r in fittings]
        properties = _properties([rows[position] for position in shown.tolist()])
        appearance = Appearance(palette(pipe_colours()[self.network].rgb), False)
        return Content(subset(mesh, shown, count), properties, appearance, _FINEST_M)


@dataclass(frozen=True)
class _Meeting:
    """Ends at the nodes of a tile, and which segment each pair belongs to."""

    ends: Ends
    segment: Ints
    """(S,) feature ids; starts stand at 0..S-1, ends at S..2S-1."""


def _lines(values: list[Any]) -> tuple[Floats, Ints]:
    """Corners of axes and the first of each."""
    shapes = shapely.from_wkb(np.array(values, object))
    points = shapely.get_coordinates(shapes, include_z=True)
    return points, np.concatenate([[0], np.cumsum(shapely.get_num_points(shapes))]).astype(np.int64)


def _sizes(rows: Rows, width: int, height: int) -> tuple[Floats, Floats]:
    """Outer width and height in metres."""
    across = np.array([row[width] for row in rows], np.float64) / 1000
    across = np.where(across > 0, across, _UNKNOWN_WIDTH_M)
    upward = np.array([row[height] for row in rows], np.float64) / 1000
    return across, np.where(upward > 0, upward, across)


def _meeting_of(rows: Rows) -> _Meeting:
    points, start = _lines([row[5] for row in rows])
    width, height = _sizes(rows, 2, 3)
    first, last = start[:-1], start[1:] - 1
    leaving = np.concatenate([points[first + 1] - points[first], points[last - 1] - points[last]])
    length = np.linalg.norm(leaving, axis=1)
    inward = leaving / np.where(length > 0, length, 1.0)[:, None]
    node = np.array([row[position] or 0 for position in (0, 1) for row in rows], np.int64)
    ends = Ends(node, points[np.concatenate([first, last])], inward, np.tile(width, 2), np.tile(height, 2))
    return _Meeting(ends, np.array([row[4] for row in rows], np.int64))


def _axes(segments: Rows, meeting: _Meeting) -> Axes:
    points, start = _lines([row[10] for row in segments])
    width, height = _sizes(segments, 3, 4)
    rectangular = np.array([row[5] for row in segments], np.bool_)
    before, after = np.full((len(segments), 3), np.nan), np.full((len(segments), 3), np.nan)
    if len(meeting.segment):
        beyond = continued(meeting.ends)
        order = np.argsort(meeting.segment)
        feature = np.array([row[0] for row in segments], np.int64)
        place = order[np.clip(np.searchsorted(meeting.segment[order], feature), 0, len(order) - 1)]
        found = meeting.segment[place] == feature
        before[found] = beyond[place[found]]
        after[found] = beyond[place[found] + len(order)]
    return Axes(points, start, width, height, rectangular, before, after)


def _placed_fittings(segments: Rows, axes: Axes, fittings: Rows, met: _Meeting) -> Fittings:
    """Fittings at nodes and of devices, and pumps and valves that a model has as links, at their middle."""
    node = np.array([row[3] for row in fittings], np.int64)
    at: Nodes = meeting(met.ends, node)
    given = np.array([row[8] for row in fittings], np.float64) / 1000
    points = shapely.get_coordinates(shapely.from_wkb(np.array([row[9] for row in fittings], object)), include_z=True)
    heading = np.where(np.hypot(*at.direction[:, :2].T)[:, None] > 1e-6, at.direction[:, :2], [1.0, 0.0])
    links = np.flatnonzero([row[6] in ("pump", "valve") for row in segments])
    first, last = axes.point[axes.start[links]], axes.point[axes.start[links + 1] - 1]
    across = np.where(np.hypot(*(last - first)[:, :2].T)[:, None] > 1e-6, (last - first)[:, :2], [1.0, 0.0])
    unknown = np.full(len(links), np.nan)
    return Fittings(
        np.concatenate([len(segments) + np.arange(len(fittings)), links]),
        np.array([*(row[4] for row in fittings), *(segments[link][6] for link in links)], object),
        np.vstack([points, (first + last) / 2]),
        np.concatenate([np.array([row[6] for row in fittings], np.float64), unknown]),
        np.concatenate([np.fmin(np.array([row[7] for row in fittings], np.float64), at.lowest_m), unknown]),
        np.concatenate([np.fmax(at.width_m, np.nan_to_num(given)), axes.width_m[links]]),
        np.vstack([heading, across]),
        np.concatenate([at.gap, np.zeros(len(links), np.bool_)]),
    )


def _heights(shapes: Mesh, first: int, count: int) -> Floats:
    """Height of each fitting (count,), metres; 0 for those that show nothing."""
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    own = shapes.feature >= first
    np.minimum.at(low, shapes.feature[own] - first, shapes.position[own, 2])
    np.maximum.at(high, shapes.feature[own] - first, shapes.position[own, 2])
    return np.where(np.isfinite(low), high - low, 0.0)


def _farthest(members: Inventory, kept: Ints) -> float:
    """Return how far the segment left out that is farthest from any that is kept may lie from it, metres."""
    missing = np.setdiff1d(np.arange(len(members.ids)), kept)
    if not len(missing) or not len(kept):
        return 0.0
    middle, reach = (members.low + members.high) / 2, np.linalg.norm(members.high - members.low, axis=1) / 2
    distance, _ = cKDTree(middle[kept]).query(middle[missing])
    return float((distance + reach[missing]).max() + reach[kept].max())


def _properties(rows: Rows) -> Properties:
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 7

    def numbers(position: int) -> NDArray[np.float64]:
        return np.array(columns[position], np.float64)

    return Properties(
        "pipe",
        len(rows),
        (
            Column("feature_id", "id", "Stable id", numbers(0)),
            Column("part", "text", "segment, node or device", columns[1]),
            Column("kind", "text", "Kind of segment, node or device", columns[2]),
            Column("name", "text", "Road, number or key in the survey", columns[3]),
            Column("diameter_mm", "number", "Outer diameter or width, mm", numbers(4)),
            Column("material", "text", "Material", columns[5]),
            Column("year", "integer", "Year of installation", numbers(6)),
        ),
    )


def networks(connection: Connection) -> list[str]:
    """Return the networks that have segments, by name."""
    found = records(connection, sql.SQL("SELECT DISTINCT network FROM city.pipe_segment_current ORDER BY 1").format())
    return [row[0] for row in found]
