"""A network from the database: rows in binary straight into arrays, kept as files keyed by data version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from cim.analytics.errors import DataChanged, UnknownNetwork
from cim.analytics.network.building import NODE_ROW, SEGMENT_ROW, SERVICE_ROW, VALVE_ROW, NetworkRows, build_graph
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.graph_files import FORMAT, load_graph, remove_old_graphs, save_graph
from cim.analytics.queries import query
from cim.codes import NETWORKS
from cim.store import Store
from cim.viewer import Viewer

THEMES = ("pipe_node", "pipe_segment", "pipe_device", "service_connection")
"""Themes that a graph is made of: when one changes, the graph is another."""

_SEND = {
    "i8": sql.SQL("int8send"),
    "i4": sql.SQL("int4send"),
    "f8": sql.SQL("float8send"),
    "b1": sql.SQL("boolsend"),
}
"""PostgreSQL's functions that give the binary form of a value, by numpy's name of the type."""

_TRIES = 3

Connection = psycopg.Connection[dict[str, Any]]


def loaded_networks(store: Store, viewer: Viewer) -> dict[str, int]:
    """Return the networks that have segments, the largest first, with their numbers of segments."""
    return {row["network"]: row["segments"] for row in store.rows(viewer, query("network", "networks"))}


def network_graph(store: Store, viewer: Viewer, network: str, folder: Path) -> NetworkGraph:
    """Return the graph of a network at the present data version, from its files where they stand.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the graph.
    network
        Network type, e.g. water.
    folder
        Where graphs are kept, `<data_dir>/graphs`.

    Raises
    ------
    UnknownNetwork
        There is no such network, or the city has no segment of it.
    DataChanged
        Loads were published again and again while it was read.
    """
    if network not in NETWORKS:
        raise UnknownNetwork(network, NETWORKS, "is not known")
    home = folder / store.city.slug
    for _ in range(_TRIES):
        version, stamp = _state(store, viewer)
        place = home / f"{network}-{version}-{stamp:x}-c{viewer.clearance}-f{FORMAT}"
        graph = load_graph(place)
        if graph is not None:
            return graph
        rows = read_rows(store, viewer, network)
        if not len(rows.segments):
            raise UnknownNetwork(network, loaded_networks(store, viewer), f"is not loaded in city {store.city.slug!r}")
        if _state(store, viewer) != (version, stamp):
            continue
        save_graph(build_graph(network, version, rows), place)
        remove_old_graphs(home, network)
        # Mapped from the file: this process shares the pages with the others from the start.
        return load_graph(place) or build_graph(network, version, rows)
    raise DataChanged(f"network {network!r}")


def read_rows(store: Store, viewer: Viewer, network: str) -> NetworkRows:
    """Read the rows of one network, those that the viewer may see."""
    with store.connection(viewer) as connection:
        return NetworkRows(
            nodes=_rows(connection, "nodes", network, NODE_ROW),
            segments=_rows(connection, "segments", network, SEGMENT_ROW),
            valves=_rows(connection, "valves", network, VALVE_ROW),
            services=_rows(connection, "services", network, SERVICE_ROW),
        )


def _state(store: Store, viewer: Viewer) -> tuple[int, int]:
    """Return the data version of the themes, and a stamp that tells a city that was made anew from the old one."""
    (row,) = store.rows(viewer, query("network", "state"), {"themes": list(THEMES)})
    return row["version"], row["stamp"]


def _rows(connection: Connection, name: str, network: str, kind: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Return the rows of a query whose columns are named as the fields of `kind` and never null.

    The server packs each row into bytes and all rows into one value, which is an array as it comes (big-endian, the
    binary form of each type). Nine times as fast as COPY, whose rows come one message at a time; a value holds up to
    1 GB, which is 25 million segments.
    """
    fields = kind.names or ()
    packed = [sql.SQL("{}({})").format(_SEND[kind[field].str[1:]], sql.Identifier(field)) for field in fields]
    statement = sql.SQL("SELECT string_agg({}, ''::bytea) AS stream FROM ({}) AS rows").format(
        sql.SQL(" || ").join(packed), query("network", name)
    )
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(statement, {"network": network}).fetchone()
    arrived = np.frombuffer((row["stream"] if row else None) or b"", kind.newbyteorder(">"))
    return arrived.astype(kind)
