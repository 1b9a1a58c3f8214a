"""Hydraulics of a city's water network, from its data to its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cim.analytics.network.hydraulics.assumptions import Assumptions
from cim.analytics.network.hydraulics.closures import closures
from cim.analytics.network.hydraulics.fire_flow import fire_flow
from cim.analytics.network.hydraulics.pressures import pressures
from cim.analytics.network.hydraulics.runs import (
    CLOSURE,
    FIRE,
    FLOWS,
    PRESSURE,
    assumed_parameters,
    rows_of,
)
from cim.analytics.network.hydraulics.water_model import WaterModel
from cim.analytics.network.hydraulics.water_reading import NETWORK, read_water_model
from cim.analytics.network.reading import network_graph
from cim.analytics.queries import query
from cim.analytics.results import Findings, Question, Run, answered
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

NODES = TABLES["result.node_pressure"]
HYDRANTS = TABLES["result.hydrant_flow"]
CLOSURES = TABLES["result.pipe_closure"]


@dataclass(frozen=True)
class WaterQuestion:
    """What is asked of a network under pressure."""

    network: str = NETWORK
    """Network."""
    factor: float = 1.0
    """Multiplies every demand: 1 the average hour."""
    source_head_m: float | None = None
    """Head of sources that do not tell theirs, city height, metres."""


def water_hydraulics(
    store: Store,
    viewer: Viewer,
    folder: Path,
    assumed: Assumptions,
    question: WaterQuestion | None = None,
    *,
    kind: str = PRESSURE,
    again: bool = False,
) -> Run:
    """Solve a water network and keep what was found.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    assumed
        What is taken where the data says nothing.
    question
        Network, demands and heads; the water network on an average hour unless told.
    kind
        `PRESSURE`: heads, pressures and flows; `FIRE`: what hydrants give; `CLOSURE`: every pipe shut in turn.
    again
        Solve even if an earlier run answered the same on the same data.

    Raises
    ------
    UnknownNetwork, BadQuestion, NoModel
        It cannot be asked; the message says what is missing.
    NotPhysical
        The numbers cannot be believed; none is kept.
    """
    asked = question or WaterQuestion()
    graph = network_graph(store, viewer, asked.network, folder)
    told = Question(kind, asked.network, graph.data_version, asdict(asked) | assumed_parameters(assumed, viewer))

    def solve(findings: Findings) -> None:
        model = read_water_model(
            store, viewer, graph, assumed.water, factor=asked.factor, source_head_m=asked.source_head_m
        )
        _SOLVERS[kind](store, viewer, model, assumed, findings, asked)

    return answered(store, viewer, told, solve, again=again)


def _pressures(
    _store: Store, _viewer: Viewer, model: WaterModel, assumed: Assumptions, findings: Findings, asked: WaterQuestion
) -> None:
    found = pressures(model, assumed.water)
    findings.left_out = found.counts
    findings.add(NODES, rows_of(found.nodes, "node_id", network=asked.network))
    findings.add(FLOWS, rows_of(found.segments, "segment_id", network=asked.network))


def _fire(
    store: Store, viewer: Viewer, model: WaterModel, assumed: Assumptions, findings: Findings, asked: WaterQuestion
) -> None:
    rows = store.rows(viewer, query("network.hydraulics", "hydrants"), {"network": asked.network})
    found = fire_flow(model, [row["node_id"] for row in rows], assumed.water, assumed.fire)
    findings.left_out = found.counts
    findings.add(HYDRANTS, rows_of(found.hydrants, "node_id"))


def _closures(
    _store: Store, _viewer: Viewer, model: WaterModel, assumed: Assumptions, findings: Findings, asked: WaterQuestion
) -> None:
    found = closures(model, assumed.water, assumed.closure)
    findings.left_out = found.counts
    findings.add(CLOSURES, rows_of(found.segments, "segment_id", network=asked.network))


_Solver = Callable[[Store, Viewer, WaterModel, Assumptions, Findings, WaterQuestion], None]
_SOLVERS: Mapping[str, _Solver] = {PRESSURE: _pressures, FIRE: _fire, CLOSURE: _closures}
