"""C19: length of footpaths that are sub-standard."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import looked_at, newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading, Seen, missing_share
from cim.analytics.examination.overlay import lengths_in_units
from cim.analytics.examination.tally import flag


def footpaths(units: GeoDataFrame, *, road_edge: GeoDataFrame, survey_finding: GeoDataFrame, item: str) -> Reading:
    """Measure the walkable streets found sub-standard, km, out of those that could be judged.

    Where nobody surveyed, a street for vehicles without a footway beside it is a candidate, and one with a footway is
    not; a footpath or steps of their own cannot be judged from a register.
    """
    paths = road_edge[road_edge["walkable"].fillna(True).astype(bool)]
    if paths.empty:
        raise NoData("road_edge/walkable")
    bare = ~flag(paths["sidewalk"], paths.index)
    suspect = bare.mask(~paths["drivable"].fillna(True).astype(bool))
    found = newest(survey_finding, item, "edge_id")
    fault = overruled(suspect, found)
    known, seen, wrong = fault.notna(), looked_at(paths.index, found), fault.fillna(False).astype(bool)
    told = pd.DataFrame({"wrong": wrong, "judged": known, "unknown": ~known, "found": wrong & seen, "seen": seen})
    km = lengths_in_units(units, paths.geometry.to_numpy(), told) / 1e3
    middles = paths.set_geometry(paths.geometry.interpolate(0.5, normalized=True))
    evidence = pd.DataFrame({"road": paths["name"], "metres": paths.geometry.length.round()}, index=paths.index)
    return Reading(
        km["wrong"],
        km["judged"],
        missing_share(km["judged"], km["unknown"]),
        unknown=km["unknown"],
        problems=shortfalls(middles, fault, found, evidence),
        seen=Seen(km["found"], km["seen"]),
        judged=paths.index[known],
    )


MEASURE = Measure("footpaths", footpaths, needs=("road_edge",), uses=("survey_finding",), counts=("road_edge",))
