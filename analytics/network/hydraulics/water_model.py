"""From a network's rows to a model under pressure: what is missing is assumed, counted, or left out and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cim.analytics.network.graph import Flags, Floats, Integers, NetworkGraph
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions

OF_GRADES = frozenset({"connections_unknown", "connection_without_residents", "segment_closed"})
"""What the graph leaves out that concerns grades of criticality, and no model."""
_DAY_S = 86_400
_NO_SOURCE, _NO_SIZE = "no_source", "no_size"
_TYPES = frozenset({"PRV", "PSV", "PBV", "FCV", "TCV"})
"""Types of valves that a model can hold; a GPV's curve is not kept by the loader."""


@dataclass(frozen=True)
class WaterModel:
    """What is solved: m links among n nodes, positions join them; metres, m3/s."""

    nodes: pd.DataFrame
    """By node id: kind (junction, reservoir, tank), level_m, demand_m3s, customers, tank (levels, or None)."""
    links: pd.DataFrame
    """By segment id: start, end (node ids), kind (pipe, pump, valve), length_m, diameter_mm, roughness, minor_loss,
    closed, check_valve, valve_type, setting, pump (curve, power, speed, or None)."""
    headloss: str
    """H-W or D-W: what roughness means."""
    beyond_nodes: Mapping[int, str]
    """Nodes that are not in the model: id and why."""
    beyond_links: Mapping[int, str]
    """Segments that are not in it: id and why."""
    counts: Mapping[str, int]
    """What was assumed and left out: code of `cim.analytics.reasons` and count."""

    @property
    def demand_m3s(self) -> float:
        """Return all demand, m3/s."""
        return float(self.nodes["demand_m3s"].sum())

    def fed_part(self, *, without: Sequence[int]) -> WaterModel:
        """Return the model without these links, by position, and without what they cut off from every source."""
        fed = self.fed(without=without)
        links = self.links.drop(index=self.links.index[list(without)])
        kept = self.nodes.index[fed]
        return replace(self, nodes=self.nodes[fed], links=links[links["start"].isin(kept) & links["end"].isin(kept)])

    def fed(self, *, without: Sequence[int]) -> Flags:
        """Return (n,) which nodes an open way joins to a source or tank when links, by position, are shut."""
        carries = ~self.links["closed"].to_numpy(dtype=bool)
        carries[list(without)] = False
        start, end = (self.nodes.index.get_indexer(pd.Index(self.links[name]))[carries] for name in ("start", "end"))
        parts = parts_of(len(self.nodes), start, end)
        feeds = self.nodes["kind"].ne("junction").to_numpy(dtype=bool)
        return np.isin(parts, parts[feeds])


def water_model(
    graph: NetworkGraph,
    nodes: pd.DataFrame,
    links: pd.DataFrame,
    assumed: WaterAssumptions,
    *,
    factor: float = 1.0,
    source_head_m: float | None = None,
) -> WaterModel:
    """Make a model of a network under pressure.

    Parameters
    ----------
    graph
        The network.
    nodes
        Rows of `water_nodes.sql`, by node id in the graph's order.
    links
        Rows of `water_links.sql`, by segment id in the graph's order.
    assumed
        What is taken where these say nothing.
    factor
        Multiplies every demand: 1 the average hour, more for the peak.
    source_head_m
        Head of sources that do not tell theirs, city height, metres; None: by `assumed.source_pressure_m`.
    """
    counts: Counter[str] = Counter({code: count for code, count in graph.left_out.items() if code not in OF_GRADES})
    told = _links(graph, links, assumed, counts)
    usable = told["usable"].to_numpy(dtype=bool)
    carries = usable & ~told["closed"].to_numpy(dtype=bool)
    parts = parts_of(len(graph.node_id), graph.start[carries], graph.end[carries])
    fed = np.isin(parts, parts[graph.source])
    counts["hydraulics_without_source"] = int(np.count_nonzero(~fed))
    counts["hydraulics_no_source"] = int(not graph.source.any())
    kept = usable & fed[graph.start] & fed[graph.end]
    every = _nodes(graph, nodes, fed, assumed, counts, factor)
    _heads(every, graph.source & fed, parts, assumed, source_head_m, counts)
    beyond = {
        int(segment): _NO_SIZE if not use else _NO_SOURCE
        for segment, use, keep in zip(graph.segment_id.tolist(), usable.tolist(), kept.tolist(), strict=True)
        if not keep
    }
    return WaterModel(
        nodes=every[fed],
        links=told[kept].drop(columns="usable"),
        headloss=_headloss(links),
        beyond_nodes=dict.fromkeys(graph.node_id[~fed].tolist(), _NO_SOURCE),
        beyond_links=beyond,
        counts=dict(counts),
    )


