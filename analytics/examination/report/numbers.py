"""Numbers as people read them: three figures, whole numbers in full, what is not known as a dash."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.words import both, same

_SIGNS = {"==": "=", ">=": "≥", "<=": "≤"}
_FULL = 1000


def number(value: float | None) -> str:
    """Return a number in three figures; whole numbers, and those from a thousand on, in full."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == int(value) or abs(value) >= _FULL:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(places, 4)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float | None) -> str:
    """Return a share 0..1 as a percentage."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{100 * value:.0f} %" if value in (0, 1) or value >= 0.1 else f"{100 * value:.1f} %"


def with_unit(value: float | None, unit: Words) -> Words:
    """Return a number and its unit."""
    if value is None or not math.isfinite(value):
        return same("–")
    return both(f"{number(value)} {unit.zh}", f"{number(value)} {unit.en}")


def standard_words(standard: Mapping[str, Any] | None, unit: Words) -> Words:
    """Return what is asked for, as a register's standard says it."""
    if standard is None:
        return both("未设标准值", "no standard is set")
    if standard["op"] == "between":
        told = f"{number(standard['value'])} … {number(standard['upper'])}"
    else:
        told = f"{_SIGNS[standard['op']]} {number(standard['value'])}"
    return both(f"{told} {unit.zh}", f"{told} {unit.en}")
