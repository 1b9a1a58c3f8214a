"""Pipes drawn as lines, and perhaps points, in layers of any vector file that GDAL reads.

Options: `lines`, `points` (layers), `network`, `columns` and `point_columns` (ours = theirs), `snap_m` (0.05), `z_is`
(axis, crown, invert: what the lines' heights are), `depth_reference`, and the code tables of pipe surveys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.errors import BadSource, MissingSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.columns import number_option
from cim.etl.places import length_m
from cim.etl.readers.pipe_layers_nodes import made_nodes, nearest_points
from cim.etl.readers.pipe_layers_reading import Layer, layer_names, line_ends, read_layer, refuse_no_lines
from cim.etl.readers.pipe_survey_codes import CODE_TABLES, Codes, codes
from cim.etl.readers.pipe_survey_csv import CHUNK
from cim.etl.readers.pipe_survey_networks import class_codes, given_network, networks_of
from cim.etl.readers.pipe_survey_nodes import Places, device_frame, node_frame, node_heights, node_kinds
from cim.etl.readers.pipe_survey_reading import Survey
from cim.etl.readers.pipe_survey_repeats import refuse_repeated
from cim.etl.readers.pipe_survey_segments import Laid, joined, laid, named, segment_frame, without_height
from cim.etl.readers.pipe_survey_tables import Table
from cim.etl.vector_file import OPTIONS
from cim.manifest import SourceSpec

Floats = npt.NDArray[np.float64]
_SNAP_M = 0.05
_MADE = "end at "
"""How the labels of nodes begin that stand in no layer."""
_REFERENCES = ("axis", "crown", "invert")
_REMEDY = "fill its class (管线类别), name the column with columns = { class_code = … }, or give options.network"


@dataclass(frozen=True)
class _Job:
    """What holds for a whole source."""

    source: SourceSpec
    codes: Codes
    network: str | None
    snap_m: float
    z_is: str
    reference: str | None


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield nodes, devices and segments.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, layer or column, it has no CRS, or an option cannot be used.
    """
    if not source.path.exists():
        raise MissingSource(source.path)
    job = _job(source)
    lines_name, points_name = layer_names(source)
    lines = read_layer(source, city, lines_name, is_points=False)
    refuse_no_lines(lines.survey)
    points = read_layer(source, city, points_name, is_points=True) if points_name else None
    nodes, places = _nodes(job, lines, points)
    _give_levels(lines.survey, source.height_offset_m)
    _give_networks(job, nodes, lines.survey, places)
    places = _with_networks(nodes, places)
    ends = joined(lines.survey, places)
    bare = without_height(lines.survey, places, ends)
    remedy = "draw the lines with heights, or give levels, or depths and points with a ground level"
    lines.survey.refuse(bare, "depth.missing", "has neither height, level nor depth at an end", remedy)
    ends = ends.take(~bare)
    ends = ends.take(refuse_repeated(lines.survey, ends))
    reference = job.z_is if _has_heights(lines.survey) else job.reference
    found = laid(lines.survey, places, ends, job.codes, reference, source.height_offset_m)
    told = {"crs": lines.way.crs, "pipeline": lines.way.pipeline, "accuracy_m": lines.way.accuracy_m}
    lowest = np.full(len(places.keys), np.inf)
    axes = np.concatenate([found.start_axis, found.end_axis])
    np.minimum.at(lowest, np.concatenate([ends.start, ends.end]), axes)
    yield from _node_batches(job, nodes, places, np.where(np.isfinite(lowest), lowest, np.nan), told)
    table = Table(source.path, lines_name, "", is_points=False)
    survey = named(lines.survey, ends, len(places.keys))
    frame = segment_frame(survey, places, ends, class_codes(survey, table), found, source.height_offset_m)
    frame["geom"] = _axes(lines.survey, found)
    frame["length_m"] = [length_m(shapely.get_coordinates(shape, include_z=True)) for shape in frame["geom"]]
    yield from _batches("pipe_segment", frame, lines.survey.rejects, told)


def _job(source: SourceSpec) -> _Job:
    """Look at the options."""
    snap_m = number_option(source, "snap_m", _SNAP_M)
    if not 0 <= snap_m <= 5:
        raise BadSource(source.path, f"options.snap_m = {snap_m:g}", "give metres from 0 to 5, e.g. snap_m = 0.05")
    z_is, reference = source.options.get("z_is", "axis"), source.options.get("depth_reference")
    for name, value in (("z_is", z_is), ("depth_reference", reference)):
        if value is not None and value not in _REFERENCES:
            raise BadSource(source.path, f"options.{name} = {value!r}", f"give one of {', '.join(_REFERENCES)}")
    tables = codes(source.options, source.path)
    return _Job(source, tables, given_network(source), snap_m, z_is, reference)


