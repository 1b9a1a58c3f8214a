"""Findings of clearance as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.clearance.listing import Listed
from cim.analytics.network.clearance.verdicts import VERDICTS
from cim.analytics.terminal import columns, left_out_lines, run_line, thousands

_RULES = {
    "horizontal": "beside each other, trees, kerbs (水平净距)",
    "vertical": "at crossings (垂直净距)",
    "building": "to buildings (与建筑物)",
    "cover": "cover (覆土深度)",
}


def clearance_summary(found: Listed, *, fresh: bool) -> Group:
    """Return a table of counts, the gravest findings, and what could not be judged."""
    run = found.run or {}
    parts: list[Table | Text] = [_counts(found.tally), run_line(found.run, fresh=fresh)]
    if found.findings:
        parts += [Text(f"\nThe {len(found.findings)} gravest", style="bold"), _table(found.findings)]
    statuses = {row["status"] for row in found.findings}
    if "unverified" in statuses or not statuses:
        parts.append(Text("\nRules restated from GB 50289-2016, unverified (未核对原文): compare with the print."))
    replaced = (run.get("parameters") or {}).get("replaced") or []
    if replaced:
        parts.append(Text(f"The city's own tables: {', '.join(replaced)}."))
    return Group(*parts, *left_out_lines("clearance", found.left_out))


def _counts(tally: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("rule", *(f"{name} {zh}" for name, (zh, _) in VERDICTS.items()), "too near as measured")
    table.columns[0].justify = "left"
    for rule, title in _RULES.items():
        rows = [row for row in tally if row["rule"] == rule]
        by = [sum(row["pairs"] for row in rows if row["verdict"] == verdict) for verdict in VERDICTS]
        short = sum(row["pairs"] for row in rows if row["too_near"])
        table.add_row(title, *map(thousands, by), thousands(short))
    return table


def _table(findings: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("pipe", "other", "rule", "verdict", "measured m", "asked m", "± m", "clause", "known", "place")
    for name in (1, 2, 3, 7, 8, 9):
        table.columns[name].justify = "left"
    for row in findings:
        table.add_row(
            _named(row["network"], row["key"], row["feature_id"]),
            row["other_kind"]
            if row["rule"] == "cover"
            else _named(row["other_network"] or row["other_kind"], row["other_key"], row["other_id"]),
            row["rule"],
            f"{row['verdict_zh']} {row['verdict']}",
            f"{row['measured_m']:.2f}",
            f"{row['required_m']:.2f}",
            f"{row['tolerance_m']:.2f}",
            row["clause"].replace("GB 50289-2016 ", ""),
            row["confidence"],
            f"{row['longitude']:.5f}, {row['latitude']:.5f}",
        )
    return table


def _named(kind: str | None, key: str | None, feature: int) -> str:
    return f"{kind or 'pipe'} {key or feature}"
