"""One source under inspection: every family looks at its batches, and at the whole at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cim.etl.batch import Batch, Reject
from cim.etl.checks.context import Context
from cim.etl.checks.families import Family, SourceCheck, families
from cim.etl.checks.findings import Finding, rejects_of, told_of
from cim.etl.checks.register import register

Mask = npt.NDArray[np.bool_]


class Inspection:
    """Checks one source.

    Parameters
    ----------
    context
        The city and what is known of it.
    thorough
        Whether to run what a load leaves out for its cost.
    alone
        Whether to look at batches only, the whole being met in another process.
    """

    def __init__(self, context: Context, *, thorough: bool = False, alone: bool = False) -> None:
        self.context, self.thorough = context, thorough
        chosen = _chosen(thorough)
        self._families: Sequence[Family] = [family for family in chosen if family.batch]
        self._wholes: list[tuple[Family, SourceCheck]] = [
            (family, family.source(context)) for family in chosen if family.source and not alone
        ]
        self._said: set[tuple[str, str]] = set()

    def batch(self, batch: Batch, refused: Mask) -> tuple[Mask, list[Reject]]:
        """Look at a batch.

        Parameters
        ----------
        batch
            The batch.
        refused
            Rows that are refused already: nothing more is said of them.

        Returns
        -------
        array of bool
            Rows refused, those of `refused` included.
        list of Reject
            What was found.
        """
        refused = refused.copy()
        rejects: list[Reject] = []
        for family in self._families:
            if family.batch is None or not family.meets(batch.theme) or not len(batch.frame):
                continue
            for finding in family.batch(batch, self.context):
                left = _without(finding, refused)
                rejects += rejects_of(left, told_of(batch), batch.frame)
                if register()[finding.code].severity == "error":
                    refused[left.rows] = True
        self.meet(batch, np.flatnonzero(~refused))
        return refused, rejects

    def meet(self, batch: Batch, rows: npt.NDArray[np.int64]) -> None:
        """Take rows of a batch, kept by whoever has looked at it, for the checks of the whole."""
        self._note(batch.rejects)
        for family, whole in self._wholes:
            if family.meets(batch.theme):
                whole.take(batch, rows)

    def pass_over(self, batch: Batch) -> None:
        """Take a batch of a resumed load whose rows were checked and committed: the whole needs it, too."""
        self._note(batch.rejects)
        for family, whole in self._wholes:
            if family.meets(batch.theme):
                whole.take(batch, np.arange(len(batch.frame)))

    def finish(self) -> list[Reject]:
        """Return what the checks of the whole source find; what the reader told of itself is not told again."""
        found = [
            reject
            for _, whole in self._wholes
            for told, finding in whole.finish()
            for reject in rejects_of(finding, told)
        ]
        return [item for item in found if (item.code, item.record) not in self._said]

    def _note(self, rejects: Sequence[Reject]) -> None:
        """Remember what a reader has told."""
        self._said |= {(item.code, item.record) for item in rejects}


def asks_for_whole(theme: str, *, thorough: bool) -> bool:
    """Whether a check of the whole source looks at the rows of a theme."""
    return any(family.source is not None and family.meets(theme) for family in _chosen(thorough))


def _chosen(thorough: bool) -> list[Family]:
    """Return the families that are run."""
    return [family for family in families() if thorough or not family.thorough]


def _without(finding: Finding, refused: Mask) -> Finding:
    """Return a finding without rows that are refused already."""
    kept = ~refused[finding.rows]
    if kept.all():
        return finding
    values = {
        name: np.asarray(value, dtype=object)[kept] if isinstance(value, np.ndarray | list) else value
        for name, value in finding.values.items()
    }
    places = None if finding.places is None else finding.places[kept]
    return replace(finding, rows=finding.rows[kept], values=values, places=places)
