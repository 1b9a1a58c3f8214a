"""Two examinations side by side: what stands for the same indicator and unit, and whether it can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.examination.comparison.changes import (
    BUILT_UP,
    DEFINITION,
    STANDARD,
    built_up_units,
    changes,
    definition_changes,
    moved_units,
    of_built_up,
)
from cim.analytics.examination.comparison.old_way import NOT_YET, OldWay, old_way
from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.side import Side, kept_before, kept_side, same_city
from cim.analytics.examination.comparison.turns import grade_turns, turns
from cim.analytics.examination.register import OFFICIAL_LEVELS, Indicator
from cim.codes import GRADES, LEVELS
from cim.store import Store
from cim.viewer import LOCAL, Viewer

_KEY = ["code", "unit_id"]
_BESIDE = {
    "value": "", "grade": "_grade", "missing_share": "_missing", "low": "_low", "high": "_high",
    "extent_m2": "_extent_m2",
}  # fmt: skip
"""What stands beside each value in a comparison: column of a side, and the ending of its name."""


def compare(
    store: Store,
    viewer: Viewer = LOCAL,
    *,
    then: int | Side,
    now: int | Side,
    system: str | None = None,
    recompute: bool = True,
) -> Comparison:
    """Compare two examinations of a city, on equal extent and definition where either changed.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks.
    then, now
        Years that were examined, or sides from `kept_side`.
    system
        System of indicators, where a year was examined by several; None: that of the newest run of `now`, and for
        `then` the same where there is one, else the newest.
    recompute
        Compute what changed the old way, which takes as long as an examination of those indicators.

    Raises
    ------
    NoExamination
        A year was not examined.
    """
    after = now if isinstance(now, Side) else kept_side(store, viewer, year=now, system=system)
    before = then if isinstance(then, Side) else kept_before(store, viewer, then, system, after)
    pairs = pair(before, after)
    found = old_way(store, viewer, before, after, pairs) if recompute else NOT_YET
    return compared(before, after, found)


def compare_cities(
    one: tuple[Store, int | None], other: tuple[Store, int | None], viewer: Viewer = LOCAL, *, system: str | None = None
) -> Comparison:
    """Compare the newest examinations of two cities, or those of a year: as a whole, and by grades at each level.

    Parameters
    ----------
    one
        A city and a year, or None for the newest: `then` of the comparison.
    other
        Another: `now`.
    viewer
        Who asks.
    system
        System of indicators, where a city was examined by several.

    Raises
    ------
    NoExamination
        One of them was not examined.
    """
    before, after = (kept_side(store, viewer, year=year, system=system) for store, year in (one, other))
    return compared(before, after, old_way(other[0], viewer, before, after, pair(before, after)))


def pair(then: Side, now: Side) -> pd.DataFrame:
    """Return a row for each indicator and unit of either: then, now and what stands beside them, and changes.

    Of two cities the cities as a whole are paired.
    """
    tables = [_prefixed(then, "then"), _prefixed(now, "now")]
    if not same_city(then, now):
        tables = _as_wholes(tables, now)
    rows = tables[0].merge(tables[1], on=[*_KEY, "level"], how="outer")
    definitions = definition_changes(then.register, now.register)
    if same_city(then, now):
        moved, built = moved_units(then, now), built_up_units(then, now)
    else:
        ids = pd.Index(rows["unit_id"].unique())
        moved = pd.Series(False, index=ids)
        built = pd.Series((then.built is None) != (now.built is None), index=ids)
    found = changes(rows, definitions, moved, built, of_built_up(then, now))
    # What only one of them has cannot have changed.
    both = (rows["then_grade"].notna() & rows["now_grade"].notna()).tolist()
    told = [said if there else () for said, there in zip(found, both, strict=True)]
    return rows.assign(changes=pd.Series(told, index=rows.index, dtype=object))


def _prefixed(side: Side, name: str) -> pd.DataFrame:
    columns = {column: f"{name}{ending}" for column, ending in _BESIDE.items()}
    table = side.table[[*_KEY, "level", *_BESIDE]].rename(columns=columns)
    numbers = [column for column in columns.values() if not column.endswith("_grade")]
    return table.astype(dict.fromkeys(numbers, "float64"))


def _as_wholes(tables: list[pd.DataFrame], now: Side) -> list[pd.DataFrame]:
    """Return the rows of the largest units of both, as rows of now's."""
    level = next((one for one in LEVELS if all((table["level"] == one).any() for table in tables)), LEVELS[0])
    whole = now.units.index[now.units["level"] == level]
    chosen = [table[table["level"] == level] for table in tables]
    if len(whole) != 1 or chosen[0]["unit_id"].nunique() != 1:
        return [table.iloc[:0] for table in tables]
    return [table.assign(unit_id=whole[0]) for table in chosen]


