"""What an examination found, and what an indicator means, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.examination.register import OFFICIAL_LEVELS, Indicator, Register
from cim.analytics.queries import query
from cim.analytics.reasons import sentence
from cim.analytics.terminal import columns, left_out_lines
from cim.codes import LEVELS
from cim.store import Store
from cim.viewer import Viewer

_RUN = "SELECT subject, parameters, left_out FROM run.analysis WHERE run_id = %(run)s"
_GRADES = ("meets", "near", "short", "not_assessable")


def examination_summary(store: Store, viewer: Viewer, run_id: int, fresh: bool) -> Group:
    """Return a table of indicators and grades, what the grades do not say, and what was left out."""
    (run,) = store.rows(viewer, _RUN, {"run": run_id})
    rows = store.rows(viewer, query("examination", "findings"), {"run": run_id})
    declared = run["parameters"]["indicators"]
    level = _level(rows)
    title = (
        f"Examination of {run['subject']}, indicators of {run['parameters']['system']}, "
        f"{'provisional, ' if run['parameters'].get('provisional') else ''}"
        f"run {run_id} ({'new' if fresh else 'unchanged'})\n"
    )
    return Group(
        Text(title, style="bold"),
        _table(rows, declared, level),
        *_notes(rows, declared),
        *left_out_lines("examination", run["left_out"]),
    )


def _level(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the level whose units are counted by grade: communities, else the smallest there is."""
    found = [level for level in LEVELS if any(row["level"] == level for row in rows)]
    return "community" if "community" in found else found[-1]


def _table(rows: Sequence[Mapping[str, Any]], declared: Mapping[str, Any], level: str) -> Table:
    table = columns(
        "code", "indicator", "unit", "standard", "city", "interval", "on foot",
        f"{level}: meets", "near", "short", "not told",
    )  # fmt: skip
    for code, about in sorted(declared.items(), key=lambda item: (OFFICIAL_LEVELS.index(item[1]["level"]), item[0])):
        of_city = next((row for row in rows if row["code"] == code and row["level"] == "city"), None)
        counts = next((row for row in rows if row["code"] == code and row["level"] == level), None)
        table.add_row(
            code,
            about["title_en"],
            about["unit_en"],
            _standard(about["standard"]),
            _value(of_city["only_value"] if of_city else None),
            _interval(of_city),
            _value(of_city["only_on_foot"] if of_city else None),
            *(str(counts[grade]) if counts else "–" for grade in _GRADES),
        )
    return table


def _standard(standard: Mapping[str, Any] | None) -> str:
    if standard is None:
        return "none"
    if standard.get("by_year"):
        return ", ".join(f"{standard['op']} {value:g} from {year}" for year, value in standard["by_year"])
    upper = f" {standard['upper']:g}" if standard["upper"] is not None else ""
    return f"{standard['op']} {standard['value']:g}{upper}"


def _interval(of_city: Mapping[str, Any] | None) -> str:
    """Return what a value may be, whatever is missing; nothing where nothing is."""
    if of_city is None or of_city["only_low"] is None:
        return ""
    return f"{_value(of_city['only_low'])} … {_value(of_city['only_high'])}"


def _value(value: float | None) -> str:
    """Return a value in three figures; whole numbers in full; what is not known is a dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def _notes(rows: Sequence[Mapping[str, Any]], declared: Mapping[str, Any]) -> Iterator[Text]:
    """Yield a line for each thing that limits values, with the indicators that it limits."""
    limited: dict[str, list[str]] = {}
    for code in declared:
        reasons = {
            reason for row in rows if row["code"] == code for joined in row["reasons"] for reason in joined.split(";")
        }
        for reason in sorted(reasons):
            limited.setdefault(reason, []).append(code)
    for reason, codes in limited.items():
        yield Text(f"{', '.join(codes)}: {sentence(reason)}", style="dim")


def explanation(register: Register, indicator: Indicator) -> Table:
    """Return what the register says of an indicator, in both languages."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column()
    standard = indicator.standard
    lines = {
        "code": f"{indicator.code}  ({register.system}, {register.title.en}; {indicator.level} level)"
        + ("; provisional" if register.provisional else "")
        + (f"\n{register.note.zh}\n{register.note.en}" if register.note else ""),
        "name": f"{indicator.title.zh}\n{indicator.title.en}",
        "definition": f"{indicator.definition.zh}\n{indicator.definition.en}",
        "value": _formula(indicator),
        "numerator": f"{indicator.numerator.zh}\n{indicator.numerator.en}",
        "denominator": f"{indicator.denominator.zh}\n{indicator.denominator.en}",
        "standard": f"{_standard(vars(standard))}  ({standard.source}; confidence {standard.confidence})"
        if standard
        else _unset(indicator),
        "data": f"{indicator.data.zh}\n{indicator.data.en}",
        "method": f"{indicator.method.zh}\n{indicator.method.en}",
        "assumed": "\n".join(f"{text.zh}\n{text.en}" for text in indicator.assumptions) or "nothing",
        "computed": f"{indicator.computable}, by the measure {indicator.measure}",
        "hazard": "caps the grade at near, however few are found" if indicator.hazard else "none",
        "parameters": "\n".join(f"{name}: {value}" for name, value in indicator.parameters.items()),
    }
    for name, text in lines.items():
        table.add_row(name, text)
    return table


def _unset(indicator: Indicator) -> str:
    """Return why there is no standard."""
    return f"{indicator.bad_standard!r}: {sentence('bad_standard')}" if indicator.bad_standard else "none"


def _formula(indicator: Indicator) -> str:
    if indicator.form == "count":
        return f"numerator, {indicator.unit.en}; graded by its share of the denominator"
    scale = "" if indicator.scale == 1 else f" × {indicator.scale:g}"
    return f"numerator / denominator{scale}, {indicator.unit.en}"
