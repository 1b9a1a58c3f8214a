"""Workable lengths: pipes of one network and street that are renewed at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from cim.analytics.network.graph import Floats, Integers
from cim.analytics.network.tree import depth_first_tree


def workable_lengths(segments: pd.DataFrame, least_m: float, most_m: float) -> Integers:
    """Group pipes into works.

    Pipes of one network, street and material that touch are laid out in the order in which one walks along them, and
    cut into equal lengths of at most `most_m` as far as whole pipes allow. What is shorter than `least_m` is joined to
    a neighbour of the same network that it touches.

    Parameters
    ----------
    segments
        network, road_name, material, start_id and end_id (0: not known), length_m.
    least_m, most_m
        Length of a work, metres.

    Returns
    -------
    (n,) number of the work of each pipe, from 0.
    """
    if not len(segments):
        return np.zeros(0, dtype=np.int64)
    length = np.maximum(segments["length_m"].fillna(0.0).to_numpy(np.float64), 0.0)
    key = pd.MultiIndex.from_frame(segments[["network", "road_name", "material"]].fillna("").astype(str))
    street, order = _walked(segments, pd.factorize(key)[0])
    work = _cut(street, order, length, most_m)
    return _joined(work, segments, length, least_m)


def _walked(segments: pd.DataFrame, kind: Integers) -> tuple[Integers, Integers]:
    """Return the connected run of pipes of one kind that each lies in, and its place on a walk along the run."""
    count = len(segments)
    ends = segments[["start_id", "end_id"]].to_numpy(np.int64)
    # A node counts once for each kind of pipe at it; an end that is not known is a node of its own.
    lone = ends <= 0
    ends = np.where(lone, -1 - np.arange(2 * count).reshape(count, 2), ends)
    pairs = np.column_stack([np.repeat(kind, 2), ends.ravel()])
    _, node = np.unique(pairs, axis=0, return_inverse=True)
    start, end = node.reshape(count, 2).T
    size = int(node.max()) + 1
    ties = sparse.csr_array((np.ones(count, np.int8), (start, end)), shape=(size, size))
    runs, run_of_node = csgraph.connected_components(ties, directed=False)
    degree = np.bincount(node, minlength=size)
    # Walks begin at an end of the run where it has one.
    first = np.lexsort((np.arange(size), degree, run_of_node))
    begins = first[np.searchsorted(run_of_node[first], np.arange(runs))]
    virtual = np.full(runs, size)
    tree = depth_first_tree(size + 1, np.concatenate([virtual, start, end]), np.concatenate([begins, end, start]), size)
    return run_of_node[start], np.maximum(tree.place[start], tree.place[end])


def _cut(run: Integers, order: Integers, length: Floats, most_m: float) -> Integers:
    """Cut each run into equal lengths of at most `most_m`."""
    walk = np.lexsort((order, run))
    total = np.bincount(run, length)
    before = np.concatenate([[0.0], length[walk].cumsum()])[:-1]
    first = np.concatenate([[0.0], total.cumsum()])[:-1]
    middle = before + length[walk] / 2 - first[run[walk]]
    pieces = np.maximum(np.ceil(total / most_m - 1e-9), 1.0)
    each = np.maximum(total / pieces, 1e-9)
    piece = np.minimum(middle // each[run[walk]], pieces[run[walk]] - 1).astype(np.int64)
    _, number = np.unique(np.column_stack([run[walk], piece]), axis=0, return_inverse=True)
    work = np.empty(len(run), dtype=np.int64)
    work[walk] = number
    return work


def _joined(work: Integers, segments: pd.DataFrame, length: Floats, least_m: float) -> Integers:
    """Join what is too short to the longest neighbour of the same network that it touches."""
    total = np.bincount(work, length)
    network = pd.factorize(segments["network"])[0]
    ends = (
        pd.DataFrame(
            {
                "work": np.repeat(work, 2),
                "network": np.repeat(network, 2),
                "node": segments[["start_id", "end_id"]].to_numpy(np.int64).ravel(),
            }
        )
        .query("node > 0")
        .drop_duplicates()
    )
    pairs = ends[total[ends["work"]] < least_m].merge(ends, on=["network", "node"], suffixes=("", "_other"))
    # Only to works that are long enough themselves: two short ones would each wait for the other.
    pairs = pairs[total[pairs["work_other"]] >= least_m]
    best = pairs.assign(long=total[pairs["work_other"]]).sort_values(["work", "long", "work_other"])
    best = best.drop_duplicates("work", keep="last")
    into = np.arange(len(total))
    into[best["work"].to_numpy()] = best["work_other"].to_numpy()
    _, number = np.unique(into[work], return_inverse=True)
    return number
