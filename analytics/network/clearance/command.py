"""`cim network clearance`: pipes nearer to each other, to buildings, or to the surface than the standard asks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import orjson

from cim.analytics.errors import BadQuestion
from cim.analytics.network.clearance.keeping import rules_folder, survey_clearance
from cim.analytics.network.clearance.listing import Wanted, listed_clearance
from cim.analytics.network.clearance.summary import clearance_summary
from cim.analytics.network.clearance.within import Part, clearance_within
from cim.analytics.network.outline_file import outline_of_file
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
@click.option(
    "--within",
    "area",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge this place alone at once, and keep nothing: a GeoJSON polygon.",
)
@click.option("--city-crs", is_flag=True, help="The polygon is in the city's CRS; else longitudes and latitudes.")
@click.option("--network", "name", help="Judge this network alone at once, and keep nothing, e.g. gas.")
@click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")
@click.option("--json", "as_json", is_flag=True, help="Run, counts and findings as one JSON object.")
def clearance(
    city: str | None,
    rules: tuple[str, ...],
    group: str | None,
    every: bool,
    top: int,
    area: Path | None,
    city_crs: bool,
    name: str | None,
    again: bool,
    as_json: bool,
) -> None:
    """Find pipes too near to each other, to buildings, trees, kerbs, or to the surface (净距与覆土).

    By tables restated from GB 50289-2016, not verified; tables in <data folder>/rules/<city>/ take their place.
    """
    settings = Settings.from_env()
    at_once = area is not None or name is not None
    if at_once and (rules or group or every or again):
        raise BadQuestion(
            "--rule, --class, --all and --again ask of what is kept", "leave them, or --within and --network"
        )
    if city_crs and area is None:
        raise BadQuestion("--city-crs without a polygon", "give one with --within")
    with opened_city(settings, city) as store:
        tables, fresh = load_rules(rules_folder(settings, store.city.slug)), False
        if at_once:
            place = None if area is None else outline_of_file(area, store.city, city_crs=city_crs)
            found = clearance_within(store, LOCAL, Part(place, name, top), tables)
        else:
            run = survey_clearance(store, LOCAL, tables, again=again)
            wanted, fresh = Wanted(rules=rules or None, group=group, too_near=not every, limit=top), run.fresh
            found = listed_clearance(store, LOCAL, wanted, run.run_id)
        if as_json:
            click.echo(orjson.dumps(dataclasses.asdict(found)))
            return
        screen = console()
        screen.print(f"Clearance in {named(store)}\n", style="bold")
        screen.print(clearance_summary(found, fresh=fresh))
