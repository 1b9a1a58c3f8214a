"""Sections of the report: one small module each, a function from the report to its blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cim.analytics.examination.report.blocks import Block, numbered
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.sections.actions import actions
from cim.analytics.examination.report.sections.comparison import comparison
from cim.analytics.examination.report.sections.indicators import indicators
from cim.analytics.examination.report.sections.levels import levels
from cim.analytics.examination.report.sections.methods import methods
from cim.analytics.examination.report.sections.problems import problems
from cim.analytics.examination.report.sections.projects import projects
from cim.analytics.examination.report.sections.quality import quality
from cim.analytics.examination.report.sections.summary import summary

SECTIONS: Sequence[Callable[[Report], Iterable[Block]]] = (
    summary,
    levels,
    indicators,
    problems,
    actions,
    projects,
    comparison,
    methods,
    quality,
)
"""What a report tells, in order; a section without anything to say yields a sentence that says so."""


def blocks(report: Report) -> list[Block]:
    """Return all that stands behind the cover and the contents, numbered."""
    return numbered(block for section in SECTIONS for block in section(report))
