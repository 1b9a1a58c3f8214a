"""What risk is weighed by: one YAML file and three tables, which a city can replace."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cim.analytics.errors import BadAssumption
from cim.analytics.network.hydraulics.assumptions import city_file

RISK, BREAK_RATES, DEFECTS, RENEWAL_RULES = "risk.yaml", "break_rates.csv", "defects_cjj181.csv", "renewal_rules.csv"
FILES = (RISK, BREAK_RATES, DEFECTS, RENEWAL_RULES)
"""Files of this folder; a file of the same name in a city's folder of rules takes its place."""

_MAY_LACK = {RENEWAL_RULES: {"misconnection"}}
"""Columns that a table of a city, written before they were, may lack: no row of it asks for that."""

FEWEST_PER_100KM = 1e-6
"""A rate of nothing is taken as this: the models reckon in logarithms."""

Table = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Assumptions:
    """Weights, prices and tables."""

    told: Mapping[str, Any]
    """`risk.yaml`, with the city's own entries laid over ours."""
    break_rates: Table
    """Published rates: network, material, per_100km, sd_log, source, confidence, status."""
    defects: Table
    """Defects of CJJ 181: code, kind, titles, scores by grade."""
    renewal_rules: Table
    """Dated rules: rule, network, materials, lining, least_age_years, hazard, misconnection, from, to, titles, …"""
    digest: str
    """Of all that: other assumptions give other findings."""
    replaced: Sequence[str]
    """Files that the city has replaced."""

    def price(self, *path: str) -> Any:
        """Return the entry at a path, e.g. `price("consequence", "repair", "by_mm_yuan")`."""
        entry: Any = self.told
        for name in path:
            entry = entry[name]
        return entry

    def prices(self, *path: str) -> Mapping[str, float]:
        """Return the entries by name at a path, e.g. by network."""
        return {str(name): float(value) for name, value in self.price(*path).items()}


def load_assumptions(folder: Path | None = None) -> Assumptions:
    """Return the assumptions, those of a city's folder before our own.

    Parameters
    ----------
    folder
        `<data_dir>/rules/<slug>`; one that does not exist holds none.

    Raises
    ------
    BadAssumption
        A file cannot be read, or an entry is not of the kind that ours is; the message names file and entry.
    """
    ours = {name: _ours(name) for name in FILES}
    own = {name: text for name in FILES if (text := _own(folder, name)) is not None}
    told = _laid_over(yaml.safe_load(ours[RISK]), city_file(folder, RISK), "")
    _checked(told)
    rates, defects, rules = (_table(name, ours[name], own.get(name)) for name in (BREAK_RATES, DEFECTS, RENEWAL_RULES))
    seen = hashlib.sha256("\0".join([*ours.values(), *own.values()]).encode()).hexdigest()[:16]
    return Assumptions(told, rates, defects, rules, seen, sorted(own))


def renewal_rules(folder: Path | None = None) -> Table:
    """Return the dated rules of renewal, a city's own before ours.

    Raises
    ------
    BadAssumption
        The table lacks a column.
    """
    return _table(RENEWAL_RULES, _ours(RENEWAL_RULES), _own(folder, RENEWAL_RULES))


def _ours(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _own(folder: Path | None, name: str) -> str | None:
    """Return a city's own file, None where it has none."""
    path = folder / name if folder else None
    return path.read_text("utf-8-sig") if path is not None and path.is_file() else None


def _laid_over(ours: Any, own: Any, where: str) -> Any:
    """Return our entry with the city's in its place; an entry must be of the kind that ours is."""
    if not isinstance(ours, dict):
        alike = ours is None or isinstance(own, _kind(ours))
        if not alike or isinstance(own, bool):
            raise BadAssumption(RISK, where, f"{own!r} is not of the kind of {ours!r}")
        return own
    if not isinstance(own, Mapping):
        raise BadAssumption(RISK, where, f"{own!r} is no mapping of names")
    unknown = set(own) - set(ours)
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise BadAssumption(RISK, where or "top", f"{names} is no known entry: known are {', '.join(map(str, ours))}")
    return {name: _laid_over(value, own[name], f"{where}.{name}".lstrip(".")) if name in own else value
            for name, value in ours.items()}  # fmt: skip


def _kind(value: Any) -> type | tuple[type, ...]:
    return (int, float) if isinstance(value, int | float) else type(value)


def _checked(told: Mapping[str, Any]) -> None:
    """Refuse amounts below zero, spreads of nothing, a record without days, and a matrix that is none."""
    for part in ("sewers", "consequence", "renewal", "likelihood"):
        for where, value in _numbers(told[part], part):
            spread = where.endswith(("sd", "sd_log", "spread"))
            signed = where.endswith(("mean", "mean_log"))
            if not np.isfinite(value) or (value <= 0 if spread else value < 0 and not signed):
                raise BadAssumption(RISK, where, f"{value!r} is out of range")
    record = told["record"]
    for name in ("from", "to"):
        if not isinstance(record[name], dt.date | int | float | None):
            raise BadAssumption(RISK, f"record.{name}", f"{record[name]!r} is no day: write it as 2026-01-31")
    if not 0 < record["holdout_share"] < 1:
        raise BadAssumption(RISK, "record.holdout_share", f"{record['holdout_share']!r} is out of range")
    matrix = told["matrix"]
    for side in ("likelihood", "consequence"):
        ends = [one for one in matrix[side] if isinstance(one, int | float)]
        if len(ends) != len(matrix[side]) or len(ends) != 4 or sorted(set(ends)) != ends:
            raise BadAssumption(RISK, f"matrix.{side}", "give four ascending numbers")
    rows = matrix["classes"]
    whole = len(rows) == 5 and all(isinstance(row, list) and len(row) == 5 for row in rows)
    if not whole or any(one not in (1, 2, 3, 4, 5) for row in rows for one in row):
        raise BadAssumption(RISK, "matrix.classes", "give five rows of five classes, 1 to 5")


def _numbers(told: Any, where: str) -> Iterator[tuple[str, float]]:
    """Yield every number of an entry with its place."""
    if isinstance(told, Mapping):
        for name, value in told.items():
            yield from _numbers(value, f"{where}.{name}")
    elif isinstance(told, list):
        for value in told:
            yield from _numbers(value, where)
    elif isinstance(told, int | float):
        yield where, float(told)


def _table(name: str, ours: str, own: str | None) -> Table:
    """Return the rows of a city's own table, else of ours; it needs the columns that ours has."""
    needed = ours.splitlines()[0].split(",")
    reader = csv.DictReader((ours if own is None else own).splitlines())
    lacking = set(needed) - set(reader.fieldnames or ()) - _MAY_LACK.get(name, set())
    if lacking:
        raise BadAssumption(name, "line 1", f"column {', '.join(sorted(lacking))} is missing")
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]


def number(name: str, row: int, text: str) -> float:
    """Return a number of a table.

    Raises
    ------
    BadAssumption
        It is none, or below zero.
    """
    try:
        value = float(text)
    except ValueError:
        raise BadAssumption(name, f"line {row}", f"{text!r} is no number") from None
    if not 0 <= value < np.inf:
        raise BadAssumption(name, f"line {row}", f"{text!r} is out of range")
    return value
