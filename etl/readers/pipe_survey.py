"""Pipeline surveys in the form of Chinese census tables (管点表, 管线表): a workbook, or a folder of CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.city import CityProfile
from cim.crs import transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.batch import Batch, MendedRow, Reader, Reject
from cim.etl.readers.pipe_survey_codes import CODE_TABLES, codes
from cim.etl.readers.pipe_survey_csv import CHUNK
from cim.etl.readers.pipe_survey_mapping import dialect
from cim.etl.readers.pipe_survey_networks import class_codes, given_network
from cim.etl.readers.pipe_survey_nodes import device_frame, node_frame
from cim.etl.readers.pipe_survey_pair import Job, Lines, Points, settled
from cim.etl.readers.pipe_survey_segments import segment_frame
from cim.etl.readers.pipe_survey_tables import Table, tables
from cim.manifest import SourceSpec

Ints = npt.NDArray[np.int64]


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
    return read_mended(source, city, lambda _: None)


def read_mended(source: SourceSpec, city: CityProfile, mended: MendedRow) -> Iterator[Batch]:
    """Yield what `read` yields, mended cells in the place of those of refused rows.

    A row is only what it is among the others (a line hangs on its points): so the tables are read once more with
    what was mended of the rows refused, until no refused row is.
    """
    readable, left = tables(source.path)
    found = _pairs(source.path, readable)
    if not source.crs:
        raise MissingCrs(source.path)
    job = Job(
        source,
        transformation(source.crs, city, source.path, height_offset_m=source.height_offset_m),
        codes(source.options, source.path),
        dialect(source),
        given_network(source),
        _reference_option(source),
    )
    remarks = [_not_read(name) for name in left]
    for tables_of_one in found:
        points, lines = settled(job, *tables_of_one, mended)
        points, remarks = replace(points, rejects=[*remarks, *points.rejects]), []
        yield from _node_batches(job, points)
        del points
        yield from _line_batches(job, lines)


def _not_read(name: str) -> Reject:
    """Remark on a sheet or file that is named much like a table, but is none."""
    return Reject(
        record=name,
        code="table.not_read",
        reason=f"{name} is not read: by its name it holds neither points (…管点表) nor lines (…管线表)",
        remedy="name it so where it is to be read",
        theme="pipe_node",
        severity="warning",
        reason_zh=f"{name} 未读取：名称既非管点表也非管线表",
    )


def _pairs(path: Path, found: Sequence[Table]) -> list[tuple[Table, Table]]:
    """Put the point table and the line table of each network together."""
    points, lines = _by_network(path, found, is_points=True), _by_network(path, found, is_points=False)
    for mine, other, wanted in ((points, lines, "lines (管线表)"), (lines, points, "points (管点表)")):
        for prefix, table in mine.items():
            if prefix not in other:
                remedy = f"add the sheet, or name the two alike: {prefix}管点表 and {prefix}管线表"
                raise BadSource(path, f"{table.name} has no table of {wanted} beside it", remedy)
    return [(table, lines[prefix]) for prefix, table in points.items()]


def _by_network(path: Path, found: Sequence[Table], *, is_points: bool) -> dict[str, Table]:
    """Return the tables of one kind by the network that their names tell; of each there is one."""
    tables: dict[str, Table] = {}
    for table in found:
        if table.is_points == is_points and tables.setdefault(table.prefix, table) is not table:
            what = (
                f"{tables[table.prefix].name} and {table.name} are both tables of {'points' if is_points else 'lines'}"
            )
            remedy = "name them by different networks (JS管点表, WS管点表), or put their rows into one"
            raise BadSource(path, f"{what} of one network", remedy)
    return tables


def _reference_option(source: SourceSpec) -> str | None:
    """Return option `depth_reference`."""
    given = source.options.get("depth_reference")
    if given not in (None, "crown", "invert", "axis"):
        raise BadSource(source.path, f"options.depth_reference = {given!r}", "give crown, invert or axis")
    return given


def _node_batches(job: Job, points: Points) -> Iterator[Batch]:
    """Yield points and the devices on them."""
    nodes, on = points.survey, np.flatnonzero(~pd.isna(points.devices))

    def frame(rows: slice | Ints) -> pd.DataFrame:
        some = nodes.part(nodes.frame.iloc[rows])
        codes, places, height = class_codes(some, points.table), points.places.take(rows), points.height[rows]
        return node_frame(some, places, codes, height, points.flow[rows], points.kinds[rows])

    yield from _batches(job, "pipe_node", frame, len(nodes.frame), points)

    def standing(rows: slice) -> pd.DataFrame:
        return device_frame(frame(on[rows]), points.devices[on[rows]], nodes.frame.iloc[on[rows]])

    if len(on):
        yield from _batches(job, "pipe_device", standing, len(on))


def _line_batches(job: Job, lines: Lines) -> Iterator[Batch]:
    """Yield lines."""
    survey = lines.survey

    def frame(rows: slice) -> pd.DataFrame:
        some = survey.part(survey.frame.iloc[rows])
        codes = class_codes(some, lines.table)
        return segment_frame(some, lines.places, lines.ends.take(rows), codes, lines.found.take(rows), job.offset)

    yield from _batches(job, "pipe_segment", frame, len(survey.frame), lines)


def _batches(
    job: Job, theme: str, frame: Callable[[slice], pd.DataFrame], count: int, part: Points | Lines | None = None
) -> Iterator[Batch]:
    """Yield so many rows in parts, each made when its turn comes; what a table's are refused for with the first."""
    rejects = () if part is None else part.rejects
    mended = frozenset() if part is None else frozenset(f"{part.table.name}!{number}" for number in part.table.mended)
    told: dict[str, Any] = {
        "crs": job.transform.crs,
        "pipeline": job.transform.pipeline,
        "accuracy_m": job.transform.accuracy_m,
    }
    for begin in range(0, max(count, 1), CHUNK):
        some = frame(slice(begin, begin + CHUNK))
        yield Batch(theme, some, rejects=rejects if begin == 0 else (), mended=mended, **told)


READER = Reader(
    kind="pipe_survey",
    title="Pipeline survey tables (管点表, 管线表): workbook or CSV files",
    read=read,
    read_mended=read_mended,
    options=frozenset({"axis_order", "network", "columns", "columns_file", "depth_reference", *CODE_TABLES}),
)
