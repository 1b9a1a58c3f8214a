"""Survey tables as files: a workbook for each network, or a folder of two CSV files where it would be too large."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pandas as pd
import xlsxwriter

from cim.etl.sample.survey import LINE_COLUMNS, POINT_COLUMNS

LARGEST_WORKBOOK = 60_000
"""Buildings of a city above which networks are written as CSV: sheets end at 1,048,576 rows."""

_CREATED = dt.datetime(2025, 3, 18, tzinfo=dt.UTC)


class SurveyFile(Protocol):
    """Where the two tables of a network go, piece by piece."""

    def write(self, points: pd.DataFrame, lines: pd.DataFrame) -> None:
        """Append rows to both tables."""

    def close(self) -> None:
        """Finish the file."""


class SurveyWorkbook:
    """A workbook with the sheets XX管点表 and XX管线表, written row by row."""

    def __init__(self, path: Path, prefix: str) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._book.set_properties(
            {"title": f"{prefix} pipeline survey (synthetic)", "comments": "Made-up data", "created": _CREATED}
        )
        names = ((f"{prefix}管点表", POINT_COLUMNS), (f"{prefix}管线表", LINE_COLUMNS))
        self._sheets = [self._book.add_worksheet(name) for name, _ in names]
        self._next = [1, 1]
        for sheet, (_, columns) in zip(self._sheets, names, strict=True):
            sheet.write_row(0, 0, columns)

    def write(self, points: pd.DataFrame, lines: pd.DataFrame) -> None:
        """Append rows to both tables."""
        for which, table in enumerate((points, lines)):
            sheet, at = self._sheets[which], self._next[which]
            # Columns without a value are left out before the loop: half of a census table is empty.
            used = [(column, table[name].tolist()) for column, name in enumerate(table) if table[name].notna().any()]
            write_number, write_string = sheet.write_number, sheet.write_string
            for row in range(len(table)):
                for column, values in used:
                    value = values[row]
                    if isinstance(value, str):
                        write_string(at + row, column, value)
                    elif value is not None and value == value:
                        write_number(at + row, column, value)
            self._next[which] = at + len(table)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


class SurveyFolder:
    """A folder with XXPoint.csv and XXLine.csv in UTF-8."""

    def __init__(self, path: Path, prefix: str) -> None:
        path.mkdir(exist_ok=True)
        self._files = [
            (path / f"{prefix}{name}.csv").open("w", encoding="utf-8", newline="") for name in ("Point", "Line")
        ]
        for file, columns in zip(self._files, (POINT_COLUMNS, LINE_COLUMNS), strict=True):
            csv.writer(file).writerow(columns)

    def write(self, points: pd.DataFrame, lines: pd.DataFrame) -> None:
        """Append rows to both tables."""
        for file, table in zip(self._files, (points, lines), strict=True):
            table.to_csv(file, header=False, index=False)

    def close(self) -> None:
        """Finish the files."""
        for file in self._files:
            file.close()


class SurveyFiles:
    """The survey files of all networks."""

    def __init__(self, folder: Path, prefixes: dict[str, str], buildings: int) -> None:
        self.names: dict[str, str] = {}
        self._files: dict[str, SurveyFile] = {}
        for network, prefix in prefixes.items():
            large = buildings > LARGEST_WORKBOOK
            self.names[network] = f"pipes/{prefix}" if large else f"pipes/{prefix}.xlsx"
            make = SurveyFolder if large else SurveyWorkbook
            self._files[network] = make(folder / self.names[network], prefix)

    def write(self, network: str, points: pd.DataFrame, lines: pd.DataFrame) -> None:
        """Append rows to the tables of a network."""
        self._files[network].write(points, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
