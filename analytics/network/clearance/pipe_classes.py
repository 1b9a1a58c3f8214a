"""Class of each pipe as the tables of GB 50289 tell them apart, and what was not known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.analytics.network.rules.tables import CLASSES

Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[Any]

_GAS = ("gas_low", "gas_midB", "gas_midA", "gas_subB", "gas_subA")
_GAS_LIMITS_MPA = (0.01, 0.2, 0.4, 0.8)
"""GB 50028-2006 table 6.1.6: low ≤ 0.01, medium B ≤ 0.2, medium A ≤ 0.4, sub-high B ≤ 0.8, sub-high A ≤ 1.6 MPa."""
_GAS_WORDS = {
    "低压": 0, "中压B": 1, "中压": 1, "中压A": 2, "次高压B": 3, "次高压": 3, "次高压A": 4,
    "LOW": 0, "MEDIUM": 1,
}  # fmt: skip
_DRAINS = ("storm", "sewage", "combined")
_RECLAIMED = "ZS"
"""Sub-class of water in CJJ 61-2017: 中水."""
_OPEN_AIR = ("overhead", "tunnel")
_IN_TRENCH = ("trench", "duct")
_LARGE_GAS_MM, _HIGH_KV, _SMALL_WATER_MM = 300.0, 35.0, 200.0


@dataclass(frozen=True)
class Classes:
    """Class of each of n pipes."""

    code: Integers
    """(n,) place in `clearance_rules.CLASSES`; -1: the tables know no such pipe, or it is not in the ground."""
    larger: Bools
    """(n,) gas above DN300, or power from 35 kV: other values hold in some cells."""
    stricter: Integers
    """(n,) the same, but where size, pressure or burial is not known, the class that asks for more: water above DN200,
    gas of sub-high pressure A, cables buried directly."""
    left_out: dict[str, int]
    """What was not known: code of `cim.analytics.reasons` and count. The lesser requirement was taken then."""


def pipe_classes(pipes: pd.DataFrame) -> Classes:
    """Return the class of each pipe.

    Where size, pressure or burial is not known, the class that asks for less is taken: nothing is invented, and the
    pipes are counted.

    Parameters
    ----------
    pipes
        Columns network, class_code, kind, burial, diameter_mm, pressure_mpa, pressure_raw, voltage_kv.
    """
    network = pipes["network"].to_numpy(dtype=object)
    size = pipes["diameter_mm"].to_numpy(dtype=np.float64)
    names = np.full(len(pipes), "", dtype=object)
    left_out: dict[str, int] = {}
    water = network == "water"
    names[water] = np.where(size[water] > _SMALL_WATER_MM, "water_gt200", "water_le200")
    left_out["clearance_size_unknown"] = int(np.isnan(size[water]).sum())
    names[water & (pipes["class_code"].to_numpy(dtype=object) == _RECLAIMED)] = "reclaimed"
    names[np.isin(network, _DRAINS)] = "sewer_storm"
    gas = network == "gas"
    level, unknown = _gas_level(pipes.loc[gas, "pressure_mpa"], pipes.loc[gas, "pressure_raw"])
    names[gas] = np.array(_GAS, dtype=object)[level]
    stricter: dict[str, Bools] = {"water_gt200": (names == "water_le200") & np.isnan(size), "gas_subA": gas.copy()}
    stricter["gas_subA"][gas] = unknown
    left_out["clearance_pressure_unknown"] = int(unknown.sum())
    burial, kind = (pipes[name].to_numpy(dtype=object) for name in ("burial", "kind"))
    names[network == "heat"] = "heat_buried"
    names[(network == "heat") & np.isin(burial, _IN_TRENCH)] = "trench"
    for wires, short in (("power", "power"), ("telecom", "tel")):
        here = network == wires
        buried = here & (burial == "direct")
        told = buried | np.isin(burial, ("duct", "duct_block", "trenchless", "trench")) | (kind == "duct")
        names[here] = f"{short}_conduit"
        names[buried] = f"{short}_buried"
        names[here & (burial == "trench")] = "trench"
        stricter[f"{short}_buried"] = here & ~told
        left_out["clearance_burial_unknown"] = left_out.get("clearance_burial_unknown", 0) + int((here & ~told).sum())
    outside = np.isin(burial, _OPEN_AIR)
    left_out["clearance_not_buried"] = int(outside.sum())
    left_out["clearance_no_class"] = int(((names == "") & ~outside).sum())
    names[outside] = ""
    asks_more = names.copy()
    for name, here in stricter.items():
        asks_more[here & ~outside] = name
    larger = (gas & (size > _LARGE_GAS_MM)) | (
        (network == "power") & (pipes["voltage_kv"].to_numpy(dtype=np.float64) >= _HIGH_KV)
    )
    return Classes(_codes(names), larger, _codes(asks_more), left_out)


def _codes(names: Names) -> Integers:
    """Return the places of names in `CLASSES`; -1 for none."""
    every, inverse = np.unique(names, return_inverse=True)
    return np.array([CLASSES.index(name) if name else -1 for name in every], dtype=np.int64)[inverse]


def _gas_level(pressure_mpa: pd.Series, raw: pd.Series) -> tuple[Integers, Bools]:
    """Return the level of each gas pipe's pressure, 0 low to 4, and which are not known."""
    number = pressure_mpa.to_numpy(dtype=np.float64)
    level = np.searchsorted(_GAS_LIMITS_MPA, np.nan_to_num(number), side="left").astype(np.int64)
    words = raw.map(lambda text: _GAS_WORDS.get("".join(str(text).upper().split())), na_action="ignore")
    said = words.to_numpy(dtype=np.float64, na_value=np.nan)
    level = np.where(np.isnan(number) & ~np.isnan(said), np.nan_to_num(said), level).astype(np.int64)
    return level, np.isnan(number) & np.isnan(said)
