"""Criticality of a city's networks, from its data to its results."""

from __future__ import annotations

from pathlib import Path

from cim.analytics.network.criticality import BREAKS, METHOD, criticality
from cim.analytics.network.reading import network_graph
from cim.analytics.results import Findings, Question, Run, answered
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

COMPONENTS = TABLES["result.network_component"]
SEGMENTS = TABLES["result.segment_criticality"]

KIND = "network.criticality"
"""Kind of these runs in `run.analysis`; the subject is the network."""


def assess_network(
    store: Store,
    viewer: Viewer,
    network: str,
    folder: Path,
    *,
    breaks: tuple[float, float, float] = BREAKS,
    again: bool = False,
) -> Run:
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

    def assess(findings: Findings) -> None:
        found = criticality(graph, breaks)
        findings.left_out = found.left_out
        findings.add(COMPONENTS, found.components.reset_index().assign(network=network))
        findings.add(SEGMENTS, found.segments.reset_index().assign(network=network))

    return answered(store, viewer, question, assess, again=again)
