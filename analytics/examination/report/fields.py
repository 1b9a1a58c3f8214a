"""The report's numbers as plain tables, whose columns a city's own forms choose from by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

import pandas as pd

from cim.analytics.examination.advice import advice
from cim.analytics.examination.report.evidence import evidence_words
from cim.analytics.examination.report.gaps import reason_words
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import DEADLINES, GRADES, OFFICIAL, STATES, THEMES, UNIT_LEVELS, same

_DIGITS = 12
"""Figures of a number that are kept: the last ones of a sum depend on its order."""


@dataclass(frozen=True)
class Named:
    """A column."""

    name: str
    """By which forms ask for it."""
    title: str
    """Its head, in both languages."""
    width: float
    """In letters."""


@dataclass(frozen=True)
class Plain:
    """A table of plain values."""

    columns: Sequence[Named]
    """Its columns."""
    rows: Sequence[Sequence[Any]]
    """Its cells by row; None: not known."""

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows by name of the column."""
        names = [column.name for column in self.columns]
        for row in self.rows:
            yield dict(zip(names, row, strict=True))


def once(make: Callable[[Report], Plain]) -> Callable[[Report], Plain]:
    """Have a table made once a report: the workbook, its forms and the GeoPackage all tell it."""

    @wraps(make)
    def kept(report: Report) -> Plain:
        key = make.__name__
        if key not in report.made:
            report.made[key] = make(report)
        return cast("Plain", report.made[key])

    return kept


def plain(value: Any) -> Any:
    """Return a number rounded to twelve figures, and None for what is not known."""
    if value is None or (not isinstance(value, str | list | dict) and pd.isna(value)):
        return None
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


_OF_INDICATOR: Mapping[str, tuple[str, float, Callable[[Indicated], Any]]] = {
    "code": ("编码 code", 8, lambda one: one.code),
    "title": ("指标", 34, lambda one: one.title.zh),
    "title_en": ("indicator", 40, lambda one: one.title.en),
    "level": ("维度 level", 18, lambda one: OFFICIAL[one.declared["level"]].zh),
    "dimension": ("分类 dimension", 14, lambda one: one.words("dimension").zh),
    "core": ("核心 core", 8, lambda one: "是" if one.declared.get("core") else ""),
    "unit": ("单位 unit", 12, lambda one: one.unit.zh),
}
_OF_MEANING: Mapping[str, tuple[str, float, Callable[[Indicated], Any]]] = {
    "definition": ("定义 definition", 50, lambda one: one.words("definition").zh),
    "numerator_words": ("分子含义 numerator", 30, lambda one: one.words("numerator").zh),
    "denominator_words": ("分母含义 denominator", 30, lambda one: one.words("denominator").zh),
    "method": ("方法 method", 40, lambda one: one.words("method").zh),
    "computable": ("可计算程度 computed", 14, lambda one: one.declared["computable"]),
    "source": ("标准来源 source", 40, lambda one: (one.declared["standard"] or {}).get("source")),
    "confidence": ("可信度 confidence", 12, lambda one: (one.declared["standard"] or {}).get("confidence")),
}
_VALUES: Mapping[str, tuple[str, float]] = {
    "value": ("数值 value", 12),
    "grade": ("评级 grade", 10),
    "numerator": ("分子 numerator", 13),
    "denominator": ("分母 denominator", 13),
    "missing_share": ("缺失比例 missing share", 11),
    "low": ("下限 low", 11),
    "high": ("上限 high", 11),
    "on_foot": ("沿路网 on foot", 11),
    "extent": ("范围 extent", 16),
    "extent_m2": ("范围面积 m² extent", 14),
    "reason": ("说明 reason", 50),
}


def _valued(row: Mapping[Any, Any] | None) -> list[Any]:
    """Return the cells of a value."""
    if row is None:
        return [None] * len(_VALUES)
    cells = []
    for name in _VALUES:
        value = plain(row[name])
        if name == "grade" and value is not None:
            value = GRADES[value].zh
        if name == "reason" and value is not None:
            value = reason_words(value).zh
        cells.append(value)
    return cells


@once
def indicator_fields(report: Report) -> Plain:
    """Return a row for each indicator with the whole city's value."""
    columns = [Named("number", "序号 no.", 7)]
    columns += [Named(name, title, width) for name, (title, width, _) in _OF_INDICATOR.items()]
    columns += [Named("standard", "标准 standard", 16)]
    columns += [Named(name, *told) for name, told in _VALUES.items()]
    columns += [Named(name, title, width) for name, (title, width, _) in _OF_MEANING.items()]
    rows = []
    for number, one in enumerate(report.indicators.values(), 1):
        whole = None if one.whole is None else one.whole.to_dict()
        rows.append([
            number, *(said(one) for _, _, said in _OF_INDICATOR.values()), one.standard.zh, *_valued(whole),
            *(said(one) for _, _, said in _OF_MEANING.values()),
        ])  # fmt: skip
    return Plain(columns, rows)


