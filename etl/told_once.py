"""Remarks on a file as a whole, of which each part makes its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cim.etl.batch import EVERY_RECORD, Batch, Reject


def told_once(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Pass batches on, without what one before them has told of the whole file."""
    told: set[tuple[str, str]] = set()

    def is_new(reject: Reject) -> bool:
        return reject.record != EVERY_RECORD or (reject.code, reject.reason) not in told

    for batch in batches:
        kept = [reject for reject in batch.rejects if is_new(reject)]
        told |= {(reject.code, reject.reason) for reject in kept if reject.record == EVERY_RECORD}
        yield batch if len(kept) == len(batch.rejects) else replace(batch, rejects=kept)
