"""A network under pressure from the database, as a model needs it."""

from __future__ import annotations

import pandas as pd

from cim.analytics.errors import BadQuestion
from cim.analytics.network.graph import Integers, NetworkGraph
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.water_model import WaterModel, water_model
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

NETWORK = "water"
NETWORKS = (NETWORK, "industrial")
"""Networks of cold water under pressure, which EPANET is for."""


def read_water_model(
    store: Store,
    viewer: Viewer,
    graph: NetworkGraph,
    assumed: WaterAssumptions,
    *,
    factor: float = 1.0,
    source_head_m: float | None = None,
) -> WaterModel:
    """Return a model of a network under pressure.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the model.
    graph
        The network, one of `NETWORKS`.
    assumed
        What is taken where the data says nothing.
    factor, source_head_m
        As `water_model` says.

    Raises
    ------
    BadQuestion
        The network is not of water under pressure.
    """
    if graph.network not in NETWORKS:
        raise BadQuestion(
            f"network {graph.network!r} holds no water for use", f"use one of {', '.join(NETWORKS)}, or a drain"
        )
    nodes = store.frame(viewer, query("network.hydraulics", "water_nodes"), {"nodes": graph.node_id.tolist()})
    links = store.frame(viewer, query("network.hydraulics", "water_links"), {"segments": graph.segment_id.tolist()})
    return water_model(
        graph, like(nodes, "node_id", graph.node_id), like(links, "segment_id", graph.segment_id), assumed,
        factor=factor, source_head_m=source_head_m,
    )  # fmt: skip


def like(rows: pd.DataFrame, name: str, ids: Integers) -> pd.DataFrame:
    """Return rows in the order of a graph's ids."""
    return rows.set_index(name).reindex(pd.Index(ids, name=name))
