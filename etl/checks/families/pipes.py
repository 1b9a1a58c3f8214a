"""Pipelines, as surveys are checked: over the whole source, since a network is more than its records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks import pipe_flow, pipe_lines, pipe_points
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding, Ints, Told
from cim.etl.checks.pipe_rows import Collected
from cim.etl.checks.pipe_tables import Pipes

OF_POINTS = (
    pipe_points.orphans,
    pipe_points.branches,
    pipe_points.coincident,
    pipe_points.differing_levels,
    pipe_points.shallow_wells,
)
"""Checks whose findings are points."""

OF_LINES = (
    pipe_lines.level_mismatches,
    pipe_lines.lengths,
    pipe_lines.slopes,
    pipe_lines.uphill,
    pipe_lines.parallels,
    pipe_lines.ends_off_points,
    pipe_lines.unknowns,
    pipe_flow.shrinking,
    pipe_flow.leaving_high,
    pipe_flow.sharp_turns,
    pipe_flow.cut_off,
)
"""Checks whose findings are lines."""


def self_loops(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Lines that begin and end at one point."""
    frame = batch.frame
    if not {"start_node_key", "end_node_key"} <= set(frame):
        return
    start, end = frame["start_node_key"], frame["end_node_key"]
    rows = np.flatnonzero(start.eq(end).to_numpy(dtype=bool, na_value=False) & start.notna().to_numpy())
    if len(rows):
        yield Finding("line.self_loop", rows, {"start_node_key": start.iloc[rows].to_numpy(dtype=object)})


class Networks:
    """Collects the points and lines of a source."""

    def __init__(self, context: Context) -> None:
        self._terrain = context.terrain
        self._taken = {theme: Collected(theme) for theme in ("pipe_node", "pipe_segment")}

    def take(self, batch: Batch, rows: Ints) -> None:
        """Take the kept rows of a batch."""
        kept = batch.frame if len(rows) == len(batch.frame) else batch.frame.iloc[rows]
        if len(kept):
            self._taken[batch.theme].take(kept)

    def finish(self) -> Iterator[tuple[Told, Finding]]:
        """Yield what was found on points, then on lines."""
        pipes = Pipes(self._taken["pipe_node"].table(), self._taken["pipe_segment"].table())
        terrain = self._terrain
        grounds = (partial(pipe_points.off_terrain, terrain=terrain),) if terrain is not None else ()
        for checks, table in (((*OF_POINTS, *grounds), pipes.points), (OF_LINES, pipes.lines)):
            for check in checks if len(table) and len(pipes.points) else ():
                for finding in check(pipes):
                    if len(finding.rows):
                        yield table.told, finding


FAMILY = Family(themes=frozenset({"pipe_node", "pipe_segment"}), batch=self_loops, source=Networks)
