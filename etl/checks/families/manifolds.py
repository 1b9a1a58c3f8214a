"""Solids whose shell is no surface: `cim check` and `--checks thorough` look for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding
from cim.etl.checks.manifold import meetings
from cim.etl.checks.solid_rows import solids_of

CODE = "solid.not_manifold"


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the solids of a batch that come with flat arrays of their faces."""
    for measures, rows in solids_of(batch):
        found = meetings(measures)
        polygon = np.repeat(measures.polygon_geometry, measures.polygon_size)
        edges, corners = (np.bincount(polygon[at], minlength=len(rows)) for at in (found.edges, found.corners))
        where = np.flatnonzero(edges + corners)
        if not len(where):
            continue
        points = np.concatenate([found.edges, found.corners])
        first = points[np.unique(polygon[points], return_index=True)[1]]
        values = {"lod": rows["lod"].to_numpy(dtype=object)[where], "edges": edges[where], "corners": corners[where]}
        yield Finding(CODE, rows["parent"].to_numpy(dtype=np.int64)[where], values, measures.faces.points[first, :2])


FAMILY = Family(themes=frozenset({"building", "city_object"}), batch=look, thorough=True)
