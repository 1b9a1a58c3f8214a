"""The data: where it comes from, what was refused, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from cim.analytics.examination.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from cim.analytics.examination.report.gaps import absent, gaps, reason_words
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import MADE_UP, both, same


def quality(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("数据质量", "Data quality"), 1, "quality")
    if report.synthetic:
        yield Paragraph(MADE_UP, "warning")
    for gap in gaps(report):
        yield Paragraph(gap, "item")
    for left in report.left_out.values():
        yield Paragraph(both(f"{left['zh']}：{left['count']:,}", f"{left['count']:,} × {left['en']}"), "item")
    yield Heading(both("数据来源", "Sources"), 2, "sources")
    if report.sources:
        yield _sources(report)
    else:
        yield Paragraph(both("没有登记数据来源。", "No source is on record."))
    yield Heading(both("缺失与限制", "What is missing or limited"), 2, "absent")
    yield _absent(report)


def _sources(report: Report) -> Table:
    columns = [
        Column(both("来源", "Source"), 28),
        Column(both("文件", "File"), 40),
        Column(both("记录", "Records"), 15, number=True),
        Column(both("拒绝", "Refused"), 14, number=True),
        Column(both("许可与署名", "Licence, attribution"), 56),
        Column(both("摘要", "SHA-256"), 26, minor=True),
    ]
    rows = [
        [
            Cell(same(source["name"])),
            Cell(same(PurePath(source["path"]).name)),
            Cell(same(number(source["records_in"]))),
            Cell(same(number(source["rejected"]))),
            Cell(same(" · ".join(filter(None, (source["licence"], source["attribution"]))) or "–")),
            Cell(same((source["sha256"] or "–")[:12])),
        ]
        for source in report.sources
    ]
    return Table(
        both("数据来源（摘要全文见 manifest.json）", "Sources (digests in full in manifest.json)"), columns, rows
    )


def _absent(report: Report) -> Table:
    columns = [
        Column(both("原因", "Reason"), 70),
        Column(both("指标数", "Indicators"), 12, number=True),
        Column(both("指标", "Which"), 60),
    ]
    rows = [
        [Cell(reason_words(reason)), Cell(same(number(count))), Cell(both("、".join(codes), ", ".join(codes)))]
        for reason, count, codes in absent(report)
    ]
    return Table(both("数值缺失或受限的原因", "Why values are missing or limited"), columns, rows)
