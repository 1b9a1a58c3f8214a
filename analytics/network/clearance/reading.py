"""Pipes, trees, kerbs, buildings and carriageways of a city, as clearance needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg import sql
from psycopg.rows import tuple_row

from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

THEMES = ("pipe_segment", "pipe_node", "building", "tree", "kerb", "road_edge")
"""Themes that the findings depend on."""

_FETCH = 20_000


@dataclass(frozen=True)
class Underground:
    """What clearance is judged from."""

    pipes: pd.DataFrame
    """Rows of `clearance_pipes.sql` with shapely geometries."""
    things: pd.DataFrame
    """Trees and kerbs: feature_id, kind, geom."""
    buildings: pd.DataFrame
    """feature_id, geom."""
    carriageways: pd.DataFrame
    """feature_id, width_m, geom."""
    not_in_use: int
    """Pipes that are abandoned or planned."""


def read_underground(store: Store, viewer: Viewer) -> Underground:
    """Read one state of a city, as far as the viewer may see it."""
    with store.snapshot(viewer) as connection:
        frames = [_frame(connection, name) for name in ("pipes", "things", "buildings", "carriageways")]
        rows = connection.execute(query("network.clearance", "left_out")).fetchall()
    pipes, things, buildings, carriageways = frames
    return Underground(pipes, things, buildings, carriageways, sum(row["segments"] for row in rows))


def read_some(connection: psycopg.Connection[dict[str, object]], pipes: list[int], others: list[int]) -> Underground:
    """Read some pipes, and some of what lies beside them, by their feature ids; pipes not in use are not counted."""
    return Underground(
        pipes=_frame(connection, "pipes", pipes),
        things=_frame(connection, "things", others),
        buildings=_frame(connection, "buildings", others),
        carriageways=_frame(connection, "carriageways", others),
        not_in_use=0,
    )


_SOME = sql.SQL("SELECT * FROM ({}) AS every WHERE feature_id = ANY(%(ids)s)")


def _frame(connection: psycopg.Connection[dict[str, object]], name: str, ids: list[int] | None = None) -> pd.DataFrame:
    """Return the rows of a query, fetched in pieces: a whole answer as Python objects would fill the memory.

    With ids only these, in the same order.
    """
    statement: sql.SQL | sql.Composed = query("network.clearance", name)
    bound = None if ids is None else {"ids": ids}
    if ids is not None:
        statement = _SOME.format(statement)
    with psycopg.ServerCursor(connection, f"clearance_{name}", row_factory=tuple_row) as cursor:
        cursor.execute(statement, bound, binary=True)
        names = [column.name for column in cursor.description or ()]
        parts = []
        while rows := cursor.fetchmany(_FETCH):
            parts.append(_typed(names, rows))
    return pd.concat(parts, ignore_index=True) if parts else _typed(names, [])


_WORDS = ("network", "class_code", "kind", "burial", "material", "pressure_raw", "survey_method", "depth_reference")


def _typed(names: list[str], rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {name: () for name in names}
    out: dict[str, object] = {}
    for name, values in columns.items():
        if name == "geom":
            out[name] = shapely.from_wkb(np.array(values, dtype=object))
        elif name in _WORDS:
            out[name] = np.array(values, dtype=object)
        else:
            out[name] = np.array(values, dtype=np.int64 if name == "feature_id" else np.float64)
    return pd.DataFrame(out)
