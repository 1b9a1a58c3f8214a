"""C11, C12 and their like: compounds without a compliant facility within reach."""

from __future__ import annotations

from collections.abc import Sequence

from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.overlay import is_near, total_at_points


def compounds_without(
    units: GeoDataFrame,
    *,
    admin_unit: GeoDataFrame,
    facility: GeoDataFrame,
    kinds: Sequence[str],
    radius_m: float,
    area_min_m2: float,
) -> Reading:
    """Count compounds with no facility of the kinds, of at least `area_min_m2`, within `radius_m` of a point inside.

    A compound whose only facilities in reach are of unknown size is missing, neither served nor not. Where no compounds
    are loaded, communities are counted in their place.
    """
    fitting = facility[facility["kind"].isin(kinds)]
    if fitting.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    stock, notes = _stock(admin_unit)
    places = stock.geometry.representative_point()
    served = is_near(places, fitting.geometry[fitting["area_m2"] >= area_min_m2], radius_m)
    perhaps = ~served & is_near(places, fitting.geometry[fitting["area_m2"].isna()], radius_m)
    without = ~served & ~perhaps
    numerator, judged, unknown = (total_at_points(units, places, flag) for flag in (without, ~perhaps, perhaps))
    return Reading(numerator, judged, missing_share(judged, unknown), notes)


def _stock(admin_unit: GeoDataFrame) -> tuple[GeoDataFrame, tuple[str, ...]]:
    compounds = admin_unit[admin_unit["level"] == "compound"]
    if len(compounds):
        return compounds, ("radius_not_walk",)
    return admin_unit[admin_unit["level"] == "community"], ("radius_not_walk", "communities_as_stock")


MEASURES = tuple(Measure(code, compounds_without, needs=("admin_unit", "facility")) for code in ("C11", "C12"))
