"""D38, D47, D58, N01, X01, X02, X04, X07: what the register of construction projects tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Measure, NoData, Reading, missing_share
from cim.analytics.examination.tally import flag, tally, totals_at_points


def new_floor_share(units: GeoDataFrame, *, construction_project: GeoDataFrame, of: str, year: int) -> Reading:
    """Measure the floor area of new buildings started in a year that is green, star-rated or prefabricated, m².

    The year is that examined, or the last before it in which anything was started. A project of unknown floor area has
    the mean of the others.
    """
    new = construction_project[(construction_project["kind"] == "new") & (construction_project["started_year"] <= year)]
    if new.empty:
        raise NoData(f"construction_project/new/{year}")
    last = new["started_year"].max()
    new = new[new["started_year"] == last]
    floor = new["floor_area_m2"].fillna(new["floor_area_m2"].mean()).fillna(1.0)
    notes = () if last == year else ("starts_of_other_year",)
    return tally(units, new.geometry, _is(new, of), weight=floor, notes=notes)


def _is(projects: GeoDataFrame, of: str) -> pd.Series[Any]:
    """Return whether each is of the kind asked for, missing where that is not recorded."""
    stars = projects["green_stars"]
    starred = flag(stars >= 1, projects.index).mask(stars.isna())
    if of == "prefabricated":
        return flag(projects["prefabricated"], projects.index)
    if of == "star_rated":
        return starred
    # A star is green for certain; without one the basic grade may still be reached.
    return flag(projects["green_building"], projects.index).mask(starred.fillna(False).astype(bool), other=True)


def project_share(
    units: GeoDataFrame,
    *,
    construction_project: GeoDataFrame,
    done: Mapping[str, Sequence[Any]],
    kinds: Sequence[str] = (),
    stages: Sequence[str] = (),
    programme: str = "",
) -> Reading:
    """Count the projects whose columns have the values of `done`, out of those of the kinds, stages and programme."""
    chosen = construction_project
    for column, values in (("kind", kinds), ("stage", stages), ("programme", [programme] if programme else ())):
        chosen = chosen[chosen[column].isin(values)] if values else chosen
    if chosen.empty:
        raise NoData(f"construction_project/{'/'.join([*kinds, *stages, *([programme] if programme else [])])}")
    fulfilled = flag(True, chosen.index)
    for column, values in done.items():
        fulfilled &= flag(chosen[column].isin(values), chosen.index).mask(chosen[column].isna())
    short = (~fulfilled).fillna(False).astype(bool)
    evidence = pd.DataFrame({name: chosen[name].astype(object) for name in ("kind", "stage")}, index=chosen.index)
    problems = GeoDataFrame(evidence[short].assign(candidate=False), geometry=chosen.geometry[short])
    return tally(units, chosen.geometry, fulfilled, problems=problems)


def project_total(units: GeoDataFrame, *, construction_project: GeoDataFrame, of: str, year: int) -> Reading:
    """Sum a column over projects, those that began after the year examined left out, and count those that state it."""
    known = construction_project[~(construction_project["started_year"] > year)]
    value = known[of].astype("Float64").astype(float)
    if value.isna().all():
        raise NoData(f"construction_project/{of}")
    told = value.notna()
    values = pd.DataFrame({"sum": value.fillna(0.0), "known": told * 1.0, "unknown": ~told * 1.0})
    sums = totals_at_points(units, known.geometry, values)
    return Reading(sums["sum"], sums["known"], missing_share(sums["known"], sums["unknown"]))


MEASURES = (
    Measure("new_floor_share", new_floor_share, needs=("construction_project",), of_year=True),
    Measure("project_share", project_share, needs=("construction_project",)),
    Measure("project_total", project_total, needs=("construction_project",), of_year=True),
)
