"""Pipeline surveys in the form of Chinese census tables (管点表, 管线表): a workbook, or a folder of CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.readers.pipe_survey_checks import remark_on_lines, remark_on_points
from cim.etl.readers.pipe_survey_codes import CODE_TABLES, Codes, codes
from cim.etl.readers.pipe_survey_csv import CHUNK
from cim.etl.readers.pipe_survey_mapping import Dialect, dialect
from cim.etl.readers.pipe_survey_networks import REMEDY, class_codes, given_network, networks_of
from cim.etl.readers.pipe_survey_nodes import Places, device_frame, node_frame, node_heights, node_kinds, placed
from cim.etl.readers.pipe_survey_originals import with_originals
from cim.etl.readers.pipe_survey_reading import Survey, read_table
from cim.etl.readers.pipe_survey_repeats import refuse_repeated
from cim.etl.readers.pipe_survey_segments import Ends, Laid, joined, laid, named, segment_frame, without_height
from cim.etl.readers.pipe_survey_tables import Table, tables
from cim.manifest import SourceSpec

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Job:
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


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield nodes, segments and devices of every network of a survey.

    Options: `axis_order` (north_east unless told), `network`, `classes`, `columns`, `columns_file`, `materials`,
    `burials`, `features`, `appurtenances`, `depth_reference`.

    Raises
    ------
    BadSource
        It is no workbook or folder of CSV files, lacks a table or a column, has no CRS, or holds coordinates that
        lie outside the area where the CRS is used.
    """
    found = _pairs(source.path, tables(source.path))
    if not source.crs:
        raise MissingCrs(source.path)
    job = _Job(
        source,
        transformation(source.crs, city, source.path, height_offset_m=source.height_offset_m),
        codes(source.options, source.path),
        dialect(source),
        given_network(source),
        _reference_option(source),
    )
    for points, lines in found:
        yield from _pair(job, points, lines)


def _pairs(path: Path, found: Sequence[Table]) -> list[tuple[Table, Table]]:
    """Put the point table and the line table of each network together."""
    points = {table.prefix: table for table in found if table.is_points}
    lines = {table.prefix: table for table in found if not table.is_points}
    for mine, other, wanted in ((points, lines, "lines (管线表)"), (lines, points, "points (管点表)")):
        for prefix, table in mine.items():
            if prefix not in other:
                remedy = f"add the sheet, or name the two alike: {prefix}管点表 and {prefix}管线表"
                raise BadSource(path, f"{table.name} has no table of {wanted} beside it", remedy)
    return [(table, lines[prefix]) for prefix, table in points.items()]


def _reference_option(source: SourceSpec) -> str | None:
    """Return option `depth_reference`."""
    given = source.options.get("depth_reference")
    if given not in (None, "crown", "invert", "axis"):
        raise BadSource(source.path, f"options.depth_reference = {given!r}", "give crown, invert or axis")
    return given


def _pair(job: _Job, points: Table, lines: Table) -> Iterator[Batch]:
    """Yield the batches of one point table and its line table."""
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
    yield from _node_batches(job, nodes, places, ends, found, points)
    del nodes
    rejects = with_originals(lines, job.dialect.lines, segments.rejects)
    segments = named(segments, ends, len(places.keys))

    def frame(rows: slice) -> pd.DataFrame:
        some = segments.part(segments.frame.iloc[rows])
        return segment_frame(some, places, ends.take(rows), class_codes(some, lines), found.take(rows), job.offset)

    yield from _batches(job, "pipe_segment", frame, len(segments.frame), rejects)


def _with_networks(
    job: _Job, nodes: Survey, segments: Survey, ends: Ends, places: Places, pair: tuple[Table, Table]
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


def _node_batches(job: _Job, nodes: Survey, places: Places, ends: Ends, found: Laid, table: Table) -> Iterator[Batch]:
    """Yield points and the devices on them."""
    count = len(places.keys)
    both = np.concatenate([ends.start, ends.end])
    remark_on_points(nodes, np.bincount(both, minlength=count))
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, both, np.concatenate([found.start_axis, found.end_axis]))
    height = node_heights(places, np.where(np.isfinite(lowest), lowest, np.nan), nodes.numbers("well_depth_m"))
    flat = ~np.isfinite(height)
    nodes.refuse(flat, "height.missing", "has no ground level and is on no line", "survey its ground level (地面高程)")
    kinds, devices, flow = node_kinds(nodes, job.codes)
    places, height, on = places.take(~flat), height[~flat], np.flatnonzero(~pd.isna(devices))

    def frame(rows: slice | Ints) -> pd.DataFrame:
        some = nodes.part(nodes.frame.iloc[rows])
        codes = class_codes(some, table)
        return node_frame(some, places.take(rows), codes, height[rows], flow[rows], kinds[rows])

    rejects = with_originals(table, job.dialect.points, nodes.rejects)
    yield from _batches(job, "pipe_node", frame, len(nodes.frame), rejects)

    def standing(rows: slice) -> pd.DataFrame:
        return device_frame(frame(on[rows]), devices[on[rows]], nodes.frame.iloc[on[rows]])

    if len(on):
        yield from _batches(job, "pipe_device", standing, len(on), [])


def _batches(
    job: _Job, theme: str, frame: Callable[[slice], pd.DataFrame], count: int, rejects: Sequence[Reject]
) -> Iterator[Batch]:
    """Yield so many rows in parts, each made when its turn comes; the rejects with the first."""
    told: dict[str, Any] = {
        "crs": job.transform.crs,
        "pipeline": job.transform.pipeline,
        "accuracy_m": job.transform.accuracy_m,
    }
    for begin in range(0, max(count, 1), CHUNK):
        part = frame(slice(begin, begin + CHUNK))
        yield Batch(theme, part, rejects=rejects if begin == 0 else (), **told)


READER = Reader(
    kind="pipe_survey",
    title="Pipeline survey tables (管点表, 管线表): workbook or CSV files",
    read=read,
    options=frozenset({"axis_order", "network", "columns", "columns_file", "depth_reference", *CODE_TABLES}),
)