def _nodes(job: _Job, lines: Layer, points: Layer | None) -> tuple[Survey, Places]:
    """Return the nodes, and write into the lines which two each goes between.

    Points have the numbers that the file gives them; an end that no point lies near gets a node of its own.
    """
    survey = _points(points, job.source)
    ends = line_ends(lines.survey)[:, :, :2].reshape(-1, 2)
    drawn = _coordinates(survey)
    keys = np.full(len(ends), None, dtype=object)
    stated = np.column_stack([lines.survey.column(name) for name in ("start_node_key", "end_node_key")]).reshape(-1)
    if points is not None:
        at = nearest_points(ends, drawn, job.snap_m)
        near = at >= 0
        keys[near] = survey.frame["source_key"].to_numpy(dtype=object)[at[near]]
        # Numbers that the lines state count more than what lies near.
        told = np.asarray(pd.notna(stated), dtype=bool)
        keys[told] = stated[told]
    alone = np.asarray(pd.isna(keys), dtype=bool)
    made = made_nodes(ends[alone], job.snap_m)
    keys[alone] = made.keys[made.of_end]
    if points is not None and alone.any():
        some = np.asarray(alone.reshape(-1, 2).any(axis=1), dtype=bool)
        what = f"ends where no point lies within {job.snap_m:g} m; it gets a node of its own"
        lines.survey.remark(some, "line.end_without_point", what, "draw the point, or give a larger snap_m")
    pairs = keys.reshape(-1, 2)
    lines.survey.frame = lines.survey.frame.assign(start_node_key=pairs[:, 0], end_node_key=pairs[:, 1])
    index = pd.Index([f"{_MADE}{key}" for key in made.keys], dtype=object)
    added = pd.DataFrame({"source_key": made.keys}, index=index, dtype=object)
    survey.frame = pd.concat([survey.frame, added]) if len(survey.frame) else added
    x, y = np.concatenate([drawn, made.places]).T
    ground = survey.numbers("ground_level_m") + job.source.height_offset_m
    return survey, Places(pd.Index(survey.frame["source_key"].astype("str")), x, y, ground)


def _points(points: Layer | None, source: SourceSpec) -> Survey:
    """Return the points that have a place and a number of their own; without a layer of points there are none."""
    if points is None:
        return Survey(pd.DataFrame({"source_key": pd.Series([], dtype=object)}), "pipe_node", source.path)
    survey = points.survey
    kinds = shapely.get_type_id(survey.frame["shape"].to_numpy(dtype=object))
    survey.refuse(kinds != 0, "geometry.wrong_type", "is no point", "draw one point for each node")
    if "source_key" not in survey.frame:
        at = _coordinates(survey)
        survey.frame = survey.frame.assign(source_key=[f"{x:.3f},{y:.3f}" for x, y in at.tolist()])
    bare = survey.column("source_key").isna().to_numpy()
    survey.refuse(bare, "key.missing", "has no number", "give it one, or name its column in point_columns")
    again = survey.keys("source_key").duplicated()
    what = "point {source_key!r} stands a second time"
    survey.refuse(again, "key.repeated", what, "remove one of the two, or give it a number of its own")
    return survey


def _coordinates(survey: Survey) -> Floats:
    """Return (n, 2) places of points."""
    if "shape" not in survey.frame:
        return np.empty((0, 2))
    return shapely.get_coordinates(survey.frame["shape"].to_numpy(dtype=object)).reshape(-1, 2)


def _has_heights(survey: Survey) -> bool:
    """Whether the lines are drawn with heights."""
    return bool(shapely.has_z(survey.frame["shape"].to_numpy(dtype=object)).any())


def _give_levels(survey: Survey, offset_m: float) -> None:
    """Take the levels of lines that are drawn with heights from their ends; the levels' offset is added later."""
    heights = line_ends(survey)[:, :, 2] - offset_m
    for at, name in enumerate(("start_level_m", "end_level_m")):
        drawn = np.isfinite(heights[:, at])
        survey.frame = survey.frame.assign(**{name: np.where(drawn, heights[:, at], survey.numbers(name))})


