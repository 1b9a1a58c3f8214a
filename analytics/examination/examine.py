"""The examination of a city: from its data and a register to values and grades for each unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.errors import BadRegister, DataChanged, NoUnits
from cim.analytics.examination.frames import theme_frames, themes
from cim.analytics.examination.grading import graded, not_assessable
from cim.analytics.examination.measure import Measure, NoData, find_measures
from cim.analytics.examination.register import Indicator, Register
from cim.analytics.examination.register_file import load_register
from cim.store import Store
from cim.viewer import LOCAL, Viewer

SYSTEM = "national-2024"
"""System that is used unless another is named."""

_OVERLAP_SHARE = 0.01  # of the smaller unit: less is the tolerance of drawing
_TRIES = 3


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
    grade, reason."""
    left_out: Mapping[str, int]
    """What limits it as a whole: code of `cim.analytics.reasons` and count."""


def examine(
    store: Store,
    *,
    year: int,
    system: str = SYSTEM,
    viewer: Viewer = LOCAL,
    measures: Mapping[str, Measure] | None = None,
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
    viewer
        Who asks; what their clearance hides is not part of the answer.
    measures
        Measures by code; those of `cim.analytics.examination.measures` unless given.

    Raises
    ------
    NoUnits
        The city has no administrative units to examine.
    UnknownSystem, BadRegister
        The register is not there or cannot be used.
    DataChanged
        Loads were published again and again while it was read.
    """
    register = load_register(system)
    known = find_measures() if measures is None else measures
    names = {"admin_unit", *themes_read(register, known)}
    for _ in range(_TRIES):
        version = store.theme_version(*sorted(names))
        frames = theme_frames(store, viewer, names, year)
        if store.theme_version(*sorted(names)) == version:
            return examination(register, year, frames, known, data_version=version, city=store.city.slug)
    raise DataChanged(f"city {store.city.slug!r}")


def examination(
    register: Register,
    year: int,
    frames: Mapping[str, GeoDataFrame],
    measures: Mapping[str, Measure],
    *,
    data_version: int = 0,
    city: str = "",
) -> Examination:
    """Compute and grade every indicator from frames: the pure part of `examine`."""
    levels = {level for indicator in register.indicators.values() for level in indicator.levels}
    every = frames["admin_unit"]
    units = every[every["level"].isin(levels)]
    if units.empty:
        raise NoUnits(city, sorted(levels))
    parts = [
        _rows(
            indicator, measures.get(indicator.measure), units[units["level"].isin(indicator.levels)], frames, register
        )
        for indicator in register.indicators.values()
    ]
    left_out = {
        "units_overlap": _overlapping(units),
        "no_communities": int(not (units["level"] == "community").any()),
        "no_measure": sum(indicator.measure not in measures for indicator in register.indicators.values()),
    }
    table = pd.concat(parts, ignore_index=True)
    return Examination(register, year, data_version, units, table, {code: n for code, n in left_out.items() if n})


def themes_read(register: Register, measures: Mapping[str, Measure]) -> set[str]:
    """Return the themes that the measures of a register read."""
    named = {indicator.measure for indicator in register.indicators.values()} & set(measures)
    return {theme for code in named for theme in _reads(measures[code])} & themes()


def _reads(measure: Measure) -> tuple[str, ...]:
    return measure.needs + measure.uses


def _rows(
    indicator: Indicator,
    measure: Measure | None,
    units: GeoDataFrame,
    frames: Mapping[str, GeoDataFrame],
    register: Register,
) -> pd.DataFrame:
    """Return the rows of one indicator for its units."""
    result = _result(indicator, measure, units, frames, register)
    result.insert(0, "level", units["level"])
    result.insert(0, "code", indicator.code)
    return result.rename_axis("unit_id").reset_index()


def _result(
    indicator: Indicator,
    measure: Measure | None,
    units: GeoDataFrame,
    frames: Mapping[str, GeoDataFrame],
    register: Register,
) -> pd.DataFrame:
    if measure is None:
        return not_assessable(indicator, units.index, "no_measure")
    absent = [theme for theme in measure.needs if theme not in frames or frames[theme].empty]
    if absent:
        return not_assessable(indicator, units.index, f"no_data:{','.join(absent)}")
    arguments: dict[str, Any] = {theme: frames[theme] for theme in _reads(measure)}
    arguments |= indicator.parameters
    try:
        signature(measure.function).bind(units, **arguments)
    except TypeError as error:
        raise BadRegister(Path(register.system), f"{indicator.code}: parameters", str(error)) from None
    try:
        reading = measure.function(units, **arguments)
    except NoData as nothing:
        return not_assessable(indicator, units.index, f"no_data:{nothing}")
    return graded(indicator, reading, register.grading)


def _overlapping(units: GeoDataFrame) -> int:
    """Count the pairs of units of one level that overlap by more than the tolerance of drawing."""
    count = 0
    for _, level in units.groupby("level", sort=False):
        shapes = level.geometry.to_numpy()
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
        smaller = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other]))
        count += int(np.count_nonzero(shared > _OVERLAP_SHARE * smaller))
    return count
