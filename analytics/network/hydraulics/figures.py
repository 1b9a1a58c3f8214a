"""Hydraulics in figures, from frames: the same as the `_summary.sql` and `_list.sql` of kept runs say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE, SURCHARGE


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _pressure(nodes: pd.DataFrame, segments: pd.DataFrame, required_m: float) -> dict[str, Any]:
    pressure = nodes["pressure_m"].astype(float)
    return {
        "nodes": len(nodes),
        "with_pressure": int(pressure.notna().sum()),
        "lowest_m": _number(pressure.min()),
        "median_m": _number(pressure.median()),
        "highest_m": _number(pressure.max()),
        "demand_m3s": float(nodes["demand_m3s"].sum()),
        "supplied_m3s": float(nodes["supplied_m3s"].sum()),
        "without_number": int(nodes["reason"].notna().sum()),
        "below_required": int((pressure < required_m).sum()),
        "fastest_m_s": _number(segments["velocity_m_s"].astype(float).max()),
    }


def _fire(hydrants: pd.DataFrame, _others: pd.DataFrame, _required_m: float) -> dict[str, Any]:
    flow = hydrants["available_m3s"].astype(float)
    meets = hydrants["meets"]
    return {
        "hydrants": len(hydrants),
        "with_flow": int(flow.notna().sum()),
        "meet": int((meets == True).sum()),  # noqa: E712  null is neither
        "fall_short": int((meets == False).sum()),  # noqa: E712
        "residual_m": _number(hydrants["residual_m"].min()),
        "needed_m3s": _number(hydrants["needed_m3s"].min()),
        "least_m3s": _number(flow.min()),
        "median_m3s": _number(flow.median()),
    }


def _closure(pipes: pd.DataFrame, _others: pd.DataFrame, _required_m: float) -> dict[str, Any]:
    unmet = pipes["unmet_m3s"].astype(float)
    return {
        "pipes": len(pipes),
        "with_number": int(unmet.notna().sum()),
        "matter": int((unmet > 0).sum()),
        "most_m3s": _number(unmet.max()),
        "most_share": _number(pipes["unmet_share"].astype(float).max()),
        "failed": int(pipes["reason"].isin(["no_convergence", "unmet_above_demand"]).sum()),
    }


def _surcharge(manholes: pd.DataFrame, contacts: pd.DataFrame, _required_m: float) -> dict[str, Any]:
    of_theme: dict[Any, int] = contacts.groupby("theme")["feature_id"].nunique().to_dict() if len(contacts) else {}
    return {
        "manholes": len(manholes),
        "surcharged": int((manholes["state"] != "free").sum()),
        "flooded": int((manholes["state"] == "flooded").sum()),
        "flood_m3": float(manholes["flood_m3"].sum()),
        "most_m3": _number(manholes["flood_m3"].max()),
        "longest_minutes": _number(manholes["flood_minutes"].max()),
        "buildings": int(of_theme.get("building", 0)),
        "streets": int(of_theme.get("road_edge", 0)),
    }


FIGURES: Mapping[str, Callable[[pd.DataFrame, pd.DataFrame, float], dict[str, Any]]] = {
    PRESSURE: _pressure,
    FIRE: _fire,
    CLOSURE: _closure,
    SURCHARGE: _surcharge,
}
"""By kind: features, what is told beside them (flows; places near), and the pressure that is required, metres."""


def _sorted(rows: pd.DataFrame, columns: list[str], by: list[str], *, ascending: bool) -> pd.DataFrame:
    numbers = rows.assign(**{name: rows[name].astype(float) for name in by}).rename_axis("feature_id").sort_index()
    return numbers.sort_values(by, ascending=ascending, kind="stable", na_position="last")[columns]


def _lowest(nodes: pd.DataFrame) -> pd.DataFrame:
    columns = ["pressure_m", "head_m", "demand_m3s", "supplied_m3s", "reason"]
    return _sorted(nodes[nodes["pressure_m"].notna()], columns, ["pressure_m"], ascending=True)


def _weakest(hydrants: pd.DataFrame) -> pd.DataFrame:
    columns = ["static_m", "available_m3s", "needed_m3s", "meets", "reason"]
    return _sorted(hydrants, columns, ["available_m3s"], ascending=True)


def _dearest(pipes: pd.DataFrame) -> pd.DataFrame:
    columns = ["unmet_m3s", "unmet_share", "nodes_short", "customers_short", "grade", "reason"]
    return _sorted(pipes[pipes["unmet_m3s"].astype(float) > 0], columns, ["unmet_m3s"], ascending=False)


def _fullest(manholes: pd.DataFrame) -> pd.DataFrame:
    columns = ["state", "flood_m3", "flood_minutes", "surcharge_m", "freeboard_m", "head_m"]
    return _sorted(manholes[manholes["state"] != "free"], columns, ["flood_m3", "surcharge_m"], ascending=False)


WORST: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    PRESSURE: _lowest,
    FIRE: _weakest,
    CLOSURE: _dearest,
    SURCHARGE: _fullest,
}
"""By kind: the features that matter most, the gravest first."""
