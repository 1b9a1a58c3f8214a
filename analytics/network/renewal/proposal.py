"""A plan of renewal that is answered at once from the newest run of risk, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cim.analytics.errors import BadQuestion, TooMuch
from cim.analytics.network.renewal.keeping import Budget, ListedPlan, asked_of, found_by, planned
from cim.analytics.network.renewal.programme import Programme
from cim.analytics.network.risk.assumptions import Assumptions, load_assumptions
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

MOST_PIPES = 50_000
"""Pipes among which a plan is made at once, some seconds; `cim network plan` chooses among more."""


def proposed_plan(
    store: Store, viewer: Viewer, budget: Budget, assumptions: Assumptions | None = None, *, limit: int = 100
) -> ListedPlan:
    """Choose works for a budget from the newest run of risk that the viewer may see, and keep nothing.

    Parameters
    ----------
    store
        The city; nothing is written.
    viewer
        Who asks; pipes that their clearance hides are not renewed.
    budget
        What may be spent, and when.
    assumptions
        Prices of renewal; ours unless given (`load_assumptions`).
    limit
        Most works to list.

    Returns
    -------
    ListedPlan
        As `listed_plan` returns it, without a run; `asked` names the run of risk and the data that it read.

    Raises
    ------
    BadQuestion
        No risk was judged yet, there is no pipe to renew, or the budget says nothing that can be meant.
    TooMuch
        There are more pipes than an answer at once can weigh.
    """
    rows = store.rows(viewer, query("network.renewal", "newest_risk"), {"network": budget.network})
    if not rows:
        raise BadQuestion("no risk was judged yet", "run cim network risk", "NoRisk")
    risk = rows[0]
    if risk["pipes"] > MOST_PIPES:
        raise TooMuch(f"a plan for {risk['pipes']:,} pipes", MOST_PIPES, "cim network plan")
    found = planned(store, viewer, risk["run_id"], assumptions or load_assumptions(), budget)
    return ListedPlan(
        run=None,
        asked=asked_of(budget, risk["run_id"]) | {"data_version": risk["data_version"]},
        found=found_by(found),
        works=_told(store, viewer, found, limit),
        left_out=left_out(found.left_out),
    )


def _told(store: Store, viewer: Viewer, found: Programme, limit: int) -> list[dict[str, Any]]:
    """Return the first works with their pipes and where they lie."""
    works = found.works.iloc[:limit]
    pipes = found.segments[found.segments["number"].isin(works["number"])] if len(works) else found.segments
    asked = {"segments": pipes["segment_id"].tolist(), "numbers": pipes["number"].tolist()}
    places = {row["number"]: row for row in store.rows(viewer, query("network.renewal", "places"), asked)}
    return [_work(row, places[row["number"]]) for row in works.to_dict("records")]


def _work(row: Mapping[Any, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    """Return one work in the names of `list.sql`."""
    names = ("number", "network", "road_name", "year", "segments", "length_m", "cost_yuan", "removed_yuan")
    told = {name: None if pd.isna(row[name]) else row[name] for name in names}
    told["removed_per_yuan"] = row["removed_yuan"] / row["cost_yuan"]
    return told | {"failures_a_year": row["failures_a_year"], "forced": bool(row["forced"])} | dict(place)
