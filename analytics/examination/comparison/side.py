"""One of the two examinations that are compared: its values, its definitions, and the ground that it stands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.errors import NoExamination
from cim.analytics.examination.comparison.declared import declared_register
from cim.analytics.examination.frames import by_level, theme_frame
from cim.analytics.examination.register import Register
from cim.analytics.queries import query
from cim.city import CityProfile
from cim.store import Store
from cim.viewer import Viewer

_PACKAGE = "examination.comparison"


@dataclass(frozen=True)
class Side:
    """An examination to be compared."""

    city: CityProfile
    """City examined."""
    year: int
    """Year examined."""
    register: Register
    """Definitions, standards and rules of grading that it used."""
    table: pd.DataFrame
    """A row for each indicator and unit: code, unit_id, level, value, grade, … as `result.indicator` keeps them."""
    units: GeoDataFrame
    """Units examined, as they were drawn then: index unit id; level, name, name_en, geom in the city's CRS."""
    builtup_area: GeoDataFrame
    """Built-up area that it read; empty where none was declared."""
    recorded: dt.datetime | None
    """The city as it was recorded at this time is what it read; None: as it is now."""
    method: str
    """Version of the measures."""
    run_id: int | None
    """Its run, where it was kept."""

    @property
    def built(self) -> shapely.Geometry | None:
        """Built-up area in one piece; None where none was declared."""
        shapes = self.builtup_area.geometry.dropna().to_numpy()
        return shapely.union_all(shapes) if len(shapes) else None

    @property
    def about(self) -> dict[str, Any]:
        """What stands above its values."""
        return {
            "city": self.city.slug,
            "city_zh": self.city.name_zh,
            "city_en": self.city.name_en,
            "synthetic": self.city.synthetic,
            "year": self.year,
            "system": self.register.system,
            "system_year": self.register.year,
            "provisional": self.register.provisional,
            "run_id": self.run_id,
            "recorded": self.recorded,
            "method": self.method,
        }


def same_city(then: Side, now: Side) -> bool:
    """Return whether both are of one city: their units are the same things."""
    return then.city.slug == now.city.slug


def kept_side(
    store: Store, viewer: Viewer, *, year: int | None = None, system: str | None = None, run: int | None = None
) -> Side:
    """Return a kept examination: the newest of a year (and of a system, where one is named), or that of a number.

    Raises
    ------
    NoExamination
        There is none, or the viewer may not see it.
    """
    asked = {"year": None if year is None else str(year), "system": system, "run": run}
    rows = store.rows(viewer, query(_PACKAGE, "run"), asked)
    if not rows:
        known = store.rows(viewer, query(_PACKAGE, "known"))
        told = ", ".join(f"{row['subject']} by {row['system']}" for row in known)
        raise NoExamination(store.city.slug, year, system, run, told)
    (found,) = rows
    return _side(store, viewer, found)


def kept_before(store: Store, viewer: Viewer, year: int, system: str | None, after: Side) -> Side:
    """Return the examination that another is compared with: by the same system where the year was examined by it.

    Raises
    ------
    NoExamination
        The year was not examined.
    """
    try:
        return kept_side(store, viewer, year=year, system=system or after.register.system.split("+")[0])
    except NoExamination:
        if system is not None:
            raise
        return kept_side(store, viewer, year=year)


def _side(store: Store, viewer: Viewer, found: Mapping[str, Any]) -> Side:
    # What an examination read stood when its run was opened; it would have failed had anything been published since.
    recorded, year = found["started_at"], int(found["subject"])
    values = store.frame(viewer, query(_PACKAGE, "values"), {"run": found["run_id"]})
    units = theme_frame(store, viewer, "admin_unit", year, recorded=recorded)
    units = units[units.index.isin(values["unit_id"])]
    # A unit that the viewer may not see any more is not told.
    values = values[values["unit_id"].isin(units.index)].reset_index(drop=True)
    return Side(
        city=store.city,
        year=year,
        register=declared_register(found["parameters"]),
        table=values,
        units=by_level(units),
        builtup_area=theme_frame(store, viewer, "builtup_area", year, recorded=recorded),
        recorded=recorded,
        method=str(found["parameters"]["method"]),
        run_id=int(found["run_id"]),
    )
