"""Frames and readings as they travel between processes: geometries as one array, not as an object each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.measure import Reading


@dataclass(frozen=True)
class PackedFrame:
    """A GeoDataFrame."""

    table: pd.DataFrame
    """All but the geometry."""
    wkb: npt.NDArray[np.object_]
    """The geometry."""
    name: str
    """Column of the geometry."""
    place: int
    """Where that column stands."""
    crs: Any
    """Its CRS."""

    @property
    def frame(self) -> GeoDataFrame:
        """The frame as it was."""
        table = self.table.copy(deep=False)
        table.insert(self.place, self.name, shapely.from_wkb(self.wkb))
        return GeoDataFrame(table, geometry=self.name, crs=self.crs)


def packed(frame: GeoDataFrame) -> PackedFrame:
    """Pack a frame."""
    name = frame.geometry.name
    table = pd.DataFrame(frame.drop(columns=name))
    return PackedFrame(table, shapely.to_wkb(frame.geometry.to_numpy()), name, frame.columns.get_loc(name), frame.crs)


@dataclass(frozen=True)
class PackedReading:
    """What a measure says."""

    rest: Reading
    """All but the places that fall short."""
    problems: PackedFrame | None
    """Those."""

    @property
    def reading(self) -> Reading:
        """The reading as it was."""
        return replace(self.rest, problems=None if self.problems is None else self.problems.frame)


def packed_reading(reading: Reading) -> PackedReading:
    """Pack a reading."""
    problems = None if reading.problems is None else packed(reading.problems)
    return PackedReading(replace(reading, problems=None), problems)
