"""Words on drawings, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from cim.city import CityProfile
from cim.drawing import pipe_colours

_WORDS: Mapping[str, tuple[str, str]] = {
    "profile": ("管道纵断面图", "long profile"),
    "section": ("地下管线横断面图", "Cross-section of underground pipes"),
    "ground": ("地面标高 (m)", "Ground level (m)"),
    "invert": ("管内底标高 (m)", "Invert level (m)"),
    "crown": ("管顶标高 (m)", "Crown level (m)"),
    "cover": ("覆土深度 (m)", "Cover (m)"),
    "head": ("水头标高 (m)", "Hydraulic head (m)"),
    "computed": ("计算值，非实测", "computed, not measured"),
    "network.pressure": ("供水管网水力计算第 {run} 号", "hydraulics of the water mains, run {run}"),
    "network.surcharge": ("排水管网水力计算第 {run} 号", "hydraulics of the drains, run {run}"),
    "grade": ("水力坡线", "hydraulic grade line"),
    "stretch": ("管径–坡度–长度 (m)", "Size–slope–length (m)"),
    "material": ("管材", "Material"),
    "chainage": ("桩号", "Chainage"),
    "node": ("井号", "Manhole"),
    "pipe": ("管线", "Pipe"),
    "code": ("管线编号", "Pipe number"),
    "size": ("管径", "Size"),
    "depth": ("管顶埋深 (m)", "Depth to crown (m)"),
    "spacing": ("水平净距 (m)", "Clear spacing (m)"),
    "offset": ("距起点 (m)", "Offset (m)"),
    "metres": ("m", "m"),
    "length": ("全长", "length"),
    "horizontal": ("横向", "horizontal"),
    "vertical": ("纵向", "vertical"),
    "scale": ("比例", "scale"),
    "level": ("标高 (m)", "Level (m)"),
    "bottom": ("底", "bottom"),
    "top": ("顶", "top"),
    "clear": ("净距", "clear"),
    "kerb": ("路缘石", "kerb"),
    "red_line": ("道路红线", "red line"),
    "road": ("道路", "road"),
    "building": ("建筑", "building"),
    "abandoned": ("废弃", "abandoned"),
    "closed": ("关闭", "closed"),
    "unknown": ("不详", "unknown"),
    "synthetic": ("合成数据", "synthetic data"),
    "notes": ("说明", "Notes"),
    "no data": ("无数据不等于无管线。", "No data is not no pipe."),
    "heights": ("高程基准", "Heights"),
    "north": ("起点", "from"),
}

_MATERIALS: Mapping[str, str] = {
    "cast_iron": "铸铁",
    "ductile_iron": "球墨铸铁",
    "steel": "钢",
    "stainless_steel": "不锈钢",
    "pe": "PE",
    "pvc": "PVC",
    "plastic": "塑料",
    "glass_fibre": "玻璃钢",
    "concrete": "混凝土",
    "reinforced_concrete": "钢筋混凝土",
    "prestressed_concrete": "预应力混凝土",
    "asbestos_cement": "石棉水泥",
    "vitrified_clay": "陶土",
    "brick": "砖砌",
    "stone": "石砌",
    "copper": "铜",
    "aluminium": "铝",
    "fibre": "光纤",
    "copper_fibre": "铜/光纤",
}

LANGUAGES = ("zh", "en")
"""Languages that drawings and reports are written in."""


def word(name: str, language: str) -> str:
    """Return a word in a language, one of `LANGUAGES`."""
    return _WORDS[name][LANGUAGES.index(language)]


def network_title(network: str, language: str) -> str:
    """Return what a network is called."""
    colour = pipe_colours()[network]
    return colour.title_zh if language == "zh" else colour.title_en


def material_title(material: str | None, language: str) -> str:
    """Return what a material is called; empty where it is not known."""
    if material is None:
        return ""
    if language == "zh":
        return _MATERIALS.get(material, material)
    return material.upper() if material in ("pe", "pvc") else material.replace("_", " ")


def city_title(city: CityProfile, language: str) -> str:
    """Return the city's name; made-up data is called so."""
    name = city.name_zh if language == "zh" else city.name_en
    told = word("synthetic", language)
    return f"{name} ({told})" if city.synthetic and told.split(" ")[0] not in name else name


def said_always(city: CityProfile, language: str) -> list[str]:
    """Return what stands under every drawing: that no data is not no pipe, and what heights refer to."""
    heights = f"{word('heights', language)}{'：' if language == 'zh' else ': '}{city.vertical_datum}"
    return [word("no data", language), *([heights] if city.vertical_datum else [])]
