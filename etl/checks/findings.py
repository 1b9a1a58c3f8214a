"""What a check finds: rows of a frame, with the values that its texts are filled from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim.etl.batch import Batch, Reject, key_as_text
from cim.etl.checks.register import Words, register
from cim.etl.rejects import original_record

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Listed: TypeAlias = "Sequence[Any] | npt.NDArray[Any] | pd.Index[Any] | pd.api.extensions.ExtensionArray"
"""Values in order, by position."""


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
    labels: Listed
    """Number or name of each record in its file."""
    keys: Listed
    """Key of each record; nothing where it has none."""
    file: str | None = None
    """File, where a source has several."""


def told_of(batch: Batch) -> Told:
    """Return how the records of a batch are named."""
    frame = batch.frame
    keys = frame["source_key"] if "source_key" in frame else pd.Series(None, frame.index, dtype=object)
    return Told(batch.theme, frame.index, keys.to_numpy(dtype=object))


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
    originals: Iterable[dict[str, Any] | None] = repeat(None)
    if check.severity == "error" and frame is not None:
        originals = (
            original_record({str(name): value for name, value in frame.iloc[row].items()})
            for row in finding.rows.tolist()
        )
    about = zip(
        _some(told.labels, finding.rows),
        _some(told.keys, finding.rows),
        _texts(check.reason or check.what, finding),
        _places(finding),
        originals,
        strict=False,  # what is the same for all has no end
    )
    for label, key, (said, said_zh), place, original in about:
        yield Reject(
            record=str(label),
            code=finding.code,
            reason=said,
            remedy=check.remedy.en,
            theme=told.theme,
            source_key=key_as_text(key),
            original=original,
            severity=check.severity,
            file=told.file,
            reason_zh=said_zh,
            place=place,
        )


def _some(values: Listed, rows: Ints) -> list[Any]:
    """Return the values at some positions."""
    return [values[row] for row in rows.tolist()] if isinstance(values, Sequence) else list(values[rows])


def _texts(template: Words, finding: Finding) -> Iterable[tuple[str, str]]:
    """Return what is said of each row in English and in Chinese."""
    single = {name: value for name, value in finding.values.items() if not isinstance(value, np.ndarray | list)}
    listed = {name: np.asarray(value, dtype=object) for name, value in finding.values.items() if name not in single}
    if not listed:
        return repeat((template.en.format(**single), template.zh.format(**single)))
    rows = zip(*(value.tolist() for value in listed.values()), strict=True)
    filled = ({**single, **dict(zip(listed, row, strict=True))} for row in rows)
    return ((template.en.format(**values), template.zh.format(**values)) for values in filled)


def _places(finding: Finding) -> Iterable[tuple[float, float] | None]:
    """Return where each fault is, None where that is not finite."""
    if finding.places is None:
        return repeat(None)
    plane = finding.places[:, :2]
    finite = np.asarray(np.isfinite(plane).all(axis=1))
    return ((x, y) if there else None for (x, y), there in zip(plane.tolist(), finite, strict=True))
