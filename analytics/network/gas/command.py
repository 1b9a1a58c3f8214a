"""`cim network gas`: what a leak reaches, and which buildings stand on gas pipes."""

from __future__ import annotations

import dataclasses

import click
import orjson
from rich.console import Group

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.gas.summary import leak_summary, occupied_summary
from cim.analytics.network.rules.tables import load_rules
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command()
@click.argument("segment", required=False)
@CITY
@click.option("--stuck", type=int, multiple=True, metavar="VALVE", help="Feature id of a valve that does not close.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
def gas(segment: str | None, city: str | None, stuck: tuple[int, ...], as_json: bool) -> None:
    """Tell what a leak of gas pipe SEGMENT reaches; without one, the buildings on gas pipes (占压)."""
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        shown: Group
        if segment is None:
            occupied = occupied_gas(store, LOCAL)
            told, shown = dataclasses.asdict(occupied), occupied_summary(occupied)
        else:
            rules = load_rules(rules_folder(settings, store.city.slug))
            leak = gas_leak(store, LOCAL, segment, settings.data_dir / "graphs", rules=rules, stuck=stuck)
            told, shown = dataclasses.asdict(leak), leak_summary(leak)
        if as_json:
            click.echo(orjson.dumps(told))
            return
        screen = console()
        screen.print(named(store), style="bold")
        screen.print(shown)
