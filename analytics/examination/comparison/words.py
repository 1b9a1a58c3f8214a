"""What a comparison says in words, in both languages: what changed, what limits it, why something was not computed."""

from __future__ import annotations

from collections.abc import Mapping

from cim.analytics.reasons import codes, sentence

Both = tuple[str, str]

CHANGED: Mapping[str, Both] = {
    "definition": ("定义有变", "definition changed"),
    "standard": ("标准有变", "standard changed"),
    "boundary": ("边界有变", "boundary moved"),
    "built_up": ("建成区有变", "built-up area changed"),
}
"""What may have changed of a row: Chinese, English."""

NOTES: Mapping[str, Both] = {
    "other_method": (
        "两次体检的计算方法版本不同，差异可能由此而来",
        "computed by different versions of the measures: a difference may come from that",
    ),
    "other_system": ("两次体检采用不同的指标体系", "examined by different systems of indicators"),
    "only_then": ("项指标仅前次体检有", "indicators that only the earlier one has"),
    "only_now": ("项指标仅本次体检有", "indicators that only the later one has"),
    "definitions_changed": ("项指标定义有变", "indicators whose definition changed"),
    "standards_changed": ("项指标标准有变", "indicators whose standard changed"),
    "units_gone": ("个单元已不存在", "units that are there no more"),
    "units_new": ("个新单元", "units that are new"),
    "boundaries_moved": ("个单元边界有变", "units whose boundary moved"),
    "built_up_changed": ("项指标以变动的建成区为口径", "indicators taken over a built-up area that changed"),
    "no_whole": ("没有可对比的市级单元", "no unit of either stands for the whole city"),
    "counts_of_cities": (
        "项计数指标随城市规模而异，不比优劣",
        "counts, which say how large a city is: compare their grades",
    ),
    "not_recomputed": ("个数值未能按原口径重算", "values that could not be computed the old way"),
}
"""What limits a comparison as a whole, each with a number: Chinese, English."""

WHY_NOT: Mapping[str, Both] = {
    "not_recomputed": ("尚未重算：运行 cim examine compare", "not computed yet: run cim examine compare"),
    "measure_changed": (
        "原定义的参数已不被现行方法接受",
        "the measure no longer takes the parameters that it had then",
    ),
    "unit_gone": ("原单元的范围未保存", "how the unit was drawn then is not kept"),
}
"""Why a value could not be computed the old way, beside the reasons of `cim.analytics.reasons`."""


def _said(pair: Both, language: str) -> str:
    return pair[0 if language.startswith("zh") else 1]


def changed(names: tuple[str, ...], language: str = "en") -> str:
    """Return what changed as one line."""
    return ("、" if language.startswith("zh") else ", ").join(_said(CHANGED[name], language) for name in names)


def why(code: str, language: str = "en") -> str:
    """Return why a value could not be computed the old way; reasons of examinations may be joined by `;`."""
    if code in WHY_NOT:
        return _said(WHY_NOT[code], language)
    known = set(codes())
    return sentence(code, language) if all(one.partition(":")[0] in known for one in code.split(";")) else code


def notes(counts: Mapping[str, int], language: str = "en") -> list[str]:
    """Return a line for each thing that limits a comparison."""
    plain = {"other_method", "other_system", "no_whole"}
    lines = []
    for name, count in counts.items():
        text = _said(NOTES[name], language)
        counted = f"{count:,} {text}" if language.startswith("zh") else f"{text}: {count:,}"
        lines.append(text if name in plain else counted)
    return lines
