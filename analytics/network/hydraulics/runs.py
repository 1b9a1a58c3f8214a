"""Runs of hydraulics: their kinds, what tells one from another, and their rows, in digits that the numbers deserve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cim.analytics.network.hydraulics.assumptions import Assumptions
from cim.tables import TABLES
from cim.viewer import Viewer

PRESSURE, FIRE, CLOSURE = "network.pressure", "network.fire_flow", "network.pipe_closure"
"""Kinds of runs of water under pressure in `run.analysis`; the subject is the network."""
SURCHARGE = "network.surcharge"
"""Kind of runs of storms; the subject is the drainage network."""
FLOWS = TABLES["result.segment_flow"]
"""Where both keep the flow in pipes."""
_DIGITS: Mapping[str, int] = {"m": 3, "m3": 2, "m3s": 7, "s": 3, "share": 6, "filling": 4, "minutes": 1}
"""Digits by the last part of a column's name, which carries the unit: millimetres, tenths of a millilitre a second.
What is kept is not more exact than what it was made from."""


def assumed_parameters(assumed: Assumptions, viewer: Viewer) -> dict[str, Any]:
    """Return what the answer of every run depends on besides its question and the data."""
    return {
        "assumptions": assumed.digest,
        "replaced": list(assumed.replaced),
        "status": assumed.status,
        "clearance": viewer.clearance,
    }


def rounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their measured columns rounded."""
    digits = {name: _DIGITS[last] for name in rows.columns if (last := str(name).rpartition("_")[2]) in _DIGITS}
    return rows.round(digits)


def rows_of(frame: pd.DataFrame, name: str, **constant: Any) -> pd.DataFrame:
    """Return rows, rounded, with their id as a column."""
    return rounded(frame).rename_axis(name).reset_index().assign(**constant)
