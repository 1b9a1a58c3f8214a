"""The ledger in pages: filtered, sorted, counted, and where each problem is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from cim.analytics.queries import query
from cim.codes import PROBLEM_STATES
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

Row = Mapping[str, Any]

ORDERS: Mapping[str, sql.SQL] = {
    "gravest": sql.SQL(""),
    "code": sql.SQL("p.code {turn},"),
    "place": sql.SQL("p.theme {turn}, f.source_key {turn},"),
    "unit": sql.SQL("u.name {turn} NULLS LAST,"),
    "severity": sql.SQL("p.severity {turn} NULLS LAST,"),
    "due": sql.SQL("p.due_on {turn} NULLS LAST,"),
    "state": sql.SQL("array_position(%(ordered)s::text[], p.state) {turn},"),
    "changed": sql.SQL("p.changed_at {turn},"),
}
"""What a page can be sorted by; what is equal comes the gravest first."""


@dataclass(frozen=True)
class Filter:
    """Which problems are asked for."""

    codes: Sequence[str] = ()
    """Indicators; none: all."""
    states: Sequence[str] = ()
    """States; none: all."""
    within: int | None = None
    """Feature id of a unit that they lie in, whatever its level; None: the whole city."""


def ledger_page(
    store: Store,
    viewer: Viewer,
    chosen: Filter,
    *,
    order: str = "gravest",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Return a page of the ledger, each problem with `name`, `name_en` and `place` of what has it.

    A place is longitude and latitude, degrees; all three are None where the feature has none.
    """
    turned = ORDERS[order].format(turn=sql.SQL("DESC" if descending else "ASC"))
    text = query("examination", "ledger_page").format(chosen=query("examination", "ledger_chosen"), order=turned)
    asked = {**_bound(store, viewer, chosen), "limit": limit, "offset": offset, "ordered": list(PROBLEM_STATES)}
    rows = store.rows(viewer, text, asked)
    points = _points(store, viewer, rows)
    return [{**row, **points.get(row["feature_id"], _NOWHERE)} for row in rows]


def ledger_count(store: Store, viewer: Viewer, chosen: Filter) -> int:
    """Return how many problems of the filter the viewer may see."""
    text = sql.SQL(
        "SELECT count(*) AS n FROM result.problem p "
        "JOIN run.analysis a ON a.run_id = p.run_id AND a.classification <= run.clearance() WHERE {chosen}"
    ).format(chosen=query("examination", "ledger_chosen"))
    return int(store.rows(viewer, text, _bound(store, viewer, chosen))[0]["n"])


def ledger_choices(store: Store, viewer: Viewer) -> dict[str, list[dict[str, Any]]]:
    """Return what the ledger can be filtered by: `states`, `codes` and `units`, each with value, name and count."""
    told: dict[str, list[dict[str, Any]]] = {"states": [], "codes": [], "units": []}
    for row in store.rows(viewer, query("examination", "ledger_counts")):
        if row["value"] is not None:
            told[row["of"]].append({name: row[name] for name in ("value", "name", "name_en", "count")})
    told["states"].sort(key=lambda each: PROBLEM_STATES.index(each["value"]))
    return told


def ledger_places(store: Store, viewer: Viewer, chosen: Filter, limit: int) -> list[dict[str, Any]]:
    """Return the gravest problems of the filter as points: longitude, latitude, and what a map colours them by."""
    text = query("examination", "ledger_places").format(chosen=query("examination", "ledger_chosen"))
    rows = store.rows(viewer, text, {**_bound(store, viewer, chosen), "limit": limit})
    points = _points(store, viewer, rows)
    return [{**row, "place": points[row["feature_id"]]["place"]} for row in rows if row["feature_id"] in points]


def _bound(store: Store, viewer: Viewer, chosen: Filter) -> dict[str, Any]:
    """Return the values of the filter's condition."""
    inside = None if chosen.within is None else _inside(store, viewer, chosen.within)
    return {
        "codes": list(chosen.codes) or None,
        "states": list(chosen.states) or None,
        "within": chosen.within if inside is None else None,
        "features": inside,
    }


def _inside(store: Store, viewer: Viewer, unit: int) -> list[int] | None:
    """Return the features with problems that lie in a unit of which no communities are made; None for any other."""
    level = (
        "SELECT level FROM city.admin_unit_current WHERE feature_id = %(unit)s AND classification <= run.clearance()"
    )
    rows = store.rows(viewer, level, {"unit": unit})
    if not rows or rows[0]["level"] not in _FINER:
        return None
    themes = [row["theme"] for row in store.rows(viewer, "SELECT DISTINCT theme FROM result.problem")]
    text = query("examination", "problems_inside")
    views = [sql.Identifier("city", f"{theme}_current") for theme in themes if "geom" in THEMES[theme].columns]
    found = [store.rows(viewer, text.format(view=view), {"unit": unit}) for view in views]
    return [row["feature_id"] for rows in found for row in rows]


_FINER = ("block", "compound")
"""Units that cut communities, or lie in one: the ledger knows the community of a problem."""

_NOWHERE: Row = {"name": None, "name_en": None, "place": None}


def _points(store: Store, viewer: Viewer, rows: Iterable[Row]) -> dict[int, Row]:
    """Return name and place of each feature; what the viewer may not see has none."""
    of_theme: dict[str, list[int]] = {}
    for row in rows:
        of_theme.setdefault(row["theme"], []).append(row["feature_id"])
    points: dict[int, Row] = {}
    for theme, ids in of_theme.items():
        columns = THEMES[theme].columns
        if "geom_3857" not in columns:
            continue
        names = {name: sql.Identifier(name) if name in columns else sql.SQL("NULL") for name in ("name", "name_en")}
        view = sql.Identifier("city", f"{theme}_current")
        for row in store.rows(viewer, query("examination", "points_on").format(view=view, **names), {"ids": ids}):
            points[row["feature_id"]] = {
                "name": row["name"],
                "name_en": row["name_en"],
                "place": [row["longitude"], row["latitude"]],
            }
    return points
