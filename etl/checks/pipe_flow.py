"""Checks along the flow of sewers: sizes that shrink, water that turns back; and parts that are cut off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.checks.findings import Finding, Floats, Ints
from cim.etl.checks.pipe_tables import GRAVITY, WIRES, Pipes
from cim.etl.checks.register import tolerance

_LIFTING = ("pump", "tank", "source")
"""Kinds of points that water may leave higher than it comes in."""


def shrinking(pipes: Pipes) -> Iterator[Finding]:
    """Pipes narrower than what flows into them; where several leave a point, the widest."""
    above, below = pipes.flow
    size = pipes.size
    known = np.flatnonzero((above >= 0) & np.isfinite(size))
    widest_in, widest_out = np.full(len(pipes.points), -np.inf), np.full(len(pipes.points), -np.inf)
    np.maximum.at(widest_in, below[known], size[known])
    np.maximum.at(widest_out, above[known], size[known])
    narrow = widest_out[above[known]] < widest_in[above[known]] - tolerance("line.diameter_shrinks", "size_mm")
    rows = known[narrow & (size[known] == widest_out[above[known]])]
    values = {"size": size[rows], "upstream": widest_in[above[rows]]}
    yield Finding("line.diameter_shrinks", rows, values, pipes.middle(rows))


def leaving_high(pipes: Pipes) -> Iterator[Finding]:
    """Points that water leaves higher than it comes in, by the lowest pipe of each; a pump lifts it."""
    code = "line.leaves_high"
    above, below = pipes.flow
    first, last = pipes.levels
    from_start = above == pipes.at[0]
    upper, lower = np.where(from_start, first, last), np.where(from_start, last, first)
    known = np.flatnonzero((above >= 0) & np.isfinite(upper) & np.isfinite(lower))
    comes_in, leaves = np.full(len(pipes.points), np.inf), np.full(len(pipes.points), np.inf)
    np.minimum.at(comes_in, below[known], lower[known])
    np.minimum.at(leaves, above[known], upper[known])
    comes_in[np.isin(pipes.points.word("kind"), _LIFTING)] = np.inf
    rise = upper[known] - comes_in[above[known]]
    high = (rise > tolerance(code, "rise_m")) & (upper[known] == leaves[above[known]])
    rows = known[high]
    places = pipes.points.ends[above[rows], 0, :2]
    yield Finding(code, rows, {"rise": rise[high], "node": pipes.points.named(above[rows])}, places)


def sharp_turns(pipes: Pipes) -> Iterator[Finding]:
    """Flow that turns back at a point: what comes, against the widest pipe that leaves."""
    code = "line.angle"
    above, below = pipes.flow
    size = np.nan_to_num(pipes.size)
    flowing = np.flatnonzero((above >= 0) & (pipes.run > 0))
    leaving = np.full(len(pipes.points), -1)
    widest_last = flowing[np.argsort(size[flowing], kind="stable")]
    leaving[above[widest_last]] = widest_last
    rows = flowing[leaving[below[flowing]] >= 0]
    onward = leaving[below[rows]]
    back, forth = -_directions(pipes, rows), _directions(pipes, onward)
    angle = np.degrees(np.arccos(np.clip((back * forth).sum(axis=1), -1, 1)))
    first, last = pipes.levels
    lowest_in = np.minimum(first, last)[rows]
    highest_out = np.maximum(first, last)[onward]
    with np.errstate(invalid="ignore"):
        drops = (size[rows] <= tolerance(code, "exempt_mm")) & (
            lowest_in - highest_out > tolerance(code, "exempt_drop_m")
        )
    sharp = (angle < tolerance(code, "angle_deg")) & ~drops
    rows, angle = rows[sharp], angle[sharp]
    places = pipes.points.ends[below[rows], 0, :2]
    yield Finding(code, rows, {"angle": angle, "node": pipes.points.named(below[rows])}, places)


def _directions(pipes: Pipes, lines: Ints) -> Floats:
    """Return unit vectors in plan, with the flow."""
    step = pipes.lines.ends[lines, 1, :2] - pipes.lines.ends[lines, 0, :2]
    with_line = pipes.flow[0][lines] == pipes.at[0][lines]
    unit = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)[:, None]
    return np.where(with_line[:, None], unit, -unit)


def cut_off(pipes: Pipes) -> Iterator[Finding]:
    """Parts of a network joined to no source (or outfall); where none is known, all but the largest part."""
    start, end = pipes.at
    lines = np.flatnonzero(pipes.joined & ~np.isin(pipes.lines.word("network"), WIRES))
    if not len(lines):
        return
    count = len(pipes.points)
    # Late: a sixth of the start of a load that has no pipes.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(lines), dtype=np.int8), (start[lines], end[lines])), shape=(count, count))
    parts, part = connected_components(graph, directed=False)
    of_line = part[start[lines]]
    segments = np.bincount(of_line, minlength=parts)
    length = np.bincount(of_line, np.nan_to_num(pipes.run[lines]), minlength=parts)
    network = pipes.points.word("network")
    gravity = np.isin(network, GRAVITY)
    anchors = np.where(gravity, pipes.points.flags["is_sink"], pipes.points.flags["is_source"])
    anchored = np.bincount(part[anchors], minlength=parts) > 0
    first_line = np.full(parts, len(pipes.lines))
    np.minimum.at(first_line, of_line, lines)
    there = np.flatnonzero(segments)
    names = pipes.lines.word("network")[first_line[there]]
    for name in dict.fromkeys(names.tolist()):
        mine = there[names == name]
        reached = anchored[mine]
        if not reached.any():
            reached = segments[mine] == segments[mine].max()
        lost = mine[~reached]
        falls = name in GRAVITY
        values = {
            "segments": segments[lost],
            "length": length[lost],
            "network": name,
            "anchor": "outfall" if falls else "source",
            "anchor_zh": "排放口" if falls else "源点",
        }
        yield Finding("network.disconnected", first_line[lost], values, pipes.middle(first_line[lost]))
