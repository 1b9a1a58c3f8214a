"""Pipes, breaks, inspections, streets and buildings of a city, as risk needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import shapely
from psycopg.rows import tuple_row

from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

THEMES = (
    "pipe_segment", "pipe_node", "pipe_device", "service_connection", "pipe_break", "pipe_inspection", "road_edge",
    "building",
)  # fmt: skip
"""Themes that the findings depend on."""

Objects = npt.NDArray[np.object_]

_FETCH = 50_000
_WORDS = frozenset({"network", "material", "lining", "soil", "code", "road_class"})


@dataclass(frozen=True)
class CityPipes:
    """What risk is judged from."""

    pipes: pd.DataFrame
    """Rows of `pipes.sql`, segment_id ascending; `geom` (shapely) is in plan, `level_m` the height of its middle."""
    breaks: pd.DataFrame
    """segment_id, broke: decimal year."""
    inspections: pd.DataFrame
    """segment_id, code, grade, chainage_m; of each sewer's newest inspection."""
    roads: pd.DataFrame
    """road_class, width_m, geom."""
    buildings: pd.DataFrame
    """geom."""
    hydraulics: pd.DataFrame
    """segment_id, unmet_m3s, flood_m3, flood_buildings, flood_residents; where models were run."""
    left_out: Mapping[str, int]
    """What is not assessed at all: code of `cim.analytics.reasons` and count."""


def read_pipes(store: Store, viewer: Viewer) -> CityPipes:
    """Read one state of a city, as far as the viewer may see it."""
    with store.snapshot(viewer) as connection:
        row = connection.execute(query("network.risk", "left_out")).fetchone() or {}
        return CityPipes(
            pipes=_frame(connection, "pipes"),
            breaks=_frame(connection, "breaks"),
            inspections=_frame(connection, "inspections"),
            roads=_frame(connection, "roads"),
            buildings=_frame(connection, "buildings"),
            hydraulics=_frame(connection, "hydraulics"),
            left_out={name: int(str(count)) for name, count in row.items()},
        )


def _frame(connection: psycopg.Connection[dict[str, object]], name: str) -> pd.DataFrame:
    """Return the rows of a query, fetched in pieces: a whole answer as Python objects would fill the memory."""
    with psycopg.ServerCursor(connection, f"risk_{name}", row_factory=tuple_row) as cursor:
        cursor.execute(query("network.risk", name), binary=True)
        names = [column.name for column in cursor.description or ()]
        parts = []
        while rows := cursor.fetchmany(_FETCH):
            parts.append(_typed(names, rows))
    return pd.concat(parts, ignore_index=True) if parts else _typed(names, [])


def _typed(names: list[str], rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {name: () for name in names}
    return pd.DataFrame({name: _array(name, values) for name, values in columns.items()})


def _array(name: str, values: tuple[object, ...]) -> object:
    if name == "geom":
        return shapely.from_wkb(np.array(values, dtype=object))
    if name in _WORDS:
        return np.array(values, dtype=object)
    return np.array(values, dtype=np.int64 if name == "segment_id" else np.float64)
