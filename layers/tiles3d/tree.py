"""Explicit quadtree over features, split until each leaf fits its budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from cim.layers.tiles3d.mesh import Floats, Ints

ROOT = "r"
# Below this cell features coincide: 2^-24 of a 100 km city is 6 mm.
_DEEPEST = 24


@dataclass(frozen=True)
class Node:
    """A cell of the tree."""

    key: str
    """`r` and a digit for each step down: 0 south-west, 1 south-east, 2 north-west, 3 north-east."""
    members: Ints
    """Positions of the features whose centres lie in the cell."""
    children: tuple[Node, ...] = field(default=())
    """The cells within it that have members; none for a leaf."""

    @property
    def height(self) -> int:
        """Steps down to the farthest leaf; 0 for a leaf."""
        return 1 + max(child.height for child in self.children) if self.children else 0

    def walk(self) -> Iterator[Node]:
        """Yield all nodes below and then this one, leaves in spatial order."""
        for child in self.children:
            yield from child.walk()
        yield self


def quadtree(centre: Floats, weight: Floats, budget: float) -> Node:
    """Return the root of a tree whose leaves weigh no more than the budget, or hold a single feature.

    Parameters
    ----------
    centre : Floats
        (N, 2) places of the features, metres.
    weight : Floats
        (N,) share of the budget that each feature takes.
    budget : float
        Most that a leaf may weigh.

    Returns
    -------
    Node
        The root, which is never itself a leaf: above every leaf stands a tile to be seen from afar. Chains of cells
        with a single child are cut short.
    """
    low, high = centre.min(axis=0), centre.max(axis=0)
    side = max(float((high - low).max()), 1.0)
    middle = (low + high) / 2
    everyone = np.arange(len(centre))
    children = _split(ROOT, everyone, middle, side, centre, weight, budget)
    if not children:
        children = (Node(f"{ROOT}0", everyone),)
    elif len(children) == 1 and children[0].children:
        children = children[0].children
    return Node(ROOT, everyone, children)


def _split(
    key: str, members: Ints, middle: Floats, side: float, centre: Floats, weight: Floats, budget: float
) -> tuple[Node, ...]:
    """Cells below one, none when it may stay a leaf."""
    if weight[members].sum() <= budget or len(members) == 1 or len(key) > _DEEPEST:
        return ()
    quadrant = (centre[members, 0] >= middle[0]) + 2 * (centre[members, 1] >= middle[1])
    nodes = []
    for digit in range(4):
        inside = members[quadrant == digit]
        if len(inside):
            shift = np.array([digit % 2 - 0.5, digit // 2 - 0.5]) * side / 2
            nodes.append(_node(f"{key}{digit}", inside, middle + shift, side / 2, centre, weight, budget))
    return tuple(nodes)


def _node(key: str, members: Ints, middle: Floats, side: float, centre: Floats, weight: Floats, budget: float) -> Node:
    children = _split(key, members, middle, side, centre, weight, budget)
    if len(children) == 1:
        return children[0]
    return Node(key, members, children)


def largest_within(importance: Floats, cost: Floats, budget: float) -> Ints:
    """Return the positions, ascending, of the most important items whose costs add up to no more than the budget."""
    order = np.argsort(-importance, kind="stable")
    kept = order[np.cumsum(cost[order]) <= budget]
    return np.sort(kept)