def compared(then: Side, now: Side, found: OldWay = NOT_YET) -> Comparison:
    """Compare two sides; `found` is what was computed the old way."""
    rows = found.beside(pair(then, now))
    known = {**then.register.indicators, **now.register.indicators}
    # Counts of two cities say how large they are: only shares and grades can be better.
    judged = known if same_city(then, now) else {code: one for code, one in known.items() if one.form != "count"}
    table = rows.assign(
        difference=rows["now"] - rows["then"],
        turn=turns(rows["code"], rows["then"], rows["now"], judged),
        grade_turn=grade_turns(rows["then_grade"], rows["now_grade"]),
        old_way_difference=rows["old_way"] - rows["then"],
        old_way_turn=turns(rows["code"], rows["then"], rows["old_way"], judged),
    )
    names = pd.concat([now.units[["name", "name_en"]], then.units[["name", "name_en"]]])
    names = names[~names.index.duplicated()]
    table = table.join(names, on="unit_id")
    return Comparison(
        then.about,
        now.about,
        _ordered(table, known),
        _indicators(then, now),
        _grades(then, now),
        _notes(then, now, table),
    )


def _ordered(table: pd.DataFrame, known: Mapping[str, Indicator]) -> pd.DataFrame:
    """Return rows in the order of the official levels and codes, then of the units' levels."""
    place = {code: (OFFICIAL_LEVELS.index(one.level), code) for code, one in known.items()}
    codes = {code: number for number, code in enumerate(sorted(place, key=lambda code: place[code]))}
    levels = {level: number for number, level in enumerate(LEVELS)}
    order = pd.DataFrame(
        {"code": table["code"].map(codes), "level": table["level"].map(levels), "unit": table["unit_id"]}
    )
    return table.loc[order.sort_values(["code", "level", "unit"]).index].reset_index(drop=True)


def _indicators(then: Side, now: Side) -> dict[str, dict[str, Any]]:
    definitions = definition_changes(then.register, now.register)
    found = {}
    for code, one in {**then.register.indicators, **now.register.indicators}.items():
        found[code] = {
            "title_zh": one.title.zh,
            "title_en": one.title.en,
            "unit_zh": one.unit.zh,
            "unit_en": one.unit.en,
            "level": one.level,
            "direction": one.direction,
            "in_then": code in then.register.indicators,
            "in_now": code in now.register.indicators,
            "changes": list(definitions.get(code, ())),
        }
    return found


def _grades(then: Side, now: Side) -> pd.DataFrame:
    """Return how many units of each level have which grade by either."""
    parts = []
    for name, side in (("then", then), ("now", now)):
        counts = side.table.groupby(["code", "level", "grade"]).size().unstack(fill_value=0)
        parts.append(counts.reindex(columns=list(GRADES), fill_value=0).add_prefix(f"{name}_"))
    return pd.concat(parts, axis=1).fillna(0).astype("int64").reset_index()


def _notes(then: Side, now: Side, table: pd.DataFrame) -> dict[str, int]:
    """Return what limits the comparison, with counts of units or indicators."""
    before, after = set(then.register.indicators), set(now.register.indicators)
    ids = then.units.index, now.units.index
    same = same_city(then, now)
    built = table["changes"].map(lambda said: BUILT_UP in said)
    changed = definition_changes(then.register, now.register).values()
    counted = {
        "other_method": int(then.method != now.method),
        "other_system": int(then.register.system != now.register.system),
        "only_then": len(before - after),
        "only_now": len(after - before),
        "definitions_changed": sum(DEFINITION in said for said in changed),
        "standards_changed": sum(STANDARD in said for said in changed),
        "units_gone": len(ids[0].difference(ids[1])) if same else 0,
        "units_new": len(ids[1].difference(ids[0])) if same else 0,
        "boundaries_moved": int(moved_units(then, now).sum()) if same else 0,
        "built_up_changed": int(table["code"][built].nunique()),
        "no_whole": int(not same and table.empty),
        "counts_of_cities": 0 if same else sum(one.form == "count" for one in now.register.indicators.values()),
        "not_recomputed": int(np.count_nonzero(table["why_not"].notna())),
    }
    return {name: count for name, count in counted.items() if count}