@once
def value_fields(report: Report) -> Plain:
    """Return a row for each indicator and unit."""
    columns = [Named("number", "序号 no.", 7), Named("code", "编码 code", 8), Named("title", "指标 indicator", 34)]
    columns += [
        Named("unit", "单位 unit", 10),
        Named("unit_level", "层级 level", 9),
        Named("unit_key", "单元编码 key", 16),
    ]
    columns += [Named("unit_name", "单元 unit", 18), Named("standard", "标准 standard", 16)]
    columns += [Named(name, *told) for name, told in _VALUES.items()]
    rows: list[list[Any]] = []
    known = report.units[["key", "name"]].to_dict("index")
    for one in report.indicators.values():
        for record in one.rows.reset_index().to_dict("records"):
            unit = known.get(record["unit_id"])
            if unit is not None:
                meant = [len(rows) + 1, one.code, one.title.zh, one.unit.zh]
                where = [UNIT_LEVELS[record["level"]].zh, unit["key"], unit["name"]]
                rows.append([*meant, *where, one.standard.zh, *_valued(record)])
    return Plain(columns, rows)


_LEDGER = (
    Named("number", "序号 no.", 7),
    Named("problem_id", "问题编号 problem", 10),
    Named("code", "编码 code", 8),
    Named("title", "指标 indicator", 34),
    Named("kind", "对象 kind", 10),
    Named("key", "对象编码 key", 20),
    Named("unit_name", "所在单元 unit", 16),
    Named("year_found", "发现年度 found", 9),
    Named("severity", "严重程度 severity", 9),
    Named("candidate", "候选 candidate", 9),
    Named("evidence", "依据 evidence", 40),
    Named("deadline", "期限 deadline", 11),
    Named("due_on", "限期 due", 12),
    Named("responsible", "责任单位 responsible", 18),
    Named("usual_responsible", "通常责任单位", 26),
    Named("usual_responsible_en", "usually responsible", 40),
    Named("advice", "整改建议", 34),
    Named("advice_en", "advice", 40),
    Named("state", "状态 state", 10),
    Named("changes", "处置经过 history", 40),
)


@once
def problem_fields(report: Report) -> Plain:
    """Return a row for each problem of the ledger, the gravest first."""
    rows = []
    for number, row in enumerate(report.problems.drop(columns="geometry").to_dict("records"), 1):
        responsible = plain(row["responsible"])
        told = advice(report.catalogue, row["code"], responsible)
        usual = told.usual_responsible
        rows.append([
            number,
            plain(row["problem_id"]),
            row["code"],
            report.indicators[row["code"]].title.zh,
            THEMES.get(row["theme"], same(row["theme"])).zh,
            row["key"],
            plain(row["unit"]),
            row["year_found"],
            plain(row["severity"]),
            "是" if row["candidate"] else "",
            evidence_words(row["evidence"]).zh,
            DEADLINES[row["deadline"]].zh,
            None if pd.isna(row["due_on"]) else row["due_on"].isoformat(),
            responsible,
            usual.zh if usual else None,
            usual.en if usual else None,
            told.advice.zh,
            told.advice.en,
            STATES[row["state"]].zh,
            _changes(row["history"]),
        ])  # fmt: skip
    return Plain(_LEDGER, rows)


def _changes(history: Any) -> str | None:
    """Return what became of a problem in a line."""
    told = [f"{change['at'][:10]} {STATES[change['to']].zh}（{change['by']}）" for change in history or ()]
    return "；".join(told) or None


_PROJECTS = (
    Named("number", "序号 no.", 7),
    Named("project", "项目编号 project", 22),
    Named("works", "工程类型 works", 24),
    Named("area", "更新片区 renewal area", 30),
    Named("unit_name", "社区（单元） unit", 16),
    Named("problems", "问题数 problems", 9),
    Named("candidates", "其中候选 candidates", 9),
    Named("severity", "最高严重度 gravest", 9),
    Named("deadline", "期限类别 deadline", 11),
    Named("due_on", "最早期限 due", 12),
    Named("responsible", "责任单位 responsible", 28),
    Named("low_10k_yuan", "造价下限（万元） cost from", 13),
    Named("high_10k_yuan", "造价上限（万元） cost to", 13),
    Named("uncosted", "未计价问题 not costed", 11),
    Named("mends", "改善指标 mends", 24),
    Named("actions", "措施 actions", 50),
)


@once
def project_fields(report: Report) -> Plain:
    """Return a row for each project, the most pressing first; none where the examination is not kept."""
    rows = []
    for number, one in enumerate(report.projects.projects if report.projects else (), 1):
        rows.append(
            [
                number,
                one.number,
                one.title.zh,
                one.area_name.zh,
                one.unit.zh,
                len(one.problems),
                one.candidates,
                one.severity,
                DEADLINES[one.deadline].zh,
                one.due_on.isoformat() if one.due_on else None,
                one.responsible.zh,
                plain(one.low_cny / 1e4),
                plain(one.high_cny / 1e4),
                one.uncosted,
                " ".join(one.mends),
                "；".join(dict.fromkeys(item.action.zh for item in one.items if item.action.zh)),
            ]
        )
    return Plain(_PROJECTS, rows)
