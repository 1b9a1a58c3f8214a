"""Misconnections: where sewage is handed over to storm drains, or storm water to sewers, in the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

MOST = 1000
"""Most hand-overs that a run of risk keeps of a network; their number is always told."""


def misconnections(store: Store, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the places where a pipe of storm water or of sewage meets a node of the other.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not told.

    Returns
    -------
    list of dict
        segment_id, key, network: the pipe; node_id, node_key: the node of the other network; other_id, other_key: the
        pipe of that network there; how: `node` (the pipe names it) or `place` (it ends at the very place, to a
        centimetre); direction: `sewage_to_storm`, `storm_to_sewage`, or `unknown` where neither a direction nor
        levels are; longitude, latitude of the node, degrees.
    """
    return store.rows(viewer, query("network.risk", "handovers"))


def by_network(found: Sequence[Mapping[str, Any]], network: str) -> dict[str, Any]:
    """Return what a run of risk keeps of a network: `handovers` by its pipes, and `handover_count`."""
    own = [dict(row) for row in found if row["network"] == network]
    return {"handovers": own[:MOST], "handover_count": len(own)}
