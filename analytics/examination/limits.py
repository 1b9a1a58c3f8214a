"""What limits an examination as a whole: counted, told with it, and shown in its report."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.register import Register

_OVERLAP_SHARE = 0.01  # of the smaller unit: less is the tolerance of drawing


def limits(
    register: Register,
    measures: Collection[str],
    units: GeoDataFrame,
    every: GeoDataFrame,
    frames: Mapping[str, GeoDataFrame],
) -> dict[str, int]:
    """Return codes of `cim.analytics.reasons` with their counts; what does not occur is left out.

    Parameters
    ----------
    register
        The system.
    measures
        Codes of the measures that there are.
    units
        Units examined.
    every
        Those of other levels too.
    frames
        The city's data by theme.
    """
    indicators, levels = register.indicators.values(), set(every["level"])
    counts = {
        "units_overlap": _overlapping(units),
        "no_communities": int("community" not in levels),
        "no_measure": sum(indicator.measure not in measures for indicator in indicators),
        "bad_standard": sum(indicator.bad_standard is not None for indicator in indicators),
        "no_units_of_level": sum(not levels & set(indicator.levels) for indicator in indicators),
        "facilities_outside": _outside(every, frames.get("facility")),
    }
    return {code: count for code, count in counts.items() if count}


def _overlapping(units: GeoDataFrame) -> int:
    """Count the pairs of units of one level that overlap by more than the tolerance of drawing."""
    count = 0
    for _, level in units.groupby("level", sort=False):
        shapes = level.geometry.to_numpy()
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
        smaller = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other]))
        count += int(np.count_nonzero(shared > _OVERLAP_SHARE * smaller))
    return count


def _outside(units: GeoDataFrame, facilities: GeoDataFrame | None) -> int:
    """Count the facilities that lie in no unit: perhaps a neighbour city's, perhaps misplaced."""
    if facilities is None or facilities.empty:
        return 0
    places = facilities.geometry[facilities.geometry.notna()].representative_point().to_numpy()
    # The largest units alone cover the city, where there are such.
    whole = units[units["level"] == "city"]
    shapes = (whole if len(whole) else units).geometry.to_numpy()
    _, place = shapely.STRtree(places).query(shapes, predicate="intersects")
    return len(places) - len(np.unique(place))
