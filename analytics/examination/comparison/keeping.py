"""A comparison of two kept examinations, whose recomputed values are kept too: a page need not wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cim.analytics.examination.comparison.compare import compared, pair
from cim.analytics.examination.comparison.old_way import NOT_YET, OldWay, changed_codes, computable, old_way
from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.side import Side, kept_before, kept_side
from cim.analytics.examination.measure import find_measures
from cim.analytics.queries import query
from cim.analytics.results import Question, analysis, finished_run
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

KIND = "examination.old_way"
"""Kind of these runs in `run.analysis`; their values stand in `result.indicator` as those of examinations do."""

_TABLE = TABLES["result.indicator"]
_PACKAGE = "examination.comparison"


def compare_years(
    store: Store, viewer: Viewer, then: int, now: int, *, system: str | None = None, again: bool = False
) -> Comparison:
    """Compare two years of a city, computing what changed the old way once and keeping it.

    Raises
    ------
    NoExamination
        A year was not examined.
    """
    after = kept_side(store, viewer, year=now, system=system)
    return compare_sides(store, viewer, kept_before(store, viewer, then, system, after), after, again=again)


def compare_sides(store: Store, viewer: Viewer, before: Side, after: Side, *, again: bool = False) -> Comparison:
    """Compare two kept examinations of a city, computing what changed the old way once and keeping it."""
    pairs = pair(before, after)
    if not changed_codes(pairs):
        return compared(before, after)
    _, why_not = computable(before, after, pairs, find_measures())
    question = _question(viewer, before, after, why_not)
    if again or finished_run(store, viewer, question) is None:
        with analysis(store, viewer, question) as findings:
            found = old_way(store, viewer, before, after, pairs)
            rows = found.table.assign(year=after.year, definition=before.register.system)
            findings.add(_TABLE, rows.reindex(columns=[name for name in _TABLE.columns if name != "run_id"]))
    return compared(before, after, kept_old_way(store, viewer, before, after))


def _question(viewer: Viewer, then: Side, now: Side, why_not: Mapping[str, str]) -> Question:
    parameters: dict[str, Any] = {
        "then_run": then.run_id, "now_run": now.run_id, "method": now.method, "clearance": viewer.clearance,
        "system": then.register.system, "year": now.year, "why_not": dict(why_not),
    }  # fmt: skip
    # Both runs and what they read stand still: the answer does not change with the city's data.
    return Question(KIND, f"{now.run_id} as {then.run_id}", 0, parameters)


def kept_old_way(store: Store, viewer: Viewer, then: Side, now: Side) -> OldWay:
    """Return what was kept of one examination the way of another; `NOT_YET` where nothing was."""
    rows = store.rows(viewer, query(_PACKAGE, "old_way"), {"then": then.run_id, "now": now.run_id})
    if not rows:
        return NOT_YET
    table = store.frame(viewer, query(_PACKAGE, "values"), {"run": rows[0]["run_id"]})
    return OldWay(table, rows[0]["parameters"].get("why_not", {}))
