"""Readings of districts put together: numerators and denominators are added up, never values averaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import OnFoot, Reading, Seen, missing_share


def composed(told: Sequence[Reading | str], units: pd.Index[int], things: pd.Index[int]) -> Reading | None:
    """Return what the districts' readings say together; None: only the whole city can tell.

    Parameters
    ----------
    told
        For each district its reading, or the reason why it has none.
    units
        Units that are asked about, in their order.
    things
        What is counted, in the order of the city's frame: problems and what was judged are told in it.
    """
    readings = [said for said in told if isinstance(said, Reading)]
    if len(readings) < len(told) or len({reading.on_foot is None for reading in readings}) != 1:
        return None
    unknown = None
    if readings[0].unknown is not None:
        unknown = _sum([reading.unknown for reading in readings], units)
    denominator = _sum([reading.denominator for reading in readings], units)
    nothing = pd.Series(0.0, index=units)
    return Reading(
        _sum([reading.numerator for reading in readings], units),
        denominator,
        nothing if unknown is None else missing_share(denominator, unknown),
        tuple(dict.fromkeys(note for reading in readings for note in reading.notes)),
        unknown=unknown,
        on_foot=_on_foot([reading.on_foot for reading in readings if reading.on_foot is not None], units),
        seen=_seen([reading.seen for reading in readings if reading.seen is not None], units),
        problems=_problems(readings, things),
        judged=_judged(readings, things),
    )


def _sum(parts: Sequence[pd.Series[float] | None], units: pd.Index[int]) -> pd.Series[float]:
    """Return the sum of series that each lack the units in which the district has nothing."""
    whole = np.zeros(len(units))
    for part in parts:
        if part is not None:
            whole[units.get_indexer(part.index)] += part.to_numpy()
    return pd.Series(whole, index=units)


def _on_foot(parts: Sequence[OnFoot], units: pd.Index[int]) -> OnFoot | None:
    if not parts:
        return None
    return OnFoot(
        _sum([part.numerator for part in parts], units),
        _sum([part.denominator for part in parts], units),
        _sum([part.unknown for part in parts], units),
    )


def _seen(parts: Sequence[Seen], units: pd.Index[int]) -> Seen | None:
    if not parts:
        return None
    return Seen(_sum([part.numerator for part in parts], units), _sum([part.denominator for part in parts], units))


def _problems(readings: Sequence[Reading], things: pd.Index[int]) -> GeoDataFrame | None:
    """Return the places that fall short, in the order of the city's things."""
    parts = [reading.problems for reading in readings if reading.problems is not None]
    if not parts:
        return None
    together = pd.concat([part for part in parts if len(part)] or parts[:1])
    return GeoDataFrame(together.iloc[np.argsort(things.get_indexer(together.index), kind="stable")])


def _judged(readings: Sequence[Reading], things: pd.Index[int]) -> pd.Index[int] | None:
    """Return what could be judged, in the order of the city's things."""
    parts = [reading.judged for reading in readings if reading.judged is not None]
    return things[things.isin(np.concatenate(parts))] if parts else None
