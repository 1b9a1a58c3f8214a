"""A project: works of one kind in one renewal area, and the problems that it solves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.analytics.examination.register import Words


@dataclass(frozen=True)
class Item:
    """What a project does for one indicator."""

    code: str
    """Indicator that it mends."""
    title: Words
    """Its name."""
    action: Words
    """What is done."""
    problems: int
    """Problems of it."""
    amount: float | None
    """How much, in `unit`; None: not known of any."""
    unit: Words
    """Unit of the amount."""
    uncosted: int
    """Problems of which the amount is not known: they are in no cost."""
    low_cny: float
    """Lower end of the cost, yuan."""
    high_cny: float
    """Upper end, yuan."""
    status: str
    """Of the unit cost: unverified, until a city replaces it."""


@dataclass(frozen=True)
class Project:
    """Works of one kind in one renewal area."""

    number: str
    """Stays the same while the area and the works do: `compounds-102/homes`."""
    work: str
    """Kind of works."""
    title: Words
    """Its name."""
    area: str
    """Renewal area."""
    area_kind: str
    """compounds, streets or unit."""
    area_name: Words
    """Name of the area."""
    unit_id: int | None
    """Community, or the unit itself."""
    unit: Words
    """Its name."""
    items: Sequence[Item]
    """What it does, indicator by indicator."""
    problems: Sequence[int]
    """Numbers of the problems that it solves."""
    candidates: int
    """Of these, such as nobody has confirmed on site."""
    severity: int | None
    """The gravest of them."""
    deadline: str
    """within_time where any of them is to be solved by a day."""
    due_on: dt.date | None
    """The earliest of those days."""
    responsible: Words
    """Who the ledger names, or else who usually sees to such works."""
    named: bool
    """Whether the ledger names them."""
    low_cny: float
    """Lower end of the cost of what is costed, yuan."""
    high_cny: float
    """Upper end, yuan."""
    uncosted: int
    """Problems that are in no cost."""
    place: tuple[float, float] | None
    """Middle of it: longitude and latitude, degrees."""

    @property
    def mends(self) -> list[str]:
        """Codes of the indicators that it mends."""
        return [item.code for item in self.items]


@dataclass(frozen=True)
class ProjectList:
    """Projects from the problems of a city, the most pressing first."""

    about: Mapping[str, Any]
    """City, the newest examination's year and system, how many problems were grouped, by which rule."""
    projects: Sequence[Project]
    """Those with a day first, then by severity and number of problems."""
    notes: Sequence[Words]
    """What is to be known of the list."""
