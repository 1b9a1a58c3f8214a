"""Checks of single pipes: levels, length, slope, ends, what must be known of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.checks.findings import Finding
from cim.etl.checks.pipe_tables import WIRES, Pipes
from cim.etl.checks.register import tolerance

_ENDS = (("start", "起点"), ("end", "终点"))


def level_mismatches(pipes: Pipes) -> Iterator[Finding]:
    """Ground = depth + level, at each end."""
    ground = np.append(pipes.points.numbers["ground_level_m"], np.nan)
    for (end, title), at in zip(_ENDS, pipes.at, strict=True):
        gap = ground[at] - pipes.lines.numbers[f"{end}_depth_m"] - pipes.lines.numbers[f"{end}_level_m"]
        rows = np.flatnonzero(np.abs(np.nan_to_num(gap)) > tolerance("level.mismatch", "gap_m") + 1e-9)
        place = pipes.lines.ends[rows, 0 if end == "start" else 1, :2]
        yield Finding("level.mismatch", rows, {"gap": gap[rows], "end": title}, place)


def lengths(pipes: Pipes) -> Iterator[Finding]:
    """Lines that are too short or too long between survey points."""
    step = pipes.lines.ends[:, 1] - pipes.lines.ends[:, 0]
    length = np.sqrt((step**2).sum(axis=1))
    shortest, longest = tolerance("line.length", "shortest_m"), tolerance("line.length", "longest_m")
    rows = np.flatnonzero(pipes.surveyed & ((length < shortest) | (length > longest)))
    values = {"length": length[rows], "shortest": shortest, "longest": longest}
    yield Finding("line.length", rows, values, pipes.middle(rows))


def slopes(pipes: Pipes) -> Iterator[Finding]:
    """Lines that are steeper than their kind can be."""
    code = "line.slope"
    first, last = pipes.levels
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.abs(last - first) / pipes.run
        most = np.where(pipes.gravity, tolerance(code, "gravity"), tolerance(code, "other"))
        rows = np.flatnonzero(pipes.surveyed & (pipes.run >= tolerance(code, "run_m")) & (slope > most))
    yield Finding(code, rows, {"slope": slope[rows], "run": pipes.run[rows]}, pipes.middle(rows))


def uphill(pipes: Pipes) -> Iterator[Finding]:
    """Gravity pipes that rise along their stated flow."""
    first, last = pipes.levels
    stated = pipes.lines.numbers["flow_direction"]
    rise = np.where(stated == 0, last - first, np.where(stated == 1, first - last, np.nan))
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(pipes.gravity & (rise > tolerance("line.adverse_fall", "rise_m")))
    yield Finding("line.adverse_fall", rows, {"rise": rise[rows]}, pipes.middle(rows))


def parallels(pipes: Pipes) -> Iterator[Finding]:
    """Lines between two points that another line joins, either way round."""
    start, end = pipes.at
    rows = np.flatnonzero(pipes.joined & pipes.surveyed)
    pair = np.minimum(start, end)[rows] * len(pipes.points) + np.maximum(start, end)[rows]
    order = np.argsort(pair, kind="stable")
    again = np.sort(rows[order[1:]][np.diff(pair[order]) == 0])
    values = {"start": pipes.points.named(start[again]), "end": pipes.points.named(end[again])}
    yield Finding("line.parallel", again, values, pipes.middle(again))


def ends_off_points(pipes: Pipes) -> Iterator[Finding]:
    """Lines drawn to another place than their point's."""
    for side, ((_, title), at) in enumerate(zip(_ENDS, pipes.at, strict=True)):
        rows = np.flatnonzero(at >= 0)
        step = pipes.lines.ends[rows, side, :2] - pipes.points.ends[at[rows], 0, :2]
        distance = np.hypot(step[:, 0], step[:, 1])
        with np.errstate(invalid="ignore"):
            off = distance > tolerance("line.end_off_point", "distance_m")
        rows = rows[off]
        values = {"end": title, "distance": distance[off], "node": pipes.points.named(at[rows])}
        yield Finding("line.end_off_point", rows, values, pipes.lines.ends[rows, side, :2])


def unknowns(pipes: Pipes) -> Iterator[Finding]:
    """Pipes of which the material, or for gas the pressure, is not told."""
    lines = pipes.lines
    network, kind = lines.word("network"), lines.word("kind")
    piped = pipes.surveyed & ~np.isin(network, WIRES) & ((kind == "pipe") | (kind == None))  # noqa: E711 - elementwise
    rows = np.flatnonzero(piped & ~lines.has("material") & ~lines.has("material_raw"))
    yield Finding("line.no_material", rows, {}, pipes.middle(rows))
    silent = ~np.isfinite(lines.numbers["pressure_mpa"]) & ~lines.has("pressure_raw")
    rows = np.flatnonzero(piped & (network == "gas") & silent)
    yield Finding("line.no_pressure", rows, {}, pipes.middle(rows))
