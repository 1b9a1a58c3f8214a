"""H07: residential buildings of several storeys without a lift."""

from __future__ import annotations

from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.overlay import total_at_points


def age_friendly_retrofit(units: GeoDataFrame, *, building: GeoDataFrame, storeys_min: float) -> Reading:
    """Count residential buildings of at least `storeys_min` storeys that have no lift.

    A building is judged when it is known to be low, or when its storeys and lifts are both known. One whose use nobody
    recorded may be residential and counts as missing.
    """
    homes = building[building["usage"].isna() | (building["usage"] == "residential")]
    if not (homes["usage"] == "residential").any():
        raise NoData("building/residential")
    low = homes["storeys_above"] < storeys_min
    known = (homes["usage"] == "residential") & (low | (homes["storeys_above"].notna() & homes["elevators"].notna()))
    candidates = known & ~low & (homes["elevators"] == 0)
    numerator, judged, unknown = (total_at_points(units, homes.geometry, flag) for flag in (candidates, known, ~known))
    return Reading(numerator, judged, missing_share(judged, unknown), notes=("prescreened",))


MEASURE = Measure("H07", age_friendly_retrofit, needs=("building",))
