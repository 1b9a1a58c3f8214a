"""The sheet of a community: one A4 page, in both languages."""

from __future__ import annotations

import pandas as pd

from cim.analytics.examination.advice import advice
from cim.analytics.examination.community.drawing import draw_map
from cim.analytics.examination.community.gathering import Community
from cim.analytics.examination.community.layout import DIM, INK, RULE, Column, cell, heading, table_head, two_languages
from cim.analytics.examination.register import Words
from cim.analytics.examination.report.numbers import number, standard_words
from cim.analytics.examination.report.words import COLOURS, GRADES, PROVISIONAL, UNIT_LEVELS
from cim.sheets import Sheet, Stroke

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
_LEFT, _RIGHT = 12.0, 198.0
_FULL = _RIGHT - _LEFT
_SIDE = 110.0
"""Where the right column begins."""
_ROW = 4.7
_MOST_INDICATORS, _MOST_PROBLEMS, _MOST_PROJECTS = 15, 11, 6
_INDICATORS = (
    Column("", "", 4), Column("指标", "Indicator", 104), Column("数值", "Value", 20, right=True),
    Column("单位", "Unit", 22), Column("标准", "Standard", 22, right=True), Column("缺失", "Missing", 14, right=True),
)  # fmt: skip
_PROBLEMS = (
    Column("问题", "Problem", 68), Column("数量", "Number", 11, right=True), Column("候选", "Candid.", 12, right=True),
    Column("最重", "Gravest", 11, right=True), Column("期限", "Due", 18, right=True),
    Column(" 措施建议", "  What helps", 66),
)  # fmt: skip
_PROJECTS = (
    Column("工程", "Works", 50), Column("问题", "Probl.", 11, right=True),
    Column("造价（万元）", "10,000 yuan", 27, right=True),
)  # fmt: skip


def community_page(told: Community) -> Sheet:
    """Draw the sheet of a community."""
    sheet = Sheet(WIDTH_MM, HEIGHT_MM, f"{told.unit['name']} {told.about['year']}")
    _title(sheet, told)
    draw_map(sheet, told, _LEFT, 171.0, 92.0, 98.0)
    _facts(sheet, told)
    _projects(sheet, told)
    _indicators(sheet, told)
    _problems(sheet, told)
    _foot(sheet, told)
    return sheet


def _title(sheet: Sheet, told: Community) -> None:
    unit, about, level = told.unit, told.about, UNIT_LEVELS[told.unit["level"]]
    y = HEIGHT_MM - 15
    sheet.text(_LEFT, y, str(unit["name"]), size=7.0, colour="#1f4e79")
    english = unit["name_en"] if isinstance(unit["name_en"], str) and unit["name_en"] != unit["name"] else ""
    sheet.text(_LEFT, y - 6.5, english or level.en, size=3.2, colour=DIM)
    sheet.text(_RIGHT, y + 2.6, f"{level.zh}体检一张表 {about['year']}", size=4.2, anchor="end")
    sheet.text(_RIGHT, y - 1.6, f"The {level.en} at a glance, {about['year']}", size=2.9, anchor="end", colour=DIM)
    for down, words in zip((5.0, 7.6), (_system(told).zh, _system(told).en), strict=True):
        sheet.text(_RIGHT, y - down, words, size=2.1, anchor="end", colour=DIM)
    sheet.line((_LEFT, y - 9.5), (_RIGHT, y - 9.5), stroke=Stroke(0.5, "#1f4e79"))


def _system(told: Community) -> Words:
    """Return the city, and by which system of which year it was examined."""
    title, year = told.register.title, told.about["system_year"]
    # A title that says so itself need not be told twice.
    unsaid = told.about["provisional"] and PROVISIONAL.en not in title.en
    maybe = PROVISIONAL if unsaid else Words("", "")
    zh, en = maybe.zh and f"（{maybe.zh}）", maybe.en and f" ({maybe.en})"
    return Words(
        f"{told.city.name_zh} · {title.zh} · 指标体系年份 {year}{zh}",
        f"{told.city.name_en} · {title.en} · indicator system of {year}{en}",
    )


