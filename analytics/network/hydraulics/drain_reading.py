"""A drainage network and the ground that drains to it, from the database."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cim.analytics.errors import BadQuestion
from cim.analytics.network.graph import GRAVITY, NetworkGraph
from cim.analytics.network.hydraulics.assumptions import DrainAssumptions
from cim.analytics.network.hydraulics.catchments import COLUMNS, Cover, nearest_catchments
from cim.analytics.network.hydraulics.drain_model import DrainModel, drain_model
from cim.analytics.network.hydraulics.water_reading import like
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer


def read_drain_model(store: Store, viewer: Viewer, graph: NetworkGraph, assumed: DrainAssumptions) -> DrainModel:
    """Return a model of a drainage network.

    Raises
    ------
    BadQuestion
        The network does not drain by gravity.
    """
    need_drains(graph.network)
    nodes = store.frame(viewer, query("network.hydraulics", "drain_nodes"), {"nodes": graph.node_id.tolist()})
    links = store.frame(viewer, query("network.hydraulics", "drain_links"), {"segments": graph.segment_id.tolist()})
    return drain_model(
        graph, like(nodes, "node_id", graph.node_id), like(links, "segment_id", graph.segment_id), assumed
    )


def need_drains(network: str) -> None:
    """Refuse a network that does not drain by gravity.

    Raises
    ------
    BadQuestion
        It is one.
    """
    if network not in GRAVITY:
        raise BadQuestion(f"network {network!r} drains nothing", f"use one of {', '.join(sorted(GRAVITY))}")


def read_catchments(
    store: Store, viewer: Viewer, model: DrainModel, assumed: DrainAssumptions
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the catchments of a model, and what of them is assumed.

    Subcatchments of a drainage model that was loaded count where there are any; else each cell of the ground goes to
    the nearest manhole or gully.
    """
    asked = {"nodes": model.nodes.index.tolist()}
    given = store.frame(viewer, query("network.hydraulics", "subcatchments"), asked)
    if len(given):
        known = given["node_id"].isin(model.nodes.index) & (given["area_m2"] > 0)
        rows = given[known].assign(
            impervious=lambda frame: frame["impervious"].fillna(assumed.impervious["other"]).clip(0, 1),
            width_m=lambda frame: frame["width_m"].fillna(frame["area_m2"] / assumed.overland_m),
            slope_percent=lambda frame: frame["slope_percent"].fillna(assumed.slope_percent),
            node_id=lambda frame: frame["node_id"].astype("int64"),
        )
        return rows[list(COLUMNS)], {"drainage_catchment_without_outlet": int((~known).sum())}
    intakes = model.nodes[model.nodes["intake"]]
    found = nearest_catchments(intakes, _cover(store, viewer, intakes, assumed), assumed)
    return found, {"drainage_catchments_assumed": len(found), "drainage_no_catchment": int(not len(found))}


def _cover(store: Store, viewer: Viewer, nodes: pd.DataFrame, assumed: DrainAssumptions) -> Cover:
    """Return what covers the ground around manholes."""
    if not len(nodes):
        return Cover({})
    low, high = nodes[["x", "y"]].min() - assumed.reach_m, nodes[["x", "y"]].max() + assumed.reach_m
    box = {"west": low["x"], "south": low["y"], "east": high["x"], "north": high["y"], "srid": store.city.srid}
    rows = store.frame(viewer, query("network.hydraulics", "covers"), box)
    shapes = shapely.from_wkb(rows["geom"].to_numpy(dtype=object))
    width = rows["width_m"].to_numpy(dtype=np.float64)
    # Streets are lines: as wide as they are told to be.
    shapes = np.where(width > 0, shapely.buffer(shapes, width / 2, cap_style="flat", quad_segs=2), shapes)
    kinds = rows["cover"].to_numpy()
    # The order is that in which they count.
    return Cover({name: shapes[kinds == name] for name in ("building", "road", "green")})
