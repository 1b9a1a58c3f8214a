"""`cim network risk`."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click
import orjson

from cim.analytics.errors import BadQuestion
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.places import place_of
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.risk.listing import Wanted, listed_risk
from cim.analytics.network.risk.scoring import WhatIf, scored_risk
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
@click.option(
    "--renewed",
    multiple=True,
    metavar="SEGMENT",
    help="What if this pipe (feature id or key) were laid anew? Again for more; nothing is kept.",
)
@click.option("--renewed-as", "material", help="What these would be made of, e.g. ductile_iron (default: as they are).")
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
    renewed: tuple[str, ...],
    material: str | None,
    as_json: bool,
    again: bool,
) -> None:
    """Judge what failures of pipes are to be expected, and what they would cost.

    Files in <data folder>/rules/<city>/ take the place of our assumptions: see docs/methods/risk.md.
    """
    settings = Settings.from_env()
    if renewed and (again or likelihood or consequence or segment):
        raise BadQuestion("--again and filters ask of what is kept", "with --renewed give --network, --as-of and --top")
    if material and not renewed:
        raise BadQuestion("--renewed-as without a pipe", "name pipes with --renewed")
    with opened_city(settings, city) as store:
        assumptions = load_assumptions(rules_folder(settings, store.city.slug))
        day = as_of.date() if as_of else None
        graphs, fresh = settings.data_dir / "graphs", False
        if renewed:
            anew = [place_of(store, LOCAL, one).feature_id for one in renewed]
            found = scored_risk(store, LOCAL, graphs, WhatIf(day, anew, material, name, top), assumptions)
        else:
            run = assess_risk(store, LOCAL, graphs, assumptions, day=day, again=again)
            only = None if segment is None else place_of(store, LOCAL, segment, name).feature_id
            wanted = Wanted(network=name, likelihood=likelihood, consequence=consequence, segment=only, limit=top)
            found, fresh = listed_risk(store, LOCAL, wanted, assumptions.renewal_rules, run.run_id), run.fresh
        if as_json:
            click.echo(orjson.dumps(dataclasses.asdict(found)))
            return
        screen = console()
        screen.print(f"Risk of pipes in {named(store)}\n", style="bold")
        screen.print(risk_summary(found, fresh=fresh))
