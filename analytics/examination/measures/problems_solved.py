"""N03: problems of earlier examinations that were put right."""

from __future__ import annotations

from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, Reading
from cim.analytics.examination.tally import flag, tally


def problems_solved(units: GeoDataFrame, *, problem: GeoDataFrame) -> Reading:
    """Count the problems done or closed, out of those found in earlier years and not dismissed."""
    due = problem[problem["state"] != "dismissed"]
    return tally(units, due.geometry, flag(due["state"].isin(["done", "closed"]), due.index))


MEASURE = Measure("problems_solved", problems_solved, needs=("problem",))
