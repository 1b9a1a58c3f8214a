"""A network under pressure from the database, as a model needs it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cim.analytics.errors import BadQuestion
from cim.analytics.network.graph import Integers, NetworkGraph
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.water_model import WaterModel, water_model
from cim.analytics.network.reading import network_graph
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

NETWORK = "water"
NETWORKS = (NETWORK, "industrial")
"""Networks of cold water under pressure, which EPANET is for."""


def read_water_model(
    store: Store,
    viewer: Viewer,
    folder: Path,
    assumed: WaterAssumptions,
    *,
    network: str = NETWORK,
    factor: float = 1.0,
    source_head_m: float | None = None,
) -> tuple[NetworkGraph, WaterModel]:
    """Return the graph of a network, and a model of it.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the model.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    assumed
        What is taken where the data says nothing.
    network
        One of `NETWORKS`.
    factor, source_head_m
        As `water_model` says.

    Raises
    ------
    UnknownNetwork
        The city has none.
    BadQuestion
        The network is not of water under pressure.
    """
    if network not in NETWORKS:
        raise BadQuestion(
            f"network {network!r} holds no water for use", f"use one of {', '.join(NETWORKS)}, or a drain"
        )
    graph = network_graph(store, viewer, network, folder)
    nodes = store.frame(viewer, query("network.hydraulics", "water_nodes"), {"nodes": graph.node_id.tolist()})
    links = store.frame(viewer, query("network.hydraulics", "water_links"), {"segments": graph.segment_id.tolist()})
    model = water_model(
        graph, like(nodes, "node_id", graph.node_id), like(links, "segment_id", graph.segment_id), assumed,
        factor=factor, source_head_m=source_head_m,
    )  # fmt: skip
    return graph, model


def like(rows: pd.DataFrame, name: str, ids: Integers) -> pd.DataFrame:
    """Return rows in the order of a graph's ids."""
    return rows.set_index(name).reindex(pd.Index(ids, name=name))
