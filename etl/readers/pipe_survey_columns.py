"""Columns of survey tables: found by their titles, read by their kind; what cannot be read is told with its row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim.etl.readers.pipe_survey_cells import Values
from cim.etl.readers.pipe_survey_codes import choices, spelled, table
from cim.etl.readers.pipe_survey_tables import plain_name, text_of

Floats = npt.NDArray[np.float64]

MISSING = frozenset(
    {"", "-", "--", "/", "\\", "\u2014", "\u2014\u2014", "\uff0d", "无", "NULL", "N/A", "#N/A", "NONE", "NAN"}
)
"""What stands in a cell for nothing, letters large."""

_FACTORS = {("mm", "m"): 0.001, ("cm", "m"): 0.01, ("m", "mm"): 1000.0, ("cm", "mm"): 10.0}
_LARGEST = 1e8
"""Nothing that a survey measures is larger, coordinates included."""
_METRES = {"米": "m", "厘米": "cm", "毫米": "mm"}


AS_TOLD = "device_as_told"
"""Column for what a point's row says of a device: text by title, as it stands in the file."""
_OF_DEVICE = "device_"
"""How the names of such fields begin."""


@dataclass(frozen=True)
class Field:
    """A field of a point or line table."""

    name: str
    """Our name."""
    kind: str
    """How it is read: key, text, number, integer, year, date, section, voltage, holes, code, choice:LIST."""
    unit: str
    """Unit of our values."""
    needed: bool
    """Whether a table without it is refused."""
    severity: str
    """What a value that cannot be read is: error (the record is refused) or warning (the value is left out)."""
    names: tuple[str, ...]
    """Titles that it goes by, as `plain_name` gives them."""


@cache
def fields(is_points: bool) -> tuple[Field, ...]:
    """Return the fields of point or line tables."""
    wanted = "point" if is_points else "line"
    return tuple(
        Field(
            row["field"],
            row["kind"],
            row["unit"],
            row["needed"] == "yes",
            row["fault"],
            tuple(plain_name(name)[0] for name in row["names"].split("|")),
        )
        for row in table("pipe_survey_columns.csv")
        if row["table"] == wanted
    )


@dataclass(frozen=True)
class Column:
    """A column of a file."""

    title: str
    """As it stands there."""
    field: Field | None
    """What it holds; None: nothing that we know, kept among the attributes."""
    factor: float
    """Our unit in a unit of the column."""


@dataclass(frozen=True)
class Told:
    """What a city says of a column of its tables."""

    field: str
    """Our field that it holds."""
    factor: float | None = None
    """Our unit in a unit of the column; None: by the unit in its title."""


def match(titles: Sequence[str], is_points: bool, given: Mapping[str, Told]) -> list[Column]:
    """Tell what each column holds, by its title or by what the city says of it.

    A field goes to one column only: first to one that the option names, then to the title that stands first in the
    field's list of names.
    """
    known = fields(is_points)
    chosen: dict[int, Field] = {}
    told = {plain_name(title)[0]: item for title, item in given.items()}
    named = {title: item.field for title, item in told.items()}
    plain = [plain_name(title)[0] for title in titles]
    for field in known:
        places = [at for at, title in enumerate(plain) if named.get(title) == field.name]
        places += [at for name in field.names for at, title in enumerate(plain) if title == name and title not in named]
        free = [at for at in places if at not in chosen]
        if free:
            chosen[free[0]] = field
    factors = [told[title].factor if title in told else None for title in plain]
    return [_column(title, chosen.get(at), factors[at]) for at, title in enumerate(titles)]


def _column(title: str, field: Field | None, told: float | None) -> Column:
    """Return a column with the factor of its unit; one that is told counts more than one in the title."""
    if field and told is not None:
        return Column(title, field, told)
    unit = plain_name(title)[1] or ""
    unit = _METRES.get(unit, unit)
    factor = _FACTORS.get((unit, field.unit), 1.0) if field else 1.0
    return Column(title, field, factor)


@dataclass(frozen=True)
class Misread:
    """Values of one column that could not be read."""

    field: Field
    """The field."""
    title: str
    """Title of the column."""
    rows: pd.Series
    """(rows,) True where a value could not be read."""
    values: pd.Series
    """(rows,) The values as text."""


