"""Risk of a whole city, from its data to its results."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path

import orjson
import pandas as pd

from cim.analytics.errors import NoNetworks
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.analytics.network.risk.assessing import CityRisk, city_risk
from cim.analytics.network.risk.assumptions import Assumptions, load_assumptions
from cim.analytics.network.risk.misconnections import by_network, misconnections
from cim.analytics.network.risk.outages import outages
from cim.analytics.network.risk.reading import THEMES, CityPipes, read_pipes
from cim.analytics.network.risk.rules import holds
from cim.analytics.results import Findings, Question, Run, answered
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

SEGMENTS = TABLES["result.segment_risk"]
MODELS = TABLES["result.risk_model"]
PAIRS = TABLES["result.trench_pair"]

KIND = "network.risk"
"""Kind of these runs in `run.analysis`; the subject is empty: all networks at once."""

DRAINS = ("storm", "sewage")
"""Networks that must not meet."""
_WHOLE = ("customers_cut", "critical_cut")
_MODELS = """
SELECT coalesce(max(run_id), 0) AS run FROM run.analysis_latest
WHERE kind IN ('network.pipe_closure', 'network.surcharge') AND classification <= run.clearance()
"""


def assess_risk(
    store: Store,
    viewer: Viewer,
    folder: Path,
    assumptions: Assumptions | None = None,
    *,
    day: dt.date | None = None,
    again: bool = False,
) -> Run:
    """Judge every pipe of a city, and keep what was found in `result.segment_risk`.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    assumptions
        What is weighed by what; ours unless given (`load_assumptions`).
    day
        As of which day ages and rules are taken; today unless given. Only its year makes a question another one.
    again
        Judge even if an earlier run judged the same on the same data by the same assumptions.

    Raises
    ------
    NoNetworks
        The city has no pipes.
    """
    assumptions = assumptions or load_assumptions()
    day = day or dt.date.today()
    (models,) = store.rows(viewer, _MODELS)
    parameters = {
        "assumptions": assumptions.digest,
        "replaced": list(assumptions.replaced),
        "matrix": assumptions.price("matrix"),
        "year": day.year,
        "rules": _rules_of(assumptions, day),
        "hydraulics": models["run"],
        "clearance": viewer.clearance,
    }
    question = Question(KIND, "", store.theme_version(*THEMES), parameters)

    def judge(kept: Findings) -> None:
        found = judged_risk(store, viewer, folder, assumptions, day, read_pipes(store, viewer))
        kept.left_out = found.left_out
        if len(found.segments):
            kept.add(SEGMENTS, _columns(found.segments))
        models_of = [(network, orjson.dumps(details)) for network, details in found.models.items()]
        kept.add(MODELS, pd.DataFrame(models_of, columns=["network", "details"]))
        kept.add(PAIRS, found.pairs)

    return answered(store, viewer, question, judge, again=again)


def judged_risk(
    store: Store, viewer: Viewer, folder: Path, assumptions: Assumptions, day: dt.date, city: CityPipes
) -> CityRisk:
    """Judge the pipes that were read, and keep nothing.

    Raises
    ------
    NoNetworks
        The city has no pipes.
    """
    networks = loaded_networks(store, viewer)
    if not networks:
        raise NoNetworks(store.city.slug)
    left_out: Counter[str] = Counter()
    cut = []
    for network in networks:
        frame, lacking = outages(network_graph(store, viewer, network, folder))
        cut.append(frame)
        left_out.update(lacking)
    met = misconnections(store, viewer)
    found = city_risk(city, pd.concat(cut), assumptions, day, met)
    left_out.update(found.left_out)
    models = {
        network: {**details, **by_network(met, network)} if network in DRAINS else details
        for network, details in found.models.items()
    }
    return dataclasses.replace(found, models=models, left_out=left_out)


def _rules_of(assumptions: Assumptions, day: dt.date) -> list[str]:
    """Return the names of the rules that hold on a day: another day with the same rules is no other question."""
    return [row["rule"] for line, row in enumerate(assumptions.renewal_rules, 2) if holds(row, line, day)]


def _columns(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the table; counts that are not known stay so."""
    whole = {name: segments[name].round().astype("Int64") for name in _WHOLE}
    kept = [name for name in SEGMENTS.columns if name != "run_id"]
    return segments.assign(**whole)[kept]
