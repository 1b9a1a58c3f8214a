"""All that is known of one feature: attributes, provenance, findings, relations, extent."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from psycopg import sql

from cim.errors import UnknownFeature
from cim.layers.city import degrees
from cim.layers.feature_attributes import attributes, displayed_columns, findings
from cim.layers.feature_relations import references, related
from cim.layers.geographic import has_heights
from cim.layers.queries import query
from cim.layers.titles import theme_title
from cim.store import Store
from cim.tables import DETAILS, THEMES
from cim.viewer import Viewer

_LARGEST_ID = 2**53
_FLAT = {
    "box_west": sql.SQL("ST_XMin(t.geom)"),
    "box_south": sql.SQL("ST_YMin(t.geom)"),
    "box_east": sql.SQL("ST_XMax(t.geom)"),
    "box_north": sql.SQL("ST_YMax(t.geom)"),
}
_HIGH = {"box_lowest": sql.SQL("ST_ZMin(t.geom)"), "box_highest": sql.SQL("ST_ZMax(t.geom)")}


def feature(store: Store, viewer: Viewer, feature_id: int) -> dict[str, Any]:
    """Return all that is known of the current version of a feature.

    Returns
    -------
    dict
        feature_id, theme, theme_title_zh, theme_title_en, `source` (source_id, name, kind, source_key), `load`
        (load_id, published_at, file, licence, attribution, classification, synthetic), `attributes`, `results`,
        `related`, `lods` (of objects with levels of detail), `bounds` (west, south, east, north in degrees, or None)
        and `height_range_m` (lowest and highest ellipsoidal height, or None).

    Raises
    ------
    UnknownFeature
        No current feature has that id, or it is not shown to the viewer.
    """
    identity = _identity(store, viewer, feature_id)
    theme = str(identity["theme"])
    row = _row(store, viewer, theme, feature_id)
    lods = _lods(store, viewer, theme, row["version_id"])
    title = theme_title(theme)
    return {
        "feature_id": feature_id,
        "theme": theme,
        "theme_title_zh": title.zh,
        "theme_title_en": title.en,
        "source": {key: identity[key] for key in ("source_id", "name", "kind", "source_key")},
        "load": _load(store, viewer, row["load_id"]),
        "attributes": attributes(theme, row),
        "results": findings(store, viewer, theme, feature_id),
        "related": related(store, viewer, theme, feature_id, {name: row[name] for name in references(theme)}),
        "lods": [{key: lod[key] for key in ("lod", "geometry_type", "polygons")} for lod in lods],
        "bounds": _bounds(store, row),
        "height_range_m": _heights(store, row, lods),
    }


def _identity(store: Store, viewer: Viewer, feature_id: int) -> dict[str, Any]:
    """Return theme and source of a feature; a number that no id can have has none."""
    rows = (
        store.rows(viewer, query("feature_identity"), {"feature_id": feature_id})
        if 0 < feature_id < _LARGEST_ID
        else []
    )
    if not rows or rows[0]["theme"] not in THEMES:
        raise UnknownFeature(feature_id)
    return rows[0]


def _row(store: Store, viewer: Viewer, theme: str, feature_id: int) -> dict[str, Any]:
    """Return the current version as the viewer may see it; the row policies decide."""
    named = (*displayed_columns(theme), *references(theme), "version_id", "load_id", "attributes")
    statement = sql.SQL("SELECT {columns}, {extent} FROM {view} t WHERE t.feature_id = %(feature_id)s").format(
        columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in named),
        extent=_extent(theme),
        view=sql.Identifier("city", f"{theme}_current"),
    )
    rows = store.rows(viewer, statement, {"feature_id": feature_id})
    if not rows:
        raise UnknownFeature(feature_id)
    return rows[0]


def _extent(theme: str) -> sql.Composable:
    """Return the expressions of a feature's box; NULL where its theme has no geometry, or none with heights."""
    known = (_FLAT if "geom" in THEMES[theme].columns else {}) | (_HIGH if has_heights(theme) else {})
    return sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(known.get(name, sql.SQL("NULL::float8")), sql.Identifier(name))
        for name in (*_FLAT, *_HIGH)
    )


def _load(store: Store, viewer: Viewer, load_id: int) -> dict[str, Any]:
    (row,) = store.rows(viewer, query("feature_load"), {"load_id": load_id})
    # The folder on the server is nobody's business; the file's name is its provenance.
    return row | {"path": PurePath(row["path"]).name}


def _lods(store: Store, viewer: Viewer, theme: str, version_id: int) -> list[dict[str, Any]]:
    """Return the levels of detail of a version, or its block, with their lowest and highest city height."""
    name = f"{theme}_lod"
    if name not in DETAILS:
        return []
    statement = query("feature_lods").format(table=sql.Identifier("city", name))
    found = store.rows(viewer, statement, {"version_id": version_id})
    if theme == "building" and not found:
        return store.rows(viewer, query("feature_block"), {"version_id": version_id})
    return found


def _bounds(store: Store, row: dict[str, Any]) -> list[float] | None:
    sides = [row[side] for side in _FLAT]
    return None if None in sides else degrees(store.city, *sides)


def _heights(store: Store, row: dict[str, Any], lods: list[dict[str, Any]]) -> list[float] | None:
    """Return lowest and highest ellipsoidal height: of the geometry, its solids, or ground and height of a building."""
    ground, height = row.get("ground_min_m"), row.get("height_m")
    pairs = [(row["box_lowest"], row["box_highest"]), *((lod["lowest"], lod["highest"]) for lod in lods)]
    if ground is not None and not lods:
        pairs.append((ground, ground + (height or 0.0)))
    known = [pair for pair in pairs if None not in pair]
    if not known:
        return None
    offset = store.city.ellipsoid_offset_m
    return [min(low for low, _ in known) + offset, max(high for _, high in known) + offset]
