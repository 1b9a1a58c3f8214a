"""The answer to a dig as a PDF: facts, map, lists, and the sheet on which owners sign (会签单)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from cim.analytics.network.digs.drawing import pipe_size
from cim.analytics.network.digs.excavation import Excavation
from cim.analytics.network.digs.manholes import MEASURED_FROM
from cim.analytics.network.digs.map import RAIL_EDGE, dig_map
from cim.analytics.network.digs.notices import NO_DATA
from cim.city import CityProfile
from cim.drawing import pipe_colours
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width
from cim.sheets.pages import WIDTH_MM, Drawn, document, paragraph, table

_MAP_MM = 138.0
_RED = "#c00000"
_SMALL = 7.0
_TITLE = "挖掘范围地下管线查询结果"
_BLANK = "\u00a0"
"""A cell to write in by hand."""


def excavation_pdf(city: CityProfile, found: Excavation) -> bytes:
    """Return an answer as a PDF of A4 pages."""
    flow: list[Flowable] = [*_head(city, found), Drawn(dig_map(city, found, WIDTH_MM, _MAP_MM)), *_legend(found)]
    flow += [*_notices(found), PageBreak(), *_pipes(found), *_manholes(found), *_roads(found)]
    flow += [*_rail(found), *_left_out(found)]
    flow += [PageBreak(), *_countersign(city, found)]
    corner = f"有效期至 {found.dig['expires']} · 数据版本 {found.city['data_version']} · 第 {{page}} 页"
    return document(_TITLE, flow, f"{NO_DATA['zh']} / {NO_DATA['en']}", corner=corner, colour=_RED)


def _title(zh: str, en: str) -> list[Flowable]:
    return [Spacer(1, 3 * mm), paragraph(f"{zh}  {en}", 11), Spacer(1, 1.5 * mm)]


def _head(city: CityProfile, found: Excavation) -> list[Flowable]:
    dig = found.dig
    by_hand = sum(pipe["by_hand"] for pipe in found.pipes)
    abandoned = sum(pipe["abandoned"] for pipe in found.pipes)
    facts = [
        ["工程 project", dig["project"] or "—", "申请单位 applicant", dig["applicant"] or "—"],
        ["查询日期 asked", dig["day"], "有效期至 expires", dig["expires"]],
        ["开挖面积 area", f"{dig['area_m2']:,.1f} m²", "开挖深度 depth", f"{dig['depth_m']:g} m"],
        ["管线 pipes", f"{len(found.pipes)}（须人工开挖 by hand {by_hand}；废弃 abandoned {abandoned}）",
         "无探测资料 unsurveyed", f"{found.unsurveyed['area_m2']:,.1f} m²"],
    ]  # fmt: skip
    return [
        paragraph(_TITLE, 16),
        paragraph(f"Underground pipes where a dig is planned · {city.name_zh} · {city.name_en}", 9),
        Spacer(1, 2 * mm),
        paragraph(f"{NO_DATA['zh']} / {NO_DATA['en']}", 13, textColor=_RED),
        Spacer(1, 2 * mm),
        table((), facts, (28, 68, 36, 50)),
        Spacer(1, 3 * mm),
    ]


def _legend(found: Excavation) -> list[Flowable]:
    """Return the networks that are drawn, each in its colour, and what else the map shows."""
    there = {pipe["network"] for pipe in found.pipes}
    marks = [(one.title_zh, Stroke(0.6, one.hex)) for name, one in pipe_colours().items() if name in there]
    marks += [
        ("须人工开挖 by hand", Stroke(0.9)),
        ("其他 others", Stroke(0.3)),
        ("废弃 abandoned", Stroke(0.3, "#666666", (1.5, 1))),
    ]
    marks += [("开挖范围 dig", Stroke(0.7, "#c00000", (3, 1.2)))]
    if found.rail:
        marks += [("轨道控制保护区 rail zone", RAIL_EDGE)]
    keys: list[tuple[str, Stroke | None]] = [*marks, ("井 manhole", None), ("无探测资料 unsurveyed", None)]
    places, x, row = [], 0.0, 0
    for words, _ in keys:
        wide = 9 + text_width(words, 2.6) + 4
        if x + wide > WIDTH_MM:
            x, row = 0.0, row + 1
        places.append((x, row))
        x += wide
    sheet = Sheet(WIDTH_MM, 5.5 + 4.5 * row)
    for (words, stroke), (x, line) in zip(keys, places, strict=True):
        _key(sheet, x, sheet.height_mm - 3 - 4.5 * line, words, stroke)
    return [Drawn(sheet)]


def _key(sheet: Sheet, x: float, y: float, words: str, stroke: Stroke | None) -> None:
    """Draw a sample of a mark, and what it is."""
    if stroke:
        sheet.line((x, y), (x + 7, y), stroke=stroke)
    elif words.startswith("井"):
        sheet.ellipse(x + 3.5, y, 1.8, 1.8, stroke=Stroke(0.25))
    else:
        sheet.box(x + 1.5, y - 1.2, 4, 2.4, fill="#fff1c4", stroke=Stroke(0.15, "#999999"))
    sheet.text(x + 9, y, words, size=2.6)


def _notices(found: Excavation) -> list[Flowable]:
    out: list[Flowable] = [*_title("须知", "Read this")]
    for notice in found.notices[1:]:
        out.append(paragraph(f"· {notice['zh']} {notice['en']}", 8))
    if found.unsurveyed["networks_without_record"]:
        names = [pipe_colours()[name] for name in found.unsurveyed["networks_without_record"]]
        told = "、".join(f"{one.title_zh} {one.title_en}" for one in names)
        out.append(paragraph(f"· 周边无记录的管线种类 networks without any record here: {told}", 8))
    return out


_SURVEYED = {"open": "明显点", "detected": "隐蔽点", "design": "设计", "as_built": "竣工"}


def _pipes(found: Excavation) -> list[Flowable]:
    head = ("号\nno.", "管线\npipe", "规格\nsize", "材质\nmaterial", "距边缘（内长）\nto edge (inside) m",
            "埋深\ndepth m",
            "相对开挖\nlies", "人工\nhand", "权属、电话\nowner, phone", "探测\nsurvey")  # fmt: skip
    rows = [_pipe(number, pipe) for number, pipe in enumerate(found.pipes, 1)]
    title = _title("管线清单", "Pipes in and near the dig")
    if not rows:
        return [*title, paragraph("范围内及周边无记录的管线。 None is on record.", 8)]
    return [*title, table(head, rows, (7, 33, 14, 14, 22, 20, 16, 9, 24, 23), size=_SMALL), *_zones(found)]


def _pipe(number: int, pipe: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the row of a pipe."""
    inside = f"\n（{pipe['inside_m']:.1f}）" if pipe["inside_m"] else ""
    return (
        number,
        f"{pipe_colours()[pipe['network']].title_zh}{'（废弃）' if pipe['abandoned'] else ''}\n{pipe['key']}",
        pipe_size(pipe),
        pipe["material_raw"] or pipe["material"] or "未知",
        f"{pipe['distance_m']:.2f} ± {pipe['plan_tolerance_m']:.2f}{inside}",
        _depth(pipe),
        pipe["relation_zh"],
        "是" if pipe["by_hand"] else "",
        _owner(pipe),
        _survey(pipe),
    )


