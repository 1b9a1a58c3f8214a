"""Records refused or remarked on: kept beside the load, with the original and what to do."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pandas as pd
import psycopg
import shapely

from cim.copying import copy_frame
from cim.etl.batch import Reject
from cim.tables import TABLES

__all__ = ["Reject", "RejectTally", "original_record", "plain", "write_rejects"]


@dataclass
class RejectTally:
    """What a load refused and remarked on, by code; the first of each code is kept as an example."""

    errors: Counter[str] = field(default_factory=Counter)
    """Records refused, by code."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Records remarked on, by code."""
    examples: dict[str, Reject] = field(default_factory=dict)
    """First reject of each code."""

    def add(self, rejects: Sequence[Reject]) -> None:
        """Count rejects."""
        for reject in rejects:
            (self.errors if reject.severity == "error" else self.warnings)[reject.code] += 1
            self.examples.setdefault(reject.code, reject)

    @property
    def refused(self) -> int:
        """Records refused."""
        return self.errors.total()

    def summary(self, counts: Counter[str]) -> str:
        """Return codes with their counts, the most frequent first."""
        return ", ".join(f"{code} {count}" for code, count in counts.most_common())


def write_rejects(connection: psycopg.Connection[Any], load_id: int, file: str, rejects: Sequence[Reject]) -> None:
    """Write rejects under a load."""
    # In parts: there may be one for every record of a source.
    for begin in range(0, len(rejects), _SLICE):
        _write(connection, load_id, file, rejects[begin : begin + _SLICE])


_SLICE = 50_000
"""Rejects that are written at a time."""


def _write(connection: psycopg.Connection[Any], load_id: int, file: str, rejects: Sequence[Reject]) -> None:
    columns = {
        "load_id": [load_id] * len(rejects),
        "severity": [item.severity for item in rejects],
        "file": [item.file or file for item in rejects],
        "record": [item.record for item in rejects],
        "theme": [item.theme for item in rejects],
        "source_key": [item.source_key for item in rejects],
        "code": [item.code for item in rejects],
        "reason": [item.reason for item in rejects],
        "remedy": [item.remedy for item in rejects],
        "original": [None if item.original is None else orjson.dumps(plain(item.original)) for item in rejects],
        "reason_zh": [item.reason_zh for item in rejects],
        "place_x": [item.place[0] if item.place else None for item in rejects],
        "place_y": [item.place[1] if item.place else None for item in rejects],
        "original_is_row": [item.original_is_row for item in rejects],
    }
    copy_frame(connection, TABLES["run.reject"], pd.DataFrame(columns, dtype=object))


def original_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as plain values, geometry as WKT, without what is missing."""
    return {str(name): value for name, item in row.items() if (value := plain(item)) is not None}


def plain(value: Any) -> Any:
    """Return a value that JSON can hold; what is not finite becomes its name."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=-1)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | dt.date) else str(value)
