"""Projects from the problems of the ledger."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.overview import newest
from cim.analytics.examination.projects.areas import JOIN_M, Areas, area_words, renewal_areas
from cim.analytics.examination.projects.catalogue import UNVERIFIED, Catalogue, Cost, load_catalogue
from cim.analytics.examination.projects.project import Item, Project, ProjectList
from cim.analytics.examination.projects.reading import ToSolve, read_to_solve
from cim.analytics.examination.register import Words
from cim.city import CityProfile
from cim.crs import longitude_latitude
from cim.store import Store
from cim.viewer import LOCAL, Viewer

_NOTHING, _CITY = Words("", ""), Words("全市", "the city")


def project_list(
    store: Store,
    viewer: Viewer = LOCAL,
    *,
    catalogue: Catalogue | None = None,
    unit: int | None = None,
    join_m: float = JOIN_M,
) -> ProjectList:
    """Group the problems that are to be solved into projects.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; problems that are not shown to them are in no project.
    catalogue
        Works and costs; those of this software unless given.
    unit
        Only the problems of this community, by feature id.
    join_m
        How near compounds, or streets, must lie to be one renewal area, metres.
    """
    found = read_to_solve(store, viewer, unit=unit)
    examined = newest(store, viewer)
    titles = {
        code: Words(said["title_zh"], said["title_en"])
        for code, said in (examined.declared if examined else {}).items()
    }
    known = catalogue or load_catalogue()
    about = {
        "city": store.city.slug,
        "city_zh": store.city.name_zh,
        "city_en": store.city.name_en,
        "synthetic": store.city.synthetic,
        "year": examined.about["year"] if examined else None,
        "system": examined.about["system"] if examined else None,
        "problems": len(found.problems),
        "join_m": join_m,
        "own_costs": list(known.replaced),
    }
    return ProjectList(about, projects(found, known, titles, store.city, join_m=join_m), notes(known, join_m))


def projects(
    found: ToSolve, catalogue: Catalogue, titles: Mapping[str, Words], city: CityProfile, *, join_m: float = JOIN_M
) -> list[Project]:
    """Return the projects of problems, the most pressing first: the pure part of `project_list`."""
    rows = found.problems
    if rows.empty:
        return []
    areas = renewal_areas(rows, found.units, join_m=join_m)
    works = rows["code"].map({code: catalogue.work_of(code).work for code in rows["code"].unique()})
    grouped: dict[tuple[str, str], list[_Problem]] = {}
    for one, area, work in zip(_plain(rows, catalogue, city), areas.of, works, strict=True):
        grouped.setdefault((str(area), str(work)), []).append(one)
    named = zip(found.units.index, found.units["name"], found.units["name_en"], strict=True)
    units = {int(unit): Words(str(zh), str(en)) for unit, zh, en in named}
    made = [_project(*key, some, areas, catalogue, titles, units) for key, some in grouped.items()]
    return sorted(made, key=_pressing)


@dataclass(frozen=True, slots=True)
class _Problem:
    """A problem, as far as a project tells of it."""

    number: int
    code: str
    candidate: bool
    severity: int | None
    deadline: str
    due_on: dt.date | None
    responsible: str | None
    amount: float
    x: float
    y: float


def _plain(rows: GeoDataFrame, catalogue: Catalogue, city: CityProfile) -> Iterator[_Problem]:
    """Yield problems with the amount that each costs for: a table is slow to take apart into hundreds of projects."""
    amount = pd.Series(np.nan, index=rows.index)
    for code, some in rows.groupby("code"):
        if code in catalogue.costs:
            amount[some.index] = amounts(some, catalogue.costs[str(code)])
    places = _places(rows, city)
    columns = [rows[name] for name in ("code", "candidate", "severity", "deadline", "due_on", "responsible")]
    for number, code, candidate, severity, deadline, due, responsible, much, x, y in zip(
        rows.index, *columns, amount, places["x"], places["y"], strict=True
    ):
        yield _Problem(
            int(number),
            str(code),
            bool(candidate),
            None if pd.isna(severity) else int(severity),
            str(deadline),
            None if pd.isna(due) else due,
            None if pd.isna(responsible) else str(responsible),
            float(much),
            float(x),
            float(y),
        )


def _pressing(one: Project) -> tuple[Any, ...]:
    return (
        one.deadline != "within_time",
        one.due_on or dt.date.max,
        -(one.severity or 0),
        -len(one.problems),
        one.number,
    )


def _project(
    area: str, work: str, rows: Sequence[_Problem], areas: Areas, catalogue: Catalogue, titles: Mapping[str, Words],
    units: Mapping[int, Words],
) -> Project:  # fmt: skip
    kind, about = catalogue.works[work], areas.table.loc[area]
    by_code: dict[str, list[_Problem]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    items = [_item(code, by_code[code], catalogue, titles) for code in sorted(by_code)]
    unit: int | None = None if pd.isna(about["unit_id"]) else int(about["unit_id"])
    named = "、".join(dict.fromkeys(row.responsible for row in rows if row.responsible))
    placed = [(row.x, row.y) for row in rows if not math.isnan(row.x)]
    middle = (sum(x for x, _ in placed) / len(placed), sum(y for _, y in placed) / len(placed)) if placed else None
    return Project(
        number=f"{area}/{work}",
        work=work,
        title=kind.title,
        area=area,
        area_kind=str(about["kind"]),
        area_name=area_words(areas.table, area),
        unit_id=unit,
        unit=units.get(unit, _CITY) if unit is not None else _CITY,
        items=items,
        problems=[row.number for row in rows],
        candidates=sum(row.candidate for row in rows),
        severity=max((row.severity for row in rows if row.severity is not None), default=None),
        deadline="within_time" if any(row.deadline == "within_time" for row in rows) else "best_effort",
        due_on=min((row.due_on for row in rows if row.due_on is not None), default=None),
        responsible=Words(named, named) if named else kind.responsible,
        named=bool(named),
        low_cny=sum(item.low_cny for item in items),
        high_cny=sum(item.high_cny for item in items),
        uncosted=sum(item.uncosted for item in items),
        place=None if middle is None else (round(middle[0], 6), round(middle[1], 6)),
    )


def _item(code: str, rows: Sequence[_Problem], catalogue: Catalogue, titles: Mapping[str, Words]) -> Item:
    title, cost = titles.get(code, Words(code, code)), catalogue.costs.get(code)
    if cost is None:
        return Item(code, title, _NOTHING, len(rows), None, _NOTHING, len(rows), 0.0, 0.0, UNVERIFIED)
    known = [row.amount for row in rows if not math.isnan(row.amount)]
    total = math.fsum(known)
    return Item(
        code,
        title,
        cost.action,
        len(rows),
        total if known else None,
        cost.unit,
        len(rows) - len(known),
        total * cost.low_cny,
        total * cost.high_cny,
        cost.status,
    )


def amounts(rows: pd.DataFrame, cost: Cost) -> pd.Series[float]:
    """Return how much there is to do of each problem, in the unit of its cost; NaN where that is not known."""
    if cost.amount == "place":
        return pd.Series(1.0, index=rows.index)
    if cost.amount.startswith("evidence:"):
        return _told(rows, cost.amount.partition(":")[2])
    if cost.amount.startswith("shortfall"):
        value, standard, whole = (_told(rows, name) for name in ("value", "standard", "denominator"))
        short = (standard - value).abs() * whole
        return short / 100 if cost.amount.endswith("percent") else short
    return rows[cost.amount].astype(float)


def _told(rows: pd.DataFrame, name: str) -> pd.Series[float]:
    """Return a number of the problems' evidence."""
    said = [(evidence or {}).get(name) for evidence in rows["evidence"]]
    return pd.Series([one if isinstance(one, int | float) else np.nan for one in said], index=rows.index, dtype=float)


