"""Clearance of a made-up city: our search in flat arrays against a plain loop over shapely geometries.

    python benchmarks/clearance_vs_shapely.py                 # 20,000 segments, both, in turns, equal findings
    python benchmarks/clearance_vs_shapely.py --ours 1000000  # ours alone, with the memory it took

The loop is what one would write first: an R-tree, `distance` and `intersection` of two lines at a time, buffers cut out
round crossings. It says the same of every pair; the test of the suite runs it too.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import statistics
import time
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import shapely

from cim.analytics.network.clearance.pieces import Lines, lines_of
from cim.analytics.network.clearance.pipes import pipe_clearance
from cim.analytics.network.clearance.verdicts import Judged
from cim.analytics.network.rules.tables import CLASSES, Rules, load_rules

Found = dict[tuple[str, int, int], tuple[float, str]]
"""By rule and pair of feature ids: what was measured, and the verdict."""
Measured = dict[tuple[str, int, int], tuple[float, float, float]]
"""The same: measured, asked, tolerance."""
Places = dict[tuple[int, ...], list[tuple[int, int, shapely.Point]]]
"""Crossings by the groups that cross: both features, and where."""

LANES = {
    "tel_conduit": (6.5, 1.18, 0.15), "gas_midA": (5.0, 1.62, 0.08), "water_le200": (2.2, 2.05, 0.11),
    "sewer_storm": (0.3, 3.4, 0.25), "heat_buried": (-3.0, 2.77, 0.16), "power_conduit": (-6.2, 0.65, 0.2),
    "water_gt200": (-1.4, 2.4, 0.2),
}  # fmt: skip
"""Offset from the centre of the street, depth of the axis and half size, metres."""
BLOCK_M, PIECE_M = 120.0, 20.0


def made_up_city(segments: int, seed: int = 7) -> Lines:
    """Return pipes below a grid of streets, each place off by up to some decimetres."""
    rng = np.random.default_rng(seed)
    a_street = int(BLOCK_M / PIECE_M) * len(LANES)
    side = max(2, round(np.sqrt(segments / (2 * a_street))))
    shares = np.arange(0, BLOCK_M + 1, PIECE_M)
    found, of = [], []
    for number, (name, (offset, depth, half)) in enumerate(LANES.items()):
        u, v = (index.ravel() for index in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
        for turned in (False, True):
            along = u[:, None] * BLOCK_M + shares[None, :]
            across = np.broadcast_to((v * BLOCK_M + offset)[:, None], along.shape)
            xy = np.stack([across, along] if turned else [along, across], axis=-1)
            xy = xy + rng.normal(0, 0.25, xy.shape)
            z = 200 - depth + rng.normal(0, 0.12, xy.shape[:2])
            line = np.concatenate([xy, z[..., None]], axis=-1)
            pieces = np.stack([line[:, :-1], line[:, 1:]], axis=2).reshape(-1, 2, 3)
            found.append(pieces)
            of.append(np.tile([CLASSES.index(name), number, half], (len(pieces), 1)))
    pieces, told = np.concatenate(found), np.concatenate(of)
    count = len(pieces)
    return lines_of(
        shapely.linestrings(pieces),
        feature_id=np.arange(1, count + 1),
        group=told[:, 1].astype(np.int64),
        code=told[:, 0].astype(np.int64),
        larger=np.zeros(count, np.bool_),
        half_width_m=told[:, 2],
        half_height_m=told[:, 2],
        plan_m=np.full(count, 0.1),
        height_m=np.full(count, 0.15),
        depth_known=np.ones(count, np.bool_),
    )


class PlainLoop:
    """The same question, pair by pair."""

    def __init__(self, lines: Lines, rules: Rules) -> None:
        self.lines, self.rules = lines, rules
        self.flat = [
            shapely.Point(p) if np.array_equal(p, q) else shapely.LineString([p, q])
            for p, q in zip(lines.start[:, :2], lines.end[:, :2], strict=True)
        ]
        self.asked = rules.horizontal.required_m(), rules.vertical.required_m()

    def findings(self) -> Found:
        """Return, by rule and pair of feature ids, what was measured and the verdict, compliant ones left out."""
        lines = self.lines
        tree = shapely.STRtree(self.flat)
        widest = np.nanmax(self.asked[0][np.ix_(np.unique(lines.code), np.unique(lines.code))], initial=0.0)
        reach = widest + 2 * lines.half_width_m.max() + 2 * lines.plan_m.max()
        pairs = []
        for i, line in enumerate(self.flat):
            pairs += [(i, int(j)) for j in tree.query(line, predicate="dwithin", distance=reach) if j > i]
        pairs = [(i, j) for i, j in pairs if not self.hang_together(lines.owner[i], lines.owner[j])]
        crossings = [(i, j) for i, j in pairs if self.crosses(i, j)]
        places: Places = {}
        for i, j in crossings:
            at = shapely.get_point(shapely.shortest_line(self.flat[i], self.flat[j]), 0)
            f, g = int(lines.owner[i]), int(lines.owner[j])
            key = tuple(sorted((int(lines.group[f]), int(lines.group[g]))))
            places.setdefault(key, []).append((f, g, at))
        trees = {key: shapely.STRtree([at for _, _, at in some]) for key, some in places.items()}
        told: Measured = {}
        for i, j in crossings:
            if "Point" not in (self.flat[i].geom_type, self.flat[j].geom_type):  # trees have no top
                self.keep(told, "vertical", i, j, self.gap(i, j), lines.height_m)
        for i, j in pairs:
            self.keep(told, "horizontal", i, j, self.beside(i, j, places, trees), lines.plan_m)
        out = {}
        for key, (clear, asked, tolerance) in told.items():
            if clear - tolerance < asked:
                out[key] = (clear, "violation" if clear + tolerance < asked else "suspected")
        return out

    def keep(
        self, told: Measured, rule: str, i: int, j: int, clear: float | None, tolerance: npt.NDArray[np.float64]
    ) -> None:
        """Keep the tighter of what was measured for a pair of features."""
        f, g = int(self.lines.owner[i]), int(self.lines.owner[j])
        level = int(self.lines.larger[f] or self.lines.larger[g])
        asked = self.asked[0 if rule == "horizontal" else 1][self.lines.code[f], self.lines.code[g], level]
        if clear is None or np.isnan(asked):
            return
        one, other = sorted((int(self.lines.feature_id[f]), int(self.lines.feature_id[g])))
        key = (rule, one, other)
        if key not in told or clear < told[key][0]:
            told[key] = (clear, float(asked), float(np.hypot(tolerance[f], tolerance[g])))

    def hang_together(self, f: int, g: int) -> bool:
        """Tell whether two features are one, share a node, or are joined by a third one of their group."""
        lines = self.lines
        if f == g:
            return True
        if lines.group[f] != lines.group[g]:
            return False
        ours, theirs = set(lines.ends[f].tolist()), set(lines.ends[g].tolist())
        return bool(ours & theirs) or any(self.joined(m, n) for m, n in itertools.product(ours, theirs))

    def joined(self, m: int, n: int) -> bool:
        """Tell whether a feature joins two nodes."""
        if not hasattr(self, "_edges"):
            self._edges = {tuple(sorted(pair)) for pair in self.lines.ends.tolist()}
        return tuple(sorted((m, n))) in self._edges

    def sine(self, i: int, j: int) -> float:
        """Return the sine of the angle in plan; 1 where a piece has no direction."""
        u, v = (self.lines.end[k, :2] - self.lines.start[k, :2] for k in (i, j))
        lengths = np.hypot(*u) * np.hypot(*v)
        return 1.0 if min(np.hypot(*u), np.hypot(*v)) < 1e-3 else abs(u[0] * v[1] - u[1] * v[0]) / lengths

    def walls(self, i: int, j: int) -> float:
        """Return the half widths of both, metres."""
        return float(self.lines.half_width_m[self.lines.owner[i]] + self.lines.half_width_m[self.lines.owner[j]])

    def crosses(self, i: int, j: int) -> bool:
        """Tell whether axes meet, or walls overlap at 30° and more."""
        distance = self.flat[i].distance(self.flat[j])
        return distance <= 1e-6 or (distance < self.walls(i, j) and self.sine(i, j) >= 0.5)

    def gap(self, i: int, j: int) -> float:
        """Return the clearance upwards where two pieces cross; of two along each other, at the tighter end too."""
        lines = self.lines
        half = sum(
            lines.half_height_m[lines.owner[k]] * np.hypot(1, self.rise(k) / self.flat[k].length) for k in (i, j)
        )
        at = [shapely.get_point(shapely.shortest_line(self.flat[i], self.flat[j]), 0)]
        if self.sine(i, j) < 0.5:
            ends = [*self.flat[i].boundary.geoms, *self.flat[j].boundary.geoms]
            at += [end for end in ends if max(end.distance(self.flat[k]) for k in (i, j)) < self.walls(i, j)]
        return float(min(abs(self.level(i, one) - self.level(j, one)) for one in at) - half)

    def rise(self, k: int) -> float:
        """Return by how much a piece rises, metres."""
        return float(self.lines.end[k, 2] - self.lines.start[k, 2])

    def level(self, k: int, at: shapely.Point) -> float:
        """Return the height of an axis at the place next to a point."""
        return float(self.lines.start[k, 2] + self.flat[k].project(at, normalized=True) * self.rise(k))

    def beside(self, i: int, j: int, places: Places, trees: dict[tuple[int, ...], shapely.STRtree]) -> float | None:
        """Return the clearance in plan outside of the surroundings of crossings; None: nothing is left, or far."""
        lines = self.lines
        f, g = int(lines.owner[i]), int(lines.owner[j])
        level = int(lines.larger[f] or lines.larger[g])
        asked = self.asked[0][lines.code[f], lines.code[g], level]
        if np.isnan(asked):
            return None
        limit = asked + np.hypot(lines.plan_m[f], lines.plan_m[g]) + self.walls(i, j)
        line = self.flat[i]
        if line.distance(self.flat[j]) >= limit or (self.crosses(i, j) and self.sine(i, j) >= 0.5):
            return None
        key = tuple(sorted((int(lines.group[f]), int(lines.group[g]))))
        near = trees[key].query(line, predicate="dwithin", distance=2 * limit) if key in trees else ()
        for a, b, at in (places[key][int(one)] for one in near):
            together = self.hang_together
            if (together(f, a) and together(g, b)) or (together(f, b) and together(g, a)):
                line = line.difference(at.buffer(2 * limit, quad_segs=512))
        gone = line.is_empty or 0 < line.length <= 1e-3
        distance = np.inf if gone else line.distance(self.flat[j])
        return float(distance - self.walls(i, j)) if distance < limit else None


def in_one_form(found: Iterable[Judged]) -> Found:
    """Return our findings in the form of the loop's."""
    out: Found = {}
    for judged in found:
        rows = judged.findings[["rule", "feature_id", "other_id", "measured_m", "verdict"]]
        out |= {(row[0], *sorted(row[1:3])): (row[3], row[4]) for row in rows.itertuples(index=False)}
    return out


