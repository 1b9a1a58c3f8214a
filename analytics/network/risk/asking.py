"""`cim.analytics.risk`: judge a city's pipes and list them, in one call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cim.analytics.network.risk.assumptions import Assumptions, load_assumptions
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.risk.listing import Listed, Wanted, listed_risk
from cim.store import Store
from cim.viewer import Viewer


def risk(
    store: Store,
    viewer: Viewer,
    folder: Path,
    wanted: Wanted | None = None,
    *,
    assumptions: Assumptions | None = None,
    day: dt.date | None = None,
) -> Listed:
    """Judge a city's pipes, unless this was done on the same data, and list them.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    wanted
        Which pipes to list; the hundred gravest unless given.
    assumptions
        What is weighed by what; ours unless given.
    day
        As of which day ages and rules are taken; today unless given.

    Raises
    ------
    NoNetworks
        The city has no pipes.
    """
    assumptions = assumptions or load_assumptions()
    run = assess_risk(store, viewer, folder, assumptions, day=day)
    return listed_risk(store, viewer, wanted or Wanted(), assumptions.renewal_rules, run.run_id)
