"""Renewal areas: compounds that lie together, streets that join, or the unit itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cim.analytics.examination.register import Words

JOIN_M = 30.0
"""Compounds, or streets, of one community are one renewal area while the next lies within this distance: across a
street, not across a park."""
COMPOUNDS, STREETS, UNIT = "compounds", "streets", "unit"
_ENDING = {COMPOUNDS: ("个小区", "compounds"), STREETS: ("条道路", "streets")}


@dataclass(frozen=True)
class Areas:
    """Renewal areas of problems."""

    of: pd.Series[str]
    """Area of each problem (index problem id)."""
    table: pd.DataFrame
    """Index area; kind (COMPOUNDS, STREETS or UNIT), unit_id (community, or the unit itself), name_zh, name_en."""


def renewal_areas(problems: GeoDataFrame, units: GeoDataFrame, *, join_m: float = JOIN_M) -> Areas:
    """Group problems into renewal areas.

    A building's problem is its compound's, where it stands in one; compounds of one community with problems that lie
    within `join_m` of one another are one area. Problems of streets are grouped likewise. Everything else is the
    community's, or the unit's that has it.

    Parameters
    ----------
    problems
        Index problem id; feature_id, key, theme, unit_id, evidence, geometry.
    units
        Index unit id; level, name, name_en, geometry.
    join_m
        Distance in plan, metres.
    """
    compounds = units[units["level"] == "compound"]
    home = _compound_of(problems, compounds)
    street = (problems["theme"] == "road_edge") & problems.geometry.notna()
    area = pd.Series(index=problems.index, dtype=object)
    rows: dict[str, tuple[str, object, str, str]] = {}
    inside = home.notna()
    things = compounds.geometry.reindex(home[inside].unique())
    names = compounds["name"].to_dict()
    english = compounds["name_en"].to_dict()
    _grouped(COMPOUNDS, home[inside], problems["unit_id"][inside], things, (names, english), join_m, area, rows)
    edges = problems["feature_id"][street]
    courses = problems.geometry[street].set_axis(edges).loc[lambda found: ~found.index.duplicated()]
    roads = {
        int(feature): (said or {}).get("road") or key
        for feature, said, key in zip(edges, problems["evidence"][street], problems["key"][street], strict=True)
    }
    _grouped(STREETS, edges, problems["unit_id"][street], courses, (roads, roads), join_m, area, rows)
    rest = ~inside & ~street
    own = problems["feature_id"].where(problems["theme"] == "admin_unit", problems["unit_id"])
    for problem, unit in own[rest].items():
        key = "city" if pd.isna(unit) else f"unit-{int(unit)}"
        area[problem] = key
        told = units.loc[int(unit)] if not pd.isna(unit) and int(unit) in units.index else None
        words = ("全市", "the city") if told is None else (told["name"], told["name_en"])
        rows.setdefault(key, (UNIT, unit, *words))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["kind", "unit_id", "name_zh", "name_en"])
    return Areas(area.astype("str"), table.astype({"unit_id": "Int64"}))


def _compound_of(problems: GeoDataFrame, compounds: GeoDataFrame) -> pd.Series:
    """Return the compound of each problem of a compound or of a building that stands in one; missing for others."""
    home = pd.Series(pd.NA, index=problems.index, dtype="Int64")
    own = (problems["theme"] == "admin_unit") & problems["feature_id"].isin(compounds.index)
    home[own] = problems["feature_id"][own]
    building = np.flatnonzero((problems["theme"] == "building") & problems.geometry.notna())
    if len(building) and len(compounds):
        points = shapely.point_on_surface(problems.geometry.to_numpy()[building])
        place, compound = shapely.STRtree(compounds.geometry.to_numpy()).query(points, predicate="intersects")
        place, first = np.unique(place, return_index=True)
        home.iloc[building[place]] = compounds.index.to_numpy()[compound[first]]
    return home


def _grouped(
    kind: str, thing: pd.Series, unit: pd.Series, shapes: pd.Series, names: tuple[dict[int, str], dict[int, str]],
    join_m: float, area: pd.Series, rows: dict[str, tuple[str, object, str, str]],
) -> None:  # fmt: skip
    """Group things of one community that lie together, and enter the areas of their problems."""
    if thing.empty:
        return
    community = unit.groupby(thing.astype("int64")).agg(lambda found: found.mode(dropna=False).iloc[0])
    things = community.index.to_numpy()
    cluster = _clusters(shapes.reindex(things).to_numpy(), pd.factorize(community)[0], join_m)
    first = pd.Series(things).groupby(cluster).transform("min").to_numpy()
    by_thing = dict(zip(things.tolist(), (f"{kind}-{number}" for number in first), strict=True))
    area[thing.index] = [by_thing[int(one)] for one in thing]
    for number in np.unique(first):
        mine = things[first == number].tolist()
        words = (_named([told.get(one) or str(one) for one in mine], kind, place) for place, told in enumerate(names))
        rows[f"{kind}-{number}"] = (kind, community[number], *words)


def _named(names: list[str], kind: str, place: int) -> str:
    """Return what an area of several things is called."""
    known = list(dict.fromkeys(names))
    if len(known) == 1:
        return known[0]
    ending = _ENDING[kind][place]
    return f"{known[0]} and {len(known) - 1} more {ending}" if place else f"{known[0]}等{len(known)}{ending}"


def _clusters(shapes: npt.NDArray[np.object_], group: npt.NDArray[np.intp], join_m: float) -> npt.NDArray[np.int32]:
    """Return the cluster of each shape: those of one group within a distance of one another, link by link."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=join_m)
    same = group[one] == group[other]
    links = coo_array((np.ones(same.sum(), dtype=bool), (one[same], other[same])), shape=(len(shapes), len(shapes)))
    return np.asarray(connected_components(links, directed=False)[1])


def area_words(table: pd.DataFrame, area: str) -> Words:
    """Return what an area is called."""
    return Words(str(table.loc[area, "name_zh"]), str(table.loc[area, "name_en"]))
