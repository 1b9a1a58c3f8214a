"""Features that a feature points to, and those that point to it, as the schema's references tell."""

from __future__ import annotations

from functools import cache
from typing import Any

from psycopg import sql

from cim.layers.queries import query
from cim.layers.titles import column_title, theme_title
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

SHOWN = 20
"""Most features that are named of one relation; all are counted."""


@cache
def references(theme: str) -> dict[str, str]:
    """Return the theme that each reference column of a theme points to."""
    return {column.name: column.references for column in THEMES[theme].columns.values() if column.references}


@cache
def referring(theme: str) -> tuple[tuple[str, str], ...]:
    """Return theme and column of every reference to a theme."""
    return tuple((other, column) for other in THEMES for column, target in references(other).items() if target == theme)


def related(
    store: Store, viewer: Viewer, theme: str, feature_id: int, pointed_to: dict[str, int | None]
) -> list[dict[str, Any]]:
    """Return the relations of a feature that lead to features shown to the viewer.

    Parameters
    ----------
    store, viewer
        The city, and who is asking.
    theme, feature_id
        The feature.
    pointed_to
        Values of its reference columns.

    Returns
    -------
    list of dict
        For each relation `name`, `title_zh`, `title_en`, `theme`, `count` and at most 20 `features` with
        `feature_id` and `name` (the key in the source where it has no name).
    """
    found = [
        _relation(store, viewer, other, "feature_id", pointed_to[column], (column, column_title(theme, column)))
        for column, other in references(theme).items()
        if pointed_to.get(column) is not None
    ]
    found += [
        _relation(store, viewer, other, column, feature_id, (f"{other}.{column}", theme_title(other)))
        for other, column in referring(theme)
    ]
    return [relation for relation in found if relation["count"]]


def _relation(
    store: Store, viewer: Viewer, theme: str, column: str, value: int | None, named: tuple[str, Any]
) -> dict[str, Any]:
    name, title = named
    label = sql.SQL("t.name" if "name" in THEMES[theme].columns else "NULL::text")
    statement = query("related_features").format(
        label=label, view=sql.Identifier("city", f"{theme}_current"), column=sql.Identifier(column)
    )
    rows = store.rows(viewer, statement, {"value": value, "shown": SHOWN})
    return {
        "name": name,
        "title_zh": title.zh,
        "title_en": title.en,
        "theme": theme,
        "count": rows[0]["count"] if rows else 0,
        "features": [{"feature_id": row["feature_id"], "name": row["name"]} for row in rows],
    }
