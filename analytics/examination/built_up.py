"""The built-up area (建成区): the denominator that a city declares for a year."""

from __future__ import annotations

import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.overlay import Shapes


def built_up(builtup_area: GeoDataFrame) -> tuple[shapely.Geometry | None, tuple[str, ...]]:
    """Return the built-up area declared for the year or the last before it, and what limits it; None: none is."""
    shapes: Shapes = builtup_area.geometry.dropna().to_numpy()
    if not len(shapes):
        return None, ("no_builtup_area",)
    notes = ("builtup_other_year",) if (builtup_area["age_years"] > 0).any() else ()
    return shapely.union_all(shapes), notes
