"""What the newest run of clearance found, as lists for people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cim.analytics.network.clearance.verdicts import VERDICTS
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer


@dataclass(frozen=True)
class Wanted:
    """Which findings."""

    rules: Sequence[str] | None = None
    """Only of these rules: horizontal, vertical, building, cover."""
    verdicts: Sequence[str] | None = None
    """Only with these verdicts: violation, suspected."""
    group: str | None = None
    """Only where one of the two is of a class that begins so: water, gas, sewer, heat, power, tel."""
    feature: int | None = None
    """Only of this pipe, building, tree or kerb."""
    too_near: bool = False
    """Only such as fall short as measured."""
    after: int = 0
    """Number of the last finding of the page before."""
    limit: int = 100
    """Most findings."""


@dataclass(frozen=True)
class Listed:
    """A page of findings."""

    run: Mapping[str, Any] | None
    """run_id, data_version, finished_at, parameters; None where nothing was judged yet."""
    tally: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """rule, verdict, too_near, pairs."""
    findings: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """The gravest first."""
    left_out: Mapping[str, Any] = field(default_factory=dict)
    """What could not be judged: code, count and sentences."""


def listed_clearance(store: Store, viewer: Viewer, wanted: Wanted, run: int | None = None) -> Listed:
    """Return findings of a run, the newest unless told which."""
    rows = store.rows(viewer, query("network.clearance", "run"), {"run": run})
    if not rows:
        return Listed(None)
    told = rows[0]
    asked = {
        "run": told["run_id"],
        "rules": wanted.rules and list(wanted.rules),
        "verdicts": wanted.verdicts and list(wanted.verdicts),
        "class": wanted.group,
        "feature": wanted.feature,
        "too_near": wanted.too_near,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    findings = store.rows(viewer, query("network.clearance", "list"), asked)
    return Listed(
        run={name: told[name] for name in ("run_id", "data_version", "finished_at", "parameters")},
        tally=told["tally"],
        findings=[row | {"verdict_zh": VERDICTS[row["verdict"]][0]} for row in findings],
        left_out=told["left_out"] or {},
    )
