"""What a check finds: rows of a frame, with the values that its texts are filled from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.etl.batch import Batch, Reject
from cim.etl.checks.register import register
from cim.etl.rejects import original_record

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """Rows for which one check speaks."""

    code: str
    """Code in the register; severity and texts are there."""
    rows: Ints
    """Positions of the rows."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What fills the texts: an array with a value for each of `rows`, or one value for all."""
    places: Floats | None = None
    """(rows, 2) where the fault is, city CRS, metres."""


@dataclass(frozen=True)
class Told:
    """Records that findings are about, as their rejects name them."""

    theme: str
    """Theme of the records."""
    labels: Sequence[Any]
    """Number or name of each record in its file."""
    keys: Sequence[Any]
    """Key of each record; None where it has none."""
    file: str | None = None
    """File, where a source has several."""


def told_of(batch: Batch) -> Told:
    """Return how the records of a batch are named."""
    frame = batch.frame
    keys = frame["source_key"] if "source_key" in frame else pd.Series(None, frame.index, dtype=object)
    return Told(batch.theme, frame.index, keys.to_numpy(dtype=object))  # type: ignore[arg-type]


def rejects_of(finding: Finding, told: Told, frame: pd.DataFrame | None = None) -> Iterator[Reject]:
    """Write a finding out: a reject for each row, in both languages.

    Parameters
    ----------
    finding
        What was found.
    told
        The records.
    frame
        Their rows, for the original of what is refused.
    """
    check = register()[finding.code]
    template = check.reason or check.what
    single = {name: value for name, value in finding.values.items() if not isinstance(value, np.ndarray | list)}
    listed = {name: list(value) for name, value in finding.values.items() if name not in single}
    for at, row in enumerate(finding.rows.tolist()):
        values = single | {name: items[at] for name, items in listed.items()}
        original = None
        if check.severity == "error" and frame is not None:
            original = original_record({str(name): value for name, value in frame.iloc[row].items()})
        key = told.keys[row]
        yield Reject(
            record=str(told.labels[row]),
            code=finding.code,
            reason=template.en.format(**values),
            remedy=check.remedy.en,
            theme=told.theme,
            source_key=None if key is None or key is pd.NA or key != key else str(key),
            original=original,
            severity=check.severity,
            file=told.file,
            reason_zh=template.zh.format(**values),
            place=None if finding.places is None else _place(finding.places[at]),
        )


def _place(point: Floats) -> tuple[float, float] | None:
    """Return a place, None where it is not finite."""
    return (float(point[0]), float(point[1])) if np.isfinite(point[:2]).all() else None