def parts_of(nodes: int, start: Integers, end: Integers) -> Integers:
    """Return the connected part of each node."""
    pairs = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(nodes, nodes))
    return np.asarray(connected_components(pairs, directed=False)[1])


def _links(graph: NetworkGraph, rows: pd.DataFrame, assumed: WaterAssumptions, counts: Counter[str]) -> pd.DataFrame:
    """Return the links with what they lack assumed; `usable` is false without a size."""
    said: list[Mapping[str, Any]] = [one or {} for one in rows["attributes"]]
    kind = rows["kind"].where(rows["kind"].isin(["pump", "valve"]), "pipe")
    pipe = kind.eq("pipe").to_numpy(dtype=bool)
    size = inner_mm(rows)
    usable = np.isfinite(size) & (size > 0) | kind.eq("pump").to_numpy(dtype=bool)
    counts["hydraulics_size_unknown"] = int(np.count_nonzero(~usable))
    rough = rows["roughness"].to_numpy(dtype=np.float64)
    lacking = ~(rough > 0)
    counts["hydraulics_roughness_assumed"] = int(np.count_nonzero(lacking & pipe))
    taken = rows["material"].map(assumed.roughness).fillna(assumed.usual_roughness).to_numpy(dtype=np.float64)
    if _headloss(rows) == "D-W":
        counts["hydraulics_darcy_weisbach"] = int(np.count_nonzero(~lacking & pipe))
        taken = np.full(len(rows), assumed.usual_bump_mm / 1000)
    short = pipe & (graph.length_m < assumed.shortest_m)
    counts["hydraulics_length_assumed"] = int(np.count_nonzero(short))
    off = (kind.eq("pump") & rows["device_state"].eq("off")).to_numpy(dtype=bool)
    valve_type = pd.Series([one.get("valve_type", "TCV") for one in said], index=rows.index)
    odd = kind.eq("valve") & ~valve_type.isin(_TYPES)
    counts["hydraulics_valve_assumed"] = int(odd.sum())
    pumps = [
        _pump(one, assumed, counts) if is_pump else None for one, is_pump in zip(said, kind.eq("pump"), strict=True)
    ]
    return pd.DataFrame(
        {
            "start": graph.node_id[graph.start],
            "end": graph.node_id[graph.end],
            "kind": kind,
            "length_m": np.maximum(graph.length_m, assumed.shortest_m),
            "diameter_mm": size,
            "roughness": np.where(lacking, taken, rough),
            "minor_loss": [float(one.get("minor_loss", 0.0)) for one in said],
            "closed": graph.closed | off,
            "check_valve": rows["device"].eq("check_valve").to_numpy(dtype=bool) & pipe,
            "valve_type": valve_type.where(~odd, "TCV"),
            "setting": rows["device_setting"].astype("float64").where(~odd, 0.0).fillna(0.0),
            "pump": pumps,
            "usable": usable,
        },
        index=rows.index,
    )


def _headloss(rows: pd.DataFrame) -> str:
    """Return what roughness means: Hazen and Williams's coefficients are tens, heights of bumps are below a metre."""
    known = rows["roughness"].astype("float64")
    return "D-W" if (known > 0).any() and not (known >= 1).any() else "H-W"


def inner_mm(rows: pd.DataFrame) -> Floats:
    """Return inner diameters; of a rectangle that of a circle as large, NaN where not known."""
    size = rows["diameter_mm"].to_numpy(dtype=np.float64)
    wall = rows["wall_mm"].fillna(0.0).to_numpy(dtype=np.float64)
    size = np.where(rows["diameter_basis"].eq("outer"), size - 2 * wall, size)
    width, height = (rows[name].to_numpy(dtype=np.float64) for name in ("width_mm", "height_mm"))
    return np.where(np.isfinite(size), size, np.sqrt(4 * width * height / np.pi))


