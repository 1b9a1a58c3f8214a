"""C19: length of footpaths that are sub-standard."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
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
    known = fault.notna()
    told = pd.DataFrame({"wrong": fault.fillna(False), "judged": known, "unknown": ~known})
    km = lengths_in_units(units, paths.geometry.to_numpy(), told) / 1e3
    middles = paths.set_geometry(paths.geometry.interpolate(0.5, normalized=True))
    evidence = pd.DataFrame({"road": paths["name"], "metres": paths.geometry.length.round()}, index=paths.index)
    notes = () if paths.index.isin(found.index).all() else ("prescreened",)
    problems = shortfalls(middles, fault, found, evidence)
    share = missing_share(km["judged"], km["unknown"])
    judged = paths.index[known]
    return Reading(km["wrong"], km["judged"], share, notes, unknown=km["unknown"], problems=problems, judged=judged)


MEASURE = Measure("footpaths", footpaths, needs=("road_edge",), uses=("survey_finding",), counts=("road_edge",))
