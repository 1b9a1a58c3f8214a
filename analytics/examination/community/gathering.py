"""What the sheet of a community shows, from the newest examination and the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from cim.analytics.examination.comparison.side import Side, kept_side
from cim.analytics.examination.projects.areas import JOIN_M
from cim.analytics.examination.projects.catalogue import Catalogue, load_catalogue
from cim.analytics.examination.projects.project import Project
from cim.analytics.examination.projects.project_list import projects
from cim.analytics.examination.projects.reading import ToSolve, read_to_solve
from cim.analytics.examination.register import Register
from cim.analytics.examination.scores.attainment import attained
from cim.analytics.examination.shortfalls import smallest
from cim.analytics.queries import query
from cim.city import CityProfile
from cim.errors import CimError
from cim.store import Store
from cim.viewer import LOCAL, Viewer

_ORDER = {"short": 0, "near": 1, "meets": 2, "not_assessable": 3}
_AROUND = 0.06
"""Of the unit's extent, shown beyond it on each side."""


class UnknownUnit(CimError):
    """The newest examination has no such unit, or the viewer may not see it."""

    def __init__(self, unit: int, level: str) -> None:
        super().__init__(f"no unit {unit} in the newest examination: give the feature id of a {level}", unit=str(unit))


@dataclass(frozen=True)
class Community:
    """What the sheet of a community, or of another unit, shows."""

    city: CityProfile
    """The city."""
    about: Mapping[str, Any]
    """The examination: year, system, its year, whether that is provisional, run."""
    register: Register
    """Its indicators."""
    unit_id: int
    """The unit."""
    unit: Mapping[str, Any]
    """level, name, name_en, residents, households, area_m2, compounds, homes; None where not known."""
    shape: BaseGeometry
    """Its extent, city CRS."""
    indicators: pd.DataFrame
    """Rows of its values, the worst first: code, value, standard, grade, missing_share, attained (0..1)."""
    problems: GeoDataFrame
    """Its problems that are to be solved; see `ToSolve`."""
    projects: Sequence[Project]
    """Its projects, the most pressing first."""
    catalogue: Catalogue
    """What is done about shortfalls."""
    around: Sequence[Mapping[str, Any]]
    """Buildings and streets: kind, sort, geom."""


def communities(
    store: Store,
    viewer: Viewer = LOCAL,
    units: Sequence[int] | None = None,
    *,
    year: int | None = None,
    system: str | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[Community]:
    """Yield what the sheets of units show.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what is hidden from them is on no sheet.
    units
        Feature ids; None: every community, or every unit of the smallest level examined where there is none.
    year, system
        Which examination; None: the newest.
    catalogue
        Works and costs; those of this software unless given.

    Raises
    ------
    NoExamination, UnknownUnit
        There is no examination, or it has no such unit.
    """
    side = kept_side(store, viewer, year=year, system=system)
    level = smallest(side.units["level"])
    wanted = list(side.units.index[side.units["level"] == level]) if units is None else list(units)
    for unit in wanted:
        if unit not in side.units.index:
            raise UnknownUnit(unit, level)
    # Areas do not cross a community's border: of one alone its own problems are enough.
    alone = wanted[0] if len(wanted) == 1 else None
    to_solve, known = read_to_solve(store, viewer, unit=alone), catalogue or load_catalogue()
    titles = {code: one.title for code, one in side.register.indicators.items()}
    every = projects(to_solve, known, titles, store.city, join_m=JOIN_M)
    facts = {
        row["unit_id"]: row for row in store.rows(viewer, query("examination.community", "facts"), {"ids": wanted})
    }
    ordered = worst_first(side.table[side.table["unit_id"].isin(wanted)], side.register)
    for unit in wanted:
        yield _community(store, viewer, side, int(unit), ordered, to_solve, every, known, facts.get(unit, {}))


def _community(
    store: Store, viewer: Viewer, side: Side, unit: int, ordered: pd.DataFrame, to_solve: ToSolve,
    every: Sequence[Project], catalogue: Catalogue, facts: Mapping[str, Any],
) -> Community:  # fmt: skip
    row, shape = side.units.loc[unit], side.units.geometry[unit]
    mine = to_solve.problems[to_solve.problems["unit_id"] == unit]
    names = ("residents", "households", "area_m2", "compounds", "homes")
    return Community(
        city=store.city,
        about=side.about,
        register=side.register,
        unit_id=unit,
        unit={"level": row["level"], "name": row["name"], "name_en": row["name_en"]} | {n: facts.get(n) for n in names},
        shape=shape,
        indicators=ordered[ordered["unit_id"] == unit].reset_index(drop=True),
        problems=mine,
        projects=[one for one in every if one.unit_id == unit],
        catalogue=catalogue,
        around=_around(store, viewer, shape),
    )


def worst_first(table: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return rows with how far each attains its standard (0..1), unit by unit the worst grade and attainment first."""
    parts = [attained(rows, register.indicators[str(code)]) for code, rows in table.groupby("code", sort=False)]
    place = {code: number for number, code in enumerate(register.indicators)}
    keys = pd.DataFrame(
        {
            "unit": table["unit_id"],
            "grade": table["grade"].map(_ORDER),
            "attained": pd.concat(parts) if parts else pd.Series(dtype=float),
            "place": table["code"].map(place),
        }
    ).sort_values(["unit", "grade", "attained", "place"], na_position="last")
    return table.loc[keys.index].assign(attained=keys["attained"])


def _around(store: Store, viewer: Viewer, shape: BaseGeometry) -> list[dict[str, Any]]:
    west, south, east, north = shape.bounds
    room = _AROUND * max(east - west, north - south)
    box = shapely.box(west - room, south - room, east + room, north + room)
    asked = {"box": shapely.to_wkb(box), "srid": store.city.srid}
    rows = store.rows(viewer, query("examination.community", "around"), asked)
    return [{**row, "geom": shapely.from_wkb(row["geom"])} for row in rows]