def _survey(one: Mapping[str, Any]) -> str:
    """Return when, how and by whom a pipe or manhole was surveyed, a line each."""
    said = [one["surveyed_on"], _SURVEYED.get(one["survey_method"], one["survey_method"]), one["surveyed_by"]]
    return "\n".join(filter(None, said)) or "未知"


def _depth(pipe: Mapping[str, Any]) -> str:
    """Return what is told of a pipe's depth; that of one end alone says nothing of the place of the dig."""
    if pipe["depth_m"] is not None:
        return f"{pipe['depth_m']:.2f} ± {pipe['depth_tolerance_m']:.2f}"
    return "未知" if pipe["one_end_depth_m"] is None else f"未知\n（一端 {pipe['one_end_depth_m']:.2f}）"


def _zones(found: Excavation) -> list[Flowable]:
    """Return what the zones that the dig comes into ask, each once."""
    told: dict[tuple[str, str], list[int]] = {}
    for number, pipe in enumerate(found.pipes, 1):
        for zone in pipe["zones"]:
            said = f"{zone['from_m']:g}–{zone['to_m']:g} m：{zone['asks_zh']} {zone['asks_en']}（{zone['status']}）"
            told.setdefault((pipe["network"], said), []).append(number)
    rows = [
        (pipe_colours()[network].title_zh, said, ", ".join(map(str, numbers)))
        for (network, said), numbers in sorted(told.items())
    ]
    if not rows:
        return []
    head = ("种类", "要求 asks", "号 no.")
    return [*_title("保护范围", "Protection zones"), table(head, rows, (20, 112, 50), size=_SMALL)]


def _manholes(found: Excavation) -> list[Flowable]:
    if not found.manholes:
        return []
    head = ("井及设施\nmanhole", "附属物\nwhat", "距边缘\nto edge m", "自\nfrom", "井深\ndepth m",
            "权属、电话\nowner, phone", "探测\nsurvey")  # fmt: skip
    rows = [
        (
            f"{pipe_colours()[one['network']].title_zh}{'（废弃）' if one['abandoned'] else ''}\n{one['key']}",
            one["appurtenance_raw"] or one["kind"],
            f"{one['distance_m']:.2f} ± {one['plan_tolerance_m']:.2f}", MEASURED_FROM[one["measured_from"]][0],
            _well_depth(one), _owner(one), _survey(one),
        )
        for one in found.manholes
    ]  # fmt: skip
    return [*_title("井与设施", "Manholes and fittings"), table(head, rows, (38, 24, 24, 14, 24, 32, 26), size=_SMALL)]


