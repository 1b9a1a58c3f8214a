"""Made-up names. Every one begins with 样 (sample), so that none can be taken for a real place."""

from __future__ import annotations

from cim.etl.sample.randomness import stream

_SYLLABLES = (
    ("云", "yun"), ("岭", "ling"), ("溪", "xi"), ("竹", "zhu"), ("枫", "feng"), ("霞", "xia"), ("桂", "gui"),
    ("松", "song"), ("泉", "quan"), ("雁", "yan"), ("棠", "tang"), ("渡", "du"), ("石", "shi"), ("月", "yue"),
    ("橙", "cheng"), ("鹭", "lu"), ("坪", "ping"), ("岚", "lan"), ("梧", "wu"), ("荷", "he"), ("砚", "yan"),
    ("帆", "fan"), ("麓", "lu"), ("柚", "you"),
)  # fmt: skip
_COMPOUND = {"old": ("里", "Li"), "slab": ("新村", "Xincun"), "tower": ("苑", "Yuan")}


def _pair(seed: int, *words: int | str) -> tuple[str, str]:
    rng = stream(seed, "name", *words)
    first, second = rng.choice(len(_SYLLABLES), 2, replace=False)
    (a, a_latin), (b, b_latin) = _SYLLABLES[first], _SYLLABLES[second]
    return f"样{a}{b}", f"Yang{a_latin}{b_latin}"


def row_street(seed: int, valley: int, side: int, row: int) -> str:
    """Return the name of a street that follows the contours."""
    if row == 0:
        return ("样江北路" if side > 0 else "样江南路") + (str(valley + 1) if valley else "")
    name, _ = _pair(seed, "row", valley, side, row)
    return f"{name}路"


def climbing_street(seed: int, district: int, side: int, row: int, order: int, road_class: str) -> str:
    """Return the name of a street that climbs from row to row."""
    name, _ = _pair(seed, "climb", district, side, row, order)
    ends = {"steps": "梯道", "alley": "巷", "local": "街"}
    return name + ends.get(road_class, "支路")


def avenue(seed: int, district: int, which: str) -> str:
    """Return the name of an avenue that runs through all bands: hub or boundary."""
    name, _ = _pair(seed, "avenue", district, which)
    return f"{name}大道"


def compound(seed: int, district: int, block: int, use: str) -> tuple[str, str]:
    """Return the Chinese and English names of a residential compound."""
    name, latin = _pair(seed, "compound", district, block)
    end, end_latin = _COMPOUND.get(use, ("公寓", "Gongyu"))
    return f"{name}{end}", f"{latin} {end_latin} (synthetic)"


def unit(seed: int, level: str, *words: int | str) -> tuple[str, str]:
    """Return the Chinese and English names of an administrative unit."""
    name, latin = _pair(seed, level, *words)
    ends = {
        "district": ("区", "District"),
        "subdistrict": ("街道", "Subdistrict"),
        "block": ("街区", "Block"),
        "community": ("社区", "Community"),
    }
    end, end_latin = ends[level]
    return f"{name}{end}", f"{latin} {end_latin} (synthetic)"


def place(seed: int, kind_zh: str, *words: int | str) -> str:
    """Return the name of a facility, e.g. of a school."""
    name, _ = _pair(seed, "place", *words)
    return f"{name}{kind_zh}"
