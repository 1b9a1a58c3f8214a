"""From a drainage network's rows to a model that SWMM solves: what is missing is assumed, counted, or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Flags, Floats, NetworkGraph
from cim.analytics.network.hydraulics.assumptions import DrainAssumptions
from cim.analytics.network.hydraulics.drain_devices import DEVICES, solved_as, standing_still
from cim.analytics.network.hydraulics.water_model import OF_GRADES, inner_mm, parts_of

INTAKES = ("manhole", "gully", "junction")
"""Kinds of nodes that rain reaches."""
_DEVICE_M = 0.5
"""Size of a device that tells none, metres."""


@dataclass(frozen=True)
class DrainModel:
    """What is solved, metres."""

    nodes: pd.DataFrame
    """By node id: kind (junction or outfall), x, y, invert_m, ground_m, ground_known, crown_m, links (how many), intake
    (rain reaches it)."""
    links: pd.DataFrame
    """By segment id: start, end (node ids), kind (conduit, pump, weir or orifice), length_m, n, height_m, width_m (0:
    round), open, start_m, end_m (inverts); of weirs and orifices type, coefficient (SI), gated, surcharging."""
    beyond_links: Mapping[int, str]
    """Segments that are not in it: id and why."""
    counts: Mapping[str, int]
    """What was assumed and left out."""


def drain_model(graph: NetworkGraph, nodes: pd.DataFrame, links: pd.DataFrame, assumed: DrainAssumptions) -> DrainModel:
    """Make a model of a network that drains by gravity.

    Parameters
    ----------
    graph
        The network.
    nodes, links
        Rows of `drain_nodes.sql` and `drain_links.sql`, in the graph's order.
    assumed
        What is taken where these say nothing.
    """
    counts: Counter[str] = Counter({code: count for code, count in graph.left_out.items() if code not in OF_GRADES})
    told = _links(graph, links, assumed, counts)
    usable = told["usable"].to_numpy(dtype=bool) & ~graph.closed
    still = standing_still(told["kind"].eq("pump").to_numpy(dtype=bool), usable, graph.start)
    counts["drainage_pump_beside"] = int(still.sum())
    counts["drainage_device_as_pipe"] -= int(still.sum())
    usable &= ~still
    parts = parts_of(len(graph.node_id), graph.start[usable], graph.end[usable])
    drains = np.isin(parts, parts[graph.sink])
    counts["drainage_without_outfall"] = int(np.count_nonzero(~drains))
    kept = usable & drains[graph.start] & drains[graph.end]
    reasons = np.select([still, ~usable], ["pump_beside", "not_modelled"], "no_outfall")
    beyond = dict(zip(graph.segment_id[~kept].tolist(), reasons[~kept].tolist(), strict=True))
    every = _nodes(graph, nodes, told[kept], assumed, drains, counts)
    return DrainModel(every, told[kept].drop(columns="usable"), beyond, dict(counts))


def _links(graph: NetworkGraph, rows: pd.DataFrame, assumed: DrainAssumptions, counts: Counter[str]) -> pd.DataFrame:
    """Return the links with sizes, roughness and inverts."""
    device = rows["kind"].isin(DEVICES).to_numpy(dtype=bool)
    box = rows["shape"].eq("rectangular").to_numpy(dtype=bool)
    width, height = (rows[name].to_numpy(dtype=np.float64) / 1000 for name in ("width_mm", "height_mm"))
    height = np.where(box, height, inner_mm(rows) / 1000)
    width = np.where(box & (width > 0), width, 0.0)
    kind = solved_as(rows, height, width)
    counts["drainage_device_as_pipe"] = int(np.count_nonzero(device & np.isin(kind, ("conduit", "pump"))))
    height = np.where(device & ~(height > 0), _DEVICE_M, height)
    sized = height > 0
    counts["drainage_size_unknown"] = int(np.count_nonzero(~sized))
    rough = rows["roughness"].to_numpy(dtype=np.float64)
    lacking = ~(rough > 0)
    counts["drainage_roughness_assumed"] = int(np.count_nonzero(lacking & ~device))
    taken = rows["material"].map(assumed.roughness).fillna(assumed.usual_roughness).to_numpy(dtype=np.float64)
    counts["drainage_length_assumed"] = int(np.count_nonzero(graph.length_m < assumed.shortest_m))
    start, end, surveyed = _inverts(rows, height)
    counts["drainage_level_assumed"] = int(np.count_nonzero(~surveyed))
    leveled = np.isfinite(start) & np.isfinite(end)
    counts["drainage_level_unknown"] = int(np.count_nonzero(sized & ~leveled))
    return pd.DataFrame(
        {
            "start": graph.node_id[graph.start],
            "end": graph.node_id[graph.end],
            "kind": kind,
            "length_m": np.maximum(graph.length_m, assumed.shortest_m),
            "n": np.where(lacking, taken, rough),
            "height_m": height,
            "width_m": width,
            "open": rows["kind"].eq("channel").to_numpy(dtype=bool) & box,
            "start_m": start,
            "end_m": end,
            "type": rows["device_type"].fillna("").str.upper(),
            "coefficient": rows["coefficient"].astype("float64"),
            "gated": rows["gated"].fillna(value=False).astype(bool),
            "surcharging": rows["surcharging"].fillna(value=True).astype(bool),
            "usable": sized & leveled,
        },
        index=rows.index,
    )


def _inverts(rows: pd.DataFrame, height: Floats) -> tuple[Floats, Floats, Flags]:
    """Return inverts at both ends, and whether both were surveyed."""
    wall = rows["wall_mm"].fillna(0.0).to_numpy(dtype=np.float64) / 1000
    below = {"invert": 0.0 * height, "axis": height / 2, "crown": height + wall}
    reference = rows["depth_reference"].fillna("invert").to_numpy()
    down = np.select([reference == name for name in below], list(below.values()), 0.0)
    ends, known = [], np.ones(len(rows), dtype=bool)
    for end in ("start", "end"):
        level = rows[f"{end}_level_m"].to_numpy(dtype=np.float64)
        axis = rows[f"{end}_axis_m"].to_numpy(dtype=np.float64)
        ends.append(np.where(np.isfinite(level), level - down, axis - height / 2))
        known &= np.isfinite(level)
    return ends[0], ends[1], known


def _nodes(
    graph: NetworkGraph,
    rows: pd.DataFrame,
    links: pd.DataFrame,
    assumed: DrainAssumptions,
    drains: Flags,
    counts: Counter[str],
) -> pd.DataFrame:
    """Return the nodes with inverts, crowns and ground."""
    ends = pd.concat(
        [
            pd.DataFrame(
                {"node": links[end], "invert": links[f"{end}_m"], "crown": links[f"{end}_m"] + links["height_m"]}
            )
            for end in ("start", "end")
        ]
    )
    by = ends.groupby("node").agg(invert=("invert", "min"), crown=("crown", "max"), links=("invert", "size"))
    by = by.reindex(rows.index)
    some = drains & by["links"].notna().to_numpy()
    # A model's own invert counts where it is lower: a sump.
    invert = by["invert"].where(~(rows["invert_m"] < by["invert"]), rows["invert_m"]).to_numpy(dtype=np.float64)
    crown = by["crown"].to_numpy(dtype=np.float64)
    ground = rows["ground_level_m"].to_numpy(dtype=np.float64)
    known = np.isfinite(ground)
    counts["drainage_ground_assumed"] = int(np.count_nonzero(~known & some & ~graph.sink))
    return pd.DataFrame(
        {
            "kind": np.where(graph.sink, "outfall", "junction"),
            "x": rows["x"],
            "y": rows["y"],
            "invert_m": invert,
            "ground_m": np.where(known, ground, crown + assumed.usual_cover_m),
            "ground_known": known,
            "crown_m": crown,
            "links": by["links"],
            "intake": rows["kind"].isin(INTAKES).to_numpy(dtype=bool) & ~graph.sink,
        },
        index=rows.index,
    )[some]
