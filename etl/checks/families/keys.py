"""Keys: a table whose records have numbers has some without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the keys of a batch."""
    if "source_key" not in batch.frame:
        return
    empty = batch.frame["source_key"].isna().to_numpy(dtype=bool)
    if empty.any() and not empty.all():
        yield Finding("key.empty", np.flatnonzero(empty))


FAMILY = Family(themes=None, batch=look)
