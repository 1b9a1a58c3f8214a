"""A plan of renewal as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.renewal.keeping import ListedPlan
from cim.analytics.network.renewal.rules_told import NO_RULE, days_told, none_in_force, state_title
from cim.analytics.network.renewal.words import WAYS
from cim.analytics.terminal import columns, left_out_lines, thousands


def plan_summary(plan: ListedPlan) -> Group:
    """Return the plan beside other ways to choose, and the works."""
    asked, found = plan.asked or {}, plan.found or {}
    years = asked["build_years"]
    spent = f"in {years} years" if years > 1 else f"in {asked['first_year']}"
    parts: list[Table | Text] = [
        Text(f"{asked['budget_yuan']:,.0f} yuan {spent}; loss removed within {asked['horizon_years']} years"),
        _ways(found["ways"]),
    ]
    if found["bound_yuan"]:
        plan_removed = found["ways"][0]["removed_yuan"]
        parts.append(
            Text(
                f"{found['candidates']:,} works could be built; chosen: {found['method']}; no choice removes more than "
                f"{found['bound_yuan']:,.0f} yuan at once ({plan_removed / found['bound_yuan']:.1%} reached).",
                style="dim",
            )
        )
    if found["forced_left"]:
        parts.append(Text(f"{found['forced_left']:,} works that a rule asks for are beyond the budget.", style="bold"))
    parts += list(_rules(found["rules"]))
    parts += [Text(f"\nThe first {len(plan.works)} works", style="bold"), _works(plan.works)]
    return Group(*parts, *left_out_lines("plan", plan.left_out))


def _rules(rules: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    """Yield the rules of renewal that name pipes, and that none is in force if that is so."""
    for row in rules:
        state = f"{row['pipes']:,} pipes, {state_title(row['state'], 'en')} ({days_told(row)}, {row['status']})"
        yield Text(f"Rule {row['source']}: {row['title_en']} {row['title_zh']}: {state}", style="dim")
    if none_in_force(rules):
        yield Text(f"{NO_RULE['en']} {NO_RULE['zh']}", style="bold")


def _ways(ways: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("way", "works", "km", "yuan", "loss removed, yuan", "removed a yuan")
    table.columns[0].justify = "left"
    for way in ways:
        numbers = (way["works"], way["length_m"] / 1000, way["cost_yuan"], way["removed_yuan"], way["removed_per_yuan"])
        formats = ("{:,}", "{:,.2f}", "{:,.0f}", "{:,.0f}", "{:.4f}")
        zh, en = WAYS[way["way"]]
        table.add_row(f"{en} ({zh})", *(form.format(one) for form, one in zip(formats, numbers, strict=True)))
    return table


def _works(works: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("no", "year", "network", "road", "material", "laid", "pipes", "m", "yuan", "removed, yuan", "rule")
    for name in (4, 5):
        table.columns[name].justify = "left"
    for work in works:
        table.add_row(
            str(work["number"]),
            str(work["year"]),
            work["network"],
            work["road_name"] or "",
            ", ".join(work["materials"] or ()),
            work["installed"] or "",
            str(work["segments"]),
            f"{work['length_m']:,.0f}",
            thousands(work["cost_yuan"]),
            thousands(work["removed_yuan"]),
            "yes" if work["forced"] else "",
        )
    return table
