"""An answer to a burst, printed for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from cim.analytics.network.bursts.burst import WATERY, Burst

_HEADINGS = {
    "close": "Close, in this order",
    "closed": "Closed already: leave them",
    "not_usable": "Stuck: the part reaches beyond them",
    "reopen": "Closed: opening one may bring supply back beyond",
}


def burst_summary(found: Burst, services: int = 10) -> RenderableType:
    """Return the valves, what is without supply, and the gravest of who is.

    Parameters
    ----------
    found
        The answer.
    services
        Most buildings to list.
    """
    return Group(
        *_lines(found),
        _valves(found),
        *_affected(found),
        *_buildings(found, services),
        *_unlinked(found),
        *_notes(found),
    )


def _lines(found: Burst) -> Iterator[str]:
    segment = found.segment
    size = f"DN{segment['diameter_mm']:.0f}" if segment["diameter_mm"] else "size unknown"
    told = [segment["road_name"], size, segment["material"], segment["installed_year"]]
    yield f"{segment['network']} segment {segment['segment_id']} ({segment['key']}): " + " · ".join(
        str(part) for part in told if part
    )
    if not any(valve["role"] == "close" for valve in found.valves):
        yield "No valve needs closing."


def _valves(found: Burst) -> Table:
    table = Table(
        "", "valve", "key", "number", "size", "chamber", "last operated", "metres away", box=None, pad_edge=False
    )
    for column in (4, 7):
        table.columns[column].justify = "right"
    shown = ""
    for valve in found.valves:
        if valve["role"] != shown:
            shown = valve["role"]
            table.add_row("", f"[bold]{_HEADINGS[shown]}")
        size = f"DN{valve['diameter_mm']:.0f}" if valve["diameter_mm"] else ""
        day = str(valve["last_operated_on"] or "not recorded")
        away = "" if valve["distance_m"] is None else f"{valve['distance_m']:.0f}"
        row = (
            valve["order"],
            valve["valve_id"],
            valve["key"],
            valve["number"] or "",
            size,
            valve["chamber"] or "",
            day,
            away,
        )
        table.add_row(*map(str, row))
    return table


def _affected(found: Burst) -> Iterator[str]:
    for what, part in (("Isolated", found.isolated), ("Cut off beyond it", found.beyond)):
        if part["segments"] or part is found.isolated:
            yield f"{what}: {_counts(part)}"
    if found.duration:
        yield f"For how long: {found.duration['en']}, {found.duration['customer_hours']:,} customer-hours"
    hydrants = sum(fitting["kind"] == "hydrant" for fitting in found.fittings)
    drains = [
        fitting["key"] for fitting in found.fittings if fitting["kind"] == "drain_valve" and not fitting["beyond"]
    ]
    if hydrants or drains or found.segment["network"] in WATERY:
        yield f"Hydrants out of service: {hydrants}. Drain valves of the part: {', '.join(drains) or 'none recorded'}."
    if found.sources:
        yield f"Sources within the part, out of work too: {', '.join(map(str, found.sources))}"


def _counts(part: Mapping[str, Any]) -> str:
    unknown = f" (of {part['residents_unknown']} connections not known)" if part["residents_unknown"] else ""
    return (
        f"{len(part['segments']):,} segments, {part['length_m']:,.0f} m, {part['volume_m3']:,.1f} m³; "
        f"{part['customers']:,} customers, {part['residents']:,} residents{unknown}, {part['critical']} critical, "
        f"{part['critical_facilities']} critical facilities"
    )


def _buildings(found: Burst, most: int) -> Iterator[Table | str]:
    if not found.services:
        return
    table = Table("building", "name", "customers", "must not be without", "part", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for row in found.services[:most]:
        part = "beyond" if row["beyond"] else "isolated"
        name, why = row["building"] or "", row["critical_kind"] or ("yes" if row["critical"] else "")
        why = " ".join([why, *(each["name"] for each in row["facilities"] if each["name"])])
        table.add_row(str(row["building_id"] or "not linked"), name, f"{row['customers']:,}", why, part)
    yield table
    if len(found.services) > most:
        yield f"… and {len(found.services) - most} more"


def _unlinked(found: Burst) -> Iterator[str]:
    if found.unlinked:
        named = [f"{row['kind']} {row['name'] or row['feature_id']}" for row in found.unlinked]
        yield f"Not linked to the network, may be without: {', '.join(named)}"


def _notes(found: Burst) -> Iterator[str]:
    for reason in found.left_out.values():
        yield f"{reason['count']} × {reason['en']}"
