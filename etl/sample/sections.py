"""Cross-sections of streets: widths, and the lane in which each network lies.

Lanes and depths keep the clearances of GB 50289-2016 tables 4.1.9 and 4.1.14 and the cover of table 4.1.1
(values not verified against print), so that only the planted faults break them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NETWORKS = ("power", "telecom", "gas", "water", "heat", "storm", "sewage")
"""Networks of the sample, the shallowest first."""


@dataclass(frozen=True)
class Section:
    """Cross-section of a class of street; offsets from the centre line, metres."""

    rank: int
    """Of streets that meet, the highest rank sets the corner."""
    half_m: float
    """Half of the width between red lines."""
    kerb_m: float | None
    """Offset of the kerbs; none where people and carts share the way."""
    lanes: int
    """Lanes for vehicles."""
    tree_m: float | None
    """Offset of the tree rows."""
    both_sides: bool
    """Whether trees stand on both sides."""
    offsets: Mapping[str, float]
    """Offset of each network, positive to the north (or, on climbing streets, to the east)."""

    @property
    def bench_m(self) -> float:
        """Half width of the level bench that is cut into the slope for it."""
        return self.half_m + 1.5


SECTIONS: Mapping[str, Section] = {
    "arterial": Section(
        4, 15.0, 10.5, 6, 11.4, True,
        {"telecom": 13.9, "gas": 12.5, "water": 6.5, "sewage": 3.2, "storm": -0.6, "heat": -4.8, "power": -13.0},
    ),
    "collector": Section(
        3, 12.0, 7.0, 4, 7.9, True,
        {"telecom": 10.7, "gas": 9.1, "water": 4.6, "sewage": 2.0, "storm": -0.8, "heat": -4.2, "power": -9.6},
    ),
    "local": Section(
        2, 7.5, 4.0, 2, 4.9, False,
        {"telecom": 6.5, "gas": 5.0, "water": 2.2, "sewage": 0.3, "storm": -1.8, "heat": -3.0, "power": -6.2},
    ),
    "alley": Section(1, 3.5, None, 1, None, False, {"water": 1.6, "sewage": -0.2, "storm": -2.0}),
    "steps": Section(0, 2.5, None, 0, None, False, {"sewage": 0.7, "storm": -0.9}),
}  # fmt: skip
"""Sections by road class. On local streets the single row of trees stands on the south side, over no pipe."""
