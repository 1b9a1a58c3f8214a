"""D55: stations for petrol, gas or hydrogen that stand too near to buildings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.tally import flag, tally


def stations_too_near(
    units: GeoDataFrame,
    *,
    facility: GeoDataFrame,
    fuel_neighbour: GeoDataFrame,
    kinds: Sequence[str],
    own_m: float,
    distance_m: float,
    important: Sequence[str],
    important_m: float,
) -> Reading:
    """Count the stations with a building nearer than its distance; buildings within `own_m` are the station's own."""
    stations = facility[facility["kind"].isin(kinds)]
    if stations.empty:
        raise NoData(f"facility/{'/'.join(kinds)}")
    shapes = fuel_neighbour.geometry.to_numpy()
    station, other = shapely.STRtree(shapes).query(
        stations.geometry.to_numpy(), predicate="dwithin", distance=max(distance_m, important_m)
    )
    metres = shapely.distance(stations.geometry.to_numpy()[station], shapes[other])
    asked = np.where(fuel_neighbour["usage"].isin(important).to_numpy()[other], important_m, distance_m)
    near = (metres > own_m) & (metres < asked)
    count = np.bincount(station[near], minlength=len(stations))
    nearest = np.full(len(stations), np.inf)
    np.minimum.at(nearest, station[near], metres[near])
    fault = flag(count > 0, stations.index)
    evidence = pd.DataFrame(
        {"nearest_m": np.round(nearest, 1), "buildings": count, "candidate": True}, index=stations.index
    )
    problems = GeoDataFrame(evidence[count > 0], geometry=stations.geometry[count > 0])
    nobody = pd.Series(data=False, index=stations.index)
    return tally(units, stations.geometry, fault, notes=("distances_unverified",), problems=problems, seen=nobody)


MEASURE = Measure("stations_too_near", stations_too_near, needs=("facility",), uses=("fuel_neighbour",))
