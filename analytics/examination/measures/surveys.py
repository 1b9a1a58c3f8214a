"""H03 to H06, H08, H10, C22, B27, B28, D32, D49 and their like: only what surveyors found."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.findings import SUBJECTS, newest, overruled, shortfalls
from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.stock import stock_of
from cim.analytics.examination.tally import flag, tally, totals_at_points


def surveyed_homes(units: GeoDataFrame, *, building: GeoDataFrame, survey_finding: GeoDataFrame, item: str) -> Reading:
    """Count residential buildings found with a fault, out of those surveyed."""
    homes = building[building["usage"] == "residential"]
    found = _of(survey_finding, item, "building_id")
    fault = overruled(flag(None, homes.index), found)
    return tally(units, homes.geometry, fault, problems=shortfalls(homes, fault, found, _nothing(homes)))


def surveyed_dwellings(
    units: GeoDataFrame, *, building: GeoDataFrame, survey_finding: GeoDataFrame, item: str
) -> Reading:
    """Sum the dwellings with a fault, and the dwellings of the buildings surveyed; a household is one dwelling."""
    homes = building[building["usage"] == "residential"]
    found = _of(survey_finding, item, "building_id")
    seen = found.reindex(homes.index)
    dwellings = homes["households"].fillna(1.0)
    values = pd.DataFrame(
        {
            "has": seen["quantity"].where(seen["fault"].fillna(False).astype(bool), 0.0).fillna(0.0),
            "known": dwellings.where(seen["fault"].notna(), 0.0),
            "unknown": dwellings.where(seen["fault"].isna(), 0.0),
        }
    )
    sums = totals_at_points(units, homes.geometry, values)
    fault = flag(seen["fault"], homes.index)
    evidence = pd.DataFrame({"dwellings": seen["quantity"], "households": homes["households"]}, index=homes.index)
    return Reading(
        sums["has"],
        sums["known"],
        missing_share(sums["known"], sums["unknown"]),
        unknown=sums["unknown"],
        problems=shortfalls(homes, fault, found, evidence),
        judged=homes.index[seen["fault"].notna()],
    )


def surveyed_units(
    units: GeoDataFrame, *, admin_unit: GeoDataFrame, survey_finding: GeoDataFrame, item: str, stock: Sequence[str]
) -> Reading:
    """Count compounds, blocks or other units found with a fault, out of those surveyed."""
    places, notes = stock_of(admin_unit, stock)
    found = _of(survey_finding, item, "unit_id")
    fault = overruled(flag(None, places.index), found)
    points = places.set_geometry(places.geometry.representative_point())
    return tally(
        units, points.geometry, fault, notes=notes, problems=shortfalls(points, fault, found, _nothing(places))
    )


def surveyed_roads(units: GeoDataFrame, *, road_edge: GeoDataFrame, survey_finding: GeoDataFrame, item: str) -> Reading:
    """Count roads found with a fault on any section, out of those of which a section was looked at.

    Sections of one name are one road; it lies where its longest section does. Sections without a name are none.
    """
    roads = road_edge[road_edge["name"].notna() & road_edge["drivable"].fillna(True).astype(bool)]
    if roads.empty:
        raise NoData("road_edge/name")
    found = _of(survey_finding, item, "edge_id")
    roads = roads.assign(fault=found["fault"].reindex(roads.index).astype("Float64"), metres=roads.geometry.length)
    longest = roads.sort_values("metres").groupby("name").tail(1).set_index("name", drop=False)
    fault = flag(roads.groupby("name")["fault"].max().reindex(longest.index) > 0, longest.index)
    fault = fault.mask(roads.groupby("name")["fault"].count().reindex(longest.index) == 0)
    ids = roads.reset_index().groupby("name")["feature_id"].first().reindex(longest.index)
    points = longest.set_geometry(longest.geometry.interpolate(0.5, normalized=True))
    seen = found.reindex(roads.index)[["photo", "photo_file"]].groupby(roads["name"]).first().reindex(longest.index)
    points.index, fault.index, seen.index = (pd.Index(ids, name="feature_id"),) * 3
    evidence = pd.DataFrame({"road": points["name"]}, index=points.index)
    seen = seen.assign(fault=fault, severity=float("nan"))
    return tally(units, points.geometry, fault, problems=shortfalls(points, fault, seen, evidence))


def surveyed_places(units: GeoDataFrame, *, survey_finding: GeoDataFrame, item: str) -> Reading:
    """Count places found with a fault, out of those inspected: water bodies, waterlogging points, bridges."""
    rows = survey_finding[(survey_finding["item"] == item) & survey_finding.geometry.notna()]
    rows = rows[rows[list(SUBJECTS)].isna().all(axis=1)]
    if rows.empty:
        raise NoData(f"survey_finding/{item}")
    # The same place looked at again: the newest counts.
    rows = rows.sort_values("day").loc[lambda frame: ~frame.geometry.to_wkb().duplicated(keep="last")]
    fault = flag(rows["fault"], rows.index)
    found = rows[["fault", "severity", "photo", "photo_file"]]
    return tally(units, rows.geometry, fault, problems=shortfalls(rows, fault, found, _nothing(rows)))


def _of(survey_finding: GeoDataFrame, item: str, subject: str) -> pd.DataFrame:
    found = newest(survey_finding, item, subject)
    if found.empty:
        raise NoData(f"survey_finding/{item}")
    return found


def _nothing(places: GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(index=places.index)


MEASURES = (
    Measure("surveyed_homes", surveyed_homes, needs=("building", "survey_finding"), counts=("building",)),
    Measure("surveyed_dwellings", surveyed_dwellings, needs=("building", "survey_finding"), counts=("building",)),
    Measure("surveyed_units", surveyed_units, needs=("admin_unit", "survey_finding")),
    Measure("surveyed_roads", surveyed_roads, needs=("road_edge", "survey_finding")),
    Measure("surveyed_places", surveyed_places, needs=("survey_finding",)),
)
