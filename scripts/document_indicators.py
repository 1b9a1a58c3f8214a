"""Write docs/indicators.md: every indicator of every register, and how it is computed; with --check only compare."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from written_page import keep

from cim.analytics.examination.register import COMPUTABLE, OFFICIAL_LEVELS, Indicator, Register, Standard, Words
from cim.analytics.examination.register_file import load_register, systems

PAGE = Path(__file__).parent.parent / "docs" / "indicators.md"

INTRODUCTION = """\
# Indicators of the examination

*Written by `scripts/document_indicators.py` from `analytics/examination/registers/`; a test keeps it so.*

Restated in our own words from secondary sources; no official annex was seen, and `confidence` says how sure each
standard is. How values and grades come about: [methods/examination.md](methods/examination.md). How a city changes or
adds indicators: [analyst.md](analyst.md). `cim examine --explain CODE` prints one of them.

*Computed*: **fully** from registers and geometry; **prescreened**: registers give candidates, a survey confirms or
refutes each; **partly**, or with the assumption that is stated; **survey**: only what surveyors found; **reported**:
only figures that a department reports. Where the city lacks the data an indicator is *not assessable*, and the reason
names what is missing.
"""

_LEVELS = {
    "housing": "Housing (住房)",
    "community": "Community (小区、社区)",
    "block": "Block (街区)",
    "city": "City (城区)",
}
_SIGNS = {"==": "=", ">=": "≥", "<=": "≤"}


def page() -> str:
    """Return the page."""
    registers = [load_register(system) for system in systems()]
    national = load_register("national-2024")
    parts = [INTRODUCTION, *counts(registers)]
    for register in sorted(registers, key=lambda one: (one.system != "national-2024", one.system)):
        parts += system(register, national)
    return "\n".join(parts)


def counts(registers: list[Register]) -> list[str]:
    """Return the table of counts."""
    lines = ["| system | indicators | " + " | ".join(COMPUTABLE) + " |", "|---|---|" + "---|" * len(COMPUTABLE)]
    for register in registers:
        found = Counter(entry.computable for entry in register.indicators.values())
        cells = " | ".join(str(found[one]) for one in COMPUTABLE)
        lines.append(f"| `{register.system}` | {len(register.indicators)} | {cells} |")
    return [*lines, ""]


def system(register: Register, national: Register) -> list[str]:
    """Return the part about one register; what another has told already is only named."""
    lines = [f"## {register.title.en} · {register.title.zh}", ""]
    official = f" of {register.official_count} that it is said to count" if register.official_count else ""
    lines += [f"`{register.system}`, {register.year}: {len(register.indicators)} indicators{official}.", ""]
    if register.provisional:
        lines += ["**Provisional**: the list of members is not confirmed by an official source.", ""]
    if register.note:
        lines += [both(register.note), ""]
    told = national.indicators if register is not national and register.system != "national-2024" else {}
    same = [code for code, entry in register.indicators.items() if told.get(code) == entry]
    if same:
        lines += [f"As in `national-2024`: {', '.join(same)}.", ""]
    for level in OFFICIAL_LEVELS:
        own = [entry for entry in register.indicators.values() if entry.level == level and entry.code not in same]
        if own:
            lines += [f"**{_LEVELS[level]}**", "", *(line for entry in own for line in indicator(entry))]
    return lines


def indicator(entry: Indicator) -> list[str]:
    """Return the part about one indicator."""
    marks = [entry.dimension.en, *(["core"] if entry.core else []), *(["safety hazard"] if entry.hazard else [])]
    lines = [f"### {entry.code} {entry.title.zh} · {entry.title.en}", ""]
    lines += [f"{', '.join(marks)}; {entry.unit.en}; {_direction(entry)}; standard {standard(entry.standard)}.", ""]
    lines += [entry.definition.en + " " + entry.definition.zh, "", formula(entry), ""]
    lines += [f"*Data:* {both(entry.data)}", "", f"*Method* (**{entry.computable}**): {both(entry.method)}", ""]
    if entry.parameters:
        told = ", ".join(f"`{name}` {value}" for name, value in entry.parameters.items())
        lines += [f"*Parameters* of `{entry.measure}`: {told}", ""]
    lines += [line for text in entry.assumptions for line in (f"*Assumed:* {both(text)}", "")]
    return lines


def _direction(entry: Indicator) -> str:
    return {"higher": "more is better", "lower": "less is better", "band": "best in a band"}[entry.direction]


def standard(asked: Standard | None) -> str:
    """Return what is asked for, and by whom."""
    if asked is None:
        return "**none**"
    sign = _SIGNS.get(asked.op, "between")
    value = f"**{sign} {asked.value:g}**" if asked.upper is None else f"**{asked.value:g} to {asked.upper:g}**"
    if asked.by_year:
        value = "**" + ", ".join(f"{sign} {target:g} from {year}" for year, target in asked.by_year) + "**"
    return f"{value} ({asked.source}; confidence {asked.confidence})"


def formula(entry: Indicator) -> str:
    """Return how the value is formed."""
    if entry.form == "count":
        return f"value = {entry.numerator.en}; graded by its share of {entry.denominator.en}"
    if entry.denominator.en == "1":
        return f"value = {entry.numerator.en}"
    scale = "" if entry.scale == 1 else f"{entry.scale:g} · "
    return f"value = {scale}{entry.numerator.en} / {entry.denominator.en}"


def both(text: Words) -> str:
    """Return a text in both languages."""
    return f"{text.en} · {text.zh}"


if __name__ == "__main__":
    sys.exit(keep(PAGE, page()))
