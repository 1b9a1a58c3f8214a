"""What a 关阀分析报告 tells beside the answer: geometry for its map, and the order in which supply comes back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim.analytics.network.bursts.burst import Burst
from cim.analytics.queries import query
from cim.city import CityProfile
from cim.crs import transformation
from cim.store import Store
from cim.viewer import Viewer

_AROUND = 0.12
"""Of the mapped extent, shown beyond it on each side."""
MAP_MM = (182.0, 128.0)
"""Width and height of the map, millimetres."""

_SCALES = (500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 7500, 10_000, 15_000, 20_000, 25_000, 50_000)


@dataclass(frozen=True)
class BurstReport:
    """A burst's answer with all that its report shows."""

    city: CityProfile
    """The city."""
    found: Burst
    """The answer."""
    made_on: dt.date
    """Day of the report."""
    box: tuple[float, float, float, float]
    """West, south, east, north of the map, city CRS."""
    scale: int
    """Scale of the map, 1 : n."""
    pipes: Sequence[tuple[int, shapely.Geometry]]
    """Pipes of the network there: feature id and course."""
    around: Sequence[Mapping[str, Any]]
    """Buildings and roads there: kind, feature_id, name, width_m, geom."""
    places: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Where valves and fittings stand, by feature id, city CRS."""
    burst_at: tuple[float, float] = (0.0, 0.0)
    """Where the burst is, city CRS."""

    def valves(self, role: str) -> list[Mapping[str, Any]]:
        """Return the valves of a role, in their order."""
        return [valve for valve in self.found.valves if valve["role"] == role]

    @property
    def reopening(self) -> list[Mapping[str, Any]]:
        """Return the valves that were closed, in the order in which they are opened: the last one closed first."""
        return self.valves("close")[::-1]


def burst_report(store: Store, viewer: Viewer, found: Burst, made_on: dt.date | None = None) -> BurstReport:
    """Gather what a report of a burst shows.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not on the map.
    found
        The answer.
    made_on
        Day of the report; None means today.
    """
    told = [*found.valves, *found.fittings]
    at = [(row["longitude"], row["latitude"]) for row in [found.segment, *told]]
    way = transformation("EPSG:4326", store.city, Path("report"))
    degrees = np.array([(np.nan, np.nan) if None in place else place for place in at], float)
    x, y = way.plane(degrees[:, 0], degrees[:, 1])
    ids = [row.get("valve_id", row.get("feature_id")) for row in told]
    places = {
        feature: (float(east), float(north))
        for feature, east, north in zip(ids, x[1:], y[1:], strict=True)
        if feature is not None and np.isfinite(east)
    }
    near = [places[valve["valve_id"]] for valve in found.valves if valve["valve_id"] in places]
    burst_at = float(x[0]), float(y[0])
    box, scale = _frame(store, viewer, found, [burst_at, *near])
    asked = {
        "network": found.segment["network"],
        "box": shapely.to_wkb(shapely.box(*box)),
        "srid": store.city.srid,
    }
    pipes = store.rows(viewer, query("network.bursts", "report_pipes"), asked)
    around = store.rows(viewer, query("network.bursts", "report_around"), asked)
    return BurstReport(
        store.city,
        found,
        made_on or dt.date.today(),
        box,
        scale,
        [(row["segment_id"], shapely.from_wkb(row["geom"])) for row in pipes],
        [{**row, "geom": shapely.from_wkb(row["geom"])} for row in around],
        places,
        burst_at,
    )


def _frame(
    store: Store, viewer: Viewer, found: Burst, near: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float, float, float], int]:
    """Return the map's extent and scale: the isolated part and its valves, with some room around."""
    asked = {"segments": list(found.isolated["segments"])}
    (row,) = store.rows(viewer, query("network.bursts", "report_isolated"), asked)
    points = shapely.MultiPoint(list(near))
    extent = points if row["extent"] is None else shapely.union(shapely.from_wkb(row["extent"]), points)
    west, south, east, north = extent.bounds
    needed = max((east - west) / MAP_MM[0], (north - south) / MAP_MM[1]) * 1000 * (1 + 2 * _AROUND)
    scale = next((each for each in _SCALES if each >= needed), math.ceil(needed / 50_000) * 50_000)
    half = MAP_MM[0] * scale / 2000, MAP_MM[1] * scale / 2000
    x, y = (west + east) / 2, (south + north) / 2
    return (x - half[0], y - half[1], x + half[0], y + half[1]), scale
