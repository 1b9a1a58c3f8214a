"""The solids of a batch, with the measures of their faces: what families of checks look at."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cim.etl.batch import Batch
from cim.etl.checks.face_measures import Measures

SOLIDS = ("Solid", "MultiSolid", "CompositeSolid")
"""Types of geometry that enclose room."""


def solids_of(batch: Batch) -> Iterator[tuple[Measures, pd.DataFrame]]:
    """Yield, for each detail table that comes with faces and has solids, their measures and their rows."""
    for name, faces in batch.faces.items():
        rows = batch.details[name]
        is_solid = rows["geometry_type"].isin(SOLIDS).to_numpy()
        if is_solid.any():
            yield Measures(faces.take(is_solid)), rows[is_solid]
