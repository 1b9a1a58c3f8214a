"""C14: children of school age beyond the places of their nearest school."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.population import spread
from cim.analytics.examination.tally import totals_at_points


def school_places(
    units: GeoDataFrame,
    *,
    population: GeoDataFrame,
    building: GeoDataFrame,
    facility: GeoDataFrame,
    kinds: Sequence[str],
    share_of_school_age: float,
) -> Reading:
    """Sum the children for whom the school that is nearest to their home has no place, and all the children.

    Children are `share_of_school_age` of those aged 6 to 14. What exceeds a school's places is shared out to the homes
    of its children, so that units add up. Children of a school of unknown places are missing; so are, by the city's own
    share of children, those of cells without ages.
    """
    schools = facility[facility["kind"].isin(kinds)]
    if schools.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    aged = population[["children", "preschoolers", "toddlers"]].notna().all(axis=1)
    if not aged.any():
        raise NoData("population/children")
    of_age = population["children"] - population["preschoolers"] - population["toddlers"]
    rate = of_age[aged].sum() / max(population["residents"][aged].sum(), 1.0)
    children = of_age.where(aged, population["residents"] * rate).clip(lower=0) * share_of_school_age
    places, demand, told = _at_home(population.assign(residents=children), aged, building)
    nearest = shapely.STRtree(schools.geometry.to_numpy()).nearest(places.to_numpy())
    capacity = schools["capacity"].to_numpy(dtype=float)[nearest]
    asked = np.bincount(nearest, np.where(told, demand, 0.0), minlength=len(schools))[nearest]
    short = np.where(asked > 0, np.maximum(asked - capacity, 0.0) / np.maximum(asked, 1e-12), 0.0)
    known = told & np.isfinite(capacity)
    values = {
        "short": np.where(known, demand * np.nan_to_num(short), 0.0),
        "known": np.where(known, demand, 0.0),
        "unknown": np.where(known, 0.0, demand),
    }
    sums = totals_at_points(units, places, pd.DataFrame(values, index=places.index))
    share = missing_share(sums["known"], sums["unknown"])
    problems = _crowded(schools, nearest, np.where(told, demand, 0.0))
    notes = ("nearest_school",)
    return Reading(sums["short"], sums["known"], share, notes, unknown=sums["unknown"], problems=problems)


def _at_home(
    children: GeoDataFrame, aged: pd.Series[bool], building: GeoDataFrame
) -> tuple[GeoDataFrame, np.ndarray, np.ndarray]:
    """Return places where children live, how many at each, and whether their ages are told."""
    parts, demand, told = [], [], []
    for which in (True, False):
        cells = children[aged == which]
        if cells.empty:
            continue
        placed = spread(cells, building)
        at_home = placed.homes[placed.homes > 0]
        rest = placed.open_cells
        parts += [building.geometry[at_home.index], rest.geometry.centroid]
        demand += [at_home.to_numpy(), rest["residents"].to_numpy(dtype=float)]
        told += [np.full(len(at_home) + len(rest), which)]
    places = pd.concat(parts).reset_index(drop=True)
    return places, np.concatenate(demand), np.concatenate(told)


def _crowded(schools: GeoDataFrame, nearest: np.ndarray, demand: np.ndarray) -> GeoDataFrame:
    """Return the schools with more children than places."""
    children = np.bincount(nearest, demand, minlength=len(schools))
    capacity = schools["capacity"].to_numpy(dtype=float)
    crowded = children > capacity
    evidence = pd.DataFrame({"children": children.round(), "places": capacity, "candidate": False}, index=schools.index)
    return GeoDataFrame(evidence[crowded], geometry=schools.geometry[crowded])


MEASURE = Measure("school_places", school_places, needs=("population", "facility"), uses=("building",))
