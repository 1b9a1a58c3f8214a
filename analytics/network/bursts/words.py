"""Words of the 关阀分析报告, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from cim.analytics.network.sheet_words import LANGUAGES

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("关阀分析报告", "Valve closure report"),
    "made": ("报告日期", "Made on"),
    "burst": ("爆管管段", "Segment that burst"),
    "network": ("管网", "Network"),
    "key": ("编号", "Key"),
    "road": ("道路", "Road"),
    "size": ("管径", "Size"),
    "valve size": ("口径", "Size"),
    "material": ("管材", "Material"),
    "year": ("建设年代", "Installed"),
    "place": ("经纬度", "Longitude, latitude"),
    "close": ("关阀顺序", "Valves to close, in this order"),
    "closed": ("已关闭的阀门：保持关闭", "Closed already: leave them"),
    "not_usable": ("失效的阀门：停供范围越过它们", "Stuck: the part reaches beyond them"),
    "reopen": ("可开启的联络阀：可能恢复范围外供应", "Closed valves that may bring supply back beyond"),
    "order": ("序号", "No."),
    "valve": ("阀门", "Valve"),
    "number": ("阀门编号", "Tag"),
    "chamber": ("阀门井", "Chamber"),
    "state": ("状态", "State"),
    "works": ("可操作", "Works"),
    "last": ("最近操作", "Last operated"),
    "away": ("沿管距离 (m)", "Along the pipes (m)"),
    "open": ("开", "open"),
    "shut": ("关", "closed"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "no valve": ("无需关闭任何阀门。", "No valve needs closing."),
    "no bound": (
        "没有阀门可将其与其他部分隔开：连通部分整体停供。",
        "No valve bounds this part: all that is connected goes without.",
    ),
    "affected": ("停供影响", "What is without"),
    "isolated": ("隔离范围", "Isolated"),
    "beyond": ("范围外连带停供", "Cut off beyond it"),
    "pipes": ("管段数", "Segments"),
    "length": ("管长 (m)", "Length (m)"),
    "volume": ("管内容积 (m³)", "Volume in the pipes (m³)"),
    "customers": ("用户（户）", "Customers"),
    "residents": ("人口（人）", "Residents"),
    "critical": ("重要用户（处）", "Critical users"),
    "hours": ("假定停供时长 (h)", "Assumed hours without"),
    "customer hours": ("假定停供户时", "Assumed customer-hours"),
    "facilities": ("重要设施（处）", "Critical facilities"),
    "unknown people": ("人口未知的接户", "Connections of unknown people"),
    "without size": ("管径未知的管段（未计入容积）", "Segments of unknown size (not in the volume)"),
    "hydrants": ("停用消火栓", "Hydrants lost"),
    "drain": ("排泥阀", "Drain valves"),
    "air": ("排气阀", "Air valves"),
    "services": ("停供建筑", "Buildings without supply"),
    "unlinked": ("未关联管网的重要设施：可能停供", "Critical facilities not linked to the network: may be without"),
    "facility": ("设施", "Facility"),
    "kind": ("类别", "Kind"),
    "nearest": ("距最近停供管段 (m)", "From the nearest pipe without (m)"),
    "building": ("建筑", "Building"),
    "usage": ("用途", "Use"),
    "why": ("重要用户类别", "Critical because"),
    "part": ("所在范围", "Part"),
    "not linked": ("未关联", "not linked"),
    "more": ("其余 {count} 处见 XLSX 报告。", "{count} more are in the XLSX report."),
    "reopening": ("恢复供应顺序", "Bringing supply back, in this order"),
    "what": ("操作", "What to do"),
    "notice": ("停供通知（草稿）", "Notice (draft)"),
    "notes": ("说明", "Notes"),
    "sources": ("隔离范围内的水源（同时停用）", "Sources within, out of work too"),
    "map": ("示意图", "Map"),
    "burst place": ("爆管点", "burst"),
    "other": ("其他管段", "other pipes"),
    "lost building": ("停供建筑", "building without"),
    "scale": ("比例", "Scale"),
    "stay": ("阀门 {valve} 原已关闭：保持关闭", "Valve {valve} was closed before: leave it so"),
    "synthetic": ("合成数据", "synthetic data"),
    "no data": ("无数据不等于无管线：未探测的阀门和管线不在本报告中。", "No data is not no pipe."),
    "pressure": (
        "仍与水源连通的部分视为正常供应，未作水力校核。",
        "What is still connected to a source counts as supplied: no hydraulics were run.",
    ),
    "and more": ("及另外 {count} 处建筑", " and {count} more buildings"),
}

_SUPPLY: Mapping[str, tuple[str, str]] = {
    "water": ("停水", "water"),
    "gas": ("停气", "gas"),
    "heat": ("停热", "heating"),
    "power": ("停电", "power"),
    "telecom": ("通信中断", "telecommunication"),
    "industrial": ("停供", "supply"),
}

_ADVICE: Mapping[str, tuple[str, str]] = {
    "water": (
        "请提前储水，停水期间关好水龙头。恢复供水初期水质可能浑浊，请放水至清澈后使用。",
        "Please store water and keep taps shut. When supply returns, let the water run until it is clear.",
    ),
    "gas": (
        "停气期间请关闭灶前阀、表前阀，切勿自行开启。恢复供气前由工作人员入户检查。",
        "Please shut the valves at cooker and meter, and do not open them: our staff will check before gas returns.",
    ),
}

_RETURN: Mapping[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "water": (
        (
            "确认抢修完成；关闭排泥阀 {drains}；打开排气阀 {airs}",
            "Repair done: close drain valves {drains}; open air valves {airs}",
        ),
        ("先小开度缓慢充水排气，满管后全开", "open a little, fill slowly until the air is out, then open fully"),
        (
            "经消火栓或排泥阀冲洗至水清，检测水质，关闭排气阀，核对各阀门状态",
            "flush by hydrant or drain valve until clear, test the water, close air valves, check every valve's state",
        ),
    ),
    "other": (
        ("确认抢修完成并通过检验", "Repair done and tested"),
        ("按运行规程缓慢开启", "open slowly, by the operator's procedure"),
        (
            "按运行规程检查后恢复用户，核对各阀门状态",
            "check by the operator's procedure, bring users back, check every valve's state",
        ),
    ),
}


_NOTICE: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "{stop}通知",
        "尊敬的用户：因{road}{network}管道突发故障，需关闭阀门紧急抢修，定于 ____ 年 __ 月 __ 日 __ 时 __ 分"
        "至 ____ 年 __ 月 __ 日 __ 时 __ 分{stop}。",
        "影响范围：{where}，共 {customers} 户、约 {residents} 人。",
        "重要用户（医院、学校等）请启用应急预案，我单位派专人对接。给您带来不便，敬请谅解。服务热线：{open}",
        "{open}（单位）    ____ 年 __ 月 __ 日",
    ),
    (
        "Notice of interrupted {stop}",
        "Dear customers, a {network} pipe in {road} has failed. Valves must be closed to repair it: {stop} will be "
        "interrupted from {open} to {open}.",
        "Where: {where}; {customers} customers, about {residents} people.",
        "Hospitals, schools and others that must not be without: please follow your emergency plan, we will call you. "
        "Hotline: {open}",
        "{open} (company), {open} (date)",
    ),
)


def notice_forms(language: str) -> tuple[str, str, str, str, str]:
    """Return title, reason, place, word to critical users and signature of a notice, with places for values."""
    return _NOTICE[LANGUAGES.index(language)]


def say(name: str, language: str, **values: object) -> str:
    """Return a word in a language, one of `LANGUAGES`."""
    return _WORDS[name][LANGUAGES.index(language)].format(**values)


def stop_word(network: str, language: str) -> str:
    """Return what a network's supply being cut is called."""
    return _SUPPLY.get(network, _SUPPLY["industrial"])[LANGUAGES.index(language)]


def advice(network: str, language: str) -> str:
    """Return what customers should do meanwhile; empty where nothing is told."""
    return _ADVICE.get(network, ("", ""))[LANGUAGES.index(language)]


def return_steps(network: str, language: str) -> tuple[str, str, str]:
    """Return what is done before valves are opened, at each, and after."""
    place = LANGUAGES.index(language)
    first, each, last = _RETURN.get(network, _RETURN["other"])
    return first[place], each[place], last[place]