def _well_depth(one: Mapping[str, Any]) -> str:
    """Return what is told of the depth of a well."""
    return "未知" if one["well_depth_m"] is None else f"{one['well_depth_m']:.2f} ± {one['depth_tolerance_m']:.2f}"


def _roads(found: Excavation) -> list[Flowable]:
    if not found.roads:
        return []
    head = (
        "道路\nstreet",
        "开挖面积\nopened m²",
        "竣工\nbuilt",
        "大修\noverhauled",
        "禁止挖掘期\ndigging ban",
        "依据\nclause",
    )
    rows = [
        (
            f"{one['name'] or one['key']}", f"{one['opened_m2']:.1f}", one["built_year"] or "未知",
            one["overhauled_year"] or "—",
            one["ban_zh"] + (f"（至 {one['ban_until']} 年）" if one["ban_until"] else ""),
            f"{one['source']}（{one['status']}）" if one["source"] else "",
        )
        for one in found.roads
    ]  # fmt: skip
    return [*_title("道路", "Streets that are opened"), table(head, rows, (40, 22, 20, 24, 38, 38), size=_SMALL)]


def _rail(found: Excavation) -> list[Flowable]:
    if not found.rail:
        return []
    head = ("设施\nstation, line", "距边缘\nto edge m", "运营单位、联系\noperator, contact", "要求\nasks")
    rows = [
        (
            one["name"] or one["key"],
            f"{one['distance_m']:.2f}",
            _owner(one),
            "\n".join(f"{zone['asks_zh']} {zone['asks_en']}（{zone['status']}）" for zone in one["zones"]),
        )
        for one in found.rail
    ]
    return [*_title("轨道交通控制保护区", "Railways"), table(head, rows, (36, 18, 40, 88), size=_SMALL)]


def _left_out(found: Excavation) -> list[Flowable]:
    if not found.left_out:
        return []
    lines = [paragraph(f"· {one['count']} × {one['zh']} {one['en']}", 8) for one in found.left_out.values()]
    return [*_title("未能判定", "What could not be told"), *lines]


def _owner(one: Mapping[str, Any]) -> str:
    """Return whose it is and whom to call, a line each."""
    return "\n".join(filter(None, [one["owner"] or "未知", one["contact"], one["phone"]]))


def _called(one: Mapping[str, Any]) -> str:
    """Return whom to call, the number on a line of its own."""
    return "\n".join(filter(None, [one["contact"], one["phone"]])) or _BLANK


def _countersign(city: CityProfile, found: Excavation) -> list[Flowable]:
    """Return the sheet that every owner signs."""
    dig, blank = found.dig, "＿" * 8
    head = ("权属单位\nowner", "管线\nnetwork", "根数\npipes", "人工\nby hand", "最近\nnearest m", "联系\ncontact",
            "会签意见\nopinion", "签字、盖章、日期\nsigned")  # fmt: skip
    rows = [
        (
            one["owner"] or "未知（由主管部门确认）", pipe_colours()[one["network"]].title_zh, one["pipes"],
            one["by_hand"],
            f"{one['nearest_m']:.2f}", _called(one), _BLANK, _BLANK,
        )
        for one in found.owners
    ]  # fmt: skip
    rows += [
        (
            one["owner"] or "轨道运营单位 rail operator", "轨道交通", "—", "—", f"{one['distance_m']:.2f}",
            _called(one), _BLANK, _BLANK,
        )
        for one in found.rail
    ]  # fmt: skip
    rows += [("道路主管部门 road authority", "—", "—", "—", "—", _BLANK, _BLANK, _BLANK)]
    return [
        paragraph("挖掘工程管线权属单位会签单", 16),
        paragraph(f"Countersign sheet of the owners · {city.name_zh} · {city.name_en}", 9),
        Spacer(1, 2 * mm),
        paragraph(f"工程 {dig['project'] or blank}　申请单位 {dig['applicant'] or blank}", 9),
        paragraph(f"面积 {dig['area_m2']:,.1f} m²　深度 {dig['depth_m']:g} m", 9),
        paragraph(f"查询日期 {dig['day']}　有效期至 {dig['expires']}　逾期作废 void after that day", 9),
        Spacer(1, 3 * mm),
        table(head, rows, (34, 15, 12, 13, 15, 30, 32, 31), size=_SMALL, tall_mm=17),
        Spacer(1, 4 * mm),
        paragraph(
            "周边无记录的管线种类，仍须向相应单位征询。 Ask the owners of networks without any record here too.", 8
        ),
        paragraph(f"{NO_DATA['zh']} / {NO_DATA['en']}", 11, textColor=_RED),
    ]
