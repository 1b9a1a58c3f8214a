"""Weirs, orifices and pumps of a drainage model: which are solved as such, which as pipes, which stand still."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.analytics.network.graph import Flags, Floats, Integers

DEVICES = ("pump", "orifice", "weir", "outlet", "valve")
_WEIRS, _ORIFICES = ("TRANSVERSE", "SIDEFLOW"), ("SIDE", "BOTTOM")
"""Types whose opening is told by height and width alone."""


def solved_as(rows: pd.DataFrame, height: Floats, width: Floats) -> npt.NDArray[np.object_]:
    """Return what each link is in the model: conduit, pump, weir or orifice.

    Parameters
    ----------
    rows
        Rows of `drain_links.sql`.
    height, width
        What is known of the openings, metres; width 0 where they are round.
    """
    kind, form = rows["kind"], rows["device_type"].fillna("").str.upper()
    known = (rows["coefficient"].to_numpy(dtype=np.float64) > 0) & (height > 0)
    weir = known & (width > 0) & kind.eq("weir").to_numpy() & form.isin(_WEIRS).to_numpy()
    orifice = known & kind.eq("orifice").to_numpy() & form.isin(_ORIFICES).to_numpy()
    return np.select([kind.eq("pump").to_numpy(), weir, orifice], ["pump", "weir", "orifice"], "conduit").astype(object)


def standing_still(pump: Flags, usable: Flags, start: Integers) -> Flags:
    """Return the pumps that are left out: there is another way out of the node that they draw from.

    A pump whose curve is not known passes on all that comes, so nothing could go another way: SWMM refuses that (error
    134). Of several pumps that are the only way out the first counts.
    """
    others = np.isin(start, start[usable & ~pump])
    running = usable & pump & ~others
    first = np.zeros(len(pump), dtype=bool)
    _, at = np.unique(start[running], return_index=True)
    first[np.flatnonzero(running)[at]] = True
    still: Flags = usable & pump & ~first
    return still
