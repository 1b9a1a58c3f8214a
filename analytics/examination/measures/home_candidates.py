"""H01, H02, H07, H09: residential buildings that registers suggest, and that a survey confirms or refutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import looked_at, newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.tally import flag, tally


def structure_hazards(
    units: GeoDataFrame,
    *,
    building: GeoDataFrame,
    survey_finding: GeoDataFrame,
    item: str,
    age_min_years: float,
    structures: Sequence[str],
    year: int,
) -> Reading:
    """Count residential buildings of old masonry that were never renovated, and those found with a hazard."""
    homes = maybe_homes(building)
    weak = flag(homes["structure"].isin(structures), homes.index).mask(homes["structure"].isna())
    old = flag(homes["built_year"] <= year - age_min_years, homes.index).mask(homes["built_year"].isna())
    suspect = weak & old & homes["renovated_year"].isna()
    return _judged(units, homes, suspect, survey_finding, item, ["structure", "built_year"])


def old_gas_pipes(
    units: GeoDataFrame,
    *,
    building: GeoDataFrame,
    gas_service: GeoDataFrame,
    survey_finding: GeoDataFrame,
    item: str,
    age_min_years: float,
    year: int,
) -> Reading:
    """Count residential buildings served by gas pipes of at least that age, and those found unsafe.

    Buildings without gas are none of the stock.
    """
    homes = maybe_homes(building)
    homes = homes[homes.index.isin(gas_service.index)]
    if not (homes["usage"] == "residential").any():
        raise NoData("service_connection/gas")
    homes = homes.assign(gas_pipe_year=gas_service["oldest_year"].reindex(homes.index))
    suspect = flag(homes["gas_pipe_year"] <= year - age_min_years, homes.index).mask(homes["gas_pipe_year"].isna())
    return _judged(units, homes, suspect, survey_finding, item, ["gas_pipe_year"])


def age_friendly_retrofit(
    units: GeoDataFrame, *, building: GeoDataFrame, survey_finding: GeoDataFrame, storeys_min: float, item: str
) -> Reading:
    """Count residential buildings of at least `storeys_min` storeys that have no lift.

    A building is judged when it is known to be low, or when its storeys and lifts are both known. One whose use nobody
    recorded may be residential and counts as missing.
    """
    homes = maybe_homes(building)
    tall = flag(homes["storeys_above"] >= storeys_min, homes.index).mask(homes["storeys_above"].isna())
    liftless = flag(homes["elevators"] == 0, homes.index).mask(homes["elevators"].isna())
    return _judged(units, homes, tall & liftless, survey_finding, item, ["storeys_above", "elevators"], tall)


def energy_retrofit(
    units: GeoDataFrame, *, building: GeoDataFrame, survey_finding: GeoDataFrame, year_before: float, item: str
) -> Reading:
    """Count residential buildings built before a year and never renovated."""
    homes = maybe_homes(building)
    old = flag(homes["built_year"] < year_before, homes.index).mask(homes["built_year"].isna())
    suspect = old & homes["renovated_year"].isna()
    return _judged(units, homes, suspect, survey_finding, item, ["built_year"])


def maybe_homes(building: GeoDataFrame) -> GeoDataFrame:
    """Return residential buildings, and those whose use nobody recorded."""
    homes = building[building["usage"].isna() | (building["usage"] == "residential")]
    if not (homes["usage"] == "residential").any():
        raise NoData("building/residential")
    return homes


def _judged(
    units: GeoDataFrame,
    homes: GeoDataFrame,
    suspect: pd.Series,
    survey_finding: GeoDataFrame,
    item: str,
    shown_by: list[str],
    tall: pd.Series | None = None,
) -> Reading:
    """Return candidates and confirmed ones over all that could be judged."""
    if tall is not None:
        # Low is enough to judge, whatever else is unknown.
        suspect = suspect.mask(suspect.isna() & tall.notna() & ~tall.fillna(True).astype(bool), other=False)
    suspect = suspect.mask(homes["usage"].isna())
    found = newest(survey_finding, item, "building_id")
    fault = overruled(suspect, found)
    evidence = pd.DataFrame(homes[shown_by].replace({np.nan: None}))
    problems = shortfalls(homes, fault, found, evidence)
    return tally(units, homes.geometry, fault, problems=problems, seen=looked_at(homes.index, found))


_OF_BUILDINGS: Mapping[str, Any] = {"uses": ("survey_finding",), "counts": ("building",)}

MEASURES = (
    Measure("structure_hazards", structure_hazards, needs=("building",), of_year=True, **_OF_BUILDINGS),
    Measure("old_gas_pipes", old_gas_pipes, needs=("building", "gas_service"), of_year=True, **_OF_BUILDINGS),
    Measure("age_friendly_retrofit", age_friendly_retrofit, needs=("building",), **_OF_BUILDINGS),
    Measure("energy_retrofit", energy_retrofit, needs=("building",), **_OF_BUILDINGS),
)
