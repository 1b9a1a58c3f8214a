"""Units that are counted themselves: compounds, blocks, districts."""

from __future__ import annotations

from collections.abc import Sequence

from geopandas import GeoDataFrame

from cim.analytics.examination.measure import NoData


def stock_of(admin_unit: GeoDataFrame, levels: Sequence[str]) -> tuple[GeoDataFrame, tuple[str, ...]]:
    """Return the units of the first level that is loaded, and a note where it is not the first asked for.

    Raises
    ------
    NoData
        None of the levels is loaded.
    """
    for place, level in enumerate(levels):
        found = admin_unit[admin_unit["level"] == level]
        if len(found):
            stands_in = ("communities_as_stock" if level == "community" else "subdistricts_as_stock",)
            return found, stands_in if place else ()
    raise NoData(f"admin_unit/{'/'.join(levels)}")
