"""Risk as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.risk.listing import Listed
from cim.analytics.terminal import columns, left_out_lines, run_line, thousands

_WORTH_TELLING_M = 100.0
_MOST_TOLD = 10
_COLOURS = {1: "green", 2: "green3", 3: "yellow", 4: "dark_orange", 5: "red"}


def risk_summary(found: Listed, *, fresh: bool) -> Group:
    """Return the matrix, what was learnt of each network, the gravest pipes, and what could not be judged."""
    matrix = found.matrix or {}
    parts: list[Table | Text] = [_matrix(matrix)]
    cells = matrix["cells"]
    failures, loss = (sum(cell[name] for cell in cells) for name in ("failures_a_year", "loss_yuan"))
    parts.append(Text(f"Expected a year: {failures:,.1f} failures, {loss:,.0f} yuan."))
    parts.append(run_line(found.run, fresh=fresh))
    parts += [Text(line) for network, model in found.models.items() for line in _learnt(network, model)]
    parts += [Text(line) for network, model in found.models.items() for line in _shared(network, model)]
    if found.segments:
        parts += [Text(f"\nThe {len(found.segments)} gravest", style="bold"), _table(found.segments)]
    if found.trench:
        parts += [Text("\nIn its trench, which its failure may take with it", style="bold"), _trench(found.trench)]
    parts.append(Text("\nPrices, priors and rules are assumptions of ours unless the city replaces them.", style="dim"))
    return Group(*parts, *left_out_lines("risk", found.left_out))


def _trench(beside: Sequence[Mapping[str, Any]]) -> Table:
    """Return what lies in the trench of a pipe, the nearest first."""
    table = columns("pipe", "key", "network", "DN", "apart m", "along m", "customers cut")
    for row in beside:
        words = (str(row["segment_id"]), row["key"], row["network"], thousands(row["diameter_mm"]))
        table.add_row(*words, f"{row['apart_m']:.2f}", f"{row['along_m']:.1f}", thousands(row["customers_cut"]))
    return table


def _matrix(matrix: Mapping[str, Any]) -> Table:
    """Return the matrix, the most frequent failures on top."""
    table = columns("failures per 100 km a year", *_ends(matrix["consequence_ends"], " yuan a failure"))
    table.columns[0].justify = "left"
    count = {(cell["likelihood_class"], cell["consequence_class"]): cell["segments"] for cell in matrix["cells"]}
    rows = list(_ends(matrix["likelihood_ends"], ""))
    for likelihood in range(5, 0, -1):
        cells = [
            Text(thousands(count.get((likelihood, one), 0)), style=_COLOURS[matrix["classes"][likelihood - 1][one - 1]])
            for one in range(1, 6)
        ]
        table.add_row(rows[likelihood - 1], *cells)
    return table


def _ends(ends: Sequence[float], unit: str) -> Iterator[str]:
    yield f"< {ends[0]:,g}{unit}"
    for low, high in pairwise(ends):
        yield f"{low:,g} – {high:,g}"
    yield f"≥ {ends[-1]:,g}"


def _shared(network: str, model: Mapping[str, Any]) -> Iterator[str]:
    """Yield with which networks it shares trenches."""
    long = [one for one in model["trenches"] if one["length_m"] >= _WORTH_TELLING_M]
    if long:
        told = ", ".join(f"{one['length_m'] / 1000:,.1f} km with {one['network']}" for one in long)
        yield f"{network} shares its trench over {told}"


def _learnt(network: str, model: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a network's failures were learnt from, and how well they could be foretold."""
    if "inspected" in model:
        structural = model["grades"]["structural"]
        yield (
            f"{network}: {model['inspected']:,} sewers inspected, structural grades I–IV {structural}; "
            f"{len(model['hidden_branches'])} with hidden branches (possible misconnections)"
        )
        yield from _handed_over(network, model)
        yield from _flooded(model)
        return
    if not model["record"]:
        yield f"{network}: no breaks on record: published rates alone"
        return
    record, judged = model["record"], model["hold_out"]
    span = f"{record['from']:.1f} to {record['to']:.1f}"
    yield f"{network}: {record['breaks']:,} breaks, {span}, {model['length_km']:,.1f} km"
    if judged:
        worst = ", ".join(
            f"{share:.0%} of length {ours:.0%} (age {age:.0%})"
            for share, ours, age in zip(model["shares"], judged["by_model"], judged["by_age"], strict=True)
        )
        few = "" if judged["judged"] else "; too few to judge"
        yield f"  of {judged['kept']:,} later breaks, not fitted to, in the worst {worst}{few}"


def _handed_over(network: str, model: Mapping[str, Any]) -> Iterator[str]:
    """Yield where its pipes meet nodes of the network that they must not: misconnections (雨污混接)."""
    count, told = model.get("handover_count", 0), model.get("handovers", ())
    if count:
        yield f"  {count:,} of its pipes meet nodes of {'storm' if network == 'sewage' else 'sewage'} (混接):"
    for row in told[:_MOST_TOLD]:
        way = row["direction"].replace("_", " ")
        yield (
            f"    {row['key']} at {row['node_key']} with {row['other_key']}, {way}, "
            f"{row['longitude']:.6f}, {row['latitude']:.6f}"
        )
    if count > _MOST_TOLD:
        yield f"    and {count - _MOST_TOLD:,} more: --json tells them"


def _flooded(model: Mapping[str, Any]) -> Iterator[str]:
    """Yield at how many of its pipes a flood reaches buildings."""
    # Runs from before this was told lack it.
    if count := model.get("flooded_count", 0):
        most = model["flooded"][0]
        people = "" if most["residents"] is None else f" ({most['residents']:,.0f} residents)"
        yield f"  flooding at {count:,} of its pipes reaches buildings, at most {most['buildings']:,}{people}"


def _table(segments: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("rank", "pipe", "road", "per 100 km a year", "yuan a failure", "yuan a year", "class", "why")
    for name in (1, 7):
        table.columns[name].justify = "left"
    for row in segments:
        table.add_row(
            f"{row['rank']:,} ({row['rank_low']:,}–{row['rank_high']:,})",
            f"{row['network']} {row['key'] or row['segment_id']}",
            row["road_name"] or "",
            f"{row['failures_per_100km']:,.1f} ({row['failures_low']:,.1f}–{row['failures_high']:,.1f})",
            thousands(round(row["yuan_per_failure"])),
            thousands(round(row["loss_yuan"])),
            str(row["risk_class"]),
            "; ".join(reason["en"] for reason in row["reasons"]),
        )
    return table
