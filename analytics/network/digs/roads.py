"""Streets that a dig opens, and until when digging there is banned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import shapely

from cim.analytics.network.rules.tables import Rules

BANS: Mapping[str, tuple[str, str]] = {
    "banned": ("禁止挖掘期内", "within the ban"),
    "perhaps": ("可能在禁止挖掘期内", "perhaps within the ban: only the year is known"),
    "free": ("不在禁止挖掘期内", "not within a ban"),
    "unknown": ("竣工、大修年份未知", "years of building and overhaul not known"),
}
"""What the law says of digging in a street."""

DEFAULT_WIDTH_M = 8.0
"""Taken where a street's width is not known; `dig_road_width_unknown` counts these."""


def opened_roads(roads: pd.DataFrame, area: shapely.Polygon, day: dt.date, rules: Rules) -> list[dict[str, Any]]:
    """Return the streets whose carriageway a dig opens.

    Parameters
    ----------
    roads
        Rows of `excavation_roads.sql`.
    area
        Outline of the dig.
    day
        Day of the question.
    rules
        Bans by event.
    """
    out = []
    for row in roads.to_dict("records"):
        width = row["width_m"] if pd.notna(row["width_m"]) else DEFAULT_WIDTH_M
        if row["geom"].distance(area) > width / 2:
            continue
        years = {"built": row["built_year"], "overhauled": row["overhauled_year"]}
        known = {event: int(year) for event, year in years.items() if pd.notna(year)}
        state, until, told = _ban(known, day, rules.bans)
        opened = shapely.buffer(row["geom"], width / 2, cap_style="flat").intersection(area).area
        out.append(
            {
                "feature_id": int(row["feature_id"]),
                "key": row["key"],
                "name": row["name"],
                "road_class": row["road_class"],
                "surface": row["surface"],
                "width_m": None if pd.isna(row["width_m"]) else float(row["width_m"]),
                "opened_m2": round(float(opened), 2),
                "built_year": known.get("built"),
                "overhauled_year": known.get("overhauled"),
                "ban": state,
                "ban_zh": BANS[state][0],
                "ban_until": until,
                "clause_zh": told.get("clause_zh") if told else None,
                "clause_en": told.get("clause_en") if told else None,
                "source": told.get("source") if told else None,
                "status": told.get("status") if told else None,
            }
        )
    return sorted(out, key=lambda row: (list(BANS).index(row["ban"]), -row["opened_m2"]))


def _ban(
    known: Mapping[str, int], day: dt.date, bans: Sequence[Mapping[str, str]]
) -> tuple[str, int | None, Mapping[str, str] | None]:
    """Return the state, the year until which it lasts, and the row that says so.

    Of a street only the year of completion is known: a ban of five years ends some day of the fifth year after it.
    """
    ends = [(known[row["event"]] + int(float(row["years"])), row) for row in bans if row["event"] in known]
    if not ends:
        return "unknown", None, None
    until, row = max(ends, key=lambda pair: pair[0])
    if day.year < until:
        return "banned", until, row
    return ("perhaps", until, row) if day.year == until else ("free", until, row)
