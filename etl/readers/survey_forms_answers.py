"""From answers of a questionnaire to shares of the satisfied, with sample size and interval; no person is kept."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pandas as pd

from cim.etl.batch import Reject
from cim.etl.readers.survey_forms_sheets import Sheet, text
from cim.sampling import clustered, wilson
from cim.survey_forms import ANSWERS, NAMED, SATISFIED_FROM, word_of

_COLUMNS = ("source_key", "figure", "year", "value", "unit", "unit_key", "sample_size", "low", "high", "reported_by")


class Answers:
    """What people answered, sheet by sheet."""

    def __init__(self) -> None:
        self.people = 0
        """People who answered anything."""
        self.rejects: list[Reject] = []
        """Answers refused."""
        self._numbers: set[str] = set()
        self._counts: dict[tuple[str, int], dict[str | None, list[int]]] = defaultdict(
            lambda: defaultdict(lambda: [0, 0])
        )

    def add(self, sheet: Sheet) -> None:
        """Count the answers of a sheet."""
        self.rejects += sheet.rejects
        for number, row in zip(sheet.rows.index, sheet.rows.to_dict("records"), strict=True):
            said = {column: row[column.name] for column in sheet.form.answers if row[column.name] is not None}
            if not said:
                continue
            year, person = _year(row["day"]), text(row["number"])
            if year is None:
                told = f"day is {row['day']!r}, which is no date", f"日期“{row['day']}”无法识别"
                self._refuse(sheet, number, "", "form.no_day", told, "write the day as 2026-03-04")
                continue
            if person is not None and person in self._numbers:
                told = f"questionnaire {person} stands a second time", f"问卷 {person} 重复"
                self._refuse(
                    sheet, number, "", "key.repeated", told, "remove one of the two, or give it its own number"
                )
                continue
            self._numbers |= {person} if person is not None else set()
            self.people += 1
            unit = (text(row["key"]) or "").partition(NAMED)[0].strip() or None
            for column, answer in said.items():
                value = word_of(ANSWERS, str(answer))
                if value is None:
                    told = f"{column.zh} is {answer!r}, where 1 to 5 is asked", f"{column.zh} 为“{answer}”，应填 1 至 5"
                    self._refuse(sheet, number, column.zh, "form.not_listed", told, "give 1 to 5, or leave it empty")
                    continue
                counts = self._counts[column.name, year][unit]
                counts[0] += int(str(value)) >= SATISFIED_FROM
                counts[1] += 1

    def figures(self) -> pd.DataFrame:
        """Return rows of `statistic`: of each question and year the city's, and each community's."""
        rows = {}
        for (figure, year), counts in sorted(self._counts.items()):
            having, asked = zip(*counts.values(), strict=True)
            whole = _row(figure, year, None, sum(having), sum(asked), clustered(having, asked))
            rows[f"满意度 {figure} {year}"] = whole
            for unit, (some, of) in sorted((unit, pair) for unit, pair in counts.items() if unit is not None):
                rows[f"满意度 {figure} {year} {unit}"] = _row(figure, year, unit, some, of, wilson(some, of))
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(_COLUMNS))

    def _refuse(self, sheet: Sheet, number: Any, title: str, code: str, told: tuple[str, str], remedy: str) -> None:
        self.rejects.append(Reject(sheet.named(number, title), code, told[0], remedy, "statistic", reason_zh=told[1]))


def _row(
    figure: str, year: int, unit: str | None, having: int, asked: int, interval: tuple[float, float]
) -> dict[str, Any]:
    return {
        "source_key": "/".join(filter(None, ("满意度", figure, str(year), unit))), "figure": figure, "year": year,
        "value": 100.0 * having / asked, "unit": "%", "unit_key": unit, "sample_size": asked,
        "low": 100.0 * interval[0], "high": 100.0 * interval[1], "reported_by": "社会满意度调查问卷",
    }  # fmt: skip


def _year(day: Any) -> int | None:
    """Return the year of a date, or of text that is one."""
    if isinstance(day, str):
        try:
            day = dt.date.fromisoformat(day.replace("/", "-").replace(".", "-"))
        except ValueError:
            return None
    return day.year if isinstance(day, dt.date) else None
