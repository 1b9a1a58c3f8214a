"""Heights of footprints: given, measured, or by their storeys; and the blocks that they make."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.crs import Transformation
from cim.etl.columns import numbers
from cim.etl.extrusion import blocks
from cim.etl.heights import Gauge
from cim.etl.records import Geometries


def raise_blocks(
    frame: pd.DataFrame, ground_m: npt.NDArray[np.float64], height_m: npt.NDArray[np.float64], way: Transformation
) -> None:
    """Give the frame foot and top of blocks; the file's own top stands only where no height is known."""
    top = way.heights(numbers(frame, "block_top_m"))
    rise = np.where(np.isnan(height_m), top - ground_m, height_m)
    for name, values in blocks(ground_m, rise).items():
        frame[name] = values


def measure(frame: pd.DataFrame, shapes: Geometries, measuring: Gauge, way: Transformation) -> None:
    """Fill in the heights that the file does not give, and the ground under them; what it gives stands."""
    silent = np.isnan(numbers(frame, "height_m")) & ~shapely.is_missing(shapes)
    rows = np.flatnonzero(silent)
    if not len(rows):
        return
    found = measuring.measure(shapes[rows])
    there = np.isfinite(found.height_m)
    ground = numbers(frame, "ground_min_m")
    # The column is in the source's heights, as the others are; the reader brings them all to the city's datum.
    below = (found.ground_m - way.height_offset_m) / way.height_factor
    for name, values, fresh in (
        ("height_m", found.height_m, rows[there]),
        ("ground_min_m", np.round(below, 2), rows[there & np.isnan(ground[rows])]),
    ):
        if len(fresh):
            given = frame[name].astype(object) if name in frame else pd.Series(None, frame.index, dtype=object)
            given.iloc[fresh] = values[np.searchsorted(rows, fresh)]
            frame[name] = given
    notes = np.full(len(frame), None, dtype=object)
    for at in np.flatnonzero(there).tolist():
        notes[rows[at]] = found.note(at)
    frame["height_measured"] = pd.Series(notes, frame.index)


def heights(frame: pd.DataFrame, storey_height_m: float) -> npt.NDArray[np.float64]:
    """Return heights; where a record has none, its storeys times the height of one, which the frame is told."""
    height = numbers(frame, "height_m")
    storeys = numbers(frame, "storeys_above") * storey_height_m
    silent = frame["height_m"].isna().to_numpy() if "height_m" in frame else np.ones(len(frame), dtype=bool)
    derived = silent & (storeys > 0)
    if derived.any():
        given = frame["height_m"].astype(object) if "height_m" in frame else pd.Series(None, frame.index, dtype=object)
        frame["height_m"] = given.mask(derived, storeys)
    return np.where(derived, storeys, height)
