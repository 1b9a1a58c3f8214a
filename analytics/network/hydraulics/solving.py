"""Hydraulics of a network of moderate size, solved at once and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cim.analytics.errors import TooMuch
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.hydraulics.assumptions import Assumptions, load_assumptions
from cim.analytics.network.hydraulics.closures import closures
from cim.analytics.network.hydraulics.drain_reading import need_drains
from cim.analytics.network.hydraulics.drainage import DrainQuestion, drained, parameters_of, storm_of
from cim.analytics.network.hydraulics.figures import FIGURES, WORST
from cim.analytics.network.hydraulics.fire_flow import fire_flow
from cim.analytics.network.hydraulics.listing import Told
from cim.analytics.network.hydraulics.pressures import pressures
from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE, SURCHARGE, assumed_parameters, rounded
from cim.analytics.network.hydraulics.storms import load_storms
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.hydraulics.water_reading import read_water_model
from cim.analytics.network.reading import network_graph
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

MOST_SEGMENTS: Mapping[str, int] = {PRESSURE: 20_000, FIRE: 5_000, CLOSURE: 2_000, SURCHARGE: 2_000}
"""Segments of a network that is solved at once, some seconds; `cim network hydraulics` solves larger ones."""


@dataclass(frozen=True)
class Solve:
    """What is asked of a network."""

    water: WaterQuestion = field(default_factory=WaterQuestion)
    """Network under pressure, demands and heads."""
    kind: str = PRESSURE
    """`PRESSURE`, `FIRE` or `CLOSURE`."""
    storm: DrainQuestion | None = None
    """Drains instead: network, storm and river."""
    limit: int = 20
    """Most features to list."""


@dataclass(frozen=True)
class _Found:
    """What a solver says."""

    rows: pd.DataFrame
    others: pd.DataFrame
    counts: Mapping[str, int]
    parameters: Mapping[str, Any]


def solved(store: Store, viewer: Viewer, folder: Path, asked: Solve | None = None, rules: Path | None = None) -> Told:
    """Solve a network, and keep nothing.

    Parameters
    ----------
    store
        The city; nothing is written.
    viewer
        Who asks; what their clearance hides is not in the model.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    asked
        Which network, and what; pressures of the water network unless given.
    rules
        Folder of the city's own assumptions.

    Returns
    -------
    Told
        As `listed_hydraulics` tells a run; `run` has kind, network, parameters and data_version.

    Raises
    ------
    TooMuch
        The network is larger than is solved at once.
    UnknownNetwork, BadQuestion, NoModel
        It cannot be asked; the message says what is missing.
    NotPhysical
        The numbers cannot be believed; none is told.
    """
    asked, assumed = asked or Solve(), load_assumptions(rules)
    kind = SURCHARGE if asked.storm else asked.kind
    network = asked.storm.network if asked.storm else asked.water.network
    if asked.storm:
        need_drains(network)
    graph = network_graph(store, viewer, network, folder)
    if len(graph.segment_id) > MOST_SEGMENTS[kind]:
        what = f"network {network!r} has {len(graph.segment_id):,} segments"
        raise TooMuch(what, MOST_SEGMENTS[kind], "cim network hydraulics")
    if asked.storm:
        found = _drains(store, viewer, graph, assumed, asked.storm, rules)
    else:
        found = _mains(store, viewer, graph, assumed, asked)
    rows = rounded(found.rows)
    run = {"kind": kind, "network": network, "parameters": found.parameters, "data_version": graph.data_version}
    worst = WORST[kind](rows).iloc[: asked.limit]
    required = assumed.water.required_pressure_m
    figures = FIGURES[kind](rows, rounded(found.others), required)
    return Told(run, figures, _keyed(store, viewer, worst), left_out(found.counts))


def _mains(store: Store, viewer: Viewer, graph: NetworkGraph, assumed: Assumptions, asked: Solve) -> _Found:
    """Solve a network under pressure."""
    question = asked.water
    model = read_water_model(
        store, viewer, graph, assumed.water, factor=question.factor, source_head_m=question.source_head_m
    )
    parameters = asdict(question) | assumed_parameters(assumed, viewer)
    nothing = pd.DataFrame()
    if asked.kind == FIRE:
        rows = store.rows(viewer, query("network.hydraulics", "hydrants"), {"network": question.network})
        fire = fire_flow(model, [row["node_id"] for row in rows], assumed.water, assumed.fire)
        return _Found(fire.hydrants, nothing, fire.counts, parameters)
    if asked.kind == CLOSURE:
        shut = closures(model, assumed.water, assumed.closure)
        return _Found(shut.segments, nothing, shut.counts, parameters)
    steady = pressures(model, assumed.water)
    return _Found(steady.nodes, steady.segments, steady.counts, parameters)


def _drains(
    store: Store, viewer: Viewer, graph: NetworkGraph, assumed: Assumptions, asked: DrainQuestion, rules: Path | None
) -> _Found:
    """Let a storm run through drains."""
    storm = storm_of(load_storms(rules), asked)
    found = drained(store, viewer, graph, assumed, storm, asked)
    return _Found(found.manholes, found.contacts, found.counts, parameters_of(asked, storm, assumed, viewer))


def _keyed(store: Store, viewer: Viewer, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows with the keys of their features; numbers that are not known are None."""
    ids: list[int] = rows.index.tolist()
    found = store.rows(viewer, query("network.hydraulics", "keys"), {"features": ids})
    keys = {row["feature_id"]: row["key"] for row in found}
    told = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return [
        {"feature_id": feature, "key": keys.get(feature)} | {str(name): value for name, value in row.items()}
        for feature, row in zip(ids, told, strict=True)
    ]
