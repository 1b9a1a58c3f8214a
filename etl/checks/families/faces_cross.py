"""Faces of one solid that pass through each other: `cim check` and `--checks thorough` look for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.face_crossings import crossing_faces
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding
from cim.etl.checks.register import tolerance
from cim.etl.checks.solid_rows import solids_of

CODE = "solid.faces_cross"


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the solids of a batch that come with flat arrays of their faces."""
    depth = tolerance(CODE, "depth_m")
    for measures, rows in solids_of(batch):
        found = crossing_faces(measures, measures.width > 2 * depth, depth)
        if not len(found.one):
            continue
        geometry, first, count = np.unique(measures.polygon_geometry[found.one], return_index=True, return_counts=True)
        places = measures.faces.points[measures.polygon_point[found.other[first]], :2]
        values = {"lod": rows["lod"].to_numpy(dtype=object)[geometry], "pairs": count}
        yield Finding(CODE, rows["parent"].to_numpy(dtype=np.int64)[geometry], values, places)


FAMILY = Family(themes=frozenset({"building", "city_object"}), batch=look, thorough=True)
