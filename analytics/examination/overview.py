"""What the newest examination found: all indicators at a glance, and one indicator's units, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.analytics.errors import UnknownIndicator
from cim.analytics.examination.register import OFFICIAL_LEVELS
from cim.analytics.queries import query
from cim.analytics.reasons import sentence
from cim.codes import LEVELS
from cim.store import Store
from cim.viewer import Viewer

GRADES = ("meets", "near", "short", "not_assessable")


@dataclass(frozen=True)
class Examined:
    """A finished examination as its run declared it."""

    run: Mapping[str, Any]
    """Row of `run.analysis`."""

    @property
    def declared(self) -> Mapping[str, Mapping[str, Any]]:
        """Indicators by code, as the run took them."""
        indicators: Mapping[str, Mapping[str, Any]] = self.run["parameters"]["indicators"]
        return indicators

    @property
    def about(self) -> dict[str, Any]:
        """What stands above every result: year, system and its year, whether that is provisional, when it was run."""
        parameters = self.run["parameters"]
        told = {name: parameters.get(name) for name in ("year", "system", "system_year", "provisional")}
        return {
            "run_id": self.run["run_id"],
            **told,
            "finished_at": self.run["finished_at"],
            "data_version": self.run["data_version"],
            "software_version": self.run["software_version"],
            "left_out": self.run["left_out"],
        }


def newest(
    store: Store, viewer: Viewer, year: int | None = None, *, system: str | None = None, code: str | None = None
) -> Examined | None:
    """Return the newest finished examination; None: there is none.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks.
    year
        Only of this year.
    system
        Only by this system, with or without a city's own changes to it.
    code
        Only one that has this indicator: a year may be examined by several systems.
    """
    asked = {"year": None if year is None else str(year), "system": system, "code": code}
    rows = store.rows(viewer, query("examination", "newest_run"), asked)
    return Examined(rows[0]) if rows else None


def systems(store: Store, viewer: Viewer, year: int) -> list[dict[str, Any]]:
    """Return the systems by which a year was examined, the newest run first: system, run_id, finished_at."""
    return store.rows(viewer, query("examination", "systems_of_year"), {"year": str(year)})


def standing(store: Store, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the examinations that can be shown, the newest run first.

    Returns
    -------
    list of dict
        year, system, system_year, title_zh, title_en, provisional, run_id, finished_at.
    """
    return store.rows(viewer, query("examination", "standing"))


def overview(store: Store, viewer: Viewer, examined: Examined) -> list[dict[str, Any]]:
    """Return each indicator with the city's value and, by level, how many units have which grade.

    Returns
    -------
    list of dict
        In the order of the official levels and codes: code, what was declared of it, `city` (value and grade; None
        where it has none for the city) and `levels` (level -> counts by grade).
    """
    rows = store.rows(viewer, query("examination", "findings"), {"run": examined.run["run_id"]})
    counts: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        counts.setdefault(row["code"], {})[row["level"]] = row
    codes = sorted(examined.declared, key=lambda code: (OFFICIAL_LEVELS.index(examined.declared[code]["level"]), code))
    return [_indicator(code, examined.declared[code], counts.get(code, {})) for code in codes]


def _indicator(code: str, declared: Mapping[str, Any], levels: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    city = levels.get("city")
    ordered = [level for level in LEVELS if level in levels]
    return {
        "code": code,
        **declared,
        "city": {"value": city["only_value"], "grade": _only_grade(city)} if city else None,
        "levels": {level: {grade: levels[level][grade] for grade in GRADES} for level in ordered},
        "reasons": _reasons(levels.values()),
    }


def _only_grade(row: Mapping[str, Any]) -> str | None:
    """Return the grade of a level that has one unit; None where it has several."""
    return next((grade for grade in GRADES if row[grade] == row["units"]), None)


def _reasons(rows: Any) -> list[dict[str, str]]:
    """Return the sentences of what limits values, in both languages."""
    codes = sorted({code for row in rows for joined in row["reasons"] for code in joined.split(";")})
    return [{"code": code, "zh": sentence(code, "zh"), "en": sentence(code)} for code in codes]


def units(
    store: Store,
    viewer: Viewer,
    examined: Examined,
    code: str,
    level: str,
    limit: int = 1000,
    within: int | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Return an indicator's units of one level, the furthest from the standard first.

    Parameters
    ----------
    store, viewer, examined
        The city, who asks, and the examination.
    code, level
        Which indicator, and units of which level.
    limit
        At most so many.
    within
        Only units that lie in this one, by feature id.

    Raises
    ------
    UnknownIndicator
        The examination has no indicator of that code.
    """
    declared = examined.declared.get(code)
    if declared is None:
        raise UnknownIndicator(code, examined.declared)
    standard = declared["standard"] or {}
    asked = {"run": examined.run["run_id"], "code": code, "level": level, "limit": limit, "within": within}
    band = {"from": standard.get("value"), "to": standard.get("upper")}
    return store.rows(viewer, query("examination", "units"), {**asked, "direction": declared["direction"], **band})
