"""What is told of one indicator in words: definition, formula, standard, result, method, limits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import pandas as pd
import yaml

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import Cell, Facts
from cim.analytics.examination.report.gaps import reason_words
from cim.analytics.examination.report.numbers import number, share, with_unit
from cim.analytics.examination.report.report import Indicated
from cim.analytics.examination.report.words import COMPUTABLE, CONFIDENCE, GRADES, both, same


def indicator_facts(one: Indicated) -> Facts:
    """Return the facts of an indicator."""
    rows = [
        (both("定义", "Definition"), Cell(one.words("definition"))),
        (both("计算", "Formula"), Cell(formula(one))),
        (both("标准", "Standard"), Cell(asked(one))),
        (both("结果", "Result"), Cell(result(one), grade=one.grade)),
        (both("方法", "Method"), Cell(_method(one))),
    ]
    limits = _limits(one)
    return Facts([*rows, *([(both("说明", "Limits"), Cell(limits))] if limits.zh else [])])


def formula(one: Indicated) -> Words:
    """Return how the value is made of numerator and denominator."""
    above, below, unit = one.words("numerator"), one.words("denominator"), one.unit
    if one.declared["form"] == "count":
        return both(
            f"{above.zh}（{unit.zh}）；按占“{below.zh}”的比例评级",
            f"{above.en} ({unit.en}); graded by the share of: {below.en}",
        )
    scale = one.declared.get("scale", 1)
    times = "" if scale == 1 else f" × {number(scale)}"
    return both(f"（{above.zh}）÷（{below.zh}）{times}（{unit.zh}）", f"({above.en}) / ({below.en}){times}, {unit.en}")


def asked(one: Indicated) -> Words:
    """Return the standard with its source, and how sure that is."""
    standard = one.declared["standard"]
    if standard is None:
        return one.standard
    told, sure, source = one.standard, CONFIDENCE[standard["confidence"]], standard["source"]
    return both(f"{told.zh}（{source_zh(source)}；{sure.zh}）", f"{told.en} ({source}; {sure.en})")


@cache
def _sources() -> Mapping[str, str]:
    text = (resources.files("cim.analytics.examination.report") / "templates" / "sources.yaml").read_text("utf-8")
    return {str(source): str(told) for source, told in yaml.safe_load(text).items()}


def source_zh(source: str) -> str:
    """Return a standard's source in Chinese; as the register has it where no translation is known."""
    return _sources().get(source, source)


def result(one: Indicated) -> Words:
    """Return the whole city's value with all that stands beside it."""
    whole = one.whole
    if whole is None:
        return both("没有全市数值", "no value for the whole city")
    grade = GRADES[one.grade]
    if pd.isna(whole["value"]):
        why = reason_words(whole["reason"]) if isinstance(whole["reason"], str) else same("")
        return both(f"{grade.zh}：{why.zh}", f"{grade.en}: {why.en}")
    parts = [_valued("全市", "city", one, whole["value"]), grade]
    if pd.notna(whole["denominator"]):
        above, below = number(whole["numerator"]), number(whole["denominator"])
        parts.append(both(f"分子 {above}，分母 {below}", f"numerator {above}, denominator {below}"))
    if pd.notna(whole["low"]) and pd.notna(whole["high"]):
        low, high = number(whole["low"]), number(whole["high"])
        parts.append(both(f"区间 {low}–{high}", f"between {low} and {high}"))
    if pd.notna(whole["on_foot"]):
        parts.append(_valued("沿步行路网", "along streets", one, whole["on_foot"]))
    if whole["missing_share"]:
        missing = share(whole["missing_share"])
        parts.append(both(f"数据缺失 {missing}", f"{missing} of the data missing"))
    return both("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _valued(zh: str, en: str, one: Indicated, value: float) -> Words:
    told = with_unit(value, one.unit)
    return both(f"{zh} {told.zh}", f"{en} {told.en}")


def _method(one: Indicated) -> Words:
    method, how, data = one.words("method"), COMPUTABLE[one.declared["computable"]], one.words("data")
    zh, en = f"{method.zh}（{how.zh}）", f"{method.en} ({how.en})"
    return both(f"{zh}。数据：{data.zh}", f"{en}. Data: {data.en}") if data.zh else both(zh, en)


def _limits(one: Indicated) -> Words:
    """Return what limits the values, and what is assumed."""
    told = [reason_words(reason) for reason in one.reasons]
    told += [both(f"假设：{text['zh']}", f"assumed: {text['en']}") for text in one.declared.get("assumptions") or ()]
    return both("；".join(text.zh for text in told), "; ".join(text.en for text in told))
