"""What the newest runs of hydraulics found, as figures and lists for people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE, SURCHARGE
from cim.analytics.queries import query
from cim.store import Store
from cim.viewer import Viewer

TOPICS: Mapping[str, str] = {PRESSURE: "pressure", FIRE: "fire", CLOSURE: "closure", SURCHARGE: "surcharge"}
"""Kinds of runs, and the name that their statements begin with."""


@dataclass(frozen=True)
class Told:
    """One run."""

    run: Mapping[str, Any]
    """run_id, kind, network, parameters, data_version, finished_at, seconds."""
    figures: Mapping[str, Any]
    """The run in figures; its names depend on the kind."""
    worst: Sequence[Mapping[str, Any]]
    """Features that matter most, the gravest first."""
    left_out: Mapping[str, Any]
    """What was assumed, left out, or has no number: code, count and sentences."""


def listed_hydraulics(
    store: Store,
    viewer: Viewer,
    *,
    network: str | None = None,
    runs: Sequence[int] | None = None,
    required_m: float,
    limit: int = 20,
) -> list[Told]:
    """Return the newest run of each kind and network, or the runs that are named.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; runs that were made at a higher clearance are not told.
    network
        Only of this network.
    runs
        Only these runs.
    required_m
        Pressure below which nodes are counted, metres.
    limit
        Most features a list.
    """
    asked = {"kinds": list(TOPICS), "runs": None if runs is None else list(runs), "network": network}
    told = []
    found = store.rows(viewer, query("network.hydraulics", "runs"), asked)
    for row in sorted(found, key=lambda one: (list(TOPICS).index(one["kind"]), one["network"])):
        topic, bound = TOPICS[row["kind"]], {"run": row["run_id"], "limit": limit, "required": required_m}
        (figures,) = store.rows(viewer, query("network.hydraulics", f"{topic}_summary"), bound)
        worst = store.rows(viewer, query("network.hydraulics", f"{topic}_list"), bound) if limit else []
        run = {name: row[name] for name in row if name != "left_out"}
        told.append(Told(run, figures, worst, row["left_out"] or {}))
    return told


def hydraulics_of(store: Store, viewer: Viewer, feature_id: int) -> list[dict[str, Any]] | None:
    """Return what the newest run of each kind found of a node or segment; empty where none says anything.

    None: the viewer sees no pipe node or segment of that id.
    """
    if not 0 < feature_id < 2**53:
        return None
    asked = {"feature": feature_id, "kinds": list(TOPICS)}
    if not store.rows(viewer, query("network.hydraulics", "seen"), {"feature": feature_id}):
        return None
    return [
        {"kind": row["kind"], "run_id": row["run_id"], "network": row["network"], "finished_at": row["finished_at"]}
        | {"found": row["found"]}
        for row in store.rows(viewer, query("network.hydraulics", "feature"), asked)
    ]


def flooded_places(
    store: Store, viewer: Viewer, *, network: str | None = None, theme: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Return buildings and streets near flooded manholes, those by most water first.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not told.
    network
        Only of this drainage network.
    theme
        Only building, or road_edge.
    limit
        Most rows.
    """
    asked = {"network": network, "theme": theme, "limit": limit}
    return store.rows(viewer, query("network.hydraulics", "floods"), asked)
