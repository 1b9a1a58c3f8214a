"""`cim network rail`: the control protection zones of railways, kept for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.digs.rail_survey import survey_rail
from cim.analytics.network.rules.tables import load_rules
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.queries import query
from cim.analytics.terminal import columns, console, run_line
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command()
@CITY
@click.option("--top", type=click.IntRange(0, 5000), default=20, show_default=True, help="Zones to list.")
@click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")
@click.option("--json", "as_json", is_flag=True, help="Run and zones as one JSON object.")
def rail(city: str | None, top: int, again: bool, as_json: bool) -> None:
    """Map the control protection zones about stations and lines of railways (轨道交通控制保护区).

    By a table that is recalled, not verified; `rail_zones.csv` in <data folder>/rules/<city>/ takes its place.
    """
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        run = survey_rail(store, LOCAL, load_rules(rules_folder(settings, store.city.slug)), again=again)
        zones = store.rows(LOCAL, query("network.digs", "rail_listed"), {"run_id": run.run_id})
        if as_json:
            click.echo(orjson.dumps({"run_id": run.run_id, "fresh": run.fresh, "zones": zones[:top]}))
            return
        screen = console()
        screen.print(named(store), style="bold")
        table = columns("railway", "from m", "to m", "area m2", "status")
        for zone in zones[:top]:
            table.add_row(
                f"{zone['name'] or zone['key']} {zone['zone']}", f"{zone['from_m']:g}", f"{zone['to_m']:g}",
                f"{zone['area_m2']:,.0f}", zone["status"],
            )  # fmt: skip
        if zones:
            screen.print(table)
        screen.print(f"{_counted(len(zones), 'zone')} about {_railways(zones)}.")
        screen.print(run_line({"run_id": run.run_id}, fresh=run.fresh))


def _railways(zones: Sequence[Mapping[str, Any]]) -> str:
    """Return how many stations and lines zones are about, in words; a kind without any is left out beside the other."""
    told = []
    for theme, word in (("facility", "station"), ("city_object", "line")):
        count = len({zone["feature_id"] for zone in zones if zone["theme"] == theme})
        if count:
            told.append(_counted(count, word))
    return " and ".join(told) or "stations and lines"


def _counted(count: int, word: str) -> str:
    """Return a number of things."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