def _facts(sheet: Sheet, told: Community) -> None:
    """Write what is known of the unit, and a bar of its grades."""
    unit, y = told.unit, HEIGHT_MM - 31.0
    area = None if unit["area_m2"] is None else unit["area_m2"] / 1e6
    facts = (
        ("常住人口", "residents", unit["residents"]), ("户数", "households", unit["households"]),
        ("小区", "compounds", unit["compounds"]), ("住宅楼", "homes", unit["homes"]), ("面积 km²", "area", area),
    )  # fmt: skip
    step = (_RIGHT - _SIDE) / len(facts)
    for place, (zh, en, value) in enumerate(facts):
        x = _SIDE + (place + 0.5) * step
        sheet.text(x, y, number(None if value is None else float(value)), size=4.2, anchor="middle", colour=INK)
        sheet.text(x, y - 4.2, zh, size=2.2, anchor="middle", colour=DIM)
        sheet.text(x, y - 6.9, en, size=1.9, anchor="middle", colour=DIM)
    counts = told.indicators["grade"].value_counts()
    heading(sheet, _SIDE, y - 13.5, "评级", "Grades", _RIGHT - _SIDE)
    x, whole, bar = _SIDE, max(len(told.indicators), 1), y - 23.0
    for grade in GRADES:
        count = int(counts.get(grade, 0))
        width = (_RIGHT - _SIDE) * count / whole
        if count:
            sheet.box(x, bar, width, 5.0, fill=COLOURS[grade])
            sheet.text(x + width / 2, bar + 2.5, str(count), size=2.8, anchor="middle", colour=INK)
        x += width
    x = _SIDE
    for grade, words in GRADES.items():
        sheet.box(x, bar - 4.3, 2.2, 2.2, fill=COLOURS[grade])
        sheet.text(x + 3, bar - 3.2, words.zh, size=2.2)
        sheet.text(x + 3, bar - 6.0, words.en, size=1.8, colour=DIM)
        x += (_RIGHT - _SIDE) / len(GRADES)


def _projects(sheet: Sheet, told: Community) -> None:
    y, width = HEIGHT_MM - 68.5, _RIGHT - _SIDE
    heading(sheet, _SIDE, y, "更新项目", "Projects", width)
    y -= 6.0
    table_head(sheet, _SIDE, y, _PROJECTS)
    for one in told.projects[:_MOST_PROJECTS]:
        y -= 7.4
        two_languages(sheet, _SIDE + 0.6, y + 1.2, one.title.zh, one.title.en, 49, size=2.3)
        area = f"{one.area_name.zh} · {one.responsible.zh}"
        cell(sheet, _SIDE, y - 1.7, Column("", "", 60), area, size=1.9, colour=DIM)
        cell(sheet, _SIDE + 50, y + 1.2, _PROJECTS[1], str(len(one.problems)))
        cost = "–" if one.uncosted == len(one.problems) else f"{one.low_cny / 1e4:,.0f} – {one.high_cny / 1e4:,.0f}"
        cell(sheet, _SIDE + 61, y + 1.2, _PROJECTS[2], cost)
        sheet.line((_SIDE, y - 3.4), (_RIGHT, y - 3.4), stroke=RULE)
    more = len(told.projects) - _MOST_PROJECTS
    y -= 5.6
    note = f"另有 {more} 项，见项目清单 more in the project list: {more} · " if more > 0 else ""
    note += "造价未经核实 costs unverified" if told.projects else "无待解决问题 nothing to be solved"
    sheet.text(_SIDE, y, note, size=1.9, colour=DIM)


