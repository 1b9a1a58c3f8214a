"""Where residents live: counts of cells spread over residential floor area, nobody lost and nobody made up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.overlay import total_at_points, total_in_units


@dataclass(frozen=True)
class Spread:
    """Residents placed in space; both parts together hold exactly the residents counted."""

    homes: pd.Series[float]
    """Residents by building (index of the residential buildings with floor area)."""
    open_cells: GeoDataFrame
    """Cells without such buildings, whose residents (column) are even over the cell."""


def spread(population: GeoDataFrame, building: GeoDataFrame) -> Spread:
    """Spread the residents of each cell over the residential floor area in it.

    Parameters
    ----------
    population
        Cells that do not overlap; column residents.
    building
        Points; columns usage and floor_area_m2. A building on the border of cells belongs to the first.
    """
    homes = building[(building["usage"] == "residential") & (building["floor_area_m2"] > 0)]
    home, cell = shapely.STRtree(population.geometry.to_numpy()).query(
        homes.geometry.to_numpy(), predicate="intersects"
    )
    _, first = np.unique(home, return_index=True)
    home, cell = home[first], cell[first]
    floor = homes["floor_area_m2"].to_numpy(dtype=float)[home]
    floor_of_cell = np.bincount(cell, floor, minlength=len(population))
    residents = population["residents"].to_numpy(dtype=float)
    living = pd.Series(0.0, index=homes.index)
    living.iloc[home] = residents[cell] * floor / floor_of_cell[cell]
    return Spread(living, population[floor_of_cell == 0])


def residents(population: GeoDataFrame, building: GeoDataFrame) -> Spread | None:
    """Spread the residents for all who ask; None where no population is known."""
    return None if population.empty else spread(population, building)


def residents_of_units(units: GeoDataFrame, placed: Spread, building: GeoDataFrame) -> pd.Series[float]:
    """Return the residents of each unit (index of the units)."""
    cells = placed.open_cells
    at_home = total_at_points(units, building.geometry[placed.homes.index], placed.homes)
    return at_home + total_in_units(units, cells.geometry.to_numpy(), cells["residents"].to_numpy(dtype=float))
