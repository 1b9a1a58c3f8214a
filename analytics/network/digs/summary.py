"""The answer to a dig as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.digs.drawing import pipe_size
from cim.analytics.network.digs.excavation import Excavation
from cim.analytics.network.digs.manholes import MEASURED_FROM
from cim.analytics.network.digs.notices import NO_DATA
from cim.analytics.terminal import columns, left_out_lines


def dig_summary(found: Excavation) -> Group:
    """Return the words that everybody must read, the pipes, who signs, and the streets."""
    dig = found.dig
    parts: list[Table | Text] = [
        Text(f"{NO_DATA['zh']} / {NO_DATA['en']}", style="bold red"),
        Text(f"{dig['area_m2']:,.1f} m², {dig['depth_m']:g} m deep; valid until {dig['expires']}\n"),
    ]
    if found.pipes:
        parts += [Text(f"{len(found.pipes)} pipes, {len(found.manholes)} manholes and fittings", style="bold")]
        parts.append(_pipes(found))
    else:
        parts.append(Text("No pipe is on record there.", style="bold"))
    if found.manholes:
        parts += [Text("\nManholes and fittings (井与设施)", style="bold"), _manholes(found)]
    parts += [Text("\nWho signs (会签)", style="bold"), _owners(found)]
    for road in found.roads:
        until = f", until {road['ban_until']}" if road["ban_until"] else ""
        parts.append(Text(f"{road['name'] or road['key']}: {road['ban_zh']} {road['ban']}{until}"))
    for one in found.rail:
        asks = "; ".join(f"{zone['asks_zh']} {zone['asks_en']}" for zone in one["zones"])
        parts.append(Text(f"{one['name'] or one['key']}, {one['owner'] or 'operator not known'}: {asks}"))
    parts += [Text(f"{notice['en']} {notice['zh']}", style="dim") for notice in found.notices[1:]]
    bare = found.unsurveyed["networks_without_record"]
    if bare:
        parts.append(Text(f"Networks without any record here: {', '.join(bare)}", style="dim"))
    return Group(*parts, *left_out_lines("dig", found.left_out))


def _pipes(found: Excavation) -> Table:
    table = columns(
        "pipe",
        "key",
        "size, material",
        "state",
        "to edge m",
        "inside m",
        "depth m",
        "lies",
        "by hand",
        "owner",
        "survey",
    )
    for name in (1, 2, 3, 7, 8, 9, 10):
        table.columns[name].justify = "left"
    for pipe in found.pipes:
        table.add_row(
            pipe["network"],
            pipe["key"] or str(pipe["feature_id"]),
            " ".join(filter(None, [pipe_size(pipe), pipe["material"]])) or "–",
            pipe["state"],
            f"{pipe['distance_m']:.2f} ± {pipe['plan_tolerance_m']:.2f}",
            f"{pipe['inside_m']:.1f}",
            _depth(pipe),
            pipe["relation"],
            "by hand 人工" if pipe["by_hand"] else "",
            _owner(pipe),
            _survey(pipe),
        )
    return table


def _manholes(found: Excavation) -> Table:
    table = columns("manhole", "key", "what", "state", "to edge m", "from", "depth m", "owner", "survey")
    for name in (0, 1, 2, 3, 5, 7, 8):
        table.columns[name].justify = "left"
    for one in found.manholes:
        deep = "–" if one["well_depth_m"] is None else f"{one['well_depth_m']:.2f} ± {one['depth_tolerance_m']:.2f}"
        table.add_row(
            one["network"],
            one["key"] or str(one["feature_id"]),
            one["appurtenance_raw"] or one["kind"],
            one["state"],
            f"{one['distance_m']:.2f} ± {one['plan_tolerance_m']:.2f}",
            " ".join(reversed(MEASURED_FROM[one["measured_from"]])),
            deep,
            _owner(one),
            _survey(one),
        )
    return table


def _owner(one: Mapping[str, Any]) -> str:
    """Return whose it is and whom to call, a line each."""
    return "\n".join(filter(None, [one["owner"] or "not known 未知", one["contact"], one["phone"]]))


def _survey(one: Mapping[str, Any]) -> str:
    """Return when, how and by whom it was surveyed."""
    return " ".join(filter(None, [one["surveyed_on"] or "–", one["survey_method"], one["surveyed_by"]]))


def _depth(pipe: Mapping[str, Any]) -> str:
    """Return what is told of a pipe's depth; that of one end alone says nothing of the place of the dig."""
    if pipe["depth_m"] is not None:
        return f"{pipe['depth_m']:.2f} ± {pipe['depth_tolerance_m']:.2f}"
    return "–" if pipe["one_end_depth_m"] is None else f"– (one end {pipe['one_end_depth_m']:.2f})"


def _owners(found: Excavation) -> Table:
    table = columns("owner", "network", "pipes", "by hand", "manholes", "nearest m", "contact")
    for name in (0, 6):
        table.columns[name].justify = "left"
    for one in found.owners:
        table.add_row(
            one["owner"] or "not known 未知",
            one["network"],
            str(one["pipes"]),
            str(one["by_hand"]),
            str(one["manholes"]),
            f"{one['nearest_m']:.2f}",
            " ".join(filter(None, [one["contact"], one["phone"]])),
        )
    return table
