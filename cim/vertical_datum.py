"""Vertical datums by name, and the offsets between them that hold all over a country."""

from __future__ import annotations

import re

YELLOW_SEA_1985, YELLOW_SEA_1956 = "1985", "1956"

_NAMES = {
    YELLOW_SEA_1985: re.compile(r"1985|国家高程基准|epsg:+5737"),
    YELLOW_SEA_1956: re.compile(r"1956|黄海高程|epsg:+5736"),
    "NAP": re.compile(r"^nap\b|amsterdam ordnance|normaal amsterdams|epsg:+5709"),
    "NAVD88": re.compile(r"navd ?88|north american vertical datum of 1988|navd_?1988|epsg:+(5703|6360|8228)"),
    "吴淞": re.compile(r"吴淞|wusong"),
    "珠江": re.compile(r"珠江|pearl river"),
    "大沽": re.compile(r"大沽|dagu"),
}
_OFFSETS_M = {
    # The levelling origin in Qingdao stands at 72.289 m in the system of 1956 and at 72.260 m in that of 1985.
    (YELLOW_SEA_1956, YELLOW_SEA_1985): -0.029,
    (YELLOW_SEA_1985, YELLOW_SEA_1956): 0.029,
}


def datum_named(name: str) -> str | None:
    """Return the short name of a vertical datum that a person or a CRS names; None: it is none that we know."""
    spelled = name.strip().lower()
    return next((short for short, pattern in _NAMES.items() if pattern.search(spelled)), None)


def same_datum(one: str, other: str) -> bool:
    """Whether two names mean one vertical datum."""
    known = datum_named(one)
    return one.strip() == other.strip() or (known is not None and known == datum_named(other))


def offset_m(given: str, wanted: str) -> float | None:
    """Return what is added to heights of one datum to reach another, metres; None: it differs from place to place.

    The offset between the systems of 1956 and 1985 is the one at their common origin. Networks that were adjusted
    anew differ by some centimetres: a city that knows its own gives it as `height_offset_m`.
    """
    if same_datum(given, wanted):
        return 0.0
    return _OFFSETS_M.get((datum_named(given) or "", datum_named(wanted) or ""))
