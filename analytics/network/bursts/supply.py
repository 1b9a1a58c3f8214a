"""Which parts of a network its sources reach, ready to be asked what is lost when some parts are taken out."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.graph import Flags, Integers, NetworkGraph
from cim.analytics.network.tree import depth_first_tree
from cim.analytics.network.valve_parts import ValveParts


class Supply:
    """A tree along open valves from a root, which stands for all sources, over the p parts that they reach.

    Only what hangs in the tree below a part can lose its supply with it, and that is a run of places in preorder: a
    burst asks about few parts, however large the network is.
    """

    def __init__(self, graph: NetworkGraph, parts: ValveParts) -> None:
        root, open_ = parts.count, ~graph.valve_closed & (parts.near != parts.far)
        near, far = parts.near[open_], parts.far[open_]
        fed = np.unique(parts.of_node[graph.source])
        tail = np.concatenate([near, far, np.full(len(fed), root)])
        ones = np.ones(len(tail), np.int8)
        links = sparse.csr_array((ones, (tail, np.concatenate([far, near, fed]))), shape=(root + 1, root + 1))
        order, above = csgraph.breadth_first_order(links, root, directed=True, return_predecessors=True)
        tree = depth_first_tree(root + 1, above[order[1:]], order[1:], root)
        self._place, self._end = tree.place, tree.branch_ends()
        self._at = np.empty(len(tree.parent), np.int64)
        self._at[tree.place[order]] = order
        self._first, self._beside = links.indptr, links.indices

    @property
    def supplied(self) -> Flags:
        """(p,) the parts that a source reaches."""
        reached: Flags = self._place[:-1] >= 0
        return reached

    def lost_without(self, inside: Flags) -> Integers:
        """Return the parts outside of some (p,) that no source reaches any more when these are taken out."""
        taken = np.flatnonzero(inside & self.supplied)
        below = [self._at[place : self._end[place]] for place in self._place[taken].tolist()]
        doubtful = np.setdiff1d(np.concatenate(below), taken) if below else taken
        if not len(doubtful):
            return doubtful
        number = np.diff(self._first)[doubtful]
        begin = np.cumsum(number) - number
        beside = self._beside[np.arange(number.sum()) + np.repeat(self._first[doubtful] - begin, number)]
        tail = np.repeat(np.arange(len(doubtful)), number)
        head = np.minimum(np.searchsorted(doubtful, beside), len(doubtful) - 1)
        among = doubtful[head] == beside
        ties = sparse.csr_array(
            (np.ones(np.count_nonzero(among), np.int8), (tail[among], head[among])), shape=(len(doubtful),) * 2
        )
        count, label = csgraph.connected_components(ties, directed=False)
        safe = np.zeros(count, np.bool_)
        safe[label[tail[~among & ~inside[beside]]]] = True
        lost: Integers = doubtful[~safe[label]]
        return lost


def supply_of(graph: NetworkGraph, parts: ValveParts) -> Supply:
    """Return the supply of a network's parts, made once for all bursts."""
    if "supply" not in parts.held:
        parts.held["supply"] = Supply(graph, parts)
    found: Supply = parts.held["supply"]
    return found