def _pump(said: Mapping[str, Any], assumed: WaterAssumptions, counts: Counter[str]) -> dict[str, Any]:
    """Return curve or power, and speed, of a pump."""
    drive: dict[str, Any] = {"speed": float(said.get("base_speed") or 1.0)}
    if said.get("pump_curve"):
        return drive | {"curve": said["pump_curve"]}
    if said.get("power"):
        return drive | {"power_w": float(said["power"])}
    counts["hydraulics_pump_assumed"] += 1
    return drive | {"power_w": 1000 * assumed.pump_kw}


def _nodes(
    graph: NetworkGraph,
    rows: pd.DataFrame,
    fed: Flags,
    assumed: WaterAssumptions,
    counts: Counter[str],
    factor: float,
) -> pd.DataFrame:
    """Return the nodes with their demands."""
    base = rows["base_demand_m3s"].to_numpy(dtype=np.float64)
    if np.nansum(np.abs(base)) > 0:
        demand = np.nan_to_num(base, nan=0.0)
        unmodelled = int(np.count_nonzero(np.isnan(base) & (graph.customers > 0)))
        counts["hydraulics_demand_unknown"] = unmodelled
    else:
        demand = people_m3s(graph, assumed)
        counts["hydraulics_demand_assumed"] = int(np.count_nonzero(demand))
        counts["hydraulics_no_demand"] = int(not demand.any())
    modelled = rows["modelled"].to_numpy(dtype=bool)
    tank = rows["kind"].eq("tank").to_numpy(dtype=bool)
    # A survey tells no level of water: a tank of unknown head would swallow the town or feed it. It is neither.
    kind = np.where(tank & modelled, "tank", np.where(graph.source, "reservoir", "junction"))
    counts["hydraulics_tank_as_node"] = int(np.count_nonzero(tank & ~modelled & ~graph.source))
    demand = np.where(kind == "junction", demand * factor, 0.0)
    counts["hydraulics_demand_cut_off"] = int(np.count_nonzero(~fed & (demand > 0)))
    counts["hydraulics_ground_unknown"] = int((~rows["ground_known"] & ~rows["modelled"]).sum())
    return pd.DataFrame(
        {
            "kind": kind,
            "level_m": rows["level_m"].to_numpy(dtype=np.float64),
            "demand_m3s": demand,
            "customers": graph.customers,
            "modelled": modelled,
            "tank": [
                _tank(one, is_tank, assumed) for one, is_tank in zip(rows["attributes"], kind == "tank", strict=True)
            ],
        },
        index=rows.index,
    )


def people_m3s(graph: NetworkGraph, assumed: WaterAssumptions) -> Floats:
    """Return (n,) what the people on the service connections of each node use on an average day, m3/s."""
    unknown = np.maximum(graph.connections - graph.residents_known, 0)
    share = unknown / np.maximum(graph.connections, 1)
    people = graph.residents + share * graph.customers * assumed.residents_a_customer
    return np.asarray(people * assumed.litres_a_day / 1000 / _DAY_S)


def _tank(said: Mapping[str, Any] | None, is_tank: bool, assumed: WaterAssumptions) -> dict[str, float] | None:
    if not is_tank:
        return None
    return {name: float((said or {}).get(name, value)) for name, value in assumed.tank.items()}


def _heads(
    nodes: pd.DataFrame,
    sources: Flags,
    parts: Integers,
    assumed: WaterAssumptions,
    source_head_m: float | None,
    counts: Counter[str],
) -> None:
    """Give sources that a survey knows the head that keeps the pressure at the highest node of what they feed."""
    unknown = sources & ~nodes["modelled"].to_numpy(dtype=bool) & nodes["kind"].eq("reservoir").to_numpy(dtype=bool)
    if not unknown.any():
        return
    if source_head_m is not None:
        nodes.loc[unknown, "level_m"] = source_head_m
        return
    counts["hydraulics_head_assumed"] = int(np.count_nonzero(unknown))
    level = nodes["level_m"].to_numpy(dtype=np.float64)
    highest = np.full(int(parts.max()) + 1, -np.inf)
    np.maximum.at(highest, parts, level)
    nodes.loc[unknown, "level_m"] = highest[parts[unknown]] + assumed.source_pressure_m
