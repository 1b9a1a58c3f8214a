"""Sections of pipes and the height of their axis, from what a survey measures."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.etl.readers.pipe_survey_codes import Material

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]

_PLAIN = Material("", "nominal", 0.0, 0.0)


@dataclass(frozen=True)
class Sections:
    """Sections of many segments, all sizes in mm, NaN where not known."""

    rectangular: npt.NDArray[np.bool_]
    """Whether the section is given by width and height."""
    basis: Names
    """What the diameter means: nominal, outer, inner."""
    inner_height: Floats
    """Clear height."""
    outer_width: Floats
    """Width over the walls."""
    outer_height: Floats
    """Height over the walls."""

    def take(self, rows: slice) -> Sections:
        """Return a run of the segments."""
        return Sections(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def sections(
    diameter: Floats, width: Floats, height: Floats, wall: Floats, stated_basis: Names, materials: Names, outer: Names
) -> Sections:
    """Derive inner and outer sizes.

    Where the survey gives no wall, that of the material is taken (`pipe_materials.csv`): a tenth of the diameter
    for concrete, what makes the standard outer diameter of iron and steel.

    Parameters
    ----------
    diameter, width, height, wall
        As surveyed, mm.
    stated_basis
        nominal, outer, inner where the text of the diameter says so (DN, De, ID).
    materials
        `Material` of each segment, or None.
    outer
        True where width and height are outer sizes: duct blocks are measured outside, channels inside.
    """
    codes, distinct = pd.factorize(pd.Series(materials, dtype=object))
    known = [item if isinstance(item, Material) else _PLAIN for item in [*distinct, _PLAIN]]
    basis = np.array([item.basis for item in known], dtype=object)[codes]
    share = np.array([item.wall_share for item in known])[codes]
    extra = np.array([item.wall_extra_mm for item in known])[codes]
    stated = pd.notna(stated_basis)
    # A plastic pipe called DN is nominal by name, but its material says what the number measures.
    basis = np.where(stated & ((stated_basis != "nominal") | (basis == "")), stated_basis, basis)
    rectangular = np.isfinite(width) & np.isfinite(height)
    size = np.where(rectangular, height, diameter)
    thick = np.where(np.isfinite(wall), wall, share * size + extra)
    from_outside = np.where(rectangular, outer.astype(bool), basis == "outer")
    inner_height = np.where(from_outside, size - 2 * thick, size)
    outer_height = np.where(from_outside, size, size + 2 * thick)
    across = np.where(rectangular, width, diameter)
    outer_width = np.where(from_outside, across, across + 2 * thick)
    return Sections(rectangular, basis, np.maximum(inner_height, 0), outer_width, outer_height)


def axis_height(level: Floats, reference: Names, found: Sections) -> Floats:
    """Return the height of the axis of the outer section, metres.

    Parameters
    ----------
    level
        Surveyed level, metres.
    reference
        What it is the level of: crown (outer), invert (inner), axis.
    found
        The sections; where a size is not known, the surveyed level itself is the best there is.
    """
    down = np.nan_to_num(found.outer_height) / 2000
    # Walls are as thick above as below: the axis of the outer section is that of the inner one.
    up = np.nan_to_num(found.inner_height) / 2000
    return np.where(reference == "crown", level - down, np.where(reference == "invert", level + up, level))
