"""What is told of a source: how it fared in a load."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cim.etl.outcome import Outcome
from cim.etl.rejects import RejectTally

Status = Literal["published", "unchanged", "undone", "retired", "unlisted"]


@dataclass(frozen=True)
class LoadReport:
    """What came of one source."""

    source: str
    """Its name."""
    load_id: int
    """Its load; of a source that was not loaded the one that stands, or that was undone."""
    status: Status
    """`published`; `unchanged`: as it was; `undone`: not loaded again, as its load was undone; `retired`: its features
    were closed; `unlisted`: its features are shown, but the manifest names it no more."""
    outcome: Outcome = field(default_factory=Outcome)
    """Counts."""
    tally: RejectTally = field(default_factory=RejectTally)
    """What was refused and remarked on."""
    seconds: float = 0.0
    """Wall time."""
