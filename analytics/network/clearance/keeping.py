"""Clearance and cover of a whole city, from its data to its results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from cim.analytics.errors import NoNetworks
from cim.analytics.network.clearance.buildings import building_clearance
from cim.analytics.network.clearance.cover import cover
from cim.analytics.network.clearance.pieces import joined, pipe_lines, thing_lines
from cim.analytics.network.clearance.pipe_classes import pipe_classes
from cim.analytics.network.clearance.pipes import pipe_clearance
from cim.analytics.network.clearance.reading import THEMES, Underground, read_underground
from cim.analytics.network.clearance.unknown_classes import pairs_of_unknown_class
from cim.analytics.network.clearance.verdicts import Judged, gravest_first
from cim.analytics.network.rules.tables import Rules, load_rules
from cim.analytics.results import Findings, Question, Run, answered
from cim.settings import Settings
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

FINDINGS = TABLES["result.clearance_finding"]
TALLIES = TABLES["result.clearance_tally"]

KIND = "network.clearance"
"""Kind of these runs in `run.analysis`; the subject is empty: all networks at once."""


def rules_folder(settings: Settings, slug: str) -> Path:
    """Return where a city keeps tables of rules that take the place of ours: `<data_dir>/rules/<slug>`."""
    return settings.data_dir / "rules" / slug


def city_clearance(
    found: Underground, rules: Rules
) -> tuple[pd.DataFrame, Mapping[tuple[str, str, bool], int], dict[str, int]]:
    """Judge all that is known of a city.

    Returns
    -------
    findings
        Columns `verdicts.COLUMNS`, the gravest first.
    tally
        (rule, verdict, short as measured): pairs.
    left_out
        Code of `cim.analytics.reasons` and count.
    """
    classes = pipe_classes(found.pipes)
    lines = pipe_lines(found.pipes, classes, rules)
    known = found.pipes[classes.code >= 0].reset_index(drop=True)
    things = thing_lines(found.things)
    judged: Sequence[Judged] = (
        *pipe_clearance(joined(lines, things), rules),
        building_clearance(lines, found.buildings, rules),
        cover(known, lines, found.carriageways, rules),
    )
    left_out = Counter(classes.left_out)
    left_out["segment_not_in_use"] = found.not_in_use
    left_out["clearance_width_unknown"] = int(known["outer_width_mm"].isna().sum())
    left_out["clearance_zero_length"] = int(np.count_nonzero(shapely.length(known["geom"].to_numpy(dtype=object)) == 0))
    left_out["clearance_trees_unknown"] = int(not (found.things["kind"] == "tree").any())
    left_out["clearance_kerbs_unknown"] = int(not (found.things["kind"] == "kerb").any())
    left_out["clearance_buildings_unknown"] = int(not len(found.buildings))
    tally: Counter[tuple[str, str, bool]] = Counter()
    for one in judged:
        left_out.update(one.left_out)
        tally.update(one.tally)
    findings = _together([one.findings for one in judged])
    left_out["clearance_class_unknown"] = pairs_of_unknown_class(
        lines, classes, things, found.buildings, rules, findings
    )
    return gravest_first(findings), tally, dict(left_out)


def _together(findings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the findings of all rules in one frame; each has words of its own in its columns of words."""
    words = {name: object for name in findings[0].columns[findings[0].dtypes == "category"]}
    return pd.concat([frame.astype(words) for frame in findings], ignore_index=True)


def survey_clearance(store: Store, viewer: Viewer, rules: Rules | None = None, *, again: bool = False) -> Run:
    """Judge every pipe of a city, and keep what is too near in `result.clearance_finding`.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    rules
        What is asked for; our tables unless given (`load_rules`).
    again
        Judge even if an earlier run judged the same on the same data by the same rules.

    Raises
    ------
    NoNetworks
        The city has no pipes.
    """
    rules = rules or load_rules()
    parameters = {"rules": rules.digest, "replaced": list(rules.replaced), "clearance": viewer.clearance}
    question = Question(KIND, "", store.theme_version(*THEMES), parameters)

    def judge(kept: Findings) -> None:
        found = read_underground(store, viewer)
        if not len(found.pipes) and not found.not_in_use:
            raise NoNetworks(store.city.slug)
        findings, tally, kept.left_out = city_clearance(found, rules)
        rows = [(*key, pairs) for key, pairs in tally.items()]
        kept.add(TALLIES, pd.DataFrame(rows, columns=["rule", "verdict", "too_near", "pairs"]))
        xyz = findings[["x", "y", "z"]].to_numpy(dtype=np.float64)
        findings = findings.drop(columns=["x", "y", "z"]).assign(
            number=np.arange(1, len(findings) + 1), geom=shapely.points(np.nan_to_num(xyz))
        )
        kept.add(FINDINGS, findings)

    return answered(store, viewer, question, judge, again=again)