def differences(one: Found, other: Found, tolerance_m: float = 1e-3) -> list[str]:
    """Return where two sets of findings differ: in pairs, or in what was measured by more than a tolerance."""
    out = [f"only in one of them: {key}" for key in one.keys() ^ other.keys()]
    for key in one.keys() & other.keys():
        if abs(one[key][0] - other[key][0]) > tolerance_m:
            out.append(f"{key}: {one[key]} against {other[key]}")
    return out


def main() -> None:
    """Measure both in turns, or ours alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", type=int, help="only ours, with so many segments")
    options = parser.parse_args()
    rules = load_rules()
    lines = made_up_city(options.ours or options.segments)
    print(f"{len(lines.feature_id):,} segments")
    pipe_clearance(made_up_city(1000), rules)  # what is imported on first use
    times: dict[str, list[float]] = {"ours": [], "loop": []}
    for _ in range(1 if options.ours else options.rounds):
        started = time.thread_time()
        ours = pipe_clearance(lines, rules)
        times["ours"].append(time.thread_time() - started)
        if not options.ours:
            started = time.thread_time()
            loop = PlainLoop(lines, rules).findings()
            times["loop"].append(time.thread_time() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    number = sum(len(judged.findings) for judged in ours)
    print(f"ours: {statistics.median(times['ours']):.2f} s, {number:,} findings, peak {peak:,.0f} MB")
    if not options.ours:
        ratio = statistics.median(b / a for a, b in zip(times["ours"], times["loop"], strict=True))
        print(f"loop: {statistics.median(times['loop']):.2f} s, {len(loop):,} findings; {ratio:.0f} times")
        differ = differences(in_one_form(ours), loop)
        print("\n".join(differ[:10]) or "equal findings")


if __name__ == "__main__":
    main()
