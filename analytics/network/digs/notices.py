"""What every reader of the answer to a dig must be told, and how much of it is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cim.analytics.network.digs.area import Dig
from cim.analytics.network.digs.pipes import RECENT_M
from cim.analytics.network.rules.tables import Rules
from cim.store import Store

NO_DATA = {"zh": "无数据不等于无管线", "en": "no data is not no pipe"}
"""Stands on every answer."""


def dig_notices(store: Store, dig: Dig, rules: Rules, bare: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what must be told to everybody."""
    version = store.data_version()
    out = [
        NO_DATA,
        {
            "zh": f"本结果有效期至 {dig.expires}；数据版本 {version}，逾期或数据更新后须重新查询。",
            "en": f"Valid until {dig.expires}, data version {version}: ask anew after that.",
        },
        {
            "zh": "埋深与平面位置均有探测误差；机械开挖前应人工开挖探坑核实。",
            "en": "Depths and places are as exact as their survey: dig trial pits by hand before any machine.",
        },
    ]
    if bare["area_m2"] > 0:
        extent = f"{bare['area_m2']:,.0f} m² ({bare['share']:.0%})"
        out.append(
            {
                "zh": f"范围内有 {extent} 周边 {RECENT_M:.0f} m 无探测资料，须补充探测。",
                "en": f"{extent} lie farther than {RECENT_M:.0f} m from any survey: survey it.",
            }
        )
    if any(row["status"] == "unverified" for row in (*rules.zones, *rules.rail, *rules.bans)):
        out.append(
            {
                "zh": "保护范围与禁止挖掘规定未经核对，以主管部门及权属单位意见为准。",
                "en": "Protection zones and digging bans are unverified: the authority and the owners decide.",
            }
        )
    if store.city.synthetic:
        out.append({"zh": "合成数据，不可用于施工。", "en": "Synthetic data: not for any real dig."})
    return out


def dig_unknowns(
    pipes: Sequence[Mapping[str, Any]],
    manholes: Sequence[Mapping[str, Any]],
    roads: Sequence[Mapping[str, Any]],
    roads_known: bool,
) -> dict[str, int]:
    """Count what is not known of what was told."""

    def without(some: Sequence[Mapping[str, Any]], *names: str) -> int:
        return sum(all(row[name] is None for name in names) for row in some)

    return {
        "dig_depth_unknown": sum(row["relation"] == "depth_unknown" for row in pipes),
        "dig_depth_one_end": sum(row["one_end_depth_m"] is not None for row in pipes),
        "dig_size_unknown": without(pipes, "outer_width_mm"),
        "dig_material_unknown": without(pipes, "material"),
        "dig_owner_unknown": without(pipes, "owner"),
        "dig_survey_unknown": without(pipes, "survey_method", "surveyed_on"),
        "dig_manhole_size_unknown": sum(row["measured_from"] == "centre" for row in manholes),
        "dig_manhole_owner_unknown": without(manholes, "owner"),
        "dig_manhole_survey_unknown": without(manholes, "survey_method", "surveyed_on"),
        "dig_roads_unknown": int(not roads_known),
        "dig_road_width_unknown": without(roads, "width_m"),
    }
