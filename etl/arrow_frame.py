"""Arrow columns of a file as a frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from cim.etl.columns import json_values, object_values


def arrow_frame(
    batch: pa.RecordBatch, names: Mapping[str, str], start: int, whole: Collection[str] = ()
) -> pd.DataFrame:
    """Return Arrow columns as a frame without copying them; rows are numbered from `start`.

    Parameters
    ----------
    batch
        Records of a file.
    names
        The file's column of each of the frame's; one of the file may be several of the frame.
    start
        Number of the first record.
    whole
        The frame's columns in which objects and lists stay what they are; in others they come as JSON text.
    """
    index = pd.RangeIndex(start, start + batch.num_rows)
    columns = {name: _series(batch[theirs], index, name in whole) for name, theirs in names.items()}
    return pd.DataFrame(columns, index=index)


def _series(column: pa.Array, index: pd.RangeIndex, whole: bool) -> pd.Series[Any]:
    """Return a column for a frame; objects and lists whole, or as JSON text."""
    objects = object_values(column)
    if objects is not None and whole:
        return pd.Series(objects, index, dtype=object)
    plain = column if objects is None else json_values(column)
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([plain])), index)
