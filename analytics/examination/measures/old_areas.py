"""B29, B30: factory areas and residential blocks that are mostly old, and that a survey confirms or refutes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import looked_at, newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.stock import stock_of
from cim.analytics.examination.tally import flag, tally, totals_at_points


def old_parcels(
    units: GeoDataFrame,
    *,
    land_use: GeoDataFrame,
    building: GeoDataFrame,
    survey_finding: GeoDataFrame,
    item: str,
    land: Sequence[str],
    year_before: float,
    old_share_min: float,
) -> Reading:
    """Count parcels of some use whose floor area is mostly from before a year, and those found in need of renewal.

    A parcel without buildings of known age and floor area cannot be judged. A survey finding counts for the parcel that
    it lies in.
    """
    parcels = land_use[land_use["use_code"].str.startswith(tuple(land))]
    if parcels.empty:
        raise NoData(f"land_use/{'/'.join(land)}")
    suspect, share = _mostly_old(parcels, building, year_before, old_share_min)
    found = newest(_placed(survey_finding, parcels), item, "unit_id")
    return _judged(units, parcels, suspect, share, found)


def old_blocks(
    units: GeoDataFrame,
    *,
    admin_unit: GeoDataFrame,
    building: GeoDataFrame,
    survey_finding: GeoDataFrame,
    item: str,
    stock: Sequence[str],
    year_before: float,
    old_share_min: float,
) -> Reading:
    """Count blocks whose homes are mostly from before a year, by floor area, and those found in need of renewal.

    A block without homes is none of the stock, unless somebody surveyed it.
    """
    blocks, notes = stock_of(admin_unit, stock)
    homes = building[building["usage"] == "residential"]
    found = newest(survey_finding, item, "unit_id")
    living = totals_at_points(blocks, homes.geometry, pd.DataFrame({"homes": 1.0}, index=homes.index))["homes"] > 0
    blocks = blocks[living | blocks.index.isin(found.index)]
    suspect, share = _mostly_old(blocks, homes, year_before, old_share_min)
    return _judged(units, blocks, suspect, share, found, notes)


def _mostly_old(
    areas: GeoDataFrame, building: GeoDataFrame, year_before: float, old_share_min: float
) -> tuple[pd.Series, pd.Series[float]]:
    """Return whether the floor area in each is mostly old, missing where nobody knows, and the share that is."""
    told = building[building["built_year"].notna() & (building["floor_area_m2"] > 0)]
    floor = told["floor_area_m2"]
    values = pd.DataFrame({"all": floor, "old": floor.where(told["built_year"] < year_before, 0.0)})
    sums = totals_at_points(areas, told.geometry, values)
    share = sums["old"] / sums["all"].where(sums["all"] > 0)
    return flag(share >= old_share_min, areas.index).mask(share.isna()), share


def _placed(survey_finding: GeoDataFrame, areas: GeoDataFrame) -> GeoDataFrame:
    """Return findings with the area that they lie in as their unit."""
    rows = survey_finding[survey_finding.geometry.notna()]
    area, row = shapely.STRtree(rows.geometry.to_numpy()).query(areas.geometry.to_numpy(), predicate="intersects")
    return rows.iloc[row].assign(unit_id=areas.index.to_numpy(dtype=np.float64)[area])


def _judged(
    units: GeoDataFrame,
    areas: GeoDataFrame,
    suspect: pd.Series,
    share: pd.Series[float],
    found: pd.DataFrame,
    notes: tuple[str, ...] = (),
) -> Reading:
    fault = overruled(suspect, found)
    inside = areas.set_geometry(areas.geometry.representative_point())
    problems = shortfalls(inside, fault, found, pd.DataFrame({"old_share": share.round(3)}))
    return tally(units, inside.geometry, fault, notes=notes, problems=problems, seen=looked_at(areas.index, found))


MEASURES = (
    Measure("old_parcels", old_parcels, needs=("land_use", "building"), uses=("survey_finding",)),
    Measure("old_blocks", old_blocks, needs=("admin_unit", "building"), uses=("survey_finding",)),
)
