"""Attributes and findings of a feature as a person reads them: titles, values, units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from cim.layers.queries import query
from cim.layers.titles import Title, column_title, titles, unit, value_title
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

_HIDDEN = {"version_id", "feature_id", "load_id", "closed_by", "content_hash", "attributes", "geom", "geom_3857"}


@cache
def displayed_columns(theme: str) -> tuple[str, ...]:
    """Return the columns that tell of the feature itself, not of rows or of other features."""
    columns = THEMES[theme].columns
    return tuple(column.name for column in columns.values() if column.name not in _HIDDEN and not column.references)


def attributes(theme: str, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every attribute of a feature: the columns of its theme, then what its source said beyond them.

    The latter are marked `of_source`; one that only repeats a column is left out.

    Parameters
    ----------
    theme
        Theme of the feature.
    row
        Its displayed columns, and `attributes`: a dictionary or None.
    """
    told = [attribute(theme, name, row[name]) for name in displayed_columns(theme)]
    beyond = row["attributes"] or {}
    return told + [_source_attribute(name, value) for name, value in beyond.items() if row.get(name) != value]


def _source_attribute(name: str, value: Any) -> dict[str, Any]:
    """Return what a source said beyond the columns, under its own name where that is no known one."""
    title = titles().source_attributes.get(name, Title(name, name))
    return {"name": name, "title_zh": title.zh, "title_en": title.en, "value": value, "unit": None, "of_source": True}


def attribute(theme: str, name: str, value: Any) -> dict[str, Any]:
    """Return one attribute: name, titles, value, unit; coded values with `value_zh` and `value_en`."""
    title = column_title(theme, name)
    plain = value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
    told = {"name": name, "title_zh": title.zh, "title_en": title.en, "value": plain, "unit": unit(name)}
    coded = value_title(theme, name, value)
    return told | {"value_zh": coded.zh, "value_en": coded.en} if coded else told


def findings(store: Store, viewer: Viewer, theme: str, feature_id: int) -> list[dict[str, Any]]:
    """Return what the newest analyses found about a feature that the viewer may see."""
    if theme == "pipe_segment":
        found = [*_criticality(store, viewer, feature_id), *_hydraulics(store, viewer, feature_id)]
        return [*found, *_underground(store, viewer, feature_id)]
    if theme == "pipe_node":
        return _hydraulics(store, viewer, feature_id)
    if theme == "admin_unit":
        return _indicators(store, viewer, feature_id)
    if theme in ("building", "road_edge", "tree", "kerb"):
        return _underground(store, viewer, feature_id)
    if theme in ("facility", "city_object"):
        return _rail(store, viewer, feature_id)
    return []


_CRITICALITY = {
    "criticality": "grade",
    "bridge_segment": "bridge",
    "customers_cut": "customers_cut",
    "residents_cut": "residents_cut",
    "critical_cut": "critical_cut",
    "nodes_cut": "nodes_cut",
    "component": "component",
}


def _criticality(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]]:
    rows = store.rows(viewer, query("feature_criticality"), {"feature_id": feature_id})
    return [
        _run(row) | attribute("segment_criticality", name, row[column])
        for row in rows
        for name, column in _CRITICALITY.items()
    ]


_HYDRAULICS = {
    "pressure_m": "hydraulic_pressure_m",
    "head_m": "hydraulic_head_m",
    "state": "drain_state",
} | {
    name: name
    for name in (
        "demand_m3s", "supplied_m3s", "flow_m3s", "velocity_m_s", "filling", "available_m3s", "unmet_m3s",
        "customers_short", "surcharge_m", "freeboard_m", "flood_m3", "flood_minutes",
    )
}  # fmt: skip
"""Columns of what hydraulic models find, and the names under which they are shown."""


def _hydraulics(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]]:
    """Return what the newest runs of hydraulics found, without what they have no number for."""
    rows = store.rows(viewer, query("feature_hydraulics"), {"feature_id": feature_id})
    return [
        _run(row) | attribute("hydraulics", _HYDRAULICS[name], value)
        for row in rows
        for name, value in row["found"].items()
        if name in _HYDRAULICS and value is not None
    ]


UNDERGROUND = (
    "clearance_violations", "clearance_suspected", "renewal_work", "renewal_year", "renewal_forced",
    "flood_distance_m", "flood_manholes",
)  # fmt: skip
"""What clearance, plans and storms find of pipes and of what stands beside them."""


def _underground(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]]:
    """Return what is too near, when it is renewed, and which flooded manholes are near; nothing is told of none."""
    rows = store.rows(viewer, query("feature_underground"), {"feature_id": feature_id})
    return [
        _run(row) | attribute("underground", name, row["found"][name])
        for row in rows
        for name in UNDERGROUND
        if row["found"].get(name) or (name == "flood_distance_m" and name in row["found"])
    ]


_UNVERIFIED = Title("（未经核对）", " (unverified)")


def _rail(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]]:
    """Return the control protection zones about a station or a line: what each asks, and whether that was verified."""
    rows = store.rows(viewer, query("feature_rail"), {"feature_id": feature_id})
    unsure = {row["number"]: _UNVERIFIED if row["status"] == "unverified" else Title("", "") for row in rows}
    return [
        _run(row)
        | attribute("rail", "rail_zone", row["zone"])
        | {
            "value_zh": row["asks_zh"] + unsure[row["number"]].zh,
            "value_en": row["asks_en"] + unsure[row["number"]].en,
        }
        for row in rows
    ]


def _indicators(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]]:
    rows = store.rows(viewer, query("feature_indicators"), {"feature_id": feature_id})
    return [_run(row) | _indicator(row) for row in rows]


def _indicator(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an indicator's value, in the unit and under the titles that its run declared."""
    declared = row["declared"] or {}
    grade = value_title("indicator", "examination_grade", row["grade"])
    return {
        "name": row["code"],
        "title_zh": declared.get("title_zh") or row["code"],
        "title_en": declared.get("title_en") or row["code"],
        "value": row["value"],
        "unit": declared.get("unit_en"),
        "unit_zh": declared.get("unit_zh"),
        "unit_en": declared.get("unit_en"),
        "standard": row["standard"],
        "grade": row["grade"],
        "grade_zh": grade.zh if grade else row["grade"],
        "grade_en": grade.en if grade else row["grade"],
        "year": row["year"],
        "definition": row["definition"],
        "reason": row["reason"],
    }


def _run(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"analysis": row["kind"], "run_id": row["run_id"], "finished_at": row["finished_at"]}
