"""`cim.analytics.clearance`: judge a city's pipes and list what is too near, in one call."""

from __future__ import annotations

from cim.analytics.network.clearance.keeping import survey_clearance
from cim.analytics.network.clearance.listing import Listed, Wanted, listed_clearance
from cim.analytics.network.rules.tables import Rules
from cim.store import Store
from cim.viewer import Viewer


def clearance(store: Store, viewer: Viewer, wanted: Wanted | None = None, *, rules: Rules | None = None) -> Listed:
    """Judge every pipe of a city, unless this was done on the same data, and list what is too near.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks.
    wanted
        Which findings to list; the hundred gravest unless given.
    rules
        What is asked for; our tables unless given (`load_rules`).

    Raises
    ------
    NoNetworks
        The city has no pipes.
    """
    run = survey_clearance(store, viewer, rules)
    return listed_clearance(store, viewer, wanted or Wanted(), run.run_id)
