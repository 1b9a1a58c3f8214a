"""What CJJ 61 wants checked in a survey: remarks on records that are kept."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.readers.pipe_survey_nodes import Places
from cim.etl.readers.pipe_survey_reading import Survey
from cim.etl.readers.pipe_survey_segments import GRAVITY, Ends, Laid

Floats = npt.NDArray[np.float64]
LEVEL_TOLERANCE_M = 0.05
"""Depths and levels are written to the centimetre: ground less depth may differ from the level by a few of them."""
FLAT_M = 0.001
"""A gravity pipe that rises by no more lies flat: levels are written to the millimetre."""
SHORTEST_M, LONGEST_M = 0.05, 75.0
"""Distance between two survey points (CJJ 61-2017, mandatory checks)."""
_DECIMALS = 3
"""Of the metres by which the courses of drawn lines are compared."""
_COURSE_M = 10.0**-_DECIMALS
_BRANCHES = {"三": 3, "四": 4}


def refuse_repeated(survey: Survey, ends: Ends) -> npt.NDArray[np.bool_]:
    """Refuse lines that stand twice, also the other way round; remark on others between the same two points.

    Lines that are drawn must run in one course, too: `shape` has it.

    Returns
    -------
    ndarray
        True for the lines that are kept.
    """
    frame = survey.frame
    low, high = np.minimum(ends.start, ends.end), np.maximum(ends.start, ends.end)
    pair = pd.Series(low * (int(high.max(initial=0)) + 1) + high, index=frame.index)
    again = pair.duplicated().to_numpy()
    if not again.any():
        return ~again
    # Two lines are one when they have the same size and material; else several lie side by side.
    what = [
        name
        for name in ("source_key", "diameter_mm", "width_mm", "height_mm", "material_raw", "class_code")
        if name in frame
    ]
    shared = pair.duplicated(keep=False).to_numpy()
    alike = np.zeros(len(frame), dtype=bool)
    several = frame.loc[shared, what].assign(pair=pair[shared])
    if "shape" in frame:
        several = several.assign(course=_courses(frame.loc[shared, "shape"]))
    alike[shared] = several.duplicated().to_numpy()
    survey.refuse(
        alike,
        "line.repeated",
        "the line between {start_node_key!r} and {end_node_key!r} stands a second time",
        "remove one of the two; reversed is the same line",
    )
    left = again[~alike]
    survey.remark(
        left,
        "line.parallel",
        "another line lies between {start_node_key!r} and {end_node_key!r}",
        "see that both are there",
    )
    return ~alike


def _courses(shapes: pd.Series) -> pd.Series:
    """Return what tells the courses of drawn lines between two points apart, either way round."""
    drawn = shapely.normalize(shapely.set_precision(shapes.to_numpy(dtype=object), _COURSE_M, mode="pointwise"))
    points, of_line = shapely.get_coordinates(drawn, include_z=True, return_index=True)
    if not shapely.has_z(drawn).any():
        points = points[:, :2]
    first = np.searchsorted(of_line, np.arange(len(drawn) + 1))
    parts = [points[begin:end] for begin, end in itertools.pairwise(first.tolist())]
    # The ends lie at the same points, if not quite: in the plane a straight line's course is told by them.
    told = [np.round(part if len(part) > 2 else part[:, 2:], _DECIMALS).tobytes() for part in parts]
    return pd.Series(told, index=shapes.index, name="course", dtype=object)


def remark_on_lines(survey: Survey, places: Places, ends: Ends, found: Laid, offset: float) -> None:
    """Remark on levels that contradict depths, on odd lengths, and on sewers that run uphill."""
    for end, at, title in (("start", ends.start, "起点"), ("end", ends.end, "终点")):
        level = survey.numbers(f"{end}_level_m") + offset
        gap = places.ground[at] - survey.numbers(f"{end}_depth_m") - level
        survey.remark(
            np.abs(np.nan_to_num(gap)) > LEVEL_TOLERANCE_M + 1e-9,
            "level.mismatch",
            f"ground less depth is {{gap:+.3f}} m off the level at the {title}",
            "ground = depth + level: correct the wrong one; the level was used",
            gap=gap,
        )
    length = _lengths(places, ends, found)
    survey.remark(
        (length < SHORTEST_M) | (length > LONGEST_M),
        "line.length",
        f"is {{length:.2f}} m long; CJJ 61 wants {SHORTEST_M} to {LONGEST_M:.0f} m between points",
        "see that the right points are joined, or that none between them is missing",
        length=length,
    )
    rise = _rises(survey, found)
    survey.remark(
        np.nan_to_num(rise) > FLAT_M,
        "line.adverse_fall",
        "gravity pipe rises by {rise:.3f} m in the direction of its flow",
        "see that the ends and the flow direction are right",
        rise=rise,
    )


def _lengths(places: Places, ends: Ends, found: Laid) -> Floats:
    """Return 3D lengths, metres."""
    across = np.hypot(places.x[ends.end] - places.x[ends.start], places.y[ends.end] - places.y[ends.start])
    return np.asarray(np.hypot(across, found.end_axis - found.start_axis))


def _rises(survey: Survey, found: Laid) -> Floats:
    """Return how far gravity pipes rise along their stated flow, metres; NaN for others."""
    flow = pd.to_numeric(survey.column("flow_direction"), errors="coerce").to_numpy(dtype=np.float64)
    rise = found.end_level - found.start_level
    gravity = survey.frame["network"].isin(GRAVITY).to_numpy() & (found.reference == "invert")
    return np.where(gravity & (flow == 0), rise, np.where(gravity & (flow == 1), -rise, np.nan))


def remark_on_points(survey: Survey, degree: npt.NDArray[np.int64]) -> None:
    """Remark on points without a line, and on tees and crosses with the wrong number of them."""
    survey.remark(
        degree == 0,
        "point.orphan",
        "point {source_key!r} is on no line",
        "add its line to the line table, or remove the point",
    )
    text = survey.column("feature_raw").astype("str")
    wanted = (
        text.str.slice(0, 1).map(_BRANCHES).where(text.str.slice(1, 2).isin(["通", "分"])).to_numpy(dtype=np.float64)
    )
    survey.remark(
        np.isfinite(wanted) & (degree != wanted) & (degree > 0),
        "point.branches",
        "{feature_raw} {source_key!r} has {lines} lines",
        "a tee (三通) joins three lines, a cross (四通) four: add the missing one or correct the feature",
        lines=degree,
    )
