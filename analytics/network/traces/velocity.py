"""How fast a pipe carries what was spilt into it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.analytics.network.graph import Flags, Floats

MANNING = {
    "pe": 0.010,
    "pvc": 0.010,
    "plastic": 0.010,
    "glass_fibre": 0.010,
    "steel": 0.012,
    "stainless_steel": 0.012,
    "asbestos_cement": 0.012,
    "cast_iron": 0.013,
    "ductile_iron": 0.013,
    "vitrified_clay": 0.013,
    "concrete": 0.014,
    "reinforced_concrete": 0.014,
    "prestressed_concrete": 0.014,
    "brick": 0.015,
    "stone": 0.017,
}
"""Roughness n by material, the rougher end of each range of GB 50014's table (as commonly quoted: unverified)."""

UNKNOWN_MATERIAL = 0.014
"""Roughness where the material is not known: that of concrete."""

ASSUMED_M_S = {True: 0.6, False: 1.0}
"""Velocity where it cannot be computed, metres a second: of gravity networks (the least that a sewer is designed for),
and of networks under pressure."""

SLOWEST_M_S, FASTEST_M_S = 0.3, 5.0
"""A computed velocity stays within these: flatter pipes silt up, faster ones are not built."""


@dataclass(frozen=True)
class Velocities:
    """The velocity in each of k segments."""

    m_s: Floats
    """(k,) metres a second."""
    assumed: Flags
    """(k,) taken from `ASSUMED_M_S`, since nothing tells it, or the pipe falls the wrong way."""


def solved_velocity(pipes: pd.DataFrame) -> Velocities:
    """Return the velocity in pipes under pressure as hydraulics has solved it; where water stands, one is assumed.

    Parameters
    ----------
    pipes
        A row for each segment: solved_m_s, NaN where no run tells it.
    """
    solved = pipes["solved_m_s"].to_numpy(dtype=float)
    assumed = ~(solved > 0)
    return Velocities(np.where(assumed, ASSUMED_M_S[False], solved), assumed)


def full_pipe_velocity(pipes: pd.DataFrame, length_m: Floats) -> Velocities:
    """Return the velocity of full pipes of a drain by Manning's formula, v = R^⅔ √S / n.

    Parameters
    ----------
    pipes
        A row for each segment: material, shape, diameter_mm, width_mm, height_mm (inner), fall_m (in the flow's way).
    length_m
        (k,) lengths, metres.

    Examples
    --------
    DN500 concrete at 4 ‰: R = 0.125 m, v = 0.125^⅔ · √0.004 / 0.014 = 1.13 m/s.
    """
    columns = {name: pipes[name].to_numpy(dtype=float) for name in ("diameter_mm", "width_mm", "height_mm", "fall_m")}
    wide, high = columns["width_mm"] / 1000, columns["height_mm"] / 1000
    with np.errstate(invalid="ignore", divide="ignore"):
        rectangular = wide * high / (2 * (wide + high))
        box = (pipes["shape"] == "rectangular").to_numpy(dtype=bool)
        radius = np.where(box, rectangular, columns["diameter_mm"] / 4000)
        slope = columns["fall_m"] / length_m
        known = (radius > 0) & (slope > 0) & np.isfinite(slope)
        rough = pipes["material"].map(MANNING).fillna(UNKNOWN_MATERIAL).to_numpy(dtype=float)
        computed = np.where(known, np.maximum(radius, 0) ** (2 / 3) * np.sqrt(np.maximum(slope, 0)) / rough, 0.0)
    m_s = np.where(known, np.clip(computed, SLOWEST_M_S, FASTEST_M_S), ASSUMED_M_S[True])
    return Velocities(m_s, ~known)
