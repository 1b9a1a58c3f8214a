"""Where residents live: counted home by home, or spread over residential floor area; nobody lost and nobody made up.

A city knows its residents from several sources, which disagree. One is taken for the whole city, the first of these
that it has (`SOURCES`), and every value that follows from it says which:

1. the register of buildings: people are where they are counted;
2. a grid, or the areas of a population register: each cell's are spread over the residential floor area in it;
3. the totals of administrative units, the smallest level that is counted: spread in the same way.

What tells nothing of one part of the city is no source: at least `KNOWN_SHARE` of the residential buildings, or of a
level's units, must be counted. Where there is none, figures for each resident are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.overlay import total_at_points, total_in_units

REGISTER, GRID, TOTALS = "residents_register", "residents_grid", "residents_units"
SOURCES = (REGISTER, GRID, TOTALS)
"""Where residents are known from, the preferred first: codes of `cim.analytics.reasons`."""
FLOOR_AREA = "residents_floor_area"
"""No source: floor area stands for people where only shares of them are asked for."""

KNOWN_SHARE = 0.9
"""Share of the residential buildings, or of the units of a level, that must be counted."""
COUNTED_LEVELS = ("community", "subdistrict", "district", "city")
"""Levels that leave no part of a city out, the smallest first: their totals can stand for all of its residents."""


@dataclass(frozen=True)
class Spread:
    """Residents placed in space; both parts together hold exactly the residents counted."""

    homes: pd.Series[float]
    """Residents by building (index of the buildings that may have any)."""
    open_cells: GeoDataFrame
    """Cells without such buildings, whose residents (column) are even over the cell."""
    source: str = GRID
    """Where they are known from: one of SOURCES."""


def spread(population: GeoDataFrame, building: GeoDataFrame, source: str = GRID) -> Spread:
    """Spread the residents of each cell over the residential floor area in it.

    Parameters
    ----------
    population
        Cells that do not overlap; column residents.
    building
        Points; columns usage and floor_area_m2. A building on the border of cells belongs to the first.
    source
        What the cells are.
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
    return Spread(living, population[floor_of_cell == 0], source)


def residents(population: GeoDataFrame, building: GeoDataFrame, admin_unit: GeoDataFrame) -> Spread | None:
    """Place the residents for all who ask, from the first of SOURCES that the city has; None where it has none."""
    counted = _registered(building)
    if counted is not None:
        return Spread(counted, population.iloc[:0], REGISTER)
    if not population.empty:
        return spread(population, building)
    units = _counted_units(admin_unit)
    return None if units is None else spread(units, building, TOTALS)


def _registered(building: GeoDataFrame) -> pd.Series[float] | None:
    """Return the residents by building; None where the register is silent of too many homes, or counts nobody."""
    told = building["residents"]
    homes = told[building["usage"] == "residential"]
    if homes.empty or homes.notna().mean() < KNOWN_SHARE or not told.sum() > 0:
        return None
    living: pd.Series[float] = told[told > 0].astype(float)
    return living


def _counted_units(admin_unit: GeoDataFrame) -> GeoDataFrame | None:
    """Return the units of the smallest level that is counted."""
    for level in COUNTED_LEVELS:
        units = admin_unit[admin_unit["level"] == level]
        known = units[units["residents"].notna()]
        if len(known) and len(known) >= KNOWN_SHARE * len(units) and known["residents"].sum() > 0:
            return known
    return None


def residents_of_units(units: GeoDataFrame, placed: Spread, building: GeoDataFrame) -> pd.Series[float]:
    """Return the residents of each unit (index of the units)."""
    cells = placed.open_cells
    at_home = total_at_points(units, building.geometry[placed.homes.index], placed.homes)
    return at_home + total_in_units(units, cells.geometry.to_numpy(), cells["residents"].to_numpy(dtype=float))
