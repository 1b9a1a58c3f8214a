"""Buildings that overlap: each pair is told once, with the later of the two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.batch import Batch, key_as_text
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding, Ints, Told
from cim.etl.checks.register import tolerance


class Overlaps:
    """Collects the footprints of a source."""

    def __init__(self, context: Context) -> None:  # noqa: ARG002 - a family's signature
        self._shapes: list[npt.NDArray[np.object_]] = []
        self._labels: list[str] = []
        self._keys: list[str | None] = []

    def take(self, batch: Batch, rows: Ints) -> None:
        """Take the footprints of whole buildings: parts lie on their building."""
        frame = batch.frame.iloc[rows]
        if "geom" not in frame:
            return
        shapes = frame["geom"].to_numpy(dtype=object)
        whole = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        if "parent_key" in frame:
            whole &= frame["parent_key"].isna().to_numpy()
        self._shapes.append(shapes[whole])
        self._labels += [str(label) for label in frame.index[whole]]
        keys = frame["source_key"] if "source_key" in frame else frame.index.to_series()
        self._keys += [key_as_text(key) for key in keys[whole]]

    def finish(self) -> Iterator[tuple[Told, Finding]]:
        """Yield the overlaps that are more than a common wall drawn twice."""
        if not self._shapes:
            return
        shapes = np.concatenate(self._shapes)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        one, other = one[one > other], other[one > other]
        common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
        smaller = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other]))
        share = common / np.maximum(smaller, 1e-9)
        code = "building.overlap"
        wrong = (common > tolerance(code, "area_m2")) & (share > tolerance(code, "share"))
        one, other = one[wrong], other[wrong]
        if not len(one):
            return
        places = shapely.get_coordinates(shapely.centroid(shapely.intersection(shapes[one], shapes[other])))
        named = [self._keys[at] or self._labels[at] for at in other.tolist()]
        values = {"other": named, "area": common[wrong], "share": share[wrong]}
        yield Told("building", self._labels, self._keys), Finding(code, one, values, places)


FAMILY = Family(themes=frozenset({"building"}), source=Overlaps, thorough=True)
