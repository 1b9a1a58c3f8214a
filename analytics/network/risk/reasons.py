"""Why a pipe's risk is what it is: codes with a value in the database, sentences for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Floats
from cim.analytics.network.risk.reading import Objects

TOP = 3
"""Most reasons told of a pipe by what they weigh; a misconnection is told beside them."""
_LEAST = np.log(1.2)
"""A reason that moves the risk by less is none."""

WORDS: Mapping[str, tuple[str, str]] = {
    "material": ("管材：{value}", "material: {value}"),
    "age": ("管龄 {value} 年", "{value} years old"),
    "diameter": ("管径较小（DN{value}）", "small size (DN{value})"),
    "pressure": ("压力 {value} MPa", "pressure {value} MPa"),
    "soil": ("土质：{value}", "soil: {value}"),
    "road_load": ("路面荷载：{value}", "traffic load: {value}"),
    "breaks": ("已漏损 {value} 次", "broke {value} times before"),
    "repair_index": ("修复指数 RI {value}", "repair index RI {value}"),
    "maintenance_index": ("养护指数 MI {value}", "maintenance index MI {value}"),
    "supply": ("停供用户 {value} 户", "{value} customers without service"),
    "critical": ("停供重要用户 {value} 个", "{value} critical customers without service"),
    "road": ("位于{value}下", "under a street: {value}"),
    "buildings": ("邻近建筑 {value} 栋", "{value} buildings near"),
    "companions": ("同沟敷设其他管线 {value} 条", "{value} other pipes in the trench"),
    "flooded": ("积水波及建筑（居民）{value}", "buildings (residents) that flooding reaches: {value}"),
    "misconnection": ("雨污混接：{value}", "misconnection: {value}"),
    "repair": ("修复费用 {value} 元", "repair costs {value} yuan"),
}
"""Code: sentence in Chinese and in English."""

_ROADS = {"expressway": "快速路", "arterial": "主干路", "collector": "次干路", "local": "支路", "alley": "街巷",
          "footway": "人行道", "steps": "梯道"}  # fmt: skip
_MATERIALS = {"cast_iron": "灰口铸铁", "ductile_iron": "球墨铸铁", "steel": "钢", "pe": "聚乙烯", "pvc": "聚氯乙烯",
              "concrete": "混凝土", "reinforced_concrete": "钢筋混凝土", "prestressed_concrete": "预应力混凝土",
              "asbestos_cement": "石棉水泥", "brick": "砖", "stone": "石砌", "vitrified_clay": "陶土",
              "glass_fibre": "玻璃钢", "plastic": "塑料", "stainless_steel": "不锈钢", "": "未知"}  # fmt: skip

_MISCONNECTIONS = {"sewage_to_storm": "污水接入雨水管", "storm_to_sewage": "雨水接入污水管",
                   "direction_unknown": "雨污管相接，流向不明", "hidden_branch": "支管暗接，待核实"}  # fmt: skip
_NAMES = {"material": _MATERIALS, "misconnection": _MISCONNECTIONS}


def reasons(factors: pd.DataFrame, values: pd.DataFrame) -> Sequence[str]:
    """Return the top reasons of each pipe, `code=value` joined by `;`, the strongest first.

    Parameters
    ----------
    factors
        (n rows) a column a code: the logarithm by which the risk would fall without it.
    values
        The same columns: what is told of each.
    """
    codes = list(factors.columns)
    weight: Floats = np.nan_to_num(factors.to_numpy(np.float64), nan=0.0, posinf=50.0)
    order = np.argsort(-weight, axis=1, kind="stable")[:, :TOP]
    texts: list[list[str]] = []
    columns = [values[code].to_numpy() for code in codes]
    for place in range(min(TOP, len(codes))):
        chosen = order[:, place]
        enough = weight[np.arange(len(weight)), chosen] >= _LEAST
        part = np.full(len(weight), "", dtype=object)
        for number, code in enumerate(codes):
            (rows,) = np.nonzero(enough & (chosen == number))
            part[rows] = [f"{code}={_plain(value)}" for value in columns[number][rows].tolist()]
        texts.append(part.tolist())
    return [";".join(filter(None, parts)) for parts in zip(*texts, strict=True)]


def with_sign(texts: Sequence[str], code: str, signs: Objects) -> list[str]:
    """Return the reasons of each pipe with one more, the last, where there is a sign: it is told whatever it weighs."""
    return [
        text if sign is None else ";".join(filter(None, (text, f"{code}={sign}")))
        for text, sign in zip(texts, signs.tolist(), strict=True)
    ]


def told(text: str) -> list[dict[str, Any]]:
    """Return reasons as a list for people: code, value, zh, en."""
    found = []
    for part in filter(None, text.split(";")):
        code, _, value = part.partition("=")
        zh, en = WORDS.get(code, ("{value}", "{value}"))
        name_zh = _NAMES.get(code, _ROADS).get(value, value)
        name_en = value.replace("_", " ") or "unknown"
        found.append({"code": code, "value": value, "zh": zh.format(value=name_zh), "en": en.format(value=name_en)})
    return found


def _plain(value: Any) -> str:
    """Return a value as short text that holds neither ; nor =."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value or "").replace(";", ",").replace("=", ":")
