"""Inspections of sewers: what was seen lies within the sewer that was walked."""

from __future__ import annotations

from collections.abc import Iterator

from cim.etl.batch import Batch
from cim.etl.checks.chainage import THEME, Distances
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family
from cim.etl.checks.findings import Finding, Ints, Told


class Within:
    """Holds a source's distances against the lengths of the segments that are there."""

    def __init__(self, context: Context) -> None:
        self._lengths = context.lengths
        self._distances = Distances()

    def take(self, batch: Batch, rows: Ints) -> None:
        """Take the kept rows of a batch."""
        if self._lengths is not None:
            self._distances.take(batch, rows)

    def finish(self) -> Iterator[tuple[Told, Finding]]:
        """Yield the distances that lie beyond the end of their segment."""
        wanted = self._distances.segments
        if self._lengths is not None and wanted:
            yield self._distances.beyond(self._lengths(wanted))


FAMILY = Family(themes=frozenset({THEME}), source=Within)
