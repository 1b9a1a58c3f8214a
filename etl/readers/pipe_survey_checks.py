"""What CJJ 61 wants checked in a survey: remarks on records that are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

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
_BRANCHES = {"三": 3, "四": 4}


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
