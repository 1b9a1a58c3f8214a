"""A plan of renewal, from the newest run of risk to its results."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cim.analytics.errors import BadQuestion
from cim.analytics.network.renewal.programme import Programme, programme
from cim.analytics.network.renewal.rules_told import rules_told
from cim.analytics.network.risk.assumptions import Assumptions
from cim.analytics.queries import query
from cim.analytics.results import Question, Run, analysis
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

WORKS = TABLES["result.renewal_work"]
SEGMENTS = TABLES["result.renewal_segment"]

KIND = "network.plan"
"""Kind of these runs in `run.analysis`; the subject is the network, empty for all."""

_NUMBERS = ("start_id", "end_id", "length_m", "size_mm", "installed_year", "loss_yuan", "failures_a_year",
            "yuan_per_failure")  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """What is asked of a plan."""

    yuan: float
    """What may be spent in all."""
    horizon_years: int = 20
    """Years over which removed loss is counted."""
    build_years: int = 1
    """Years over which it is spent, as much in each."""
    first_year: int = field(default_factory=lambda: dt.date.today().year)
    """The year in which the first works are built; this one unless told."""
    network: str | None = None
    """Only pipes of this network."""


@dataclass(frozen=True)
class ListedPlan:
    """A plan, or a page of it."""

    run: Mapping[str, Any] | None
    """run_id, data_version, finished_at; None where nothing was planned yet."""
    asked: Mapping[str, Any] | None = None
    """budget_yuan, horizon_years, build_years, first_year, network, and the run of risk that it rests on."""
    found: Mapping[str, Any] | None = None
    """method, bound_yuan, candidates, forced_left, `rules` of renewal that name its pipes (those that have lapsed,
    too), and `ways`: the plan beside other ways to choose."""
    works: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """The first to be built first."""
    next: int | None = None
    """`after` of the next page; None on the last."""
    left_out: Mapping[str, Any] = field(default_factory=dict)
    """What was assumed of the pipes among which it chooses: code, count and sentences."""


def make_plan(store: Store, viewer: Viewer, risk: Run, assumptions: Assumptions, budget: Budget) -> int:
    """Choose works for a budget, and keep them in `result.renewal_work`.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks.
    risk
        The run of risk that it rests on.
    assumptions
        Prices of renewal.
    budget
        What may be spent, and when.

    Returns
    -------
    int
        Row of `run.analysis`.

    Raises
    ------
    BadQuestion
        There is no pipe to renew, or the budget says nothing that can be meant.
    """
    found = planned(store, viewer, risk.run_id, assumptions, budget)
    parameters = asked_of(budget, risk.run_id) | {"assumptions": assumptions.digest, "found": found_by(found)}
    (told,) = store.rows(viewer, query("network.risk", "run"), {"run": risk.run_id, "network": None})
    question = Question(KIND, budget.network or "", told["data_version"], parameters)
    with analysis(store, viewer, question) as kept:
        kept.left_out = found.left_out
        if len(found.works):
            kept.add(WORKS, found.works)
            kept.add(SEGMENTS, found.segments)
    return kept.run_id


def planned(store: Store, viewer: Viewer, risk_run: int, assumptions: Assumptions, budget: Budget) -> Programme:
    """Choose works for a budget from a run of risk, and keep nothing.

    Raises
    ------
    BadQuestion
        There is no pipe to renew, or the budget says nothing that can be meant.
    """
    asked = {"run": risk_run, "network": budget.network}
    segments = store.frame(viewer, query("network.renewal", "segments"), asked)
    if not len(segments):
        raise BadQuestion(f"no pipe of network {budget.network or 'any'} has a risk", "name a network that is loaded")
    for name in _NUMBERS:
        segments[name] = segments[name].astype(np.float64)
    rows = store.rows(viewer, query("network.renewal", "ageing"), {"run": risk_run})
    found = programme(
        segments,
        {row["network"]: row["exponent"] for row in rows},
        assumptions,
        budget_yuan=budget.yuan,
        horizon_years=budget.horizon_years,
        build_years=budget.build_years,
        first_year=budget.first_year,
    )
    return dataclasses.replace(found, rules=rules_told(segments, assumptions.renewal_rules))


def asked_of(budget: Budget, risk_run: int) -> dict[str, Any]:
    """Return what was asked, as `ListedPlan.asked` tells it."""
    return {
        "budget_yuan": budget.yuan,
        "horizon_years": budget.horizon_years,
        "build_years": budget.build_years,
        "first_year": budget.first_year,
        "network": budget.network,
        "risk_run": risk_run,
    }


def found_by(plan: Programme) -> dict[str, Any]:
    """Return how works were chosen, as `ListedPlan.found` tells it."""
    return {
        "method": plan.method,
        "bound_yuan": plan.bound_yuan,
        "candidates": plan.candidates,
        "forced_left": plan.forced_left,
        "rules": list(plan.rules),
        "ways": [dataclasses.asdict(way) | {"removed_per_yuan": way.removed_per_yuan} for way in plan.ways],
    }


def listed_plan(
    store: Store, viewer: Viewer, *, run: int | None = None, after: int = 0, limit: int | None = 100
) -> ListedPlan:
    """Return works of a plan, the newest unless told which, from the one after number `after`; all without a limit."""
    rows = store.rows(viewer, query("network.renewal", "run"), {"run": run})
    if not rows:
        return ListedPlan(None)
    told = rows[0]
    asked = {"run": told["run_id"], "after": after, "limit": None if limit is None else limit + 1}
    works = store.rows(viewer, query("network.renewal", "list"), asked)
    page = works[:limit]
    names = ("budget_yuan", "horizon_years", "build_years", "first_year", "network", "risk_run")
    return ListedPlan(
        run={name: told[name] for name in ("run_id", "data_version", "finished_at")},
        asked={name: told["parameters"][name] for name in names},
        # Plans of before rules were told have none.
        found={"rules": [], **told["parameters"]["found"]},
        works=page,
        next=page[-1]["number"] if len(works) > len(page) else None,
        left_out=told["left_out"] or {},
    )