def _give_networks(job: _Job, nodes: Survey, lines: Survey, places: Places) -> None:
    """Give each line its network, and each node its own or its lines'; refuse lines that have none."""
    table = Table(job.source.path, "", "", is_points=False)
    of_lines = networks_of(lines, table, job.codes, job.network)
    lines.frame = lines.frame.assign(network=of_lines)
    lines.refuse(pd.isna(of_lines), "network.unknown", "belongs to no known network", _REMEDY)
    of_nodes = networks_of(nodes, table, job.codes, job.network)
    for name in ("start_node_key", "end_node_key"):
        at = places.keys.get_indexer(lines.keys(name))
        there = at >= 0
        missing = pd.isna(of_nodes[at[there]])
        of_nodes[at[there][missing]] = lines.frame["network"].to_numpy(dtype=object)[there][missing]
    nodes.frame = nodes.frame.assign(network=of_nodes)


def _with_networks(nodes: Survey, places: Places) -> Places:
    """Refuse points without a network; nodes made for lines that have none go with them, unsaid."""
    bare = pd.isna(nodes.frame["network"]).to_numpy()
    lost = bare & nodes.frame.index.str.startswith(_MADE)
    nodes.frame, places, bare = nodes.frame[~lost], places.take(~lost), bare[~lost]
    nodes.refuse(bare, "network.unknown", "belongs to no known network", _REMEDY)
    return places.take(~bare)


def _node_batches(job: _Job, nodes: Survey, places: Places, lowest: Floats, told: dict[str, Any]) -> Iterator[Batch]:
    """Yield nodes and the devices on them."""
    # A node made for a line that was refused since is none.
    used = np.isfinite(lowest) | ~nodes.frame.index.str.startswith(_MADE)
    nodes.frame, places, lowest = nodes.frame[used], places.take(used), lowest[used]
    height = node_heights(places, lowest, nodes.numbers("well_depth_m"))
    shapes = nodes.column("shape").astype(object)
    own = shapely.get_z(shapes.where(shapes.notna(), None).to_numpy(dtype=object))
    height = np.where(np.isfinite(height), height, own)
    flat = ~np.isfinite(height)
    remedy = "give its ground level, or draw it with a height"
    nodes.refuse(flat, "height.missing", "has no height and is on no line", remedy)
    kinds, devices, flow = node_kinds(nodes, job.codes)
    class_code = class_codes(nodes, Table(job.source.path, "", "", is_points=True))
    frame = node_frame(nodes, places.take(~flat), class_code, height[~flat], flow, kinds)
    yield from _batches("pipe_node", frame, nodes.rejects, told)
    on_nodes = device_frame(frame, devices, nodes.frame)
    if len(on_nodes):
        yield from _batches("pipe_device", on_nodes, [], told)


def _axes(survey: Survey, found: Laid) -> npt.NDArray[np.object_]:
    """Return the axis of each line: as drawn in the plane; heights as drawn, else level between the ends."""
    shapes = survey.frame["shape"].to_numpy(dtype=object)
    out = np.empty(len(shapes), dtype=object)
    for row, shape in enumerate(shapes):
        points = shapely.get_coordinates(shape, include_z=True)
        steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])
        share = steps / steps[-1] if steps[-1] > 0 else np.linspace(0, 1, len(points))
        between = found.start_axis[row] + share * (found.end_axis[row] - found.start_axis[row])
        # Drawn heights are those of the crown, the invert or the axis: all lie as far from the axis.
        drawn = points[:, 2] + found.start_axis[row] - found.start_level[row]
        points[:, 2] = np.where(np.isfinite(points[:, 2]), drawn, between)
        out[row] = shapely.LineString(points)
    return out


def _batches(theme: str, frame: pd.DataFrame, rejects: Sequence[Reject], told: dict[str, Any]) -> Iterator[Batch]:
    """Yield a frame in parts, the rejects with the first."""
    for begin in range(0, max(len(frame), 1), CHUNK):
        part = frame.iloc[begin : begin + CHUNK]
        yield Batch(theme, part, rejects=rejects if begin == 0 else (), **told)


READER = Reader(
    kind="pipe_layers",
    title="Pipes from line and point layers of any vector file",
    read=read,
    # Its layers have names of their own.
    options=(OPTIONS - {"layer"})
    | {"lines", "points", "network", "columns", "point_columns", "snap_m", "z_is", "depth_reference", *CODE_TABLES},
)
