"""The control protection zones (控制保护区) of all railways of a city, kept so that they can be mapped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import shapely

from cim.analytics.network.digs.rail import rail_question, zone_area, zones_of
from cim.analytics.network.rules.tables import Rules, load_rules
from cim.analytics.queries import query
from cim.analytics.results import Findings, Question, Run, answered
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

KIND = "network.rail"
"""Kind of these runs in `run.analysis`; the subject is empty."""
ZONES = TABLES["result.rail_zone"]
_THEMES = ("facility", "city_object")
_TOLD = ("zone", "asks_zh", "asks_en", "status")
_IF_GIVEN = ("confidence", "source")
"""Columns that a city's own table may lack."""
_COLUMNS = tuple(name for name in ZONES.columns if name != "run_id")


def survey_rail(store: Store, viewer: Viewer, rules: Rules | None = None, *, again: bool = False) -> Run:
    """Keep the zones about every station and line of a city in `result.rail_zone`; a city without any keeps none.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides has no zone.
    rules
        The zones; our table unless given (`load_rules`).
    again
        Compute even if an earlier run did by the same rules on the same data.
    """
    rules = rules or load_rules()
    parameters = {"zones": [dict(zone) for zone in rules.rail], "clearance": viewer.clearance}
    question = Question(KIND, "", store.theme_version(*_THEMES), parameters)

    def compute(findings: Findings) -> None:
        rows = store.rows(viewer, query("network.digs", "railways"), {"kinds": rail_question(rules)["kinds"]})
        findings.add(ZONES, all_zones(rows, rules))

    return answered(store, viewer, question, compute, again=again)


def all_zones(rows: Iterable[Mapping[str, Any]], rules: Rules) -> pd.DataFrame:
    """Return a row of `result.rail_zone` for each zone of each station and line.

    Parameters
    ----------
    rows
        Rows of `railways.sql`: theme, feature_id, kind and geom (WKB, city's CRS).
    rules
        The zones.
    """
    found = [
        {
            "feature_id": row["feature_id"],
            "theme": row["theme"],
            "from_m": float(zone["from_m"]),
            "to_m": float(zone["to_m"]),
            "geom": zone_area(zone, shapely.from_wkb(row["geom"])),
        }
        | {name: zone[name] for name in _TOLD}
        | {name: zone.get(name) or None for name in _IF_GIVEN}
        for row in rows
        for zone in zones_of(rules, row["theme"], row["kind"])
    ]
    return pd.DataFrame(found, columns=list(_COLUMNS)).assign(number=range(1, len(found) + 1))
