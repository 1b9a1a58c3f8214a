"""Faults found in one batch: which records are refused, and why; only the first fault of a record counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from cim.etl.batch import Batch, Reject, key_as_text
from cim.etl.rejects import original_record


class Faults:
    """Collects rejects of a batch.

    Parameters
    ----------
    batch
        The batch, whose rows are numbered from 0.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.refused: npt.NDArray[np.bool_] = np.zeros(len(batch.frame), dtype=bool)
        self.rejects: list[Reject] = []

    def add(
        self, faulty: npt.NDArray[np.bool_], code: str, reason: str | Callable[[int], str], remedy: str | None
    ) -> None:
        """Refuse the rows where `faulty` is true; `reason` is the same for all, or made for each row."""
        for row in np.flatnonzero(faulty & ~self.refused).tolist():
            self.rejects.append(self._reject(row, code, reason if isinstance(reason, str) else reason(row), remedy))
        self.refused |= faulty

    def add_rows(self, rows: Sequence[int], code: str, reasons: Sequence[str], remedy: str | None) -> None:
        """Refuse single rows, each with its reason."""
        for row, reason in zip(rows, reasons, strict=True):
            if not self.refused[row]:
                self.rejects.append(self._reject(row, code, reason, remedy))
                self.refused[row] = True

    def _reject(self, row: int, code: str, reason: str, remedy: str | None) -> Reject:
        record = {str(name): value for name, value in self._batch.frame.iloc[row].items()}
        return Reject(
            record=str(self._batch.frame.index[row]),
            code=code,
            reason=reason,
            remedy=remedy,
            theme=self._batch.theme,
            source_key=key_as_text(record.get("source_key")),
            original=original_record(record),
        )