def _indicators(sheet: Sheet, told: Community) -> None:
    """List indicators with a value, the worst first."""
    rows = told.indicators[told.indicators["grade"] != "not_assessable"]
    y = 163.0
    heading(sheet, _LEFT, y, "指标（由差到好）", "Indicators, the worst first", _FULL)
    y -= 6.0
    table_head(sheet, _LEFT, y, _INDICATORS)
    y -= 0.6
    for row in rows.head(_MOST_INDICATORS).to_dict("records"):
        y -= _ROW
        one = told.register.indicators[row["code"]]
        sheet.box(_LEFT + 0.4, y - 1.3, 2.6, 2.6, fill=COLOURS[row["grade"]])
        cell(sheet, _LEFT + 4, y, Column("", "", 10), row["code"], size=2.2, colour=DIM)
        two_languages(sheet, _LEFT + 13, y, one.title.zh, one.title.en, 94)
        cell(sheet, _LEFT + 108, y, _INDICATORS[2], number(row["value"]))
        two_languages(sheet, _LEFT + 129, y, one.unit.zh, one.unit.en, 21, size=2.1)
        asked = standard_words(vars(one.standard) if one.standard else None, one.unit).zh
        cell(sheet, _LEFT + 150, y, _INDICATORS[4], asked.removesuffix(one.unit.zh).strip())
        missing = "" if not row["missing_share"] else f"{row['missing_share']:.0%}"
        cell(sheet, _LEFT + 172, y, _INDICATORS[5], missing, colour=DIM)
        sheet.line((_LEFT, y - _ROW / 2), (_RIGHT, y - _ROW / 2), stroke=RULE)
    rest = len(rows) - _MOST_INDICATORS
    unknown = told.indicators[told.indicators["grade"] == "not_assessable"]
    to_see = int(unknown["reason"].fillna("").str.split(";").map(lambda codes: "prescreened" in codes).sum())
    note = f"其余 {rest} 项较好，未列 not listed, better: {rest} · " if rest > 0 else ""
    note += f"{len(unknown)} 项无法评价 not assessable: {len(unknown)}" if len(unknown) else ""
    note += f"，其中 {to_see} 项为预筛候选、待核查 of them pre-screened, to be confirmed: {to_see}" if to_see else ""
    sheet.text(_LEFT, y - 4.4, note.rstrip(" ·"), size=1.9, colour=DIM)


def _problems(sheet: Sheet, told: Community) -> None:
    """List problems by indicator: those with a day first, then by number."""
    groups = [(code, rows) for code, rows in told.problems.groupby("code")]
    groups.sort(key=lambda item: (item[1]["deadline"].ne("within_time").all(), -len(item[1])))
    y = 76.0
    heading(
        sheet, _LEFT, y, f"待解决问题 {len(told.problems)} 个", f"{len(told.problems)} problems to be solved", _FULL
    )
    y -= 6.0
    table_head(sheet, _LEFT, y, _PROBLEMS)
    y -= 0.4
    for code, rows in groups[:_MOST_PROBLEMS]:
        y -= _ROW
        _problem(sheet, told, str(code), rows, y)
    rest = len(groups) - _MOST_PROBLEMS
    if rest > 0:
        count = sum(len(rows) for _, rows in groups[_MOST_PROBLEMS:])
        note = f"另有 {rest} 类 {count} 个，见台账 more in the ledger: {count} of {rest} kinds"
        sheet.text(_LEFT, y - 4.2, note, size=1.9, colour=DIM)


def _problem(sheet: Sheet, told: Community, code: str, rows: pd.DataFrame, y: float) -> None:
    one, helps = told.register.indicators.get(code), advice(told.catalogue, code).advice
    cell(sheet, _LEFT, y, Column("", "", 9), code, size=2.2, colour=DIM)
    two_languages(sheet, _LEFT + 9, y, one.title.zh if one else code, one.title.en if one else "", 58, size=2.3)
    days = [day for day in rows["due_on"] if day is not None and not pd.isna(day)]
    candidates = int(rows["candidate"].sum())
    worst = rows["severity"].max()
    texts = (
        str(len(rows)), str(candidates) if candidates else "", "" if pd.isna(worst) else f"{worst:.0f}",
        min(days).isoformat() if days else "尽力",
    )  # fmt: skip
    x = _LEFT + 68
    for column, text in zip(_PROBLEMS[1:5], texts, strict=True):
        cell(sheet, x, y, column, text, size=2.3)
        x += column.width
    two_languages(sheet, x + 2, y, helps.zh, helps.en, 64, size=2.2)
    sheet.line((_LEFT, y - _ROW / 2), (_RIGHT, y - _ROW / 2), stroke=RULE)


def _foot(sheet: Sheet, told: Community) -> None:
    synthetic = "合成数据 synthetic data · " if told.city.synthetic else ""
    about = told.about
    read = about["recorded"].date().isoformat() if about["recorded"] else ""
    words = (
        f"{synthetic}数据截至 data as of {read} · 体检 run {about['run_id']} · "
        "候选为登记数据预筛，须现场核实 candidates are pre-screened from registers and to be confirmed on site"
    )
    sheet.line((_LEFT, 11.5), (_RIGHT, 11.5), stroke=RULE)
    sheet.text(_LEFT, 9.0, words, size=1.9, colour=DIM)
