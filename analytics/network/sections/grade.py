"""The hydraulic grade along a path, as the newest run of hydraulics found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

ABOVE_M = 8.0
"""A grade line that stands farther than this above ground and pipes is told in figures only: drawn, it would flatten
everything else. So it is in water mains, whose heads are tens of metres."""


@dataclass(frozen=True)
class Grade:
    """Heads of nodes."""

    head_m: Mapping[int, float] = field(default_factory=dict)
    """By node id: city height, metres; without nodes that have no number."""
    run: Mapping[str, Any] | None = None
    """run_id, kind, finished_at; None where nothing was computed."""


def hydraulic_grade(store: Store, viewer: Viewer, network: str, nodes: Sequence[int]) -> Grade:
    """Return the heads of a path's nodes; none where no run of hydraulics tells them."""
    rows = store.rows(viewer, query("network.sections", "heads"), {"network": network, "nodes": list(nodes)})
    if not rows:
        return Grade()
    heads = {row["node_id"]: float(row["head_m"]) for row in rows if row["head_m"] is not None}
    return Grade(heads, {name: rows[0][name] for name in ("run_id", "kind", "finished_at")})


def drawn_grade(stations: Sequence[Mapping[str, Any]], levels: Sequence[float]) -> list[list[tuple[float, float]]]:
    """Return the stretches of grade line that a drawing shows: chainage and head of nodes that follow each other.

    Parameters
    ----------
    stations
        Manholes of a profile, each with chainage_m and head_m.
    levels
        All other levels of the drawing, metres.
    """
    heads = [station["head_m"] for station in stations if station["head_m"] is not None]
    if not heads or max(heads) > max(levels) + ABOVE_M:
        return []
    stretches: list[list[tuple[float, float]]] = [[]]
    for station in stations:
        if station["head_m"] is None:
            stretches.append([])
        else:
            stretches[-1].append((station["chainage_m"], station["head_m"]))
    return [stretch for stretch in stretches if len(stretch) > 1]
