"""Which rules of renewal a plan keeps, and which named its pipes once and have lapsed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cim.analytics.network.risk.assumptions import Table
from cim.codes import RENEWAL_RULE_STATES

NO_RULE = {
    "zh": "涉及这些管段的改造规定均已过期，不作强制；本系统未收录后续规定，现行规定请在 renewal_rules.csv 中给出。",
    "en": "No rule of renewal that names these pipes is in force: all have lapsed and force nothing. None that follows "
    "is known here: put those in force into renewal_rules.csv.",
}
"""Said where every rule that names a pipe has lapsed."""

_STATES = {"in_force": ("现行", "in force"), "candidate": ("待核实", "candidates"), "lapsed": ("已过期", "lapsed")}


def rules_told(segments: pd.DataFrame, rules: Table) -> list[dict[str, Any]]:
    """Return the rules that name pipes, and how many: those in force first, then as they stand in the file.

    Parameters
    ----------
    segments
        rule and rule_state of the pipes among which a plan chooses.
    rules
        `Assumptions.renewal_rules`.

    Returns
    -------
    list of dict
        rule, state, title_zh, title_en, source, confidence, status, first_day and last_day (None: open), pipes.
    """
    count = Counter(zip(segments["rule"], segments["rule_state"], strict=True))
    told = [
        {
            "rule": row["rule"],
            "state": state,
            "first_day": row["from"] or None,
            "last_day": row["to"] or None,
            **{name: row[name] for name in ("title_zh", "title_en", "source", "confidence", "status")},
            "pipes": count[row["rule"], state],
        }
        for row in rules
        for state in RENEWAL_RULE_STATES
        if count[row["rule"], state]
    ]
    return sorted(told, key=lambda row: RENEWAL_RULE_STATES.index(row["state"]))


def none_in_force(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether there are rules, and all of them have lapsed."""
    return bool(rules) and all(row["state"] == "lapsed" for row in rules)


def state_title(state: str, language: str) -> str:
    """Return what a state of a rule is called."""
    zh, en = _STATES[state]
    return zh if language.startswith("zh") else en


def days_told(row: Mapping[str, Any]) -> str:
    """Return the days on which a rule holds: 2022-06-10 – 2025-12-31."""
    return f"{row['first_day'] or ''} – {row['last_day'] or ''}"
