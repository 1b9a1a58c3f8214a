"""How far a rupture of a gas pipe may burn: the potential impact radius."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SOURCE = "49 CFR 192.903: r = 0.69·√(p·d²), r in feet, p in psig, d in inches, natural gas"
LABEL: Mapping[str, str] = {
    "zh": "参考值：公式用于长输天然气管道破裂燃烧，城镇压力下仅供参考，不代表泄漏扩散或爆炸范围",
    "en": "Indicative: the formula is for ruptures of transmission pipelines that burn; at city pressures it is a "
    "guide, and says nothing of where leaking gas spreads or explodes",
}
"""Stands beside every radius."""

_FEET_M, _INCH_MM, _PSI_MPA = 0.3048, 25.4, 0.006894757293168
FACTOR = 0.69 * _FEET_M / _INCH_MM / np.sqrt(_PSI_MPA)
"""0.0997: metres from millimetres and the root of megapascals."""

_WORDS = {"低压": 0.01, "中压B": 0.2, "中压A": 0.4, "次高压B": 0.8, "次高压A": 1.6}
"""Highest pressure of each class, MPa (GB 50028-2006 table 6.1.6)."""


def impact_radius_m(pressure_mpa: Floats, diameter_mm: Floats) -> Floats:
    """Return the potential impact radius, metres; NaN where pressure or size is not known.

    Parameters
    ----------
    pressure_mpa
        Highest operating pressure, gauge, MPa.
    diameter_mm
        Nominal diameter, mm.

    References
    ----------
    49 CFR 192.903 (natural gas).
    """
    with np.errstate(invalid="ignore"):
        known = (pressure_mpa >= 0) & (diameter_mm > 0)
        radius: Floats = np.where(known, FACTOR * diameter_mm * np.sqrt(np.where(known, pressure_mpa, 0.0)), np.nan)
    return radius


def stated_pressure(pressure_mpa: float | None, raw: str | None) -> tuple[float | None, bool]:
    """Return the pressure of a pipe, MPa, and whether it was taken from its class, of which it is the highest."""
    if pressure_mpa is not None:
        return float(pressure_mpa), False
    named = _WORDS.get("".join((raw or "").upper().split()))
    return named, named is not None
