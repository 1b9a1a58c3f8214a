"""Traces of a pipe network, from a question to an answer in plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cim.analytics.errors import BadQuestion
from cim.analytics.network.bursts.burst import Parts
from cim.analytics.network.flow import WAYS
from cim.analytics.network.places import one_network, places_of
from cim.analytics.network.reading import network_graph
from cim.analytics.network.traces import walks
from cim.analytics.network.traces.answer import Trace, answer
from cim.analytics.network.traces.ground import Ground, Kept, ground
from cim.store import Store
from cim.viewer import Viewer

KINDS: Mapping[str, walks.Walk] = {
    "connected": walks.connected,
    "upstream": walks.upstream,
    "downstream": walks.downstream,
    "loops": walks.loops,
    "path": walks.path,
    "valves": walks.valves,
    "outfall": walks.outfall,
    "source": walks.source,
    "common": walks.common,
    "spill": walks.spill,
    "odour": walks.odour,
    "intrusion": walks.intrusion,
}
"""What can be asked, and what answers it."""


@dataclass(frozen=True)
class TraceQuestion:
    """What is asked of a network."""

    kind: str
    """One of `KINDS`."""
    start: Sequence[int | str] = ()
    """Nodes, segments or devices, by feature id or key; only `loops` needs none."""
    end: Sequence[int | str] = ()
    """Where a path shall lead to."""
    network: str | None = None
    """Network, where no start is named or a key stands in several."""
    way: str | None = None
    """`connected`, `upstream` or `downstream`: for `path` (else connected) and for `common` (else upstream)."""
    barriers: Sequence[int] = ()
    """Feature ids of nodes, segments and valves that are not passed."""
    through_closed: bool = False
    """Whether closed segments and valves are passed too."""
    flow: str = "design"
    """In gravity networks: `design`, as recorded, else by level; `level`, by level alone."""
    min_diameter_mm: float | None = None
    """Only through pipes of this size or more, millimetres."""
    max_diameter_mm: float | None = None
    """Only through pipes of this size or less, millimetres."""
    materials: Sequence[str] = field(default_factory=tuple)
    """Only through pipes of these materials."""
    limit_m: float | None = None
    """Only this far along the pipes, metres."""
    velocity_m_s: float | None = None
    """Velocity in every pipe, metres a second, instead of the computed ones."""

    def check(self) -> None:
        """Refuse a question that cannot be meant.

        Raises
        ------
        BadQuestion
            It contradicts itself, or lacks a part.
        """
        choices = (("kind", self.kind, KINDS), ("way", self.way or WAYS[0], WAYS), ("flow", self.flow, FLOWS))
        for name, value, known in choices:
            if value not in known:
                raise BadQuestion(f"no {name} {value!r}", f"use one of {', '.join(known)}")
        if not self.start and not (self.kind == "loops" and self.network):
            raise BadQuestion(f"{self.kind} starts nowhere", "name a node or segment; loops may take a network instead")
        if self.kind == "path" and not self.end:
            raise BadQuestion("a path leads from one place to another", "name the place where it ends")
        if self.kind == "common" and len(self.start) < 2:
            raise BadQuestion("one place alone has nothing in common", "name two places or more")


FLOWS = ("design", "level")
"""How the flow of a gravity network is told."""


def trace(
    store: Store,
    viewer: Viewer,
    question: TraceQuestion,
    folder: Path,
    *,
    parts: Parts | None = None,
    kept: Kept | None = None,
) -> Trace:
    """Answer a question to a network.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    question
        What is asked.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    parts, kept
        Keep what is derived from networks between calls.

    Raises
    ------
    BadQuestion, UnknownPlace, AmbiguousPlace, UnknownNetwork
        It cannot be asked; the message says why.
    """
    question.check()
    starts = places_of(store, viewer, question.start, question.network)
    network = one_network(starts) if starts else str(question.network)
    ends = places_of(store, viewer, question.end, network)
    graph = network_graph(store, viewer, network, folder)
    there: Ground = ground(store, viewer, graph, question, (starts, ends), (parts or Parts(), kept or Kept()))
    return answer(store, viewer, question.kind, there, KINDS[question.kind](there))
