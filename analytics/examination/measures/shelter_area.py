"""D56: area of emergency shelters for each resident."""

from __future__ import annotations

from collections.abc import Sequence

from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.overlay import total_at_points
from cim.analytics.examination.population import residents_of_units


def shelter_area(
    units: GeoDataFrame,
    *,
    facility: GeoDataFrame,
    population: GeoDataFrame,
    building: GeoDataFrame,
    kinds: Sequence[str],
) -> Reading:
    """Sum the shelters' area, m², and the residents, spread over residential floor area.

    Shelters of unknown area are missing, by their number.
    """
    shelters = facility[facility["kind"].isin(kinds)]
    if shelters.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    known = shelters["area_m2"].notna()
    area = total_at_points(units, shelters.geometry, shelters["area_m2"].fillna(0.0))
    measured, unknown = (total_at_points(units, shelters.geometry, flag) for flag in (known, ~known))
    residents = residents_of_units(units, population, building)
    return Reading(area, residents, missing_share(measured, unknown), notes=("shelter_area_as_registered",))


MEASURE = Measure("D56", shelter_area, needs=("facility", "population"), uses=("building",))
