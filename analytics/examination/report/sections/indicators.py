"""Each indicator: definition, formula, standard, result, map and chart, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cim.analytics.examination.report.blocks import Block, Figure, Figures, Heading, Together
from cim.analytics.examination.report.drawings.bars import bars, ranked
from cim.analytics.examination.report.drawings.choropleth import choropleth
from cim.analytics.examination.report.drawings.gauge import gauge, targets_of
from cim.analytics.examination.report.drawings.shown import shown
from cim.analytics.examination.report.indicator_facts import indicator_facts
from cim.analytics.examination.report.report import Indicated, Report
from cim.analytics.examination.report.words import OFFICIAL, UNITS_OF, both


def indicators(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    chapter = Heading(both("指标详解", "Indicators"), 1, "indicators")
    waiting = [chapter]
    for level, words in OFFICIAL.items():
        for place, one in enumerate(report.of_level(level)):
            if place == 0:
                waiting.append(Heading(words, 2, f"indicators-{level}"))
            figures = _figures(report, one)
            # Headings stay with what they head.
            yield Together(
                [*waiting, _heading(one), indicator_facts(one), *([Figures(figures)] if figures else [])],
            )
            waiting = []


def _heading(one: Indicated) -> Heading:
    """Return code and name, with the dimension that it belongs to."""
    dimension, core = one.words("dimension"), bool(one.declared.get("core"))
    zh = f"{one.code} {one.title.zh}（{dimension.zh}{'，核心指标' if core else ''}）"
    en = f"{one.code} {one.title.en} ({dimension.en}{', core' if core else ''})"
    return Heading(both(zh, en), 3, one.code)


def _figures(report: Report, one: Indicated) -> list[Figure]:
    """Return map and chart; the whole city's bar where only the city has a value; none where nothing has."""
    level = one.finest
    if level is None:
        return _alone(one)
    meets = report.parameters.get("grading", {}).get("meets_problem_share", 0.05)
    drawn = shown(one, level, meets)
    if not drawn.graded and not drawn.values.any():
        return []  # nothing but zeros that nobody may grade: most of what was to be counted is missing
    units, name = ranked(drawn), UNITS_OF[level]
    return [
        Figure(
            both(f"{one.code} 分布图（{name.zh}）", f"{one.code}: map by {name.en}"),
            lambda language: choropleth(report, level, drawn, units, language),
        ),
        Figure(
            both(f"{one.code} 数值与标准", f"{one.code}: values against the standard"),
            lambda language: bars(report, one, level, drawn, language),
        ),
    ]


def _alone(one: Indicated) -> list[Figure]:
    """Return the whole city's bar, if there is any length to draw."""
    whole = one.whole
    if whole is None or pd.isna(whole["value"]) or not any((whole["value"], *targets_of(one))):
        return []
    caption = both(f"{one.code} 全市值与标准", f"{one.code}: the city's value and the standard")
    return [Figure(caption, lambda language: gauge(one, whole, language))]
