"""How values and grades came about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.blocks import Block, Cell, Column, Facts, Heading, Paragraph, Table
from cim.analytics.examination.report.numbers import share
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import COMPUTABLE, both, same

_TEXTS = (
    both(
        "每项指标对全市、区、街道、街区和社区各级单元分别计算，由全市数值可追溯到具体楼栋。服务覆盖按官方公式以直线半径计算，并列给出沿步行路网的结果。",
        "Each indicator is computed for every unit of every level, so that a city's figure can be followed down to "
        "buildings. Coverage is by straight distance, as the official formula says; the same along walkable streets "
        "stands beside it.",
    ),
    both(
        "缺失数据不作零处理：缺失比例随数值给出，可能时给出区间，即缺失部分全无或全有问题时的数值。",
        "What is missing is never zero: its share stands with each value, and an interval where one can be told, from "
        "none of the missing having the problem to all of it.",
    ),
    both(
        "登记数据预筛的结果是候选，不是结论：候选计入数值，但不计入评级；只有多数对象经现场核查后，才按核查结果评级，此前为“无法评价”（待核查）。",
        "What is pre-screened from registers are candidates, not verdicts: they count in the value and never in the "
        "grade, which follows from what surveyors found, once they have looked at most of what is counted; before, "
        "there is none.",
    ),
    both(
        "存在安全隐患的指标至多评为“接近”，不论占比多小。",
        "Where a danger to people is found the grade is at best near, however small its share.",
    ),
)


def methods(report: Report) -> Iterator[Block]:
    """Yield the chapter."""
    yield Heading(both("方法与评级规则", "Methods"), 1, "methods")
    for text in _TEXTS:
        yield Paragraph(text)
    yield Heading(both("评级规则", "Rules of the grades"), 2, "grading")
    yield _rules(report)
    yield Heading(both("指标可计算程度", "How far indicators can be computed"), 2, "computable")
    counts = {
        how: [c for c, one in report.indicators.items() if one.declared["computable"] == how] for how in COMPUTABLE
    }
    yield Facts([(words, Cell(_counted(counts[how]))) for how, words in COMPUTABLE.items() if counts[how]])


def _counted(codes: Sequence[str]) -> Words:
    return both(f"{len(codes)} 项：{'、'.join(codes)}", f"{len(codes)}: {', '.join(codes)}")


def _rules(report: Report) -> Table:
    rules = report.parameters.get("grading") or {}
    near = share(rules.get("near_share", 0.8))
    meets, close = share(rules.get("meets_problem_share", 0.05)), share(rules.get("near_problem_share", 0.1))
    most = share(rules.get("missing_share_max", 0.5))
    columns = [
        Column(both("标准", "Standard"), 40),
        Column(both("达标", "Meets"), 30),
        Column(both("接近", "Near"), 50),
        Column(both("不达标", "Falls short"), 20),
    ]
    rows = [
        [
            both("不低于 s", "at least s"),
            both("值 ≥ s", "value ≥ s"),
            both(f"值 ≥ s 的 {near}", f"value ≥ {near} of s"),
            both("其余", "else"),
        ],
        [
            both("不高于 s（s > 0）", "at most s (s > 0)"),
            both("值 ≤ s", "value ≤ s"),
            both(f"值的 {near} ≤ s", f"{near} of the value ≤ s"),
            both("其余", "else"),
        ],
        [
            both("应为零的数量", "a count that should be 0"),
            both(f"无，或占总量 < {meets}", f"none, or < {meets} of the stock"),
            both(f"占总量 < {close}", f"< {close} of the stock"),
            both("其余", "else"),
        ],
        [
            both(
                f"缺失或未经现场核查超过 {most}，或未设标准",
                f"more than {most} missing or only pre-screened, or no standard",
            ),
            both("不评级，数值保留", "not graded; the value stands"),
            same("–"),
            same("–"),
        ],
    ]
    return Table(both("评级规则", "From values to grades"), columns, [[Cell(text) for text in row] for row in rows])
