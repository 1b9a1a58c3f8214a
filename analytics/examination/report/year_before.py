"""The last year that was examined before the one reported: found, compared with, and kept the old way."""

from __future__ import annotations

from cim.analytics.examination.comparison.compare import compared
from cim.analytics.examination.comparison.keeping import compare_sides, kept_old_way
from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.side import Side, kept_before, kept_side
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

_QUERIES = "examination.report"


def keep_comparison(store: Store, viewer: Viewer, run: int) -> Comparison | None:
    """Compare a run with the last year examined before it; what changed is computed the old way and kept.

    It takes as long as an examination of what changed, and nothing where it was kept already. None where no earlier
    year was examined.

    Raises
    ------
    NoExamination
        There is no such run, or the viewer may not see it.
    """
    sides = _sides(store, viewer, run)
    return None if sides is None else compare_sides(store, viewer, *sides)


def kept_comparison(store: Store, viewer: Viewer, run: int) -> Comparison | None:
    """Compare as `keep_comparison` does, but write nothing: what was not kept the old way is told as not computed."""
    sides = _sides(store, viewer, run)
    return None if sides is None else compared(*sides, kept_old_way(store, viewer, *sides))


def _sides(store: Store, viewer: Viewer, run: int) -> tuple[Side, Side] | None:
    """Return the year before and a run; None where there is no year before."""
    after = kept_side(store, viewer, run=run)
    system = after.register.system.split("+")[0]
    years = store.rows(viewer, query(_QUERIES, "year_before"), {"year": after.year, "system": system})
    return (kept_before(store, viewer, years[0]["year"], None, after), after) if years else None
