"""What shows a problem, in words: the ledger's evidence by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.words import both, same

_NAMES: Mapping[str, Words] = {
    "buildings": both("过近建筑 {} 栋", "buildings too near: {}"),
    "built_year": both("建于 {} 年", "built in {}"),
    "charging_piles": both("充电桩 {} 个", "{} charging piles"),
    "children": both("学龄儿童 {} 人", "{} children"),
    "demand": both("需求 {}", "demand {}"),
    "dwellings": both("住宅 {} 套", "{} dwellings"),
    "elevators": both("电梯 {} 部", "{} lifts"),
    "gas_pipe_year": both("燃气管 {} 年敷设", "gas pipe of {}"),
    "height_m": both("高 {} m", "{} m high"),
    "households": both("{} 户", "{} households"),
    "metres": both("{} m", "{} m"),
    "nearest_m": both("最近 {} m", "nearest {} m"),
    "old_share": both("老旧建筑占比 {}", "share of old buildings {}"),
    "parking_spaces": both("停车位 {} 个", "{} parking spaces"),
    "places": both("学位 {} 个", "{} school places"),
    "radius_m": both("服务半径 {} m", "radius {} m"),
    "road": both("{}", "{}"),
    "short": both("缺口 {}", "short of {}"),
    "standard": both("标准 {}", "standard {}"),
    "storeys_above": both("地上 {} 层", "{} storeys"),
    "structure": both("结构 {}", "structure {}"),
    "value": both("现状值 {}", "value {}"),
    "on_foot": both("沿步行路网 {}", "along streets {}"),
    "photo": both("照片 {}", "photo {}"),
}
"""By name of the evidence, in the order told; what is not named here stays in the workbook."""
_STRUCTURES: Mapping[str, Words] = {
    "brick_concrete": both("砖混", "brick and concrete"),
    "brick_wood": both("砖木", "brick and wood"),
    "steel": both("钢", "steel"),
    "rc_frame": both("框架", "reinforced concrete frame"),
    "rc_shear_wall": both("剪力墙", "shear wall"),
}
_YEARS = frozenset({"built_year", "gas_pipe_year"})
_MISSING = {
    "ebike_charging": both("无电动自行车充电设施", "no e-bike charging"),
    "waste_sorting": both("未分类投放", "no waste sorting"),
    "property_managed": both("无物业管理", "no property management"),
}


def evidence_words(evidence: Mapping[str, Any] | None) -> Words:
    """Return what shows a problem, as far as it is told in words."""
    told = [
        both(name.zh.format(value.zh), name.en.format(value.en))
        for key, name in _NAMES.items()
        if evidence and evidence.get(key) is not None
        for value in [_value(key, evidence[key])]
    ]
    told += [words for key, words in _MISSING.items() if evidence and evidence.get(key) is False]
    return both("，".join(one.zh for one in told) or "–", ", ".join(one.en for one in told) or "–")


def _value(key: str, value: Any) -> Words:
    if key == "structure":
        return _STRUCTURES.get(value, same(str(value)))
    if key in _YEARS or not isinstance(value, int | float):
        return same(f"{value:.0f}" if isinstance(value, float) else str(value))
    return same(number(float(value)))
