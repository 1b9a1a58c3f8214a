"""Two examinations in memory compared, neither of them kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cim.analytics.examination.comparison.compare import compared, pair
from cim.analytics.examination.comparison.old_way import old_way
from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.side import Side
from cim.analytics.examination.frames import by_level, theme_frame
from cim.analytics.examination.keeping import METHOD
from cim.errors import CimError

if TYPE_CHECKING:
    from cim.analytics.examination.examine import Examination, Source


class NoSource(CimError):
    """An examination was made from frames: there is no city from which it could be computed again."""

    def __init__(self) -> None:
        super().__init__("this examination was made from frames, not from a city: compare what examine(store) returned")


def compare_fresh(earlier: Examination, later: Examination) -> Comparison:
    """Compare what `examine` returned for two years, or for two cities.

    Raises
    ------
    NoSource
        One of them was made from frames.
    """
    source = _source(later)
    then, now = fresh_side(earlier), fresh_side(later)
    return compared(then, now, old_way(source.store, source.viewer, then, now, pair(then, now)))


def fresh_side(exam: Examination) -> Side:
    """Return an examination that was not kept as a side of a comparison."""
    source = _source(exam)
    return Side(
        city=source.store.city,
        year=exam.year,
        register=exam.register,
        table=exam.table,
        units=by_level(exam.units),
        builtup_area=theme_frame(source.store, source.viewer, "builtup_area", exam.year, recorded=source.recorded),
        recorded=source.recorded,
        method=METHOD,
        run_id=None,
    )


def _source(exam: Examination) -> Source:
    if exam.source is None:
        raise NoSource
    return exam.source
