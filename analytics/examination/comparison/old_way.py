"""The data of now, on the extent and by the definitions of then: the only fair difference where either changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from inspect import signature

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.errors import NoUnits
from cim.analytics.examination.comparison.changes import BUILT_UP
from cim.analytics.examination.comparison.side import Side, same_city
from cim.analytics.examination.examine import examination, themes_read
from cim.analytics.examination.frames import theme_frames
from cim.analytics.examination.measure import Measure, find_measures
from cim.analytics.examination.register import Indicator, Register
from cim.store import Store
from cim.viewer import Viewer

_COLUMNS = ["code", "unit_id", "value", "grade", "reason"]


@dataclass(frozen=True)
class OldWay:
    """Values of now as they would have been told then."""

    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_COLUMNS))
    """code, unit_id, value, grade, reason, and the rest of what `examination` tells."""
    why_not: Mapping[str, str] = field(default_factory=dict)
    """Why an indicator could not be computed the old way at all: code of `words.WHY_NOT` by code."""
    done: bool = True
    """Whether it was tried."""

    def beside(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of `pair` with old_way, old_way_grade and why_not.

        Where nothing changed there is no old way: it is now's.
        """
        columns = {"value": "old_way", "grade": "old_way_grade", "reason": "old_reason"}
        mine = self.table[_COLUMNS].rename(columns=columns).astype({"unit_id": "int64", "old_way": "float64"})
        rows = pairs.merge(mine, on=["code", "unit_id"], how="left")
        changed = rows["changes"].map(len) > 0
        rows[["old_way", "old_way_grade"]] = rows[["old_way", "old_way_grade"]].where(changed)
        # A value that was told then, or is told now, and cannot be told the old way.
        wanted = changed & rows["old_way"].isna() & (rows["then"].notna() | rows["now"].notna())
        why = rows["code"].map(dict(self.why_not)) if self.why_not else pd.Series(None, index=rows.index, dtype=object)
        why = why.fillna(rows["old_reason"]).fillna("not_recomputed" if not self.done else "unit_gone")
        return rows.assign(why_not=why.where(wanted, None)).drop(columns="old_reason")


NOT_YET = OldWay(done=False)
"""Nothing was computed the old way."""


def changed_codes(pairs: pd.DataFrame) -> list[str]:
    """Return the indicators of which any row of `pair` changed."""
    return [str(code) for code in pairs["code"][pairs["changes"].map(len) > 0].unique()]


def over_built_up(pairs: pd.DataFrame) -> set[str]:
    """Return the indicators of which another built-up area is a change of any row of `pair`."""
    return set(pairs["code"][pairs["changes"].map(lambda said: BUILT_UP in said)])


def old_way(store: Store, viewer: Viewer, then: Side, now: Side, pairs: pd.DataFrame) -> OldWay:
    """Compute what changed the old way.

    Parameters
    ----------
    store
        The city of `now`: its data is read as it was recorded when `now` was examined.
    viewer
        Who asks.
    then, now
        The two examinations. Of one city the units and the built-up area are those of then; of two cities each keeps
        its own, and only definitions are those of then.
    pairs
        Rows of `compare.pair`.
    """
    known = find_measures()
    register, why_not = computable(then, now, pairs, known)
    if not register.indicators:
        return OldWay(why_not=why_not)
    same = same_city(then, now)
    units = then.units if same else now.units
    names = {"admin_unit", *themes_read(register, known)}
    frames = theme_frames(store, viewer, names, now.year, recorded=now.recorded)
    if "builtup_area" in frames:
        frames["builtup_area"] = then.builtup_area if same else _of_other(then, now)
    try:
        found = examination(register, now.year, frames, known, city=store.city.slug, drawn=_as_then(units, frames))
    except NoUnits:
        return OldWay(why_not=why_not | dict.fromkeys(register.indicators, "unit_gone"))
    return OldWay(found.table, why_not)


def computable(
    then: Side, now: Side, pairs: pd.DataFrame, known: Mapping[str, Measure]
) -> tuple[Register, dict[str, str]]:
    """Return the register of then with what changed and can be computed the old way, and why the rest cannot."""
    # Over the built-up area of a city that declares none nothing can be taken.
    lacking = not same_city(then, now) and then.built is not None and now.built is None
    nowhere = over_built_up(pairs) if lacking else set()
    register, why_not = usable(then.register, [code for code in changed_codes(pairs) if code not in nowhere], known)
    return register, why_not | dict.fromkeys(nowhere, "no_builtup_area")


def _as_then(units: GeoDataFrame, frames: Mapping[str, GeoDataFrame]) -> GeoDataFrame:
    """Return the units as they were drawn, with what is known of them now: that is data, not extent."""
    known = frames["admin_unit"].drop(columns="geom")
    present = units.index.intersection(known.index)
    return units.assign(**{name: known[name].reindex(units.index).combine_first(units[name]) for name in known}).loc[
        [*present, *units.index.difference(present)]
    ]


def _of_other(then: Side, now: Side) -> GeoDataFrame:
    """Return now's own built-up area, or none where the other city declared none: both take the whole unit then."""
    return now.builtup_area.iloc[:0] if then.built is None else now.builtup_area


def usable(register: Register, wanted: list[str], known: Mapping[str, Measure]) -> tuple[Register, dict[str, str]]:
    """Return a register with the wanted indicators that can still be computed, and why the others cannot."""
    why_not = {code: "no_measure" for code in wanted if register.indicators[code].measure not in known}
    for code in wanted:
        if code not in why_not and not _fits(register.indicators[code], known):
            why_not[code] = "measure_changed"
    kept = {code: one for code, one in register.indicators.items() if code in wanted and code not in why_not}
    return replace(register, indicators=kept), why_not


def _fits(indicator: Indicator, known: Mapping[str, Measure]) -> bool:
    """Return whether a measure still takes the parameters that an indicator had then."""
    measure = known[indicator.measure]
    given = dict.fromkeys([*measure.needs, *measure.uses], None) | dict(indicator.parameters)
    given |= {"year": None} if measure.of_year else {}
    try:
        signature(measure.function).bind(None, **given)
    except TypeError:
        return False
    return True
