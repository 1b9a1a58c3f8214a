"""Sections of an `.inp` file that a city has no room for: told with their counts, never dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cim.etl.batch import Reject
from cim.etl.readers.inp_file import Line

CODE = "model.section_left_out"


@dataclass(frozen=True)
class Unkept:
    """A section that is not kept."""

    en: str
    """What its entries are called, plural."""
    zh: str
    """The same in Chinese."""
    named: bool = False
    """Each entry takes several lines that begin with its name."""
    begins: str | None = None
    """Each entry takes several lines, the first of which begins with this word."""


EPANET: Mapping[str, Unkept] = {
    "PATTERNS": Unkept("patterns of demand over time", "时变模式", named=True),
    "CONTROLS": Unkept("controls", "简单控制", begins="LINK"),
    "RULES": Unkept("rules of control", "规则控制", begins="RULE"),
    "CURVES": Unkept("curves other than of pumps' heads", "曲线（水泵扬程曲线除外）", named=True),
    "EMITTERS": Unkept("emitters", "射流喷嘴"),
    "QUALITY": Unkept("initial qualities", "初始水质"),
    "SOURCES": Unkept("sources of quality", "水质源"),
    "REACTIONS": Unkept("reactions", "水质反应参数"),
    "MIXING": Unkept("mixing models of tanks", "水池混合模型"),
    "ENERGY": Unkept("lines on energy", "能耗参数"),
}
SWMM: Mapping[str, Unkept] = {
    "RAINGAGES": Unkept("rain gauges", "雨量站"),
    "TIMESERIES": Unkept("time series", "时间序列", named=True),
    "CURVES": Unkept("curves", "曲线", named=True),
    "PATTERNS": Unkept("patterns", "时变模式", named=True),
    "CONTROLS": Unkept("rules of control", "控制规则", begins="RULE"),
    "INFLOWS": Unkept("inflows", "外部入流"),
    "DWF": Unkept("dry-weather flows", "旱季流量"),
    "HYDROGRAPHS": Unkept("unit hydrographs", "单位过程线", named=True),
    "LID_CONTROLS": Unkept("low-impact controls", "低影响开发设施", named=True),
    "LID_USAGE": Unkept("uses of low-impact controls", "低影响开发设施布置"),
    "INLETS": Unkept("inlets", "雨水口类型", named=True),
    "INLET_USAGE": Unkept("uses of inlets", "雨水口布置"),
    "POLLUTANTS": Unkept("pollutants", "污染物"),
    "AQUIFERS": Unkept("aquifers", "含水层"),
}


def left_out(
    sections: Mapping[str, Sequence[Line]], unkept: Mapping[str, Unkept], theme: str, kept: frozenset[str] = frozenset()
) -> list[Reject]:
    """Return a remark for each section that has entries and is not kept.

    Parameters
    ----------
    sections
        The file's, by name.
    unkept
        `EPANET` or `SWMM`.
    theme
        Theme in whose batch the remarks are told.
    kept
        Names of entries, in capitals, that are kept all the same: curves of pumps.
    """
    told = []
    for name, what in unkept.items():
        count = _entries(sections.get(name, ()), what, kept)
        if count:
            reason = f"{count} {what.en} are not kept" if count > 1 else f"one entry of {what.en} is not kept"
            remedy = "keep the file itself where they are needed: the city's own assumptions take their place"
            told.append(
                Reject(
                    f"[{name}]",
                    CODE,
                    reason,
                    remedy,
                    theme,
                    severity="warning",
                    reason_zh=f"{what.zh} {count} 项未保留",
                )
            )
    return told


def _entries(lines: Sequence[Line], what: Unkept, kept: frozenset[str]) -> int:
    words = [line.words[0].upper() for line in lines]
    if what.begins is not None:
        return words.count(what.begins)
    return len(set(words) - kept) if what.named else len(words)