def _places(rows: GeoDataFrame, city: CityProfile) -> pd.DataFrame:
    """Return a point on each thing, degrees; NaN where it has no shape that is shown."""
    known = rows.geometry.notna()
    points = shapely.point_on_surface(rows.geometry[known].to_numpy())
    x, y = longitude_latitude(city, shapely.get_x(points), shapely.get_y(points))
    return pd.DataFrame({"x": x, "y": y}, index=rows.index[known]).reindex(rows.index)


def notes(catalogue: Catalogue, join_m: float) -> list[Words]:
    """Return what is to be known of a project list."""
    unverified = sum(cost.status == UNVERIFIED for cost in catalogue.costs.values())
    return [
        Words(
            f"造价为估算区间：{len(catalogue.costs)} 项单价中 {unverified} 项未经核实，城市可用自己的 costs.csv 替换。",
            f"Costs are bands: {unverified} of {len(catalogue.costs)} unit costs are unverified; "
            "a city puts a costs.csv of its own in their place.",
        ),
        Words(
            f"同一社区内相距 {join_m:g} m 以内的小区（道路）合为一个更新片区；其余问题归所在社区或单元。",
            f"Compounds (or streets) of one community within {join_m:g} m of one another are one renewal area; "
            "other problems are their community's or unit's.",
        ),
        Words(
            "预筛的候选问题须先现场核实；数量未知的问题未计入造价。",
            "Candidates are to be confirmed on site first; problems of unknown amount are in no cost.",
        ),
    ]
