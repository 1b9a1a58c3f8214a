"""What is not there: said in a sentence each, so that no page is silently empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cim.analytics.examination.population import FLOOR_AREA, SOURCES
from cim.analytics.examination.register import Words
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import OFFICIAL, UNITS_OF, both
from cim.analytics.reasons import sentence


def gaps(report: Report) -> Iterator[Words]:
    """Yield what limits the report as a whole."""
    if "note_zh" in report.parameters:
        yield both(report.parameters["note_zh"], report.parameters["note_en"])
    asked = [
        level
        for level in ("subdistrict", "block", "community", "compound")
        if not (report.units["level"] == level).any()
    ]
    for level in asked:
        yield both(f"未载入{UNITS_OF[level].zh}边界：没有该层级的结果。",
                   f"No {UNITS_OF[level].en} are loaded: there are no results of that level.")  # fmt: skip
    for level, words in OFFICIAL.items():
        found = report.of_level(level)
        if found and all(one.rows["value"].isna().all() for one in found):
            yield both(
                f"{words.zh}没有可计算的指标：所需数据未载入。",
                f"No indicator of the level {words.en} can be computed: the data is not loaded.",
            )
    told = {reason for one in report.indicators.values() for reason in one.reasons}
    if told & {"no_data:population", FLOOR_AREA} and not told & set(SOURCES):
        yield both(
            "未载入该年度或此前的人口：人均指标缺失，按居民计的覆盖率以住宅建筑面积代替。",
            "No population is loaded of the year or before: figures for each resident are missing, and floor area "
            "stands for people.",
        )
    if len(report.changed):
        names = ", ".join(report.changed)
        yield both(
            f"体检完成后数据有更新（{names}）：本报告为更新前的结果，请重新体检。",
            f"Data was loaded since the examination ({names}): the report tells what stood before; examine again.",
        )


def absent(report: Report) -> list[tuple[str, int, list[str]]]:
    """Return the reasons for which values are missing or limited: code, number of indicators, their codes."""
    told: dict[str, list[str]] = {}
    for code, one in report.indicators.items():
        for reason in one.reasons:
            told.setdefault(reason, []).append(code)
    counts = Counter({reason: len(codes) for reason, codes in told.items()})
    return [
        (reason, count, told[reason]) for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def reason_words(code: str) -> Words:
    """Return the sentence of a reason in both languages."""
    return both(sentence(code, "zh"), sentence(code, "en"))
