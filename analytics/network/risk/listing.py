"""What the newest run of risk found, as lists for people and programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cim.analytics.network.risk.assumptions import Table
from cim.analytics.network.risk.reasons import told
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer


@dataclass(frozen=True)
class Wanted:
    """Which pipes."""

    network: str | None = None
    """Only of this network; the matrix and the models too."""
    likelihood: int | None = None
    """Only of this row of the matrix, 1 to 5."""
    consequence: int | None = None
    """Only of this column of the matrix, 1 to 5."""
    risk_class: int | None = None
    """Only of this class of risk, 1 to 5."""
    rule_state: str | None = None
    """Only such as a rule of renewal names: in_force, candidate, lapsed."""
    segment: int | None = None
    """Only this segment."""
    after: int = 0
    """Rank of the last pipe of the page before."""
    limit: int = 100
    """Most pipes."""


@dataclass(frozen=True)
class Listed:
    """A page of pipes, with the matrix that they lie in."""

    run: Mapping[str, Any] | None
    """run_id, data_version, finished_at, parameters; None where nothing was judged yet."""
    matrix: Mapping[str, Any] | None = None
    """likelihood_ends, consequence_ends, classes, cells: segments, failures_a_year and loss_yuan by class."""
    models: Mapping[str, Any] = field(default_factory=dict)
    """By network, what was learnt of its failures."""
    segments: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """The largest expected loss first."""
    trench: Sequence[Mapping[str, Any]] | None = None
    """Where one segment is asked for: what lies in its trench, which its failure may take with it."""
    next: int | None = None
    """`after` of the next page; None on the last."""
    left_out: Mapping[str, Any] = field(default_factory=dict)
    """What could not be judged: code, count and sentences."""


def listed_risk(store: Store, viewer: Viewer, wanted: Wanted, rules: Table, run: int | None = None) -> Listed:
    """Return pipes of a run, the newest unless told which.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks.
    wanted
        Which pipes.
    rules
        Titles of the rules of renewal: `Assumptions.renewal_rules`.
    run
        Row of `run.analysis`; the newest that the viewer may see unless given.
    """
    rows = store.rows(viewer, query("network.risk", "run"), {"run": run, "network": wanted.network})
    if not rows:
        return Listed(None)
    found = rows[0]
    asked = dataclasses.asdict(wanted) | {"run": found["run_id"], "limit": wanted.limit + 1}
    segments = store.rows(viewer, query("network.risk", "list"), asked)
    page = segments[: wanted.limit]
    return Listed(
        run={name: found[name] for name in ("run_id", "data_version", "finished_at", "parameters")},
        matrix=matrix_of(found["parameters"]["matrix"], found["cells"]),
        models=found["models"],
        segments=[for_people(row, rules) for row in page],
        trench=None if wanted.segment is None else store.rows(viewer, query("network.risk", "trench"), asked),
        next=page[-1]["rank"] if len(segments) > len(page) else None,
        left_out=found["left_out"] or {},
    )


def matrix_of(ends: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the matrix as `Listed.matrix` tells it."""
    names = {"likelihood_ends": "likelihood", "consequence_ends": "consequence", "classes": "classes"}
    return {name: ends[told] for name, told in names.items()} | {"cells": cells}


def for_people(row: Mapping[str, Any], rules: Table) -> dict[str, Any]:
    """Return a pipe with its reasons and its rule in words."""
    rule = None
    if row["rule"] is not None:
        names = ("title_zh", "title_en", "source", "confidence", "status", "to")
        titles = next(({name: one[name] for name in names} for one in rules if one["rule"] == row["rule"]), {})
        rule = {"rule": row["rule"], "state": row["rule_state"]} | titles
    kept = {name: value for name, value in row.items() if name != "rule_state"}
    return kept | {"reasons": told(row["reasons"]), "rule": rule}
