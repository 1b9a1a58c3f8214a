"""The answer to a dig as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.digs.drawing import pipe_size
from cim.analytics.network.digs.excavation import NO_DATA, Excavation
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
            "\n".join(filter(None, [pipe["owner"] or "not known 未知", pipe["phone"]])),
            f"{pipe['surveyed_on'] or '–'} {pipe['survey_method'] or ''}",
        )
    return table


def _depth(pipe: Mapping[str, Any]) -> str:
    return "–" if pipe["depth_m"] is None else f"{pipe['depth_m']:.2f} ± {pipe['depth_tolerance_m']:.2f}"


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
