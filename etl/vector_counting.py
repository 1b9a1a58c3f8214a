"""Features of vector files, counted as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from cim.errors import BadSource
from cim.etl.vector_text import legible
from cim.manifest import SourceSpec


def counted(source: SourceSpec, stream: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    """Pass batches on; a file that ends before its time is refused, as GDAL ends without a word in some formats."""
    read = 0
    for batch in stream:
        read += batch.num_rows
        if batch.num_rows:
            yield legible(batch)
    if 0 <= read < count:
        raise BadSource(source.path, f"ends after {read} of {count} features", "it is truncated: get a whole copy")
