"""`cim network clearance`: pipes nearer to each other, to buildings, or to the surface than the standard asks."""

from __future__ import annotations

import dataclasses

import click
import orjson

from cim.analytics.network.clearance.keeping import rules_folder, survey_clearance
from cim.analytics.network.clearance.listing import Wanted, listed_clearance
from cim.analytics.network.clearance.summary import clearance_summary
from cim.analytics.network.rules.tables import load_rules
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.codes import CLEARANCE_RULES
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command()
@CITY
@click.option(
    "--rule", "rules", type=click.Choice(CLEARANCE_RULES), multiple=True, help="List only findings of this rule."
)
@click.option(
    "--class", "group", help="List only findings of classes that begin so: water, gas, sewer, heat, power, tel."
)
@click.option("--all", "every", is_flag=True, help="List such too as keep the rule as measured, if not beyond doubt.")
@click.option("--top", type=click.IntRange(0, 5000), default=20, show_default=True, help="Findings to list.")
@click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")
@click.option("--json", "as_json", is_flag=True, help="Run, counts and findings as one JSON object.")
def clearance(
    city: str | None, rules: tuple[str, ...], group: str | None, every: bool, top: int, again: bool, as_json: bool
) -> None:
    """Find pipes too near to each other, to buildings, trees, kerbs, or to the surface (净距与覆土).

    By tables restated from GB 50289-2016, not verified; tables in <data folder>/rules/<city>/ take their place.
    """
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        run = survey_clearance(store, LOCAL, load_rules(rules_folder(settings, store.city.slug)), again=again)
        wanted = Wanted(rules=rules or None, group=group, too_near=not every, limit=top)
        found = listed_clearance(store, LOCAL, wanted, run.run_id)
        if as_json:
            click.echo(orjson.dumps(dataclasses.asdict(found)))
            return
        screen = console()
        screen.print(f"Clearance in {named(store)}\n", style="bold")
        screen.print(clearance_summary(found, fresh=run.fresh))
