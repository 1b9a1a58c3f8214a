"""`cim.analytics.plan`: judge a city's pipes and choose which to renew, in one call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cim.analytics.network.renewal.keeping import Budget, ListedPlan, listed_plan, make_plan
from cim.analytics.network.risk.assumptions import Assumptions, load_assumptions
from cim.analytics.network.risk.keeping import assess_risk
from cim.store import Store
from cim.viewer import Viewer


def plan(
    store: Store,
    viewer: Viewer,
    folder: Path,
    budget: Budget,
    *,
    assumptions: Assumptions | None = None,
    day: dt.date | None = None,
    limit: int = 1000,
) -> ListedPlan:
    """Choose which lengths of pipe to renew with a budget, and keep the plan.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    budget
        What may be spent, and when.
    assumptions
        What is weighed by what; ours unless given.
    day
        As of which day risk is judged; today unless given.
    limit
        Most works to list.

    Raises
    ------
    NoNetworks
        The city has no pipes.
    BadQuestion
        There is no pipe to renew, or the budget says nothing that can be meant.
    """
    assumptions = assumptions or load_assumptions()
    run = assess_risk(store, viewer, folder, assumptions, day=day)
    return listed_plan(store, viewer, run=make_plan(store, viewer, run, assumptions, budget), limit=limit)
