"""Misconnections: where sewage is handed over to storm drains, or storm water to sewers, in the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Integers
from cim.analytics.network.risk.reading import Objects
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

MOST = 1000
"""Most hand-overs that a run of risk keeps of a network; their number is always told."""

HIDDEN_BRANCH = "hidden_branch"
"""Sign of a misconnection that is no proof: a branch connected without a manhole (AJ)."""


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


def signs(met: Sequence[Mapping[str, Any]], seen: pd.DataFrame, segments: Integers) -> Objects:
    """Return what says that each pipe is misconnected.

    Parameters
    ----------
    met
        Rows of `misconnections`.
    seen
        Condition of the sewers, as `condition.condition` returns it.
    segments
        (n,) ids of the pipes.

    Returns
    -------
    numpy.ndarray
        (n,) `sewage_to_storm`, `storm_to_sewage` or `direction_unknown` where it hands over to the other network;
        else `hidden_branch` where one was seen; else None.
    """
    found = dict.fromkeys(seen.index[seen["hidden_branch"].to_numpy(np.bool_)].tolist(), HIDDEN_BRANCH)
    # Of several hand-overs one whose direction is known is told.
    for row in sorted(met, key=lambda one: str(one["direction"]) != "unknown"):
        known = row["direction"] != "unknown"
        found[row["segment_id"]] = row["direction"] if known else "direction_unknown"
    return np.array([found.get(one) for one in segments.tolist()], dtype=object)
