"""An answer to a trace, printed for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from cim.analytics.network.traces.answer import Trace

_HEADINGS = {
    "connected": "Connected with",
    "upstream": "Upstream of",
    "downstream": "Downstream of",
    "loops": "Loops",
    "path": "Path from",
    "valves": "The next valves from",
    "outfall": "To the outfall from",
    "source": "To the source from",
    "common": "In common to",
    "spill": "What a spill reaches from",
    "odour": "Where an odour may come from, smelt at",
    "intrusion": "Where it may have come in, found at",
}


def trace_summary(found: Trace, most: int = 20) -> RenderableType:
    """Return what was found, and the places that matter.

    Parameters
    ----------
    found
        The answer.
    most
        Most places, valves or loops to list.
    """
    return Group(*_lines(found), *_valves(found, most), *_places(found, most), *_loops(found, most), *_notes(found))


def _lines(found: Trace) -> Iterator[str]:
    start = ", ".join(f"{place['key']} ({place['feature_id']})" for place in found.start)
    yield f"{found.network}: {_HEADINGS[found.kind]} {start}".rstrip()
    served = found.served
    unknown = f" (of {served['residents_unknown']} connections not known)" if served["residents_unknown"] else ""
    yield (
        f"{len(found.nodes):,} nodes, {len(found.segments):,} segments, {found.length_m:,.0f} m; "
        f"{served['customers']:,} customers, {served['residents']:,} residents{unknown}, {served['critical']} critical"
    )
    if found.minutes:
        yield f"The farthest in time: {found.minutes[-1]:,.0f} minutes"
    if found.kind == "odour":
        yield f"By the flow from {len(found.carried):,} nodes; by the air from the others too"


def _valves(found: Trace, most: int) -> Iterator[Table | str]:
    if not found.valves:
        return
    table = Table("valve", "key", "number", "size", "chamber", "state", "metres", box=None, pad_edge=False)
    for row in found.valves[:most]:
        size = f"DN{row['diameter_mm']:.0f}" if row["diameter_mm"] else ""
        words = (row["valve_id"], row["key"], row["number"] or "", size, row["chamber"] or "", row["state"])
        table.add_row(*map(str, words), f"{row['distance_m']:.1f}")
    yield table
    yield from _more(len(found.valves), most)


def _places(found: Trace, most: int) -> Iterator[Table | str]:
    if not found.places:
        return
    table = Table("node", "key", "kind", "", "metres", "minutes", box=None, pad_edge=False)
    for row in found.places[:most]:
        role = "source" if row["source"] else "outfall" if row["sink"] else ""
        words = (row["node_id"], row["key"], row["kind"], role)
        table.add_row(*map(str, words), _number(row["distance_m"]), _number(row["minutes"]))
    yield table
    yield from _more(len(found.places), most)


def _loops(found: Trace, most: int) -> Iterator[Table | str]:
    if not found.loops:
        return
    table = Table("loop", "segments", "metres", "independent", "flow goes round in", box=None, pad_edge=False)
    for number, loop in enumerate(found.loops[:most], 1):
        turning = ", ".join(map(str, loop["round"][:5])) + (" …" if len(loop["round"]) > 5 else "")
        table.add_row(
            str(number), f"{len(loop['segments']):,}", f"{loop['length_m']:,.0f}", str(loop["independent"]), turning
        )
    yield table
    yield from _more(len(found.loops), most)


def _more(count: int, most: int) -> Iterator[str]:
    if count > most:
        yield f"… and {count - most:,} more"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,.1f}"


def _notes(found: Trace) -> Iterator[str]:
    for reason in found.left_out.values():
        yield f"{reason['count']:,} × {reason['en']}"
