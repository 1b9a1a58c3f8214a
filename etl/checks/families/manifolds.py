"""Solids whose shell is no surface: `cim check` and `--checks thorough` look for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.face_measures import Measures
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding
from cim.etl.checks.manifold import meetings

_SOLIDS = ("Solid", "MultiSolid", "CompositeSolid")
CODE = "solid.not_manifold"


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the solids of a batch that come with flat arrays of their faces."""
    for name, faces in batch.faces.items():
        rows = batch.details[name]
        is_solid = rows["geometry_type"].isin(_SOLIDS).to_numpy()
        if not is_solid.any():
            continue
        kept, rows = faces.take(is_solid), rows[is_solid]
        measures = Measures(kept)
        found = meetings(measures)
        polygon = np.repeat(measures.polygon_geometry, measures.polygon_size)
        edges, corners = (np.bincount(polygon[at], minlength=len(rows)) for at in (found.edges, found.corners))
        where = np.flatnonzero(edges + corners)
        if not len(where):
            continue
        points = np.concatenate([found.edges, found.corners])
        first = points[np.unique(polygon[points], return_index=True)[1]]
        values = {"lod": rows["lod"].to_numpy(dtype=object)[where], "edges": edges[where], "corners": corners[where]}
        yield Finding(CODE, rows["parent"].to_numpy(dtype=np.int64)[where], values, kept.points[first, :2])


FAMILY = Family(themes=frozenset({"building", "city_object"}), batch=look, thorough=True)
