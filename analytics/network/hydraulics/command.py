"""`cim network hydraulics`: pressures and fire flow of water mains, storms on drains."""

from __future__ import annotations

import dataclasses

import click
import orjson

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.graph import GRAVITY
from cim.analytics.network.hydraulics.asking import hydraulics as solved
from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.drainage import DrainQuestion
from cim.analytics.network.hydraulics.listing import listed_hydraulics
from cim.analytics.network.hydraulics.scenario import scenario
from cim.analytics.network.hydraulics.scenario_summary import scenario_summary
from cim.analytics.network.hydraulics.summary import hydraulics_summary
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console, print_answer
from cim.codes import NETWORKS
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command()
@CITY
@click.option("--network", type=click.Choice(NETWORKS), default="water", show_default=True, help="Network.")
@click.option("--factor", type=click.FloatRange(0, 20), default=1.0, show_default=True, help="Multiplies every demand.")
@click.option("--source-head", type=float, metavar="M", help="Head of sources that tell none, city height, metres.")
@click.option("--fire", is_flag=True, help="Water: find what each hydrant gives too.")
@click.option("--closures", is_flag=True, help="Water: shut every pipe in turn too, and find the demand not met.")
@click.option(
    "--shut", type=int, multiple=True, metavar="PIPE", help="Water: what if this pipe is shut; keeps nothing."
)
@click.option("--district", help="Drains: district whose storm formula holds (default: the usual one of storms.yaml).")
@click.option("--years", type=float, default=3.0, show_default=True, help="Drains: return period of the storm.")
@click.option("--minutes", type=float, default=120.0, show_default=True, help="Drains: duration of the storm.")
@click.option("--stage", type=float, metavar="M", help="Drains: level of the river at outfalls, city height, metres.")
@click.option("--top", type=click.IntRange(0, 5000), default=10, show_default=True, help="Worst features to list.")
@click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")
@click.option("--json", "as_json", is_flag=True, help="Runs, figures and lists as one JSON array.")
def hydraulics(
    city: str | None,
    network: str,
    factor: float,
    source_head: float | None,
    fire: bool,
    closures: bool,
    shut: tuple[int, ...],
    district: str | None,
    years: float,
    minutes: float,
    stage: float | None,
    top: int,
    again: bool,
    as_json: bool,
) -> None:
    """Solve a network: pressure, fire flow, closures of mains (EPANET); surcharge and floods of drains (SWMM).

    What the data does not tell is assumed and counted; assumptions.yaml and storms.yaml in <data folder>/rules/<city>/
    are laid over ours.
    """
    if shut and (fire or closures or network in GRAVITY):
        raise click.UsageError("--shut asks of a water network what if, and goes with neither --fire nor --closures")
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        folder = rules_folder(settings, store.city.slug)
        if shut:
            assumed, question = load_assumptions(folder).water, WaterQuestion(network, factor, source_head)
            found = scenario(store, LOCAL, settings.data_dir / "graphs", assumed, question, shut, limit=top)
            print_answer(store, found, scenario_summary, as_json=as_json)
            return
        storm = DrainQuestion(network, district, years, minutes, stage, factor) if network in GRAVITY else None
        runs = solved(
            store, LOCAL, settings.data_dir, network=network, rules=folder, factor=factor, source_head_m=source_head,
            storm=storm, fire=fire, closures=closures, again=again,
        )  # fmt: skip
        required = load_assumptions(folder).water.required_pressure_m
        told = listed_hydraulics(store, LOCAL, runs=[run.run_id for run in runs], limit=top, required_m=required)
        if as_json:
            click.echo(orjson.dumps([dataclasses.asdict(one) for one in told]))
            return
        fresh = {run.run_id: run.fresh for run in runs}
        screen = console()
        screen.print(named(store), style="bold")
        for one in told:
            screen.print(f"\n{one.run['kind'].removeprefix('network.').replace('_', ' ')} of {network}", style="bold")
            screen.print(hydraulics_summary(one, fresh=fresh[one.run["run_id"]]))
