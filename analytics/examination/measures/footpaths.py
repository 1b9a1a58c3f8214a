"""C19: length of footpaths that are sub-standard."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.overlay import length_in_units
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
    lines = paths.geometry.to_numpy()
    has, known = fault.fillna(False).to_numpy(dtype=bool), fault.notna().to_numpy()
    wrong, judged, unknown = (length_in_units(units, lines[chosen]) / 1e3 for chosen in (has, known, ~known))
    middles = paths.set_geometry(paths.geometry.interpolate(0.5, normalized=True))
    evidence = pd.DataFrame({"road": paths["name"], "metres": paths.geometry.length.round()}, index=paths.index)
    notes = () if paths.index.isin(found.index).all() else ("prescreened",)
    problems = shortfalls(middles, fault, found, evidence)
    share = missing_share(judged, unknown)
    return Reading(wrong, judged, share, notes, unknown=unknown, problems=problems, judged=paths.index[known])


MEASURE = Measure("footpaths", footpaths, needs=("road_edge",), uses=("survey_finding",))
