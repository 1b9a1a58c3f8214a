"""A survey's points and lines, read together: a row is only what it is among the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.crs import Transformation
from cim.etl.batch import MendedRow, Reject
from cim.etl.readers.pipe_survey_checks import remark_on_lines, remark_on_points
from cim.etl.readers.pipe_survey_codes import Codes
from cim.etl.readers.pipe_survey_mapping import Dialect
from cim.etl.readers.pipe_survey_networks import REMEDY, networks_of
from cim.etl.readers.pipe_survey_nodes import Places, node_heights, node_kinds, placed
from cim.etl.readers.pipe_survey_originals import row_number, with_originals
from cim.etl.readers.pipe_survey_reading import Survey, read_table
from cim.etl.readers.pipe_survey_repeats import refuse_repeated
from cim.etl.readers.pipe_survey_segments import Ends, Laid, joined, laid, named, without_height
from cim.etl.readers.pipe_survey_tables import Table
from cim.manifest import SourceSpec

Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Job:
    """What holds for all tables of a source."""

    source: SourceSpec
    transform: Transformation
    codes: Codes
    dialect: Dialect
    network: str | None
    reference: str | None

    @property
    def offset(self) -> float:
        """Added to surveyed levels to reach the city's datum, metres."""
        return self.source.height_offset_m


@dataclass(frozen=True)
class Points:
    """Points of a table that are kept, and what is told of the others."""

    table: Table
    survey: Survey
    places: Places
    height: npt.NDArray[np.float64]
    kinds: Names
    devices: Names
    flow: Names
    rejects: Sequence[Reject]


@dataclass(frozen=True)
class Lines:
    """Lines of a table that are kept, and what is told of the others."""

    table: Table
    survey: Survey
    places: Places
    ends: Ends
    found: Laid
    rejects: Sequence[Reject]


def settled(job: Job, points: Table, lines: Table, mended: MendedRow) -> tuple[Points, Lines]:
    """Read two tables; as long as refused rows of theirs are mended, once more with the mended cells."""
    cells: dict[bool, dict[int, Mapping[str, Any]]] = {True: {}, False: {}}
    while True:
        mine = replace(points, mended=cells[True]), replace(lines, mended=cells[False])
        pair = _pair(job, *mine)
        again = False
        for part in pair:
            for reject in part.rejects:
                found = mended(reject) if reject.severity == "error" else None
                if found is not None:
                    cells[part.table.is_points][row_number(reject)] = found
                    again = True
        if not again:
            return pair


def _pair(job: Job, points: Table, lines: Table) -> tuple[Points, Lines]:
    """Read one point table and its line table, and tell what is refused and remarked on."""
    nodes, segments = read_table(points, job.dialect.points), read_table(lines, job.dialect.lines)
    places = placed(nodes, job.source, job.transform)
    ends = joined(segments, places)
    ends = ends.take(refuse_repeated(segments, ends))
    places = _with_networks(job, nodes, segments, ends, places, (points, lines))
    ends = joined(segments, places)
    bare = without_height(segments, places, ends)
    segments.refuse(bare, "depth.missing", "has neither level nor depth at an end", "survey the depth, or the level")
    ends = ends.take(~bare)
    found = laid(segments, places, ends, job.codes, job.reference, job.offset)
    remark_on_lines(segments, places, ends, found, job.offset)
    mine = _points(job, nodes, places, ends, found, points)
    rejects = with_originals(lines, job.dialect.lines, segments.rejects)
    return mine, Lines(lines, named(segments, ends, len(places.keys)), places, ends, found, rejects)


def _with_networks(
    job: Job, nodes: Survey, segments: Survey, ends: Ends, places: Places, pair: tuple[Table, Table]
) -> Places:
    """Give each row its network, where it is not told its neighbour's; refuse rows that have none.

    Returns
    -------
    Places
        Those of the points that are left.
    """
    of_nodes = networks_of(nodes, pair[0], job.codes, job.network)
    of_lines = networks_of(segments, pair[1], job.codes, job.network)
    missing = pd.isna(of_lines)
    of_lines[missing] = of_nodes[ends.start[missing]]
    for at in (ends.start, ends.end):
        filled = pd.isna(of_nodes[at]) & ~pd.isna(of_lines)
        of_nodes[at[filled]] = of_lines[filled]
    for survey, networks in ((nodes, of_nodes), (segments, of_lines)):
        survey.frame = survey.frame.assign(network=networks)
        survey.refuse(pd.isna(networks), "network.unknown", "belongs to no known network", REMEDY)
    return places.take(~pd.isna(of_nodes))


def _points(job: Job, nodes: Survey, places: Places, ends: Ends, found: Laid, table: Table) -> Points:
    """Give each point its height and kind; refuse those that have none."""
    count = len(places.keys)
    both = np.concatenate([ends.start, ends.end])
    remark_on_points(nodes, np.bincount(both, minlength=count))
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, both, np.concatenate([found.start_axis, found.end_axis]))
    height = node_heights(places, np.where(np.isfinite(lowest), lowest, np.nan), nodes.numbers("well_depth_m"))
    flat = ~np.isfinite(height)
    nodes.refuse(flat, "height.missing", "has no ground level and is on no line", "survey its ground level (地面高程)")
    kinds = node_kinds(nodes, job.codes)
    rejects = with_originals(table, job.dialect.points, nodes.rejects)
    return Points(table, nodes, places.take(~flat), height[~flat], *kinds, rejects)
