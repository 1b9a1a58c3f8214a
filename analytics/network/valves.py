"""Where each valve stands in the line: on which segment, and at which of its ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim.analytics.network.graph import Integers, positions

Rows = npt.NDArray[np.void]


@dataclass(frozen=True)
class Placing:
    """The part of a network's arrays that tells where its valves can stand."""

    node_id: Integers
    """(n,) feature ids, ascending."""
    segment_id: Integers
    """(m,) feature ids, ascending."""
    start: Integers
    """(m,) position of the node at the start."""
    end: Integers
    """(m,) position of the node at the end."""
    first_arc: Integers
    """(n + 1,) arcs of node i are `first_arc[i]:first_arc[i + 1]`."""
    arc_segment: Integers
    """(2m,) segment of an arc."""


def placed_valves(valves: Rows, placing: Placing) -> tuple[dict[str, npt.NDArray[Any]], dict[str, int]]:
    """Find the segment of each valve, and the end of it that the valve stands at.

    A valve that names its segment stands at the end that it names; where it names none, or a node that is no end of
    the segment, the start is assumed and the valve counted. One that names only a node of one or two segments stands
    on the later of them: between a closed valve and the rest nothing flows, whichever side it is drawn on. On a fork
    nobody can say which leg it closes: it is left out.

    Parameters
    ----------
    valves
        VALVE_ROW, ascending.
    placing
        The network.

    Returns
    -------
    dict of str to array
        The fields of `NetworkGraph` that begin with `valve_`.
    dict of str to int
        How many were left out, or put at an end that they do not name: code of `cim.analytics.reasons` and count.
    """
    segment = positions(placing.segment_id, valves["segment_id"])
    node = positions(placing.node_id, valves["node_id"])
    alone = np.flatnonzero((segment < 0) & (node >= 0))
    first, after = placing.first_arc[node[alone]], placing.first_arc[node[alone] + 1]
    through = (after - first == 1) | (after - first == 2)
    at = first[through], after[through] - 1
    segment[alone[through]] = np.maximum(placing.arc_segment[at[0]], placing.arc_segment[at[1]])
    placed = segment >= 0
    segment = segment[placed]
    at_end = placing.end[segment] == node[placed]
    assumed = ~at_end & (placing.start[segment] != node[placed])
    fork = int(np.count_nonzero(after - first > 2))
    columns: dict[str, npt.NDArray[Any]] = {
        "valve_id": valves["valve_id"][placed].astype(np.int64),
        "valve_node": np.where(at_end, placing.end[segment], placing.start[segment]).astype(np.int32),
        "valve_segment": segment.astype(np.int32),
        "valve_closed": valves["closed"][placed],
        "valve_operable": valves["operable"][placed],
    }
    return columns, {
        "valve_on_fork": fork,
        "valve_on_no_pipe": int(np.count_nonzero(~placed)) - fork,
        "valve_end_assumed": int(np.count_nonzero(assumed)),
    }
