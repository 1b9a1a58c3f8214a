"""D37: length of streets in the built-up area over that area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.built_up import built_up
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.overlay import area_in_units, length_in_units, parts_covered


def road_density(
    units: GeoDataFrame, *, road_edge: GeoDataFrame, builtup_area: GeoDataFrame, road_classes: Sequence[str]
) -> Reading:
    """Measure the streets of the classes in the built-up area, km, and that area, km².

    `builtup_area` is that of the year examined or the last before it (column age_years). Where none is declared the
    units themselves are the denominator, and the note says so: a density changes with the boundary it is taken in.
    """
    streets = road_edge.geometry[road_edge["road_class"].isin(road_classes)].to_numpy()
    if not len(streets):
        raise NoData("road_edge")
    built, notes = built_up(builtup_area)
    if built is None:
        extent = units.geometry.area
    else:
        cover = np.array([built], dtype=object)
        streets, extent = parts_covered(streets, cover), area_in_units(units, cover)
    length, nothing = length_in_units(units, streets), pd.Series(0.0, index=units.index)
    over = "unit" if built is None else f"builtup_area/{int(builtup_area['year'].max())}"
    return Reading(length / 1e3, extent / 1e6, nothing, notes, extent=over, extent_m2=extent)


MEASURE = Measure("road_density", road_density, needs=("road_edge",), uses=("builtup_area",))
