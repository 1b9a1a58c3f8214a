"""The project list: works of one kind in one renewal area, with a band of cost."""

from __future__ import annotations

from collections.abc import Iterator

from cim.analytics.examination.projects import Project
from cim.analytics.examination.report.blocks import Block, Cell, Column, Heading, Paragraph, Table
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import DEADLINES, both, same

_MOST = 30
_YUAN = 1e4
_COLUMNS = (
    Column(both("工程", "Works"), 38),
    Column(both("更新片区", "Renewal area"), 34),
    Column(both("问题数", "Problems"), 16, number=True),
    Column(both("期限", "By"), 23),
    Column(both("造价（万元）", "Cost, 10,000 yuan"), 25, number=True),
    Column(both("责任单位", "Responsible"), 36, minor=True),
    Column(both("改善指标", "Mends"), 21, minor=True),
)


def projects(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("更新项目清单", "Renewal projects"), 1, "projects")
    found = report.projects
    if found is None:
        yield Paragraph(
            both("项目清单由台账生成；本次结果未入库。", "Projects come from the ledger; this examination is not kept.")
        )
        return
    if not found.projects:
        yield Paragraph(both("没有待立项的问题。", "No problem waits for a project."))
        return
    yield _told(report)
    for note in found.notes:
        yield Paragraph(note, "item")
    shown = found.projects[:_MOST]
    if len(shown) < len(found.projects):
        more = number(len(found.projects) - len(shown))
        yield Paragraph(
            both(
                f"以下为最紧迫的 {len(shown)} 个；其余 {more} 个见工作簿（projects 表）。",
                f"The {len(shown)} most pressing; {more} more are in the workbook.",
            ),
            "note",
        )
    yield Table(both("更新项目", "Renewal projects"), _COLUMNS, [_row(one) for one in shown])


def _told(report: Report) -> Paragraph:
    found = report.projects.projects if report.projects else ()
    told = {
        "count": number(len(found)),
        "problems": number(sum(len(one.problems) for one in found)),
        "areas": number(len({one.area for one in found})),
        "low": number(round(sum(one.low_cny for one in found) / _YUAN)),
        "high": number(round(sum(one.high_cny for one in found) / _YUAN)),
    }
    zh = "{problems} 个待处理问题归为 {count} 个项目，分布于 {areas} 个更新片区；造价合计估算 {low}–{high} 万元。"
    en = "{problems} problems make {count} projects in {areas} renewal areas; they may cost {low}–{high} × 10,000 yuan."
    return Paragraph(both(zh.format_map(told), en.format_map(told)))


def cost_words(one: Project) -> str:
    """Return a project's band of cost in 10,000 yuan; a dash where nothing of it could be costed."""
    if one.high_cny == 0:
        return "–"
    return f"{number(round(one.low_cny / _YUAN))}–{number(round(one.high_cny / _YUAN))}"


def _row(one: Project) -> list[Cell]:
    return [
        Cell(one.title),
        Cell(one.area_name),
        Cell(same(number(len(one.problems)))),
        Cell(same(one.due_on.isoformat()) if one.due_on else DEADLINES[one.deadline]),
        Cell(same(cost_words(one))),
        Cell(one.responsible),
        Cell(same(" ".join(one.mends))),
    ]
