"""What helps a problem and who usually sees to it: told from the catalogue when a problem is read, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cim.analytics.examination.projects.catalogue import Catalogue
from cim.analytics.examination.register import Words

LOOK = Words("查明原因，纳入下一年度计划", "find the cause and enter it in the next programme")
"""What is advised where the catalogue has no row for an indicator."""


@dataclass(frozen=True)
class Advice:
    """What the catalogue says of a problem."""

    advice: Words
    """What is to be done."""
    usual_responsible: Words | None
    """Who usually sees to such works (通常责任单位); None where the ledger names somebody."""


def advice(catalogue: Catalogue, code: str, responsible: str | None = None) -> Advice:
    """Return the advice for a problem of an indicator, for which the ledger names `responsible` or nobody."""
    cost = catalogue.costs.get(code)
    return Advice(cost.action if cost else LOOK, None if responsible else catalogue.work_of(code).responsible)


def advised(rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return rows of the ledger with `advice` and `usual_responsible`, each `zh` and `en`; the latter may be None."""
    return [{**row, **asdict(advice(catalogue, row["code"], row["responsible"]))} for row in rows]
