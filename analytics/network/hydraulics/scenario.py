"""What if: some pipes are shut, demands are others. Answered at once, and nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.errors import TooMuch, UnknownSegment
from cim.analytics.network.hydraulics.assumptions import WaterAssumptions
from cim.analytics.network.hydraulics.pressures import need_feed, pressures
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.hydraulics.water_model import WaterModel
from cim.analytics.network.hydraulics.water_reading import read_water_model
from cim.analytics.network.reading import network_graph
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

MOST_LINKS = 20_000
"""Larger networks take too long for a request: `cim network hydraulics` asks them, and keeps what it finds."""
_SHORT = 0.01


@dataclass(frozen=True)
class Scenario:
    """An answer, in plain values that JSON can hold."""

    network: str
    """Network."""
    shut: Sequence[int]
    """Segments that were shut."""
    demand_m3s: float
    """All demand, m3/s."""
    supplied_before_m3s: float
    """What is delivered with all pipes as they are."""
    supplied_m3s: float
    """What is delivered then."""
    customers_short: int
    """Customers on nodes that lose more than a hundredth of their demand."""
    nodes: Sequence[Mapping[str, Any]]
    """These nodes, those that lose most first: feature_id, demand_m3s, before_m3s, supplied_m3s, pressure_m (null:
    water does not reach it), customers."""
    left_out: Mapping[str, Any]
    """What was assumed or left out: code, count and sentences."""


def scenario(
    store: Store,
    viewer: Viewer,
    folder: Path,
    assumed: WaterAssumptions,
    question: WaterQuestion,
    shut: Sequence[int],
    *,
    limit: int = 100,
) -> Scenario:
    """Shut pipes in a model and tell who is short.

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
    question
        Network, demands and heads.
    shut
        Feature ids of the pipes, pumps and valves to shut.
    limit
        Most nodes to list.

    Raises
    ------
    TooMuch
        The network is too large for an answer at once.
    UnknownSegment
        One of them is not in the model.
    UnknownNetwork, BadQuestion, NoModel, NotPhysical
        As `water_hydraulics` says.
    """
    graph = network_graph(store, viewer, question.network, folder)
    if len(graph.segment_id) > MOST_LINKS:
        what = f"network {question.network!r} has {len(graph.segment_id):,} segments"
        raise TooMuch(what, MOST_LINKS, "cim network hydraulics")
    model = read_water_model(
        store, viewer, graph, assumed, factor=question.factor, source_head_m=question.source_head_m
    )
    need_feed(model)
    places = _places(model, shut, question.network)
    before = _solved(model, assumed)
    # What nothing feeds any more is taken out: EPANET finds no heads there, and may find none elsewhere for it.
    after = _solved(model.fed_part(without=places), assumed).reindex(model.nodes.index)
    return _told(question.network, model, list(shut), before, after, limit)


def _places(model: WaterModel, shut: Sequence[int], network: str) -> list[int]:
    known = {int(segment): place for place, segment in enumerate(model.links.index.tolist())}
    for segment in shut:
        if segment not in known:
            raise UnknownSegment(segment, network)
    return [known[segment] for segment in dict.fromkeys(shut)]


def _solved(model: WaterModel, assumed: WaterAssumptions) -> pd.DataFrame:
    """Return supplied_m3s and pressure_m of the nodes of a model; nobody draws from one without pipes."""
    if not len(model.links) or not model.nodes["kind"].eq("junction").any():
        return pd.DataFrame({"supplied_m3s": [], "pressure_m": []}, dtype="float64")
    found = pressures(model, assumed).nodes
    return found.loc[found.index.isin(model.nodes.index), ["supplied_m3s", "pressure_m"]]


def _told(
    network: str, model: WaterModel, shut: Sequence[int], first: pd.DataFrame, then: pd.DataFrame, limit: int
) -> Scenario:
    wanted = model.nodes["demand_m3s"].to_numpy(dtype=np.float64)
    before, supplied = (rows["supplied_m3s"].fillna(0.0).to_numpy(dtype=np.float64) for rows in (first, then))
    pressure = then["pressure_m"].to_numpy(dtype=np.float64)
    lost = before - supplied
    short = np.flatnonzero((wanted > 0) & (lost > _SHORT * wanted))
    customers = model.nodes["customers"].to_numpy(dtype=np.int64)
    worst = short[np.argsort(-lost[short], kind="stable")][:limit]
    nodes = [
        {
            "feature_id": int(model.nodes.index[place]),
            "demand_m3s": round(float(wanted[place]), 7),
            "before_m3s": round(float(before[place]), 7),
            "supplied_m3s": round(float(supplied[place]), 7),
            "pressure_m": round(float(pressure[place]), 3) if np.isfinite(pressure[place]) else None,
            "customers": int(customers[place]),
        }
        for place in worst.tolist()
    ]
    return Scenario(
        network=network,
        shut=shut,
        demand_m3s=round(float(wanted.sum()), 7),
        supplied_before_m3s=round(float(before.sum()), 7),
        supplied_m3s=round(float(supplied.sum()), 7),
        customers_short=int(customers[short].sum()),
        nodes=nodes,
        left_out=left_out(model.counts),
    )
