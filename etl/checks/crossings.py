"""Pipes of different networks that pass through, or all but touch, each other: asked of a whole city's sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.batch import Reject
from cim.etl.checks.findings import Finding, Floats, Ints, Told, rejects_of
from cim.etl.checks.pipe_tables import WIRES
from cim.etl.checks.register import tolerance
from cim.etl.records import Records

CODE = "line.clash"


class Crossings:
    """Collects the pipes of every source."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def take(self, source: str, theme: str, records: Records) -> None:
        """Take a batch's pipes whose outer size is known."""
        wanted = {"outer_height_mm", "network"}
        if theme != "pipe_segment" or records.geometry is None or not wanted <= set(records.columns):
            return
        part = pd.DataFrame(
            {
                "source": source,
                "label": [str(label) for label in records.labels],
                "key": records.keys,
                "network": records.columns["network"].to_pylist(),
                "height_m": records.columns["outer_height_mm"].to_numpy(zero_copy_only=False) / 1000,
                "geom": records.geometry,
            }
        )
        usable = shapely.get_type_id(records.geometry) == 1
        self._parts.append(part[usable & np.isfinite(part["height_m"].to_numpy())])

    def finish(self) -> Iterator[tuple[str, Reject]]:
        """Yield source and reject of each pair, told with the later of the two."""
        if not self._parts:
            return
        pipes = pd.concat(self._parts, ignore_index=True)
        shapes = pipes["geom"].to_numpy(dtype=object)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="crosses")
        network = pipes["network"].to_numpy(dtype=object)
        wires = np.isin(network, WIRES)
        apart = (one > other) & (network[one] != network[other]) & ~(wires[one] | wires[other])
        one, other = one[apart], other[apart]
        meeting = shapely.intersection(shapely.force_2d(shapes[one]), shapely.force_2d(shapes[other]))
        places = shapely.get_coordinates(shapely.centroid(meeting))
        height = pipes["height_m"].to_numpy()
        between = np.abs(_height(shapes, one, places) - _height(shapes, other, places))
        gap = between - (height[one] + height[other]) / 2
        close = gap < tolerance(CODE, "gap_m")
        one, other = one[close], other[close]
        named = [f"{pipes['network'][at]} {pipes['key'][at] or pipes['label'][at]}" for at in other.tolist()]
        told = Told("pipe_segment", pipes["label"].tolist(), pipes["key"].tolist())
        finding = Finding(CODE, one.astype(np.int64), {"other": named, "gap": gap[close]}, places[close])
        for at, reject in zip(one.tolist(), rejects_of(finding, told), strict=True):
            yield str(pipes["source"][at]), reject


def _height(shapes: npt.NDArray[np.object_], rows: Ints, places: Floats) -> Floats:
    """Return the height of lines where they pass places."""
    lines = shapes[rows]
    along = shapely.line_locate_point(lines, shapely.points(places), normalized=True)
    return np.asarray(shapely.get_z(shapely.line_interpolate_point(lines, along, normalized=True)))
