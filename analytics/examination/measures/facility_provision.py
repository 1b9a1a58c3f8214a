"""C11 to C13, C18, B24, B25, D36 and their like: compounds, blocks or districts without a compliant place in reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from cim.analytics.examination.measure import Measure, NoData, OnFoot, Reading
from cim.analytics.examination.overlay import is_near
from cim.analytics.examination.stock import stock_of
from cim.analytics.examination.tally import flag, tally
from cim.analytics.examination.walking import Shapes, StreetNetwork, access_points

Bools = npt.NDArray[np.bool_]


def places_without(
    units: GeoDataFrame,
    *,
    admin_unit: GeoDataFrame,
    facility: GeoDataFrame,
    streets: StreetNetwork | None,
    kinds: Sequence[str],
    radius_m: float,
    area_min_m2: float,
    stock: Sequence[str] = ("compound", "community"),
    from_area: bool = False,
) -> Reading:
    """Count units with no facility of the kinds, of at least `area_min_m2`, within `radius_m` of a point inside.

    One whose only facilities in reach are of unknown size is missing, neither served nor not. The first level of
    `stock` that is loaded is counted. With `from_area` the distance is taken from the unit's edge, and a
    facility inside it is at none.
    """
    fitting = facility[facility["kind"].isin(kinds)]
    if fitting.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    counted, notes = stock_of(admin_unit, stock)
    inside = counted.geometry.representative_point()
    seen_from = counted.geometry if from_area else inside
    large = fitting.geometry[fitting["area_m2"].fillna(0.0 if area_min_m2 == 0 else np.nan) >= area_min_m2]
    unsized = fitting.geometry[fitting["area_m2"].isna()]
    served = is_near(seen_from, large, radius_m)
    without = _without(served, is_near(seen_from, unsized, radius_m), counted.index)
    on_foot = None
    if streets is not None and not from_area:
        on_foot = _on_foot(units, inside, streets, large.to_numpy(), unsized.to_numpy(), radius_m)
    evidence = pd.DataFrame({"nearest_m": _nearest(inside, large), "radius_m": radius_m}, index=counted.index)
    notes = notes if from_area else ("radius_not_walk", *notes)
    return tally(units, inside, without, notes=notes, problems=_problems(inside, without, evidence), on_foot=on_foot)


def grounds_without(
    units: GeoDataFrame,
    *,
    admin_unit: GeoDataFrame,
    green_space: GeoDataFrame,
    streets: StreetNetwork | None,
    kinds: Sequence[str],
    radius_m: float,
    ground_min_m2: float,
    ground_min_new_m2: float,
    new_from_year: float,
    stock: Sequence[str] = ("compound", "community"),
) -> Reading:
    """Count compounds with no public activity ground of the size asked of their age within `radius_m`.

    Grounds are those inside parks and squares; one of unknown size serves nobody for certain. A compound of unknown age
    is asked for the smaller ground.
    """
    open_ones = green_space[green_space["kind"].isin(kinds) & green_space["public"].fillna(True).astype(bool)]
    if open_ones.empty:
        raise NoData("green_space/park")
    compounds, notes = stock_of(admin_unit, stock)
    inside = compounds.geometry.representative_point()
    ground, unsized = open_ones["activity_ground_m2"], open_ones.geometry[open_ones["activity_ground_m2"].isna()]
    new = (compounds["built_year"] >= new_from_year).to_numpy()
    sizes = [open_ones.geometry[ground >= size] for size in (ground_min_m2, ground_min_new_m2)]
    served = np.where(new, is_near(inside, sizes[1], radius_m), is_near(inside, sizes[0], radius_m))
    without = _without(served, is_near(inside, unsized, radius_m), compounds.index)
    on_foot = None
    if streets is not None:
        walks = [_walked(streets, inside, access_points(shapes.to_numpy()), radius_m) for shapes in sizes]
        reached = flag(np.where(new, walks[1], walks[0]), compounds.index).mask(~_on(streets, inside))
        on_foot = _foot(units, inside, ~reached)
    evidence = pd.DataFrame({"nearest_m": _nearest(inside, sizes[0]), "radius_m": radius_m}, index=compounds.index)
    problems = _problems(inside, without, evidence)
    return tally(units, inside, without, notes=("radius_not_walk", *notes), problems=problems, on_foot=on_foot)


def _without(served: Bools, perhaps: Bools, index: pd.Index[Any]) -> pd.Series[Any]:
    """Return whether each is without, missing where only places of unknown size are in reach."""
    return flag(~served, index).mask(~served & perhaps)


def _on_foot(
    units: GeoDataFrame, inside: GeoSeries, streets: StreetNetwork, large: Shapes, unsized: Shapes, distance_m: float
) -> OnFoot:
    served, perhaps = (_walked(streets, inside, places, distance_m) for places in (large, unsized))
    return _foot(units, inside, _without(served, perhaps, inside.index).mask(~_on(streets, inside)))


def _foot(units: GeoDataFrame, inside: GeoSeries, without: pd.Series[Any]) -> OnFoot:
    told = tally(units, inside, without)
    nothing = pd.Series(0.0, index=units.index)
    return OnFoot(told.numerator, told.denominator, nothing if told.unknown is None else told.unknown)


def _walked(streets: StreetNetwork, inside: GeoSeries, places: Shapes, distance_m: float) -> Bools:
    homes = streets.snaps(inside.to_numpy())
    return np.asarray(np.isfinite(streets.distances(homes, streets.snaps(places), distance_m)))


def _on(streets: StreetNetwork, inside: GeoSeries) -> Bools:
    return streets.snaps(inside.to_numpy()).on


def _nearest(inside: GeoSeries, places: GeoSeries) -> npt.NDArray[np.float64]:
    """Return the straight distance to the nearest place, in whole metres; not a number where there is none."""
    result = np.full(len(inside), np.nan)
    if len(places):
        (place, _), distance = places.sindex.nearest(inside.to_numpy(), return_all=False, return_distance=True)
        result[place] = np.round(distance)
    return result


def _problems(inside: GeoSeries, without: pd.Series[Any], evidence: pd.DataFrame) -> GeoDataFrame:
    chosen = without.fillna(False).astype(bool)
    return GeoDataFrame(evidence[chosen].assign(candidate=False), geometry=inside[chosen])


MEASURES = (
    Measure("places_without", places_without, needs=("admin_unit", "facility"), uses=("streets",)),
    Measure("grounds_without", grounds_without, needs=("admin_unit", "green_space"), uses=("streets",)),
)
