"""Tables that a city hands in (上报表): what stands in them is a YAML file that a city can replace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cim.analytics.examination.report.fields import (
    Plain,
    indicator_fields,
    plain,
    problem_fields,
    project_fields,
    value_fields,
)
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import GRADES, UNIT_LEVELS
from cim.errors import CimError

NAME = "submission.yaml"
"""Name of a city's own file, beside its city.toml."""

ROWS: Mapping[str, Callable[[Report], Plain]] = {
    "indicators": indicator_fields,
    "values": value_fields,
    "problems": problem_fields,
    "projects": project_fields,
}
"""What a form has a row for each of, besides units."""
_UNITS = "units"
_UNIT_FIELDS = ("number", "unit_key", "unit_name", "unit_level")


class BadForms(CimError):
    """A file of forms says something that cannot be used."""

    def __init__(self, path: Path, where: str, remedy: str) -> None:
        super().__init__(f"{path.name}: {where}: {remedy}")


@dataclass(frozen=True)
class FormColumn:
    """A column of a form."""

    title: str
    """Its head."""
    value: str
    """Field that it shows."""
    width: float
    """In letters."""


@dataclass(frozen=True)
class Form:
    """A form: a sheet of the workbook."""

    sheet: str
    """Name of the sheet, at most 31 letters."""
    title: str
    """Above the table; may hold {city}, {year} and {system}."""
    rows: str
    """One of ROWS, or units."""
    where: Mapping[str, Sequence[str]]
    """Only rows whose fields have one of these values."""
    columns: Sequence[FormColumn]
    """From left to right."""
    foot: str = ""
    """Below the table: who signs."""

    def titled(self, report: Report) -> str:
        """Return the title of a report's form."""
        told = {"{city}": report.city.name_zh, "{year}": str(report.year), "{system}": report.system.zh}
        text = self.title
        for name, value in told.items():
            text = text.replace(name, value)
        return text


def load_forms(path: Path | None = None) -> list[Form]:
    """Read and check a file of forms; None: those that come with the platform.

    Raises
    ------
    BadForms
        It is no YAML, or a form lacks something or has it wrong.
    """
    path = path or Path(str(resources.files("cim.analytics.examination.report") / "templates" / NAME))
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadForms(path, "the file", f"cannot be read as YAML: {' '.join(str(error).split())}") from None
    listed = said.get("forms") if isinstance(said, dict) else None
    if not isinstance(listed, list) or not listed:
        raise BadForms(path, "forms", "give a list of forms")
    forms = [_form(path, item, place) for place, item in enumerate(listed, 1)]
    names = [form.sheet for form in forms]
    if len({name.lower() for name in names}) != len(names):
        raise BadForms(path, "forms", "give each sheet a name of its own")
    return forms


def _form(path: Path, item: Any, place: int) -> Form:
    where = f"form {place}"
    if not isinstance(item, dict):
        raise BadForms(path, where, "give names and values (sheet: …, rows: …, columns: …)")
    for name in ("sheet", "title", "rows"):
        if not isinstance(item.get(name), str) or not item[name].strip():
            raise BadForms(path, f"{where}: {name}", "give a text")
    if len(item["sheet"]) > 31 or set(item["sheet"]) & set("[]:*?/\\"):
        raise BadForms(path, f"{where}: sheet", r"use at most 31 letters and none of []:*?/\ ")
    if item["rows"] not in (*ROWS, _UNITS):
        raise BadForms(path, f"{where}: rows", f"use one of {', '.join((*ROWS, _UNITS))}")
    columns = item.get("columns")
    if not isinstance(columns, list) or not columns:
        raise BadForms(path, f"{where}: columns", "give a list of columns")
    chosen = item.get("where") or {}
    if not isinstance(chosen, dict) or not all(isinstance(values, list) for values in chosen.values()):
        raise BadForms(path, f"{where}: where", "give lists of values by field (level: [住房维度])")
    return Form(
        item["sheet"],
        item["title"],
        item["rows"],
        {str(name): [str(value) for value in values] for name, values in chosen.items()},
        [_column(path, f"{where}: column {number}", column) for number, column in enumerate(columns, 1)],
        str(item.get("foot") or ""),
    )


def _column(path: Path, where: str, item: Any) -> FormColumn:
    if not isinstance(item, dict) or not isinstance(item.get("title"), str) or not isinstance(item.get("value"), str):
        raise BadForms(path, where, "give title and value")
    width = item.get("width", 14)
    if isinstance(width, bool) or not isinstance(width, int | float) or not 1 <= width <= 200:
        raise BadForms(path, f"{where}: width", f"give letters, 1 to 200, not {width!r}")
    return FormColumn(item["title"], item["value"], float(width))


def rows_of(form: Form, report: Report) -> tuple[list[str], list[list[Any]]]:
    """Return head and rows of a form.

    Raises
    ------
    BadForms
        A column or condition asks for a field that there is not.
    """
    records = list(_units(report, form) if form.rows == _UNITS else ROWS[form.rows](report).records())
    known = _known(form, report)
    for name in [column.value for column in form.columns] + list(form.where):
        if name not in known:
            raise BadForms(Path(NAME), f"{form.sheet}: {name}", f"use one of {', '.join(known)}")
    kept = [r for r in records if all(str(r[name]) in values for name, values in form.where.items())]
    for number, record in enumerate(kept, 1):
        record["number"] = number
    return [column.title for column in form.columns], [[r[column.value] for column in form.columns] for r in kept]


def _known(form: Form, report: Report) -> list[str]:
    """Return the fields that a form may ask for."""
    if form.rows != _UNITS:
        return [column.name for column in ROWS[form.rows](report).columns]
    return [*_UNIT_FIELDS, *report.indicators, *(f"{code}.grade" for code in report.indicators)]


def _units(report: Report, form: Form) -> Iterator[dict[str, Any]]:
    """Yield a record for each unit: its name, and the value and grade of each indicator by code."""
    codes = {column.value.partition(".")[0] for column in form.columns} | {
        name.partition(".")[0] for name in form.where
    }
    asked = [one for one in report.indicators.values() if one.code in codes]
    for unit_id, unit in report.units.iterrows():
        record = {
            "number": 0,
            "unit_key": unit["key"],
            "unit_name": unit["name"],
            "unit_level": UNIT_LEVELS[unit["level"]].zh,
        }
        for one in asked:
            there = unit_id in one.rows.index
            record[one.code] = plain(one.rows.at[unit_id, "value"]) if there else None
            record[f"{one.code}.grade"] = GRADES[str(one.rows.at[unit_id, "grade"])].zh if there else None
        yield record
