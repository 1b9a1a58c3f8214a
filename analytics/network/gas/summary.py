"""Answers about gas as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.gas.leak import Leak
from cim.analytics.network.gas.occupied import Occupied
from cim.analytics.terminal import columns, left_out_lines


def leak_summary(found: Leak, most: int = 15) -> Group:
    """Return the pipe, the valves, the radius with who lives in it, and where gas can travel."""
    segment = found.segment
    size = f"DN{segment['diameter_mm']:.0f}" if segment["diameter_mm"] else "size unknown"
    told = [segment["road_name"], size, segment["material"], segment["installed_year"], _pressure(found.impact)]
    parts: list[Table | Text] = [
        Text(f"gas pipe {segment['segment_id']} ({segment['key']}): " + " · ".join(str(one) for one in told if one)),
        Text("\nShut off", style="bold"),
        *map(Text, _isolation(found.isolation)),
        Text("\nPotential impact radius (潜在影响半径)", style="bold"),
        Text(_radius(found.impact)),
        Text(f"{found.impact['label']['en']}\n{found.impact['label']['zh']}\n{found.impact['source']}", style="dim"),
    ]
    if found.impact["buildings"]:
        parts.append(_buildings(found.impact["buildings"][:most]))
    for one in found.impact["facilities"][:most]:
        parts.append(Text(f"{one['kind']} {one['name'] or one['feature_id']}: {one['distance_m']:.1f} m"))
    parts.append(Text(f"\nWhere gas can travel or gather: {len(found.migration)}", style="bold"))
    if found.migration:
        parts.append(_migration(found.migration[:most]))
    return Group(*parts, *left_out_lines("gas", found.left_out))


def _isolation(told: Mapping[str, Any] | None) -> Iterator[str]:
    if told is None:
        yield "not told: the pipe is no part of the network"
        return
    isolated, beyond = told["isolated"], told["beyond"]
    yield _valves(told["valves"])
    yield (
        f"Reach of the leak until then: {len(isolated['segments'])} pipes, {isolated['length_m']:,.0f} m, "
        f"{isolated['volume_m3']:,.1f} m³; without gas: {isolated['customers'] + beyond['customers']:,} customers"
    )


def _valves(valves: Sequence[Mapping[str, Any]]) -> str:
    close = [valve["number"] or valve["key"] for valve in valves if valve["role"] == "close"]
    return f"close, the nearest first: {', '.join(map(str, close))}" if close else "no valve needs closing"


def _pressure(impact: Mapping[str, Any]) -> str:
    if impact["pressure_mpa"] is None:
        return "pressure unknown"
    return f"{impact['pressure_mpa']:g} MPa" + (" (highest of its class)" if impact["pressure_from_class"] else "")


def _radius(impact: Mapping[str, Any]) -> str:
    if impact["radius_m"] is None:
        return "not known: pressure or size is missing"
    return (
        f"{impact['radius_m']:.1f} m: {len(impact['buildings'])} buildings, {impact['residents']:,} residents, "
        f"{len(impact['facilities'])} facilities"
    )


def _buildings(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("building", "use", "residents", "metres away")
    for name in (0, 1):
        table.columns[name].justify = "left"
    for row in rows:
        people = "–" if row["residents"] is None else f"{row['residents']:,.0f}"
        table.add_row(
            row["name"] or row["address"] or row["key"], row["usage"] or "", people, f"{row['distance_m']:.1f}"
        )
    return table


def _migration(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("what", "of", "key", "metres away", "why")
    for name in (0, 1, 2, 4):
        table.columns[name].justify = "left"
    for row in rows:
        away = "crosses" if row["crosses"] else f"{row['distance_m']:.1f}"
        table.add_row(row["what"], row.get("network") or "building", row["key"] or "", away, row["why_en"])
    return table


def occupied_summary(found: Occupied, most: int = 30) -> Group:
    """Return the buildings that stand on gas pipes."""
    gas = found.gas
    parts: list[Table | Text] = [
        Text(
            f"Buildings on gas pipes (占压): {gas['buildings']:,} on {gas['occupied']:,} of {gas['segments']:,} pipes; "
            f"{len(found.served):,} dead ends that serve their building are not counted"
        )
    ]
    if found.places:
        table = columns("pipe", "size", "MPa", "material", "state", "laid", "building", "built", "m below", "radius m")
        for name in (0, 3, 4, 6):
            table.columns[name].justify = "left"
        for row in found.places[:most]:
            table.add_row(
                row["key"] or str(row["feature_id"]),
                f"DN{row['diameter_mm']:.0f}" if row["diameter_mm"] else "–",
                "–" if row["pressure_mpa"] is None else f"{row['pressure_mpa']:g}",
                row["material"] or "–",
                row["state"],
                str(row["installed_year"] or "–"),
                row["building"] or row["address"] or row["building_key"],
                str(row["built_year"] or "–"),
                f"{row['covered_m']:.1f}",
                "–" if row["radius_m"] is None else f"{row['radius_m']:.1f}",
            )
        parts.append(table)
        parts.append(Text(f"Radius: {gas['label']['en']}", style="dim"))
    return Group(*parts, *left_out_lines("gas", found.left_out))
