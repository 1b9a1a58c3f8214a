"""People at their homes, put on the street network once for all that ask who can walk where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from geopandas import GeoDataFrame, GeoSeries

from cim.analytics.examination.measure import OnFoot
from cim.analytics.examination.population import FLOOR_AREA, Spread
from cim.analytics.examination.tally import totals_at_points
from cim.analytics.examination.walking import Shapes, Snaps, StreetNetwork

MEASURED_SHARE = 0.5
"""Share of the residential buildings whose floor area must be known for it to stand for people."""


@dataclass(frozen=True)
class Walkers:
    """Homes with the people in them, put on the street network."""

    network: StreetNetwork
    """Walkable streets."""
    homes: GeoSeries
    """Points of the homes (index building id)."""
    people: pd.Series[float]
    """Residents of each, or its floor area where no population is known."""
    snaps: Snaps
    """Homes on the network."""
    source: str
    """Where the people are known from: one of `population.SOURCES`, or FLOOR_AREA."""

    def reached(self, places: Shapes, distance_m: float) -> npt.NDArray[np.bool_]:
        """Tell which homes have one of the places within a walk of that length."""
        found = self.network.distances(self.snaps, self.network.snaps(places), distance_m)
        return np.asarray(np.isfinite(found))

    def share(self, units: GeoDataFrame, reached: npt.NDArray[np.bool_]) -> OnFoot:
        """Return the people reached over all that live along streets, by unit."""
        on = self.snaps.on
        people = self.people
        values = pd.DataFrame({"reached": people * reached, "on": people * on, "off": people * ~on})
        sums = totals_at_points(units, self.homes, values)
        return OnFoot(sums["reached"], sums["on"], sums["off"])


def walkers(streets: StreetNetwork | None, building: GeoDataFrame, residents: Spread | None) -> Walkers | None:
    """Put homes on the street network; None where the city has none, or no streets, or nobody knows where people live.

    Where no population is known floor area stands for it, if most homes have one.
    """
    residential = building["usage"] == "residential"
    home = residential & (building["floor_area_m2"] > 0)
    if residents is None and home.sum() < MEASURED_SHARE * residential.sum():
        return None
    if residents is not None:
        # A register also counts people above shops, and in homes of unknown size.
        home |= building.index.isin(residents.homes.index)
    homes = building[home]
    if homes.empty or streets is None:
        return None
    people = homes["floor_area_m2"] if residents is None else residents.homes.reindex(homes.index).fillna(0.0)
    source = FLOOR_AREA if residents is None else residents.source
    return Walkers(streets, homes.geometry, people, streets.snaps(homes.geometry.to_numpy()), source)
