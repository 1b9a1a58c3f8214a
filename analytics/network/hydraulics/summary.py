"""Runs of hydraulics as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.hydraulics.listing import Told
from cim.analytics.network.hydraulics.runs import CLOSURE, FIRE, PRESSURE, SURCHARGE
from cim.analytics.terminal import columns, left_out_lines, thousands

Row = Mapping[str, Any]


def hydraulics_summary(told: Told, *, fresh: bool) -> Group:
    """Return a run's figures, its worst features, and what was assumed."""
    lines, table = _TOPICS[told.run["kind"]]
    parts: list[Table | Text] = [Text(line) for line in lines(told.figures)]
    parts.append(Text(f"Run {told.run['run_id']}, {'new' if fresh else 'unchanged'}.", style="dim"))
    if told.worst:
        parts.append(table(told))
    parameters = told.run["parameters"] or {}
    parts.append(Text(f"Assumptions {parameters.get('status', 'unverified')} (未核对): docs/methods/hydraulics.md."))
    if parameters.get("replaced"):
        parts.append(Text(f"The city's own: {', '.join(parameters['replaced'])}."))
    return Group(*parts, *left_out_lines(told.run["network"], told.left_out))


def _litres(value: float | None) -> str:
    """Return cubic metres a second as litres a second."""
    return "–" if value is None else f"{1000 * value:,.2f}"


def _metres(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _pressure(found: Row) -> list[str]:
    return [
        f"Pressure {_metres(found['lowest_m'])} to {_metres(found['highest_m'])} m, "
        f"middle {_metres(found['median_m'])} m, at "
        f"{thousands(found['with_pressure'])} of {thousands(found['nodes'])} nodes; "
        f"{thousands(found['below_required'])} below what full supply requires",
        f"Demand {_litres(found['demand_m3s'])} L/s, delivered {_litres(found['supplied_m3s'])} L/s; fastest flow "
        f"{_metres(found['fastest_m_s'])} m/s",
    ]


def _fire(found: Row) -> list[str]:
    return [
        f"{thousands(found['meet'])} of {thousands(found['hydrants'])} hydrants give "
        f"{_litres(found['needed_m3s'])} L/s while "
        f"{_metres(found['residual_m'])} m remain; {thousands(found['fall_short'])} fall short; least "
        f"{_litres(found['least_m3s'])} L/s, middle {_litres(found['median_m3s'])} L/s",
    ]


def _closure(found: Row) -> list[str]:
    return [
        f"{thousands(found['matter'])} of {thousands(found['pipes'])} pipes leave demand unmet when shut, at most "
        f"{_litres(found['most_m3s'])} L/s ({100 * (found['most_share'] or 0):.1f} %); "
        f"{thousands(found['failed'])} failed",
    ]


def _surcharge(found: Row) -> list[str]:
    return [
        f"{thousands(found['surcharged'])} of {thousands(found['manholes'])} manholes surcharged, "
        f"{thousands(found['flooded'])} flooded: {thousands(found['flood_m3'])} m³, longest "
        f"{thousands(found['longest_minutes'])} minutes",
        f"{thousands(found['buildings'])} buildings and {thousands(found['streets'])} streets near flooded manholes",
    ]


def _table(title: str, **cells: Callable[[Row], str]) -> Callable[[Told], Table]:
    """Return a way to list features."""

    def table(told: Told) -> Table:
        out = columns("feature", "key", *(name.replace("_", " ") for name in cells))
        out.title, out.title_justify, out.title_style = f"\n{title}", "left", "bold"
        for row in told.worst:
            out.add_row(str(row["feature_id"]), str(row["key"] or "–"), *(cell(row) for cell in cells.values()))
        return out

    return table


_TOPICS: Mapping[str, tuple[Callable[[Row], list[str]], Callable[[Told], Table]]] = {
    PRESSURE: (
        _pressure,
        _table(
            "Lowest pressures",
            pressure_m=lambda row: _metres(row["pressure_m"]),
            demand_L_s=lambda row: _litres(row["demand_m3s"]),
            delivered_L_s=lambda row: _litres(row["supplied_m3s"]),
        ),
    ),
    FIRE: (
        _fire,
        _table(
            "Weakest hydrants",
            static_m=lambda row: _metres(row["static_m"]),
            gives_L_s=lambda row: _litres(row["available_m3s"]),
            why=lambda row: row["reason"] or "",
        ),
    ),
    CLOSURE: (
        _closure,
        _table(
            "Pipes that matter most",
            unmet_L_s=lambda row: _litres(row["unmet_m3s"]),
            percent=lambda row: f"{100 * row['unmet_share']:.2f}",
            customers=lambda row: thousands(row["customers_short"]),
        ),
    ),
    SURCHARGE: (
        _surcharge,
        _table(
            "Worst manholes",
            state=lambda row: row["state"],
            flood_m3=lambda row: f"{row['flood_m3']:,.1f}",
            minutes=lambda row: f"{row['flood_minutes']:.0f}",
            surcharge_m=lambda row: _metres(row["surcharge_m"]),
        ),
    ),
}