def read_columns(columns: Sequence[Column], cells: Sequence[Values]) -> tuple[pd.DataFrame, list[Misread]]:
    """Read the cells of a chunk of rows.

    Parameters
    ----------
    columns
        The table's columns.
    cells
        For each of them its cells.

    Returns
    -------
    tuple
        A frame with a column for each field found (sections give diameter_mm, width_mm, height_mm) and
        `attributes` (a dict of the rest, or None), with `AS_TOLD` where rows tell of devices; and what could not be
        read.
    """
    count = len(cells[0]) if cells else 0
    frame: dict[str, Any] = {}
    rest: list[tuple[str, pd.Series]] = []
    misread: list[Misread] = []
    for column, values in zip(columns, cells, strict=True):
        numbers = _plain_numbers(values) if column.field is not None and column.field.kind == "number" else None
        if column.field is not None and numbers is not None:
            frame[column.field.name] = pd.Series(numbers * column.factor)
            continue
        texts = _texts(values, _missing() if column.field else _EMPTY)
        if column.field is None:
            rest.append((column.title, texts))
            continue
        read, lost = _read(column, texts)
        for name, series in read.items():
            frame[name] = frame[name].combine_first(series) if name in frame else series
        if lost.any():
            misread.append(Misread(column.field, column.title, lost, texts))
        if column.field.kind == "code" or (column.field.severity == "warning" and lost.any()):
            rest.append((column.title, texts if column.field.kind == "code" else texts.where(lost)))
    frame["attributes"] = pd.Series(_dicts(rest, count), dtype=object)
    if of_device := list(_texts_of_devices(columns, cells)):
        frame[AS_TOLD] = pd.Series(_dicts(of_device, count), dtype=object)
    return pd.DataFrame(frame), misread


def _texts_of_devices(columns: Sequence[Column], cells: Sequence[Values]) -> Iterator[tuple[str, pd.Series]]:
    """Yield title and text of the columns that tell of a device: which points have one is not known yet."""
    for column, values in zip(columns, cells, strict=True):
        if column.field is not None and column.field.name.startswith(_OF_DEVICE):
            yield column.title, _texts(values, _missing())


def _plain_numbers(cells: Values) -> Floats | None:
    """Return the numbers of cells that hold nothing but numbers, NaN for empty ones; None where one holds text."""
    if isinstance(cells, pa.Array):
        text = pc.utf8_trim_whitespace(cells)
        try:
            read = pc.if_else(pc.equal(text, ""), None, text).cast(pa.float64())
        except pa.ArrowInvalid:
            return None
        numbers, there = read.to_numpy(zero_copy_only=False), read.is_valid().to_numpy(zero_copy_only=False)
    else:
        kinds = set(map(type, cells))
        if not kinds <= {float, int, str} or (str in kinds and any(cell for cell in cells if type(cell) is str)):
            return None
        numbers = np.array([np.nan if cell == "" else cell for cell in cells], dtype=np.float64)
        there = ~np.isnan(numbers)
    return numbers if (np.abs(numbers[there]) < _LARGEST).all() else None


def _texts(cells: Values, missing: pa.Array) -> pd.Series:
    """Return cells as text without spaces about it; what stands for nothing is missing."""
    if not isinstance(cells, pa.Array):
        plain = set(map(type, cells)) == {str}
        cells = pa.array(cells if plain else [text_of(cell) for cell in cells], pa.large_string())
    text = pc.utf8_trim_whitespace(cells)
    nothing = pc.is_in(text, value_set=missing)
    return pd.Series(pd.array(pc.if_else(nothing, None, text) if pc.any(nothing).as_py() else text, dtype="str"))


_EMPTY = pa.array([""], pa.large_string())


@cache
def _missing() -> pa.Array:
    """Return what stands for nothing with small and large letters, in every mixture."""
    spelled_so = {"".join(letters) for text in MISSING for letters in product(*({c, c.lower()} for c in text))}
    return pa.array(sorted(spelled_so), pa.large_string())


def _dicts(rest: Sequence[tuple[str, pd.Series]], count: int) -> list[dict[str, str] | None]:
    """Return a dict of the values of each row."""
    used = [(title, values) for title, values in rest if values.notna().any()]
    if not used:
        return [None] * count
    titles = [title for title, _ in used]
    rows = zip(*(values.astype(object).where(values.notna(), None).to_list() for _, values in used), strict=True)
    return [
        {title: value for title, value in zip(titles, row, strict=True) if value is not None} or None for row in rows
    ]


