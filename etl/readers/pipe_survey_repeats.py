"""Lines of a survey, or of a layer of pipes, that stand twice."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.readers.pipe_survey_reading import Survey
from cim.etl.readers.pipe_survey_segments import Ends

_DECIMALS = 3
"""Of the metres by which the courses of drawn lines are compared."""
_COURSE_M = 10.0**-_DECIMALS


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
