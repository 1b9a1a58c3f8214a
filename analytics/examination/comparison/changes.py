"""What changed between two examinations besides the city itself: definitions, standards, boundaries, built-up area."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.examination.comparison.side import Side
from cim.analytics.examination.register import Indicator, Register

DEFINITION, STANDARD, BOUNDARY, BUILT_UP = "definition", "standard", "boundary", "built_up"
CHANGES = (DEFINITION, STANDARD, BOUNDARY, BUILT_UP)
"""What may have changed, by name."""

_OF_VALUES = ("form", "scale", "measure", "parameters")
_OF_GRADES = ("standard", "hazard", "direction")
_MOVED = 1e-4
"""Share of a unit's area that must lie elsewhere before its boundary counts as moved: less is redrawing."""


def definition_changes(then: Register, now: Register) -> dict[str, tuple[str, ...]]:
    """Return for each indicator of both registers what of its definition changed: DEFINITION, STANDARD, both, neither.

    A definition changed when another number would come out of the same city: form, scale, measure or parameters.
    """
    both = [code for code in now.indicators if code in then.indicators]
    return {code: _changed(then.indicators[code], now.indicators[code], then, now) for code in both}


def _changed(then: Indicator, now: Indicator, before: Register, after: Register) -> tuple[str, ...]:
    value = any(getattr(then, name) != getattr(now, name) for name in _OF_VALUES)
    grade = before.grading != after.grading or _asked(then) != _asked(now)
    return tuple(name for name, changed in ((DEFINITION, value), (STANDARD, grade)) if changed)


def _asked(indicator: Indicator) -> tuple[object, ...]:
    """Return what a grade follows from; who asks for it, and how sure that is, does not count."""
    standard = indicator.standard
    figures = None if standard is None else (standard.op, standard.value, standard.upper)
    return figures, indicator.hazard, indicator.direction


def moved_units(then: Side, now: Side) -> pd.Series[bool]:
    """Return for each unit of both whether its boundary moved (index unit id)."""
    ids = now.units.index.intersection(then.units.index)
    before, after = (side.units.geometry.reindex(ids).to_numpy() for side in (then, now))
    different = ~shapely.equals_exact(before, after, tolerance=1e-6, normalize=True)
    moved = np.zeros(len(ids), dtype=bool)
    apart = shapely.area(shapely.symmetric_difference(before[different], after[different]))
    moved[different] = apart > _MOVED * shapely.area(before[different])
    return pd.Series(moved, index=ids, dtype=bool)


def built_up_units(then: Side, now: Side) -> pd.Series[bool]:
    """Return for each unit of both whether another part of it counts as built up (index unit id)."""
    ids = now.units.index.intersection(then.units.index)
    before, after = then.built, now.built
    if before is None or after is None:
        return pd.Series((before is None) != (after is None), index=ids)
    apart = shapely.symmetric_difference(before, after)
    shapes = now.units.geometry.reindex(ids).to_numpy()
    shapely.prepare(shapes)
    changed = shapely.area(shapely.intersection(shapes, apart)) > _MOVED * shapely.area(shapes)
    return pd.Series(changed, index=ids, dtype=bool)


def of_built_up(then: Side, now: Side) -> set[str]:
    """Return the indicators that are taken over the built-up area, by either."""
    extents = pd.concat([side.table[["code", "extent"]] for side in (then, now)])
    over = extents["extent"].astype("str").str.startswith("builtup_area")
    named = {
        code
        for side in (then, now)
        for code, indicator in side.register.indicators.items()
        if "builtup_km2" in indicator.parameters.values()
    }
    return set(extents["code"][over]) | named


def changes(
    rows: pd.DataFrame, definitions: Mapping[str, tuple[str, ...]], moved: pd.Series[bool], built: pd.Series[bool],
    over_built: set[str],
) -> list[tuple[str, ...]]:  # fmt: skip
    """Return what changed for each row of a comparison (columns code and unit_id)."""
    found = pd.DataFrame(index=rows.index)
    for name in (DEFINITION, STANDARD):
        found[name] = rows["code"].map({code: name in said for code, said in definitions.items()}).fillna(False)
    found[BOUNDARY] = _of(rows, moved)
    # Where the unit's own boundary moved, what is built up in it changed with it.
    found[BUILT_UP] = _of(rows, built) & rows["code"].isin(over_built).to_numpy()
    names = np.array(CHANGES)
    return [tuple(str(name) for name in names[row]) for row in found[list(CHANGES)].to_numpy(dtype=bool)]


def _of(rows: pd.DataFrame, units: pd.Series[bool]) -> npt.NDArray[np.bool_]:
    return rows["unit_id"].map(units).fillna(False).to_numpy(dtype=bool)
