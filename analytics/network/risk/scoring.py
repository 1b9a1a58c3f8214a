"""Risk that is answered at once and not kept: as of another day, or as if some pipes had been renewed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from cim.analytics.errors import TooMuch, UnknownSegment
from cim.analytics.network.risk.assumptions import Assumptions, load_assumptions
from cim.analytics.network.risk.keeping import judged_risk
from cim.analytics.network.risk.listing import Listed, for_people, matrix_of
from cim.analytics.network.risk.reading import CityPipes, read_pipes
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

MOST_PIPES = 20_000
"""Pipes that are judged at once, some seconds; `cim network risk` judges more, and keeps what it finds."""

_CELL = ["likelihood_class", "consequence_class"]
_OF_RUN = (
    "rank", "rank_low", "rank_high", "segment_id", "network", "length_m", "basis", "breaks", "failures_per_100km",
    "failures_low", "failures_high", "failures_a_year", "repair_index", "maintenance_index", "customers_cut",
    "residents_cut", "critical_cut", "buildings", "companions", "road_class", "repair_yuan", "supply_yuan",
    "critical_yuan", "road_yuan", "buildings_yuan", "companions_yuan", "hydraulics_yuan", "yuan_per_failure",
    "loss_yuan", "loss_low_yuan", "loss_high_yuan", "likelihood_class", "consequence_class", "risk_class", "reasons",
    "rule", "rule_state",
)  # fmt: skip
_NAMED = ("key", "road_name", "material", "diameter_mm", "installed_year", "longitude", "latitude")
_WHOLE = frozenset({"customers_cut", "critical_cut"})


@dataclass(frozen=True)
class WhatIf:
    """What is asked."""

    day: dt.date | None = None
    """As of which day ages and rules are taken; today unless given."""
    renewed: Sequence[int] = field(default_factory=tuple)
    """Segments taken as laid anew in the year of that day: of its age, and without the breaks of the old pipe."""
    material: str | None = None
    """What these are made of then; what they were made of unless given."""
    network: str | None = None
    """List only pipes of this network; the matrix and the models too. Ranks are among all."""
    limit: int = 100
    """Most pipes to list, beside those renewed."""


def scored_risk(
    store: Store, viewer: Viewer, folder: Path, asked: WhatIf | None = None, assumptions: Assumptions | None = None
) -> Listed:
    """Judge the pipes of a city of moderate size, and keep nothing.

    Parameters
    ----------
    store
        The city; nothing is written.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    asked
        As of which day, and what if; today and as it is unless given.
    assumptions
        What is weighed by what; ours unless given.

    Returns
    -------
    Listed
        As `listed_risk` returns it, without a run.

    Raises
    ------
    TooMuch
        The city has more pipes than are judged at once.
    UnknownSegment
        A pipe to renew is not in use.
    NoNetworks
        The city has no pipes.
    """
    asked, assumptions = asked or WhatIf(), assumptions or load_assumptions()
    (size,) = store.rows(viewer, query("network.risk", "size"))
    if size["pipes"] > MOST_PIPES:
        raise TooMuch(f"the risk of {size['pipes']:,} pipes", MOST_PIPES, "cim network risk")
    day = asked.day or dt.date.today()
    found = judged_risk(store, viewer, folder, assumptions, day, _renewed(read_pipes(store, viewer), asked, day))
    segments = found.segments
    if asked.network is not None and len(segments):
        segments = segments[segments["network"] == asked.network]
    models = {name: told for name, told in found.models.items() if asked.network in (None, name)}
    told = _first(segments, asked)
    return Listed(
        run=None,
        matrix=matrix_of(assumptions.price("matrix"), _cells(segments)),
        # As they are kept: numbers of numpy become JSON's.
        models=orjson.loads(orjson.dumps(models, option=orjson.OPT_SERIALIZE_NUMPY)),
        segments=[for_people(row, assumptions.renewal_rules) for row in _rows(store, viewer, told, asked, day)],
        left_out=left_out(found.left_out),
    )


def _renewed(city: CityPipes, asked: WhatIf, day: dt.date) -> CityPipes:
    """Return the pipes with some laid anew; breaks of the old ones count for nothing any more."""
    if not asked.renewed:
        return city
    ids = city.pipes["segment_id"]
    missing = set(asked.renewed) - set(ids.tolist())
    if missing:
        raise UnknownSegment(min(missing), "any")
    rows = ids.isin(list(asked.renewed))
    pipes = city.pipes.assign(installed_year=city.pipes["installed_year"].where(~rows, float(day.year)))
    if asked.material is not None:
        pipes["material"] = pipes["material"].where(~rows, asked.material)
    gone = (frame["segment_id"].isin(list(asked.renewed)) for frame in (city.breaks, city.inspections))
    breaks, inspections = (frame[~old] for frame, old in zip((city.breaks, city.inspections), gone, strict=True))
    return dataclasses.replace(
        city, pipes=pipes, breaks=breaks.reset_index(drop=True), inspections=inspections.reset_index(drop=True)
    )


def _first(segments: pd.DataFrame, asked: WhatIf) -> pd.DataFrame:
    """Return the gravest pipes, and those renewed whatever their rank."""
    if not len(segments):
        return segments
    ranked = segments.sort_values("rank")
    return ranked[(np.arange(len(ranked)) < asked.limit) | ranked["segment_id"].isin(list(asked.renewed)).to_numpy()]


def _cells(segments: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the cells of the matrix in which pipes lie."""
    if not len(segments):
        return []
    cells = segments.groupby(_CELL, as_index=False).agg(
        risk_class=("risk_class", "min"),
        segments=("rank", "size"),
        failures_a_year=("failures_a_year", "sum"),
        loss_yuan=("loss_yuan", "sum"),
    )
    return cells.round({"failures_a_year": 4, "loss_yuan": 2}).to_dict("records")  # type: ignore[return-value]


def _rows(store: Store, viewer: Viewer, told: pd.DataFrame, asked: WhatIf, day: dt.date) -> list[dict[str, Any]]:
    """Return pipes in the names of `list.sql`."""
    if not len(told):
        return []
    bound = {"segments": told["segment_id"].tolist()}
    names = {row["segment_id"]: row for row in store.rows(viewer, query("network.risk", "named"), bound)}
    changed: dict[str, Any] = {"installed_year": day.year}
    if asked.material is not None:
        changed["material"] = asked.material
    rows = []
    for row in told[list(_OF_RUN)].to_dict("records"):
        segment = row["segment_id"]
        named = {name: names.get(segment, {}).get(name) for name in _NAMED}
        named |= changed if segment in asked.renewed else {}
        rows.append({str(name): _plain(name, value) for name, value in row.items()} | named)
    return rows


def _plain(name: object, value: Any) -> Any:
    """Return a value as JSON has it."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if name in _WHOLE:
        return round(value)
    if name == "length_m":
        return round(float(value), 2)
    return value.item() if isinstance(value, np.generic) else value
