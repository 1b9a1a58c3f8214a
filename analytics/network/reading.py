"""A network from the database: binary COPY straight into arrays, kept as files keyed by data version."""

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
from cim.schema.pipe import NETWORKS
from cim.store import Store
from cim.viewer import Viewer

THEMES = ("pipe_node", "pipe_segment", "pipe_device", "service_connection")
"""Themes that a graph is made of: when one changes, the graph is another."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER_BYTES = len(_SIGNATURE) + 8  # flags and the length of an extension that PostgreSQL never writes
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
    """Return the rows of a query whose columns are never null and of fixed size.

    Then every row of the binary COPY has the same length, and the stream is an array as it comes: a field is
    its length in four bytes and its value, both big-endian (PostgreSQL's documentation of COPY, "Binary Format").
    """
    names = kind.names or ()
    sizes = [kind[field].newbyteorder(">") for field in names]
    wire = np.dtype(
        [("fields", ">i2")]
        + [item for field, of in zip(names, sizes, strict=True) for item in ((f"{field}_size", ">i4"), (field, of))]
    )
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query("network", name))
    with connection.cursor() as cursor, cursor.copy(statement, {"network": network}) as copy:
        stream = b"".join(copy)
    count = (len(stream) - _HEADER_BYTES - 2) // wire.itemsize
    arrived = np.frombuffer(stream, wire, count, _HEADER_BYTES)
    rows = np.empty(count, kind)
    for field in names:
        rows[field] = arrived[field]
    return rows
