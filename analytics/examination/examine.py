"""The examination of a city: from its data and a register to values and grades for each unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.errors import DataChanged, NoUnits
from cim.analytics.examination.answers import answered
from cim.analytics.examination.frames import read_by, theme_frames, themes
from cim.analytics.examination.grading import graded, not_assessable
from cim.analytics.examination.inputs import Inputs, themes_of
from cim.analytics.examination.limits import limits
from cim.analytics.examination.local_file import chosen_file
from cim.analytics.examination.measure import Measure, Reading, find_measures
from cim.analytics.examination.register import Grading, Indicator, Register
from cim.analytics.examination.register_file import load_register
from cim.analytics.examination.shortfalls import shortfalls
from cim.executor import ALONE, Workforce
from cim.store import Store
from cim.viewer import LOCAL, Viewer

if TYPE_CHECKING:
    import pydeck

    from cim.analytics.examination.comparison.result import Comparison

SYSTEM = "national-2024"
"""System that is used unless another is named."""

_TRIES = 3


@dataclass(frozen=True)
class Places:
    """Where an indicator falls short."""

    short: GeoDataFrame
    """See `Reading.problems`."""
    judged: pd.Index[int] | None
    """See `Reading.judged`."""


@dataclass(frozen=True)
class Source:
    """Where an examination was read from."""

    store: Store
    """The city."""
    viewer: Viewer
    """Who asked."""
    recorded: dt.datetime
    """The city as it was recorded at this time is what was read."""


@dataclass(frozen=True)
class Examination:
    """One examination, not yet kept."""

    register: Register
    """Indicators and their standards."""
    year: int
    """Year examined."""
    data_version: int
    """Data version of the themes that it read."""
    units: GeoDataFrame
    """Units examined: index unit id; level, name, name_en, geom."""
    table: pd.DataFrame
    """A row for each indicator and unit: code, unit_id, level, value, numerator, denominator, missing_share, standard,
    grade, reason, low, high, on_foot, on_foot_missing, extent, extent_m2."""
    left_out: Mapping[str, int]
    """What limits it as a whole: code of `cim.analytics.reasons` and count."""
    places: Mapping[str, Places] = field(default_factory=dict)
    """Places that fall short, by code of the indicator, for those that are counted by place."""
    data_versions: Mapping[str, int] = field(default_factory=dict)
    """Data version of each theme that was read."""
    source: Source | None = field(default=None, repr=False, compare=False)
    """Where it was read from; None: it was made from frames."""

    def compare(self, earlier: Examination) -> Comparison:
        """Compare with an earlier examination of the city, or one of another city, on equal extent and definition."""
        from cim.analytics.examination.comparison.fresh import compare_fresh  # which needs examinations itself

        return compare_fresh(earlier, self)

    def report(
        self,
        directory: Path | str,
        *,
        languages: Iterable[str] = ("zh",),
        made_on: dt.date | None = None,
        forms: Path | None = None,
    ) -> list[Path]:
        """Write the report: HTML, PDF, DOCX, XLSX, GeoPackage and a manifest.

        Parameters
        ----------
        directory
            Folder; it is made where it is missing.
        languages
            zh or en, of the PDF and the DOCX.
        made_on
            Day on the cover; None means today.
        forms
            Tables to hand in; None: those that come with the platform.

        Raises
        ------
        BadQuestion
            It was made from frames: nobody knows of which city.
        """
        from cim.analytics.examination.report.gathering import write_report_of  # which needs examinations itself

        return write_report_of(self, Path(directory), languages, made_on, forms)

    def map(self, code: str, level: str = "community") -> pydeck.Deck:
        """Return an indicator's units of one level, coloured by grade, as `scenes.write_scene` makes a page of them.

        Raises
        ------
        UnknownIndicator, NothingToShow
            The register has no indicator of that code; it is not told for units of that level.
        MissingExtra
            pydeck is not installed.
        """
        from cim.analytics.scenes import indicator_scene  # which needs examinations itself

        return indicator_scene(self, code, level)

    @property
    def problems(self) -> GeoDataFrame:
        """Every place that falls short: code, feature_id, candidate, severity, evidence (JSON) and geometry."""
        return shortfalls(self)


def examine(
    store: Store,
    *,
    year: int,
    system: str = SYSTEM,
    local: Path | bool = True,
    viewer: Viewer = LOCAL,
    measures: Mapping[str, Measure] | None = None,
    workers: int = 1,
    cluster: str | None = None,
) -> Examination:
    """Compute and grade every indicator of a system for the units of a city; nothing is written.

    Parameters
    ----------
    store
        The city.
    year
        Year examined.
    system
        Name of a register that comes with the platform, or path of a YAML file.
    local
        File in which the city changes and adds indicators. True: that beside its city.toml, where there is one; False:
        the system as it is.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    measures
        Measures by code; those of `cim.analytics.examination.measures` unless given.
    workers
        Processes that examine the city district by district; with 1 this one does it whole. The answer is the same.
    cluster
        Address of a Dask scheduler whose workers do it instead.

    Raises
    ------
    NoUnits
        The city has no administrative units to examine.
    UnknownSystem, BadRegister
        The register is not there or cannot be used.
    DataChanged
        Loads were published again and again while it was read.
    SchedulerError, MissingExtra
        The cluster cannot be used.
    """
    register = load_register(system, chosen_file(store, viewer, local))
    known = find_measures() if measures is None else measures
    names = {"admin_unit", *themes_read(register, known)}
    for _ in range(_TRIES):
        (now,) = store.rows(viewer, "SELECT clock_timestamp() AS at")
        versions = store.theme_versions(*sorted(read_by(names)))
        frames = theme_frames(store, viewer, names, year)
        if store.theme_versions(*sorted(read_by(names))) == versions:
            workforce = Workforce(workers, cluster)
            found = examination(register, year, frames, known, city=store.city.slug, workforce=workforce)
            version, source = max(versions.values(), default=0), Source(store, viewer, now["at"])
            return replace(found, data_version=version, data_versions=versions, source=source)
    raise DataChanged(f"city {store.city.slug!r}")


def examination(
    register: Register,
    year: int,
    frames: Mapping[str, GeoDataFrame],
    measures: Mapping[str, Measure],
    *,
    data_version: int = 0,
    city: str = "",
    drawn: GeoDataFrame | None = None,
    workforce: Workforce = ALONE,
) -> Examination:
    """Compute and grade every indicator from frames: the pure part of `examine`.

    `drawn` are the units to examine where they are not those of the frame, such as those of another year.
    """
    levels = {level for indicator in register.indicators.values() for level in indicator.levels}
    every = frames["admin_unit"] if drawn is None else drawn
    units = every[every["level"].isin(levels)]
    if units.empty:
        raise NoUnits(city, sorted(levels))
    asked = register.at(year)
    told = answered(asked, year, units, Inputs(frames), measures, workforce)
    results = {
        code: _result(indicator, told[code], units[units["level"].isin(indicator.levels)], asked.grading)
        for code, indicator in asked.indicators.items()
    }
    parts = [_rows(code, rows, units) for code, (rows, _) in results.items()]
    places = {code: found for code, (_, found) in results.items() if found is not None}
    table = pd.concat([part.dropna(axis="columns", how="all") for part in parts], ignore_index=True)
    table = table.reindex(columns=parts[0].columns)
    left_out = limits(register, measures, units, every, frames)
    return Examination(asked, year, data_version, units, table, left_out, places)


def themes_read(register: Register, measures: Mapping[str, Measure]) -> set[str]:
    """Return the frames that the measures of a register read."""
    named = {indicator.measure for indicator in register.indicators.values()} & set(measures)
    return themes_of(name for code in named for name in measures[code].needs + measures[code].uses) & themes()


def _rows(code: str, result: pd.DataFrame, units: GeoDataFrame) -> pd.DataFrame:
    """Return the rows of one indicator for its units."""
    result.insert(0, "level", units["level"].reindex(result.index))
    result.insert(0, "code", code)
    return result.rename_axis("unit_id").reset_index()


def _result(
    indicator: Indicator, told: Reading | str, units: GeoDataFrame, grading: Grading
) -> tuple[pd.DataFrame, Places | None]:
    """Return what is kept of one indicator for its units, and the places that fall short."""
    if isinstance(told, str):
        return not_assessable(indicator, units.index, told), None
    places = None if told.problems is None else Places(told.problems, told.judged)
    return graded(indicator, told, grading, units), places
