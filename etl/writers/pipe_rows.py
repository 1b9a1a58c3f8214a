"""Pipe networks in portions: nodes and segments with the keys of their ends, for the writers of pipe files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from psycopg import sql

from cim.etl.export import Export
from cim.etl.readers.pipe_survey_nodes import OF_DEVICES

Floats = npt.NDArray[np.float64]

PORTION = 5_000
"""Rows at a time: memory does not grow with the network."""

_NETWORKS = sql.SQL("SELECT DISTINCT network FROM {segments} AS s ORDER BY network")
_NODES = sql.SQL(
    "SELECT v.*, ST_AsBinary(v.geom) AS wkb FROM {nodes} AS v WHERE v.network = %(network)s ORDER BY v.feature_id"
)
# A model's pipes may be called as its nodes are: only what stands on the node is told in its row.
_WITH_DEVICES = sql.SQL(
    "(SELECT n.*, {told} FROM {nodes} AS n LEFT JOIN {devices} AS d ON d.node_id = n.feature_id "
    "AND d.source_key = n.source_key AND d.source_name = n.source_name)"
)
_SEGMENTS = sql.SQL(
    "SELECT v.*, a.source_key AS start_key, b.source_key AS end_key, ST_AsBinary(v.geom) AS wkb "
    "FROM {segments} AS v LEFT JOIN city.feature a ON a.feature_id = v.start_node_id "
    "LEFT JOIN city.feature b ON b.feature_id = v.end_node_id WHERE v.network = %(network)s ORDER BY v.feature_id"
)


def networks(export: Export) -> list[str]:
    """Return the networks that have segments."""
    query = _NETWORKS.format(segments=export.selection.relation(export.table("pipe_segment")))
    return [row["network"] for row in export.rows(query)]


def relation(export: Export, theme: str) -> sql.Composed:
    """Return the nodes or segments that are asked for; nodes are taken wherever they are, as segments end at them."""
    return export.selection.relation(export.table(theme), anywhere=theme == "pipe_node")


def surveyed(export: Export, theme: str) -> sql.Composed:
    """Return the nodes or segments that are asked for, nodes with what a survey's point tells of the device on it."""
    if theme != "pipe_node":
        return relation(export, theme)
    told = [sql.SQL("d.{} AS {}").format(*map(sql.Identifier, (name, title))) for title, name in OF_DEVICES.items()]
    devices = export.selection.relation(export.table("pipe_device"), anywhere=True)
    return _WITH_DEVICES.format(told=sql.SQL(", ").join(told), nodes=relation(export, theme), devices=devices)


def portions(export: Export, theme: str, network: str) -> Iterator[pd.DataFrame]:
    """Yield the nodes or segments of a network in portions.

    Segments have `start_key` and `end_key`; `points` holds (n, 3) places in the export's CRS.
    """
    query = _NODES if theme == "pipe_node" else _SEGMENTS
    name = "nodes" if theme == "pipe_node" else "segments"
    yield from frames(export, query.format(**{name: surveyed(export, theme)}), network)


def frames(export: Export, query: sql.Composed, network: str) -> Iterator[pd.DataFrame]:
    """Yield the rows of a query of a network in portions; `points` holds their places in the export's CRS."""
    for rows in export.stream(query, PORTION, network=network):
        yield _placed(export, pd.DataFrame(rows))


def _placed(export: Export, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the coordinates of each row."""
    shapes = shapely.from_wkb(frame["wkb"].to_numpy(dtype=object))
    points, owner = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    ends = np.searchsorted(owner, np.arange(1, len(frame)))
    return frame.assign(points=pd.Series(np.split(export.outward(points), ends), index=frame.index, dtype=object))


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column with None where there is no value."""
    values = frame[name].astype(object)
    return values.where(values.notna(), None)
