"""What there is to look at in a city, as its registers know it: it stands in the forms already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.analytics.errors import NoUnits
from cim.analytics.queries import query
from cim.city import CityProfile
from cim.store import Store
from cim.viewer import Viewer

_QUERIES = "examination.survey_forms"


@dataclass(frozen=True)
class Things:
    """The things of a city, or of one of its units."""

    city: CityProfile
    """The city."""
    about: str
    """Name of the unit; empty: the whole city."""
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """By sheet of the forms: key, about, community, built, as far as they are known."""
    communities: Sequence[tuple[str, str]]
    """Key and name of the communities that people are asked in."""


def things(store: Store, viewer: Viewer, within: int | None = None, about: str = "") -> Things:
    """Return what there is to look at.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the forms.
    within
        Only what lies in this unit, by feature id.
    about
        Its name.
    """
    asked = {"within": within}
    blocks = units_of(store, viewer, "block", within) or units_of(store, viewer, "subdistrict", within)
    return Things(
        city=store.city,
        about=about,
        rows={
            "住宅": store.rows(viewer, query(_QUERIES, "homes"), asked),
            "小区": units_of(store, viewer, "compound", within),
            "街区": blocks,
            "道路": store.rows(viewer, query(_QUERIES, "streets"), asked),
        },
        communities=[(row["key"], row["about"]) for row in units_of(store, viewer, "community", within)],
    )


def units_of(store: Store, viewer: Viewer, level: str, within: int | None = None) -> list[dict[str, Any]]:
    """Return the units of a level: key, feature_id, about (name), community."""
    return store.rows(viewer, query(_QUERIES, "units"), {"level": level, "within": within})


def parts(store: Store, viewer: Viewer, level: str) -> list[dict[str, Any]]:
    """Return the units that are each given a workbook.

    Raises
    ------
    NoUnits
        The city has none of that level.
    """
    found = units_of(store, viewer, level)
    if not found:
        raise NoUnits(store.city.slug, [level])
    return found
