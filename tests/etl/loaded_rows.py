"""All that a load leaves to compare by: rows in the order of the stable ids, without surrogate keys."""

from __future__ import annotations

from typing import Any

_SURROGATE = ("version_id", "feature_id", "parent_id", "load_id")


def contents(town: Any, *more: str) -> tuple[Any, ...]:
    """Return buildings and city objects, the buildings' bodies, and what was refused or remarked on.

    Parameters
    ----------
    town
        The town that is loaded.
    more
        Further columns to leave out.
    """
    own = {*_SURROGATE, *more}
    themes = {
        theme: [
            {name: value for name, value in row.items() if name not in own}
            for row in town.rows(
                f"SELECT f.source_key, p.source_key AS parent, v.* FROM city.{theme}_current v "
                "JOIN city.feature f USING (feature_id) LEFT JOIN city.feature p ON p.feature_id = v.parent_id "
                "ORDER BY feature_id"
            )
        ]
        for theme in ("building", "city_object")
    }
    lods = town.rows(
        "SELECT f.source_key, l.* FROM city.building_lod l JOIN city.building b USING (version_id) "
        "JOIN city.feature f USING (feature_id) ORDER BY version_id, lod"
    )
    bodies = [{name: value for name, value in row.items() if name not in own} for row in lods]
    rejects = town.rows(
        "SELECT record, theme, source_key, code, severity, reason, reason_zh, remedy, file, original, place_x, place_y "
        "FROM run.reject ORDER BY reject_id"
    )
    return themes, bodies, rejects
