"""Depth-first trees and sums over their branches, in linear time and without a Python loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import spsolve_triangular

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """A rooted depth-first tree; its k vertices are named by their place in preorder, the root is 0."""

    place: Integers
    """(n,) place in preorder of each vertex of the graph, -1 where the root does not reach it."""
    parent: Integers
    """(k,) place of the parent, always smaller than one's own; the root is its own."""

    def branch_sums(self, values: Floats) -> Floats:
        """Return, for each vertex, the sum of the values (k, c) of it and of all below it.

        The sums solve s[v] = values[v] + Σ s[children of v]: a triangular system, since children come after their
        parents in preorder. Exact for whole numbers below 2^53.
        """
        count = len(self.parent)
        diagonal = np.arange(count)
        system = sparse.csr_array(
            (
                np.concatenate([np.ones(count), -np.ones(count - 1)]),
                (np.concatenate([diagonal, self.parent[1:]]), np.concatenate([diagonal, diagonal[1:]])),
            ),
            shape=(count, count),
        )
        return np.asarray(spsolve_triangular(system, values, lower=False, unit_diagonal=True))

    def branch_ends(self) -> Integers:
        """Return, for each vertex, the place just after the last vertex below it: a branch is a run of places."""
        sizes = self.branch_sums(np.ones((len(self.parent), 1)))[:, 0]
        return np.arange(len(self.parent)) + sizes.astype(np.int64)


def depth_first_tree(vertices: int, tail: Integers, head: Integers, root: int) -> Tree:
    """Search a directed graph depth first from `root`.

    Parameters
    ----------
    vertices
        Number of vertices.
    tail, head
        Arcs; give both directions of an undirected edge.
    root
        Vertex to start from.

    Notes
    -----
    In an undirected graph every edge then joins a vertex with one above it (R. Tarjan, "Depth-first search and linear
    graph algorithms", SIAM J. Comput. 1 (1972), doi:10.1137/0201010).
    """
    arcs = sparse.csr_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(vertices, vertices))
    order, above = csgraph.depth_first_order(arcs, root, directed=True, return_predecessors=True)
    place = np.full(vertices, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    parent = np.zeros(len(order), dtype=np.int64)
    parent[1:] = place[above[order[1:]]]
    return Tree(place, parent)
