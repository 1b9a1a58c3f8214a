"""Pipe networks as frames: nodes and segments with the keys of their ends, for the writers of pipe files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from psycopg import sql

from cim.etl.export import Export

Floats = npt.NDArray[np.float64]

_NETWORKS = sql.SQL("SELECT DISTINCT network FROM {segments} AS s ORDER BY network")
_NODES = sql.SQL(
    "SELECT v.*, ST_AsBinary(v.geom) AS wkb FROM {nodes} AS v WHERE v.network = %(network)s ORDER BY v.feature_id"
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


def nodes(export: Export, network: str) -> pd.DataFrame:
    """Return the nodes of a network; `points` holds (3,) places in the export's CRS."""
    query = _NODES.format(nodes=export.selection.relation(export.table("pipe_node"), anywhere=True))
    return _placed(export, pd.DataFrame(export.rows(query, network=network)))


def segments(export: Export, network: str) -> pd.DataFrame:
    """Return the segments of a network with `start_key` and `end_key`; `points` holds (n, 3) places."""
    query = _SEGMENTS.format(segments=export.selection.relation(export.table("pipe_segment")))
    return _placed(export, pd.DataFrame(export.rows(query, network=network)))


def _placed(export: Export, frame: pd.DataFrame) -> pd.DataFrame:
    """Add the coordinates of each row."""
    if frame.empty:
        return frame.assign(points=pd.Series(dtype=object))
    shapes = shapely.from_wkb(frame["wkb"].to_numpy(dtype=object))
    points, owner = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    ends = np.searchsorted(owner, np.arange(1, len(frame)))
    return frame.assign(points=pd.Series(np.split(export.outward(points), ends), index=frame.index, dtype=object))


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column with None where there is no value."""
    values = frame[name].astype(object)
    return values.where(values.notna(), None)
