"""Cross sections of SWMM's conduits: size and form from shape and measures."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

_BY_NUMBER = ("HORIZ_ELLIPSE", "VERT_ELLIPSE", "ARCH")
"""Shapes that come in standard sizes, too, which a file names by number: a table of its own that is not read."""


@dataclass(frozen=True)
class Section:
    """A conduit's cross section, inner sizes."""

    form: str
    """circular or rectangular: other shapes by the rectangle around them."""
    kind: str
    """pipe or channel."""
    width_m: float
    """Largest width; NaN where another section of the file, or a table of standard sizes, tells it."""
    height_m: float
    """Full height; NaN likewise."""


@cache
def _shapes() -> Mapping[str, Mapping[str, str]]:
    """Return the shapes that are known, by name."""
    text = (resources.files("cim.etl.readers") / "swmm_shapes.csv").read_text(encoding="utf-8")
    return {row["shape"]: row for row in csv.DictReader(text.splitlines())}


def section(shape: str, measures: Sequence[float], metres: float) -> Section | None:
    """Return the section of a shape.

    Parameters
    ----------
    shape
        SWMM's word: CIRCULAR, RECT_CLOSED, …
    measures
        Geom1 to Geom4, in the file's unit of length.
    metres
        Metres in that unit.

    Returns
    -------
    Section or None
        None: there is no such shape.
    """
    row = _shapes().get(shape.upper())
    if row is None:
        return None
    geom = [*measures, *[np.nan] * 4][:4]
    # EPA SWMM 5, xsect.c: without a width the first measure of these is the number of a standard size; so is the third.
    if shape.upper() in _BY_NUMBER and (not geom[1] > 0 or geom[2] > 0):
        return Section(row["form"], row["kind"], np.nan, np.nan)
    if not row["width"]:
        return Section(row["form"], row["kind"], np.nan, np.nan)
    height = geom[0] * metres if geom[0] > 0 else np.nan
    if row["width"] == "geom2":
        width = geom[1] * metres
    elif row["width"] == "trapezoid":
        # Bottom width, and what the two slopes (run by rise) add.
        width = geom[1] * metres + (geom[2] + geom[3]) * height
    else:
        width = float(row["width"]) * height
    return Section(row["form"], row["kind"], width if width > 0 else np.nan, height)
