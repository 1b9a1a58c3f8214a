"""`cim network risk`."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click
import orjson

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.places import place_of
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.risk.listing import Wanted, listed_risk
from cim.analytics.network.risk.summary import risk_summary
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.settings import Settings
from cim.viewer import LOCAL

AS_OF = click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day of ages and renewal rules (default: today)."
)


@click.command()
@CITY
@click.option("--network", "name", help="List only pipes of this network, e.g. water.")
@click.option("--likelihood", type=click.IntRange(1, 5), help="List only this row of the matrix, 5 the most frequent.")
@click.option("--consequence", type=click.IntRange(1, 5), help="List only this column of the matrix, 5 the gravest.")
@click.option("--segment", metavar="SEGMENT", help="Only this pipe, by feature id or key, and what lies in its trench.")
@click.option("--top", type=click.IntRange(0, 100_000), default=10, show_default=True, help="Gravest pipes to list.")
@AS_OF
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
@click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")
def risk(
    city: str | None,
    name: str | None,
    likelihood: int | None,
    consequence: int | None,
    segment: str | None,
    top: int,
    as_of: dt.datetime | None,
    as_json: bool,
    again: bool,
) -> None:
    """Judge what failures of pipes are to be expected, and what they would cost.

    Files in <data folder>/rules/<city>/ take the place of our assumptions: see docs/methods/risk.md.
    """
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        assumptions = load_assumptions(rules_folder(settings, store.city.slug))
        day = as_of.date() if as_of else None
        run = assess_risk(store, LOCAL, settings.data_dir / "graphs", assumptions, day=day, again=again)
        only = None if segment is None else place_of(store, LOCAL, segment, name).feature_id
        wanted = Wanted(network=name, likelihood=likelihood, consequence=consequence, segment=only, limit=top)
        found = listed_risk(store, LOCAL, wanted, assumptions.renewal_rules, run.run_id)
        if as_json:
            click.echo(orjson.dumps(dataclasses.asdict(found)))
            return
        screen = console()
        screen.print(f"Risk of pipes in {named(store)}\n", style="bold")
        screen.print(risk_summary(found, fresh=run.fresh))
