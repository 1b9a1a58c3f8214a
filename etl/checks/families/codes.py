"""Codes of lists that are open: one that nobody knows is kept, and told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding
from cim.etl.checks.values import as_text
from cim.etl.register_words import known_codes

_COLUMNS = {"pipe_inspection": ("defect_code", "method"), "customer": ("use", "sensitive_kind")}
"""Columns, by theme, whose codes decide what an assessment or a warning says of the record."""


def look(batch: Batch, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - a family's signature
    """Look at the columns of a batch that hold codes."""
    for column in _COLUMNS[batch.theme]:
        if column not in batch.frame:
            continue
        known = known_codes(batch.theme, column)
        codes = as_text(batch.frame[column])
        rows = np.flatnonzero((codes.notna() & ~codes.isin(["", *known])).to_numpy(dtype=bool))
        if len(rows):
            told = {"column": column, "value": codes.to_numpy(dtype=object)[rows], "known": ", ".join(known)}
            yield Finding("value.unknown_code", rows, told)


FAMILY = Family(themes=frozenset(_COLUMNS), batch=look)