def _read(column: Column, texts: pd.Series) -> tuple[dict[str, pd.Series], pd.Series]:
    """Return the values of a column by name, and where there is text that could not be read."""
    field = column.field
    assert field is not None  # noqa: S101 - for the type checker; the caller has seen to it
    kind, _, choice = field.kind.partition(":")
    nothing = pd.Series(np.zeros(len(texts), dtype=bool))
    if kind in ("key", "text", "code"):
        return {field.name: texts}, nothing
    if kind in ("number", "integer"):
        numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
        numbers = numbers.where(numbers.abs() < _LARGEST)
        if kind == "integer":
            numbers = numbers.where(numbers.eq(numbers.round()) & numbers.abs().lt(2**31))
        return {field.name: numbers * column.factor}, texts.notna() & numbers.isna()
    if kind == "section":
        codes, distinct = pd.factorize(texts)
        parts = [*(section(str(text)) for text in distinct), None]
        unread = np.array([part is None for part in parts])[codes]
        sizes = np.array([(np.nan,) * 3 if part is None else part[:3] for part in parts])[codes] * column.factor
        basis = np.array([None if part is None else part[3] for part in parts], dtype=object)[codes]
        read = {name: pd.Series(sizes[:, at]) for at, name in enumerate(("diameter_mm", "width_mm", "height_mm"))}
        return {**read, "stated_basis": pd.Series(basis, dtype=object)}, texts.notna() & unread
    if kind == "holes":
        total = texts.str.extract(r"^\s*(\d{1,4})\s*(?:[/\\:]\s*(\d{1,4})\s*)?$")
        numbers = total.astype("object").apply(pd.to_numeric, errors="coerce").astype("float64")
        holes = {"holes_total": numbers[0]}
        return holes | ({"holes_used": numbers[1]} if numbers[1].notna().any() else {}), texts.notna() & numbers[
            0
        ].isna()
    reader = _CELLS[kind] if kind in _CELLS else (lambda text: choices(choice).get(spelled(text)))
    values = _by_value(texts, reader)
    return {field.name: values}, texts.notna() & values.isna()


def _by_value(texts: pd.Series, reader: Callable[[str], Any]) -> pd.Series:
    """Read each distinct text once: columns of a million rows hold a few hundred of them."""
    codes, distinct = pd.factorize(texts)
    read = np.empty(len(distinct) + 1, dtype=object)
    for at, text in enumerate(distinct):
        read[at] = reader(str(text))
    return pd.Series(read[codes], dtype=object)


_NUMBER = r"(\d+(?:\.\d+)?)"
_ROUND = re.compile(rf"^(?P<basis>DN|DE|D|ID|OD|\u03a6|\u03c6|\u00d8|\u00f8)?\s*{_NUMBER}\s*(?:MM)?$")
_RECTANGLE = re.compile(rf"^{_NUMBER}\s*(?:MM)?\s*[X\u00d7*]\s*{_NUMBER}\s*(?:MM)?$")
_BASES = {"DN": "nominal", "DE": "outer", "OD": "outer", "ID": "inner"}


def section(text: str) -> tuple[float, float, float, str | None] | None:
    """Return diameter, width, height and the basis that a section's text states; 0 means that it is not known.

    `300`, `DN300`, `De110`, `Φ300` are round; `1000×800`, `1000X800` and `1000*800` are width by height.
    """
    plain = text.strip().upper()
    found = _RECTANGLE.match(plain)
    if found:
        width, height = float(found[1]), float(found[2])
        return (np.nan, width, height, None) if width and height else (np.nan, np.nan, np.nan, None)
    found = _ROUND.match(plain)
    if found:
        return float(found[2]) or np.nan, np.nan, np.nan, _BASES.get(found["basis"] or "")
    return None


def day(text: str) -> dt.date | None:
    """Return a day in one of the usual forms."""
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"):
        try:
            return dt.datetime.strptime(text.split(" ")[0], form).date()
        except ValueError:
            continue
    return None


def year(text: str) -> int | None:
    """Return the year of a year, a month or a day."""
    found = re.match(r"^\s*(1[89]\d\d|20\d\d)(?:\D.*|\d{2}|\d{4})?$", text)
    return int(found[1]) if found else None


def kilovolts(text: str) -> float | None:
    """Return a voltage in kV: `10kV`, `380V`, `0.4千伏`; a bare number is kV unless no grid has such a voltage."""
    found = re.match(rf"^\s*{_NUMBER}\s*(KV|千伏|V|伏)?\s*$", text.upper())
    if not found:
        return None
    number, unit = float(found[1]), found[2]
    volts = unit in ("V", "伏") or (unit is None and (number > 1200 or number in (380, 400, 660)))
    return number / 1000 if volts else number


_CELLS: Mapping[str, Callable[[str], Any]] = {"date": day, "year": year, "voltage": kilovolts}
