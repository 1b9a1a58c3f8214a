"""Residents by age in cells of 100 m."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from cim.etl.sample.buildings import EXAMINED, Buildings
from cim.etl.sample.randomness import Bools, Ints
from cim.etl.sample.relief import Relief
from cim.etl.sample.streets import Streets

CELL_M = 100.0
"""Side of a cell, on a grid through the origin of the city's coordinates."""

_COUNTS = ("residents", "households", "children", "preschoolers", "toddlers", "elderly")


def population(relief: Relief, streets: Streets, buildings: Buildings) -> pd.DataFrame:
    """Return the cells of one district that have residents.

    A cell belongs to the district in which its middle lies; people whose cell is a neighbour's are
    counted in the nearest cell of their own, so that no cell is written twice.
    """
    home = buildings.frame[buildings.frame["residents"] > 0]
    if home.empty:
        return pd.DataFrame()
    cell = np.floor(home[["x", "y"]].to_numpy() / CELL_M).astype(np.int64)
    cell = _owned(relief, streets, cell)
    total = home.groupby([pd.Series(cell[:, 0], home.index), pd.Series(cell[:, 1], home.index)])[list(_COUNTS)].sum()
    column, row = (np.array(level) for level in zip(*total.index, strict=True))
    frame = total.reset_index(drop=True).astype(float)
    west, south = column * CELL_M, row * CELL_M
    frame.insert(0, "source_key", [f"RK{x}-{y}" for x, y in zip(column, row, strict=True)])
    frame.insert(1, "year", EXAMINED - 1)
    frame["geom"] = shapely.box(west, south, west + CELL_M, south + CELL_M)
    return frame


def _owned(relief: Relief, streets: Streets, cell: Ints) -> Ints:
    kinds, which = np.unique(cell, axis=0, return_inverse=True)
    own = _is_own(relief, streets, kinds)
    if own.all() or not own.any():
        return cell
    nearest = cKDTree(kinds[own]).query(kinds)[1]
    moved: Ints = kinds[own][nearest][which.ravel()]
    return moved


def _is_own(relief: Relief, streets: Streets, cell: Ints) -> Bools:
    """Tell which cells have their middle nearer to this district than to a neighbour; outermost ones are ours."""
    plan, district = relief.plan, streets.district
    u, v = relief.mapping.planned(*((cell.T + 0.5) * CELL_M))
    column = np.clip(np.floor(u / plan.length_m), 0, plan.columns - 1)
    if district.owns_right:
        column = np.minimum(column, district.column)
    valley = np.clip(relief.valley_number(v), 0, plan.valleys - 1)
    if district.district_above is None:
        valley = np.minimum(valley, district.valley)
    own: Bools = (column == district.column) & (valley == district.valley)
    return own
