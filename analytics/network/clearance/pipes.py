"""Clearance between pipes, and from pipes to trees and kerbs: outer walls, in plan and at crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim.analytics.network.clearance.beside import Crossings, Stretches, outside_crossings
from cim.analytics.network.clearance.crossings import distance_in_space, vertical_gap
from cim.analytics.network.clearance.pair_search import BLOCK, Neighbours, Pairs, near_pairs, no_pairs
from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.segment_distance import place
from cim.analytics.network.clearance.verdicts import WORDS, Judged, judged
from cim.analytics.network.rules.tables import CLASSES, THINGS, PairTable, Rules

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """Pairs of pieces, one for each pair of features, with what was measured."""

    pairs: Pairs
    """The pieces where they are tightest."""
    measured_m: Floats
    """Clearance between outer walls."""
    rule: Integers
    """Number of the rule in its table."""


def pipe_clearance(lines: Lines, rules: Rules, block: int = BLOCK) -> tuple[Judged, Judged]:
    """Return what horizontal and vertical rules find among lines.

    Horizontally, each pair of features is judged where it lacks most outside of crossings; vertically, where it
    crosses. A pair of which the heights of one are not known is not judged vertically, and is counted.

    Parameters
    ----------
    lines
        Pipes, trees and kerbs.
    rules
        What is asked for.
    block
        Pieces whose neighbours are sought at a time; bounds the memory, not the answer.
    """
    neighbours = Neighbours(lines)
    found = _together([no_pairs(), *near_pairs(lines, rules, neighbours, block)])
    crossing = found.take(found.crosses)
    beside = found.take(~found.crosses | found.along)
    horizontal = _horizontal(lines, rules, beside, Crossings(lines, crossing, neighbours))
    vertical, unknown = _vertical(lines, rules, crossing)
    left_out = {"clearance_depth_unknown": unknown}
    return (
        _judged("horizontal", lines, rules.horizontal, horizontal, lines.plan_m),
        _judged("vertical", lines, rules.vertical, vertical, lines.height_m, left_out),
    )


def _together(parts: Sequence[Pairs]) -> Pairs:
    return Pairs(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Pairs.__dataclass_fields__}
    )


def _level(lines: Lines, f: Integers, g: Integers) -> Integers:
    return np.asarray(lines.larger[f] | lines.larger[g]).astype(np.int64)


def _horizontal(lines: Lines, rules: Rules, pairs: Pairs, crossings: Crossings) -> Measured:
    """Measure what lies beside each other."""
    f, g = lines.owner[pairs.i], lines.owner[pairs.j]
    rule = rules.horizontal.index[lines.code[f], lines.code[g], _level(lines, f, g)]
    pairs, f, g, rule = pairs.take(rule >= 0), f[rule >= 0], g[rule >= 0], rule[rule >= 0]
    asked = np.array([one.required_m for one in rules.horizontal.rules])[rule]
    limit = asked + np.hypot(lines.plan_m[f], lines.plan_m[g]) + lines.half_width_m[f] + lines.half_width_m[g]
    kept = pairs.plan_m < limit
    whole = np.zeros(len(f)), np.ones(len(f))
    near = Stretches(pairs, *whole, limit, 2 * limit).take(kept)
    rest = outside_crossings(lines, near, crossings).pairs
    f, g = lines.owner[rest.i], lines.owner[rest.j]
    clear = rest.plan_m - lines.half_width_m[f] - lines.half_width_m[g]
    return _tightest(lines, rules.horizontal, rest, clear)


def _vertical(lines: Lines, rules: Rules, pairs: Pairs) -> tuple[Measured, int]:
    """Measure crossings; also return how many pairs of features could not be."""
    f, g = lines.owner[pairs.i], lines.owner[pairs.j]
    asked = rules.vertical.index[lines.code[f], lines.code[g], _level(lines, f, g)] >= 0
    known = lines.depth_known[f] & lines.depth_known[g]
    heights = np.isfinite(lines.start[:, 2] + lines.end[:, 2])
    known &= heights[pairs.i] & heights[pairs.j]
    unknown = pairs.take(asked & ~known)
    number = len(np.unique(_pair_key(lines, unknown)))
    pairs = pairs.take(asked & known)
    return _tightest(lines, rules.vertical, pairs, vertical_gap(lines, pairs)), number


def _pair_key(lines: Lines, pairs: Pairs) -> Integers:
    low, high = np.sort(np.stack([lines.owner[pairs.i], lines.owner[pairs.j]]), axis=0)
    return np.asarray(low * len(lines.feature_id) + high)


def _tightest(lines: Lines, table: PairTable, pairs: Pairs, clear: Floats) -> Measured:
    """Keep, of each pair of features, the pieces between which there is least room."""
    key = _pair_key(lines, pairs)
    order = np.lexsort((clear, key))  # of equal ones the first that was found
    first = order[np.flatnonzero(np.diff(key[order], prepend=-1))]
    pairs, clear = pairs.take(first), clear[first]
    f, g = lines.owner[pairs.i], lines.owner[pairs.j]
    return Measured(pairs, clear, table.index[lines.code[f], lines.code[g], _level(lines, f, g)])


def _judged(
    name: str,
    lines: Lines,
    table: PairTable,
    found: Measured,
    tolerance: Floats,
    left_out: dict[str, int] | None = None,
) -> Judged:
    pairs = found.pairs
    f, g = lines.owner[pairs.i], lines.owner[pairs.j]
    # A pipe comes first, whatever it is near to.
    thing = np.isin(lines.code[f], [CLASSES.index(one) for one in THINGS])
    one, other = np.where(thing, g, f), np.where(thing, f, g)
    both_pipes = ~np.isin(lines.code[other], [CLASSES.index(thing) for thing in THINGS])
    rows = {
        "feature_id": lines.feature_id[one],
        "other_id": lines.feature_id[other],
        "other_kind": np.where(both_pipes, WORDS.index("pipe"), lines.code[other]),
        "class_a": lines.code[one],
        "class_b": lines.code[other],
        "measured_m": found.measured_m,
        "tolerance_m": np.hypot(tolerance[f], tolerance[g]),
    }

    def placed(kept: Integers) -> dict[str, Floats]:
        some = pairs.take(kept)
        at = (
            place(lines.start[some.i], lines.end[some.i], some.s)
            + place(lines.start[some.j], lines.end[some.j], some.t)
        ) / 2
        deep = both_pipes[kept] & lines.depth_known[f[kept]] & lines.depth_known[g[kept]]
        space = np.where(deep, distance_in_space(lines, some), np.nan)
        return {"space_m": space, "x": at[:, 0], "y": at[:, 1], "z": at[:, 2]}

    return judged(name, rows, table.rules, found.rule, left_out, placed)
