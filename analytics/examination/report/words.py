"""Words of the report, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from cim.analytics.examination.register import Words

LANGUAGES = ("zh", "en")
"""Languages that a report is written in."""


def both(zh: str, en: str) -> Words:
    """Return a text in both languages."""
    return Words(zh, en)


def same(text: object) -> Words:
    """Return what reads alike in both languages: a name, a number."""
    return Words(str(text), str(text))


def said(words: Words, language: str) -> str:
    """Return a text in one language, zh or en."""
    return words.zh if language == "zh" else words.en


def joined(parts: list[Words]) -> Words:
    """Return several texts as one list."""
    return Words("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))


NOTHING = same("–")
"""What stands where nothing is known."""

GRADES: Mapping[str, Words] = {
    "meets": both("达标", "meets"),
    "near": both("接近", "near"),
    "short": both("不达标", "falls short"),
    "not_assessable": both("无法评价", "not assessable"),
}

COLOURS: Mapping[str, str] = {
    "meets": "#4fa36b",
    "near": "#f0c04c",
    "short": "#d9534f",
    "not_assessable": "#c9ced6",
}
"""Colours of the grades, the viewer's own."""

PALE: Mapping[str, str] = {
    "meets": "#dceee2",
    "near": "#fcf0cf",
    "short": "#f8dcdb",
    "not_assessable": "#eef0f2",
}
"""The same as a ground behind words."""

UNIT_LEVELS: Mapping[str, Words] = {
    "city": both("城市", "city"),
    "district": both("区", "district"),
    "subdistrict": both("街道", "sub-district"),
    "block": both("街区", "block"),
    "community": both("社区", "community"),
    "compound": both("小区", "compound"),
}

UNITS_OF: Mapping[str, Words] = {
    "city": both("城市", "cities"),
    "district": both("区", "districts"),
    "subdistrict": both("街道", "sub-districts"),
    "block": both("街区", "blocks"),
    "community": both("社区", "communities"),
    "compound": both("小区", "compounds"),
}

OFFICIAL: Mapping[str, Words] = {
    "housing": both("住房维度", "Housing"),
    "community": both("小区（社区）维度", "Compound and community"),
    "block": both("街区维度", "Block"),
    "city": both("城区（城市）维度", "City"),
}
"""The four levels of the official system."""

STATES: Mapping[str, Words] = {
    "open": both("待处理", "open"),
    "assigned": both("已派单", "assigned"),
    "in_progress": both("整改中", "in progress"),
    "done": both("已整改", "done"),
    "closed": both("已销号", "closed"),
    "dismissed": both("已排除", "dismissed"),
    "reopened": both("重新出现", "reopened"),
}

DEADLINES: Mapping[str, Words] = {
    "within_time": both("限时解决", "within time"),
    "best_effort": both("尽力解决", "best effort"),
}

THEMES: Mapping[str, Words] = {
    "admin_unit": both("单元", "unit"),
    "building": both("建筑", "building"),
    "construction_project": both("建设项目", "project"),
    "facility": both("设施", "facility"),
    "green_space": both("绿地", "green space"),
    "land_use": both("用地", "land use"),
    "pipe_segment": both("管段", "pipe"),
    "road_edge": both("道路", "street"),
    "survey_finding": both("调查点", "survey finding"),
}

COMPUTABLE: Mapping[str, Words] = {
    "fully": both("可完全计算", "computed in full"),
    "prescreened": both("登记预筛，须现场核实", "pre-screened; a survey confirms"),
    "partly": both("部分计算或含假设", "in part, or with an assumption"),
    "survey": both("仅由现场调查得出", "from surveys only"),
    "reported": both("取主管部门上报数", "as reported by the department"),
}

CONFIDENCE: Mapping[str, Words] = {
    "high": both("可信度高", "confidence high"),
    "medium": both("可信度中", "confidence medium"),
    "low": both("可信度低，使用前须核实", "confidence low: verify before relying on it"),
}

SYNTHETIC = both("合成数据", "synthetic data")
PROVISIONAL = both("临时", "provisional")
MADE_UP = both("合成数据：数值不反映任何真实城市", "Synthetic data: the numbers say nothing of a real city")
"""What stands on the cover when data are synthetic."""
