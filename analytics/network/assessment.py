"""Criticality of a city's networks, from its data to its results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cim.analytics.network.criticality import BREAKS, METHOD, criticality
from cim.analytics.network.reading import network_graph
from cim.analytics.results import Question, analysis, finished_run
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

COMPONENTS = TABLES["result.network_component"]
SEGMENTS = TABLES["result.segment_criticality"]

KIND = "network.criticality"
"""Kind of these runs in `run.analysis`; the subject is the network."""


@dataclass(frozen=True)
class Assessment:
    """A run of criticality on one network."""

    run_id: int
    """Row of `run.analysis`."""
    network: str
    """Network type."""
    fresh: bool
    """False when an earlier run had answered this on the same data."""


def assess_network(
    store: Store,
    viewer: Viewer,
    network: str,
    folder: Path,
    *,
    breaks: tuple[float, float, float] = BREAKS,
    again: bool = False,
) -> Assessment:
    """Find what each segment's failure cuts off, and keep it in `result.segment_criticality`.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    network
        Network type, e.g. water.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    breaks
        Shares of served customers at which grades 2, 3 and 4 begin.
    again
        Answer even if an earlier run answered the same on the same data.

    Raises
    ------
    UnknownNetwork
        There is no such network, or the city has no segment of it.
    """
    graph = network_graph(store, viewer, network, folder)
    parameters = {"breaks": list(breaks), "method": METHOD, "clearance": viewer.clearance}
    question = Question(KIND, network, graph.data_version, parameters)
    run = None if again else finished_run(store, viewer, question)
    if run is not None:
        return Assessment(run, network, fresh=False)
    with analysis(store, viewer, question) as findings:
        found = criticality(graph, breaks)
        findings.left_out = found.left_out
        findings.add(COMPONENTS, found.components.reset_index().assign(network=network))
        findings.add(SEGMENTS, found.segments.reset_index().assign(network=network))
    return Assessment(findings.run_id, network, fresh=True)
