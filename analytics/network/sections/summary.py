"""Profiles and sections, printed for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from cim.analytics.network.sections.profile import Profile
from cim.analytics.network.sections.profile_sheet import chainage
from cim.analytics.network.sections.section import Section


def profile_summary(found: Profile) -> RenderableType:
    """Return the manholes of a profile with their levels, and what crosses it."""
    table = Table("chainage", "manhole", "ground", "invert", "crown", "cover", "then", box=None, pad_edge=False)
    for place, station in enumerate(found.stations):
        pipe = found.pipes[place] if place < len(found.pipes) else None
        invert = station["invert_out_m"] if station["invert_out_m"] is not None else station["invert_in_m"]
        levels = (_number(value) for value in (station["ground_m"], invert, station["crown_m"]))
        table.add_row(
            chainage(station["chainage_m"]), str(station["key"]), *levels, _number(station["cover_m"], 2), _pipe(pipe)
        )
    head = (
        f"{found.network}: {len(found.stations)} manholes, {found.length_m:,.2f} m, {len(found.crossings)} pipes cross"
    )
    return Group(head, table, *_crossings(found), *_notes(found.left_out))


def section_summary(found: Section) -> RenderableType:
    """Return the pipes that a section cuts, from the start of its line."""
    table = Table("metres", "pipe", "network", "size", "material", "crown", "depth", "clear", box=None, pad_edge=False)
    for cut in found.cuts:
        table.add_row(
            f"{cut['offset_m']:.2f}",
            str(cut["key"]),
            cut["network"],
            cut["size"] or "",
            cut["material"] or "",
            _number(cut["crown_m"]),
            _number(cut["depth_m"], 2),
            _number(cut["spacing_m"], 2),
        )
    return Group(f"{len(found.cuts)} pipes below a line of {found.length_m:,.2f} m", table, *_notes(found.left_out))


def _pipe(pipe: Mapping[str, Any] | None) -> str:
    if pipe is None:
        return ""
    slope = "" if pipe["slope_permille"] is None else f"{pipe['slope_permille']:.1f}‰"
    return " ".join(part for part in (pipe["size"], slope, f"{pipe['length_m']:.2f} m", pipe["material"]) if part)


def _crossings(found: Profile) -> Iterator[Table]:
    if not found.crossings:
        return
    table = Table("crosses at", "pipe", "network", "size", "axis", "", "clear", box=None, pad_edge=False)
    for row in found.crossings:
        side = "above" if row["above"] else "below"
        words = (
            chainage(row["chainage_m"]),
            str(row["key"]),
            row["network"],
            row["size"] or "",
            _number(row["axis_m"]),
        )
        table.add_row(*words, side, _number(row["clear_m"], 2))
    yield table


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _notes(left_out: Mapping[str, Any]) -> Iterator[str]:
    for reason in left_out.values():
        yield f"{reason['count']} × {reason['en']}"
