"""D60: built-up area that 3D models cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.built_up import built_up
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.overlay import area_in_units, total_in_units


def modelled_area(
    units: GeoDataFrame,
    *,
    building: GeoDataFrame,
    building_model: GeoDataFrame,
    builtup_area: GeoDataFrame,
    cell_m: float,
) -> Reading:
    """Measure the built-up area that models cover, km², and all of it.

    A cell of the grid is covered as far as the footprints of the buildings in it have a model; a cell without buildings
    is not. A footprint belongs to the cell of its inner point.
    """
    built, notes = built_up(builtup_area)
    if built is None:
        raise NoData("builtup_area")
    points = shapely.get_coordinates(building.geometry.to_numpy())
    # One number a cell: pairs of numbers are slow to sort.
    _, first, at = np.unique(np.floor(points / cell_m) @ [1.0, 1j], return_index=True, return_inverse=True)
    cells = np.floor(points[first] / cell_m)
    foot = building["footprint_m2"].fillna(0.0).to_numpy()
    whole = np.bincount(at, foot, minlength=len(cells))
    modelled = np.bincount(at, foot * building.index.isin(building_model.index), minlength=len(cells))
    share = np.divide(modelled, whole, out=np.zeros(len(cells)), where=whole > 0)
    low = cells * cell_m
    parts = shapely.intersection(shapely.box(low[:, 0], low[:, 1], low[:, 0] + cell_m, low[:, 1] + cell_m), built)
    inside = shapely.area(parts) > 0
    covered = total_in_units(units, parts[inside], (shapely.area(parts) * share)[inside])
    extent = area_in_units(units, np.array([built], dtype=object))
    nothing = pd.Series(0.0, index=units.index)
    over = f"builtup_area/{int(builtup_area['year'].max())}"
    return Reading(covered / 1e6, extent / 1e6, nothing, notes, extent=over, extent_m2=extent)


MEASURE = Measure("modelled_area", modelled_area, needs=("building", "builtup_area"), uses=("building_model",))
