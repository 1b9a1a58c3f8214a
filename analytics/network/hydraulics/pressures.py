"""Pressures at nodes and flows in pipes, one steady state with pressure-dependent demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.errors import NoModel, NotPhysical
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.open_model import Solved, open_model
from cim.analytics.network.hydraulics.water_model import WaterModel

BALANCE = 1e-3
"""What goes in and what comes out may differ by this share of the demand."""
_STILL_M3S = 1e-6
"""A flow below this is none."""
_EXCESS = 1e-3
"""A node may be given more than its demand by this share, which is rounding."""


@dataclass(frozen=True)
class Pressures:
    """What a steady state looks like."""

    nodes: pd.DataFrame
    """By node id: head_m, pressure_m, demand_m3s, supplied_m3s, reason (null where there are numbers)."""
    segments: pd.DataFrame
    """By segment id: flow_m3s, velocity_m_s, loss_m, reason."""
    counts: Mapping[str, int]
    """What was assumed, left out or has no number: code and count."""


def pressures(model: WaterModel, assumed: WaterAssumptions) -> Pressures:
    """Solve a model.

    Raises
    ------
    NoModel
        Nothing of it is fed.
    NotPhysical
        EPANET does not converge, or what it says breaks the balance.
    """
    need_feed(model)
    with open_model(model, assumed) as opened:
        found = opened.as_given()
    check_balance(model, found)
    return _told(model, found)


def need_feed(model: WaterModel) -> None:
    """Refuse a model in which no source feeds anything.

    Raises
    ------
    NoModel
        There is no source, or no pipe of known size leads from one.
    """
    if model.counts.get("hydraulics_no_source"):
        raise NoModel("water", "it has no source", "mark reservoirs and tanks with is_source")
    if not len(model.links) or not model.nodes["kind"].eq("junction").any():
        raise NoModel("water", "no pipe of known size leads from a source", "give the pipes their sizes")


def check_balance(model: WaterModel, found: Solved) -> None:
    """Refuse numbers that cannot be: water from nothing, or more delivered than asked for.

    Raises
    ------
    NotPhysical
        The first such.
    """
    junction = model.nodes["kind"].eq("junction").to_numpy(dtype=bool)
    wanted = model.nodes["demand_m3s"].to_numpy(dtype=np.float64)
    values = np.concatenate([found.head_m, found.supplied_m3s, found.flow_m3s])
    if not np.isfinite(values).all():
        raise NotPhysical("some are no numbers", "look for pipes of impossible size")
    total = float(np.abs(wanted).sum())
    over = found.supplied_m3s[junction] - wanted[junction] - _EXCESS * np.abs(wanted[junction]) - 1e-6
    if (over > 0).any():
        node = model.nodes.index[junction][int(np.argmax(over))]
        raise NotPhysical(f"node {node} is given more than its demand", "look at the demands near it")
    gap = abs(float(found.supplied_m3s.sum()))
    if gap > BALANCE * total + 1e-6:
        raise NotPhysical(f"inflow and outflow differ by {1000 * gap:.3g} L/s", "look for loops of valves and pumps")


def _told(model: WaterModel, found: Solved) -> Pressures:
    level = model.nodes["level_m"].to_numpy(dtype=np.float64)
    junction = model.nodes["kind"].eq("junction").to_numpy(dtype=bool)
    pressure = found.head_m - level
    # Below the node there is air, or no water at all: EPANET's number says only that nothing comes.
    below = junction & (pressure < 0)
    # EPANET's curve of demand ends in steep barriers, not in walls: what is beyond them is rounding (`check_balance`).
    wanted = model.nodes["demand_m3s"].to_numpy(dtype=np.float64)
    supplied = np.clip(found.supplied_m3s, np.minimum(0.0, wanted), np.maximum(0.0, wanted))
    nodes = pd.DataFrame(
        {
            "head_m": np.where(below, np.nan, found.head_m),
            "pressure_m": np.where(below | model.nodes["kind"].eq("reservoir"), np.nan, pressure),
            "demand_m3s": model.nodes["demand_m3s"],
            "supplied_m3s": np.where(junction, supplied, 0.0),
            "reason": pd.Series("negative_pressure", index=model.nodes.index).where(below, None),
        },
        index=model.nodes.index,
    )
    segments = pd.DataFrame(
        {
            "flow_m3s": found.flow_m3s,
            "velocity_m_s": np.where(model.links["kind"].eq("pump"), np.nan, found.velocity_m_s),
            "loss_m": found.loss_m,
            "reason": None,
        },
        index=model.links.index,
    )
    pumps = (model.links["kind"].eq("pump") & ~model.links["closed"]).to_numpy(dtype=bool)
    counts = dict(model.counts) | {
        "hydraulics_negative_pressure": int(below.sum()),
        "hydraulics_pump_stopped": int(np.count_nonzero(pumps & (np.abs(found.flow_m3s) < _STILL_M3S))),
    }
    return Pressures(_beyond(nodes, model.beyond_nodes), _beyond(segments, model.beyond_links), counts)


def _beyond(rows: pd.DataFrame, reasons: Mapping[int, str]) -> pd.DataFrame:
    """Add what is not in the model, with the reason in place of numbers."""
    if not reasons:
        return rows
    empty = pd.DataFrame({"reason": list(reasons.values())}, index=pd.Index(list(reasons), dtype="int64"))
    if "demand_m3s" in rows:
        empty = empty.assign(demand_m3s=0.0, supplied_m3s=0.0)
    columns = {name: empty[name] if name in empty else np.full(len(empty), np.nan) for name in rows.columns}
    return pd.concat([rows, pd.DataFrame(columns, index=empty.index)])
