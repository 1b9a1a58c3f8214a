"""What pipes are made of: year, material, size and class by network, street and age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim.etl.sample.buildings import EXAMINED
from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.roads import StreetRecords
from cim.etl.sample.streets import Names, Streets

PREFIX = {"water": "JS", "storm": "YS", "sewage": "WS", "gas": "RQ", "power": "DL", "telecom": "TX", "heat": "RL"}
"""Code of each network's tables and survey numbers (CJJ 61 classes; storm and sewage by sub-class)."""
OWNERS = {
    "water": "样城水务（合成）", "storm": "样城排水（合成）", "sewage": "样城排水（合成）",
    "gas": "样城燃气（合成）", "power": "样城供电（合成）", "telecom": "样城通信（合成）", "heat": "样城能源（合成）",
}  # fmt: skip
"""Owner of each network."""
CROWN_M = {"power": 0.65, "telecom": 1.18, "gas": 1.62, "water": 2.05, "heat": 2.77, "storm": 3.0, "sewage": 3.0}
"""Depth of the outer crown of each network, one below the other so that crossings keep their clearance."""
UNDER_HEAT_M = 3.42
"""Depth of the crown of sewers in streets with the heating loop."""
DUCTS = {"power": "400×200", "telecom": "300×200"}
"""Outer section of duct blocks, width × height, mm."""

_EARLIEST = {"water": 1956, "storm": 1958, "sewage": 1964, "gas": 1984, "power": 1978, "telecom": 1994, "heat": 2015}
_SIZES = {
    "water": {"arterial": 400, "collector": 300, "local": 200, "alley": 100},
    "gas": {"arterial": 200, "collector": 200, "local": 160},
    "heat": {"arterial": 300, "collector": 300},
}
_SMALL = {"water": (150, 0.35), "gas": (110, 0.4)}


@dataclass(frozen=True)
class Design:
    """Design of one network under each street edge; one entry a street edge."""

    year: Ints
    """Year of installation."""
    material: Names
    """Material, as surveyed (CJJ 61-2017 C.0.1, or a word)."""
    diameter_mm: Ints
    """Nominal diameter; 0: a duct block, or set by what it drains."""
    pressure: npt.NDArray[np.str_]
    """Pressure class in words; empty: none."""


def design_network(rng: np.random.Generator, network: str, streets: Streets, records: StreetRecords) -> Design:
    """Choose year, material, size and pressure of a network under each street edge."""
    count = len(records.built_year)
    year = np.maximum(records.built_year + rng.integers(0, 4, count), _EARLIEST[network])
    renewed = (records.overhauled_year > year) & (rng.uniform(size=count) < 0.45)
    late = (rng.uniform(size=count) < 0.12) & (year < 2000)
    year = np.where(renewed, records.overhauled_year, np.where(late, rng.integers(2001, 2022, count), year))
    year = np.minimum(year, EXAMINED)
    diameter = _diameters(rng, network, streets)
    return Design(year, _materials(rng, network, year, diameter), diameter, np.full(count, _PRESSURE.get(network, "")))


_PRESSURE = {"water": "0.6", "gas": "0.2", "heat": "1.6"}


def _diameters(rng: np.random.Generator, network: str, streets: Streets) -> Ints:
    classes = streets.edges.road_class
    sizes = _SIZES.get(network)
    if sizes is None:
        return np.zeros(len(classes), dtype=np.int64)
    found = np.array([sizes.get(str(name), 0) for name in classes])
    if network in _SMALL:
        small, share = _SMALL[network]
        # A whole row has one size: chosen by row, so that mains do not change from corner to corner.
        row = streets.edges.row * 2 + (streets.edges.side > 0)
        chosen = rng.uniform(size=row.max() + 1) < share
        found = np.where((classes == "local") & chosen[row], small, found)
    return found


def _materials(rng: np.random.Generator, network: str, year: Ints, diameter: Ints) -> Names:
    chance = rng.uniform(size=len(year))
    choose = {
        "water": _water, "gas": _gas, "storm": _drain, "sewage": _drain,
        "power": _constant("铜"), "telecom": _constant("光纤"), "heat": _constant("G"),
    }[network]  # fmt: skip
    return choose(year, diameter, chance)


def _constant(name: str) -> Callable[[Ints, Ints, Floats], Names]:
    def choose(year: Ints, _diameter: Ints, _chance: Floats) -> Names:
        return np.full(len(year), name)

    return choose


def _water(year: Ints, diameter: Ints, chance: Floats) -> Names:
    """Return grey iron first, then steel and prestressed concrete, ductile iron and PE since 1999."""
    old: Bools = year < 1978
    middle: Bools = (year >= 1978) & (year < 1999)
    return np.select(
        [old, middle & (diameter >= 400) & (chance < 0.5), middle & (chance < 0.6), middle, diameter <= 150],
        ["ZT", "TC", "ZT", "G", "PE"], "QM",
    )  # fmt: skip


def _gas(year: Ints, diameter: Ints, chance: Floats) -> Names:
    return np.select([(year < 1993) & (chance < 0.7), year < 2003, diameter <= 200], ["ZT", "G", "PE"], "G")


def _drain(year: Ints, _diameter: Ints, chance: Floats) -> Names:
    return np.select([(year < 1978) & (chance < 0.2), year < 2004, chance < 0.55], ["VL", "T", "PE"], "BLG")
