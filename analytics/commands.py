"""`cim network` and `cim examine`: analyses from the command line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from cim.analytics.errors import NoNetworks
from cim.analytics.examination.community.command import sheets_command
from cim.analytics.examination.comparison.command import compare
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.local_file import local_file
from cim.analytics.examination.problem_commands import problems
from cim.analytics.examination.register_file import load_register
from cim.analytics.examination.report.command import report_options, write_asked
from cim.analytics.examination.scores.command import scores_command
from cim.analytics.examination.summary import examination_summary, explanation
from cim.analytics.examination.survey_forms.command import survey_forms_command
from cim.analytics.file_format import format_of
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.bursts.burst import burst
from cim.analytics.network.bursts.files import REPORTS
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.bursts.summary import burst_summary
from cim.analytics.network.clearance.command import clearance
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.digs.command import excavate
from cim.analytics.network.digs.rail_command import rail
from cim.analytics.network.gas.command import gas
from cim.analytics.network.hydraulics.command import hydraulics
from cim.analytics.network.reading import loaded_networks
from cim.analytics.network.renewal.command import plan
from cim.analytics.network.risk.command import risk
from cim.analytics.network.sections.command import profile, section
from cim.analytics.network.sheet_words import LANGUAGES
from cim.analytics.network.summary import network_summary
from cim.analytics.network.topology_command import topology_command
from cim.analytics.network.traces.command import trace
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console, print_answer
from cim.executor import Workforce
from cim.settings import Settings
from cim.viewer import LOCAL

_AGAIN = click.option("--again", is_flag=True, help="Compute even if nothing has changed since the last run.")


@click.group()
def network() -> None:
    """Ask a city's pipe networks."""


@network.command()
@CITY
@click.option("--network", "name", default="all", show_default=True, help="Network, e.g. water; all means each loaded.")
@click.option("--top", type=click.IntRange(0, 1000), default=5, show_default=True, help="Gravest segments to list.")
@_AGAIN
def criticality(city: str | None, name: str, top: int, again: bool) -> None:
    """Find the customers cut off if each segment fails, with the network's parts and bridges."""
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        networks = list(loaded_networks(store, LOCAL)) if name == "all" else [name]
        if not networks:
            raise NoNetworks(store.city.slug)
        folder = settings.data_dir / "graphs"
        found = [assess_network(store, LOCAL, one, folder, again=again) for one in networks]
        screen = console()
        screen.print(f"Criticality in {named(store)}\n", style="bold")
        screen.print(network_summary(store, LOCAL, found, top))


@network.command()
@click.argument("segment")
@CITY
@click.option("--stuck", type=int, multiple=True, metavar="VALVE", help="Feature id of a valve that does not close.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write 关阀分析报告: .pdf or .xlsx.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Of the report.")
def isolate(
    segment: str, city: str | None, stuck: tuple[int, ...], as_json: bool, report: Path | None, language: str
) -> None:
    """Find the valves to close for a burst on SEGMENT (feature id or key), and who is without supply then."""
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        if report is not None:
            format_of(report.name, REPORTS)
        rules = rules_folder(settings, store.city.slug)
        found = burst(store, LOCAL, segment, settings.data_dir / "graphs", stuck=stuck, rules=rules)
        if report is not None:
            report.write_bytes(format_of(report.name, REPORTS).write(burst_report(store, LOCAL, found), language))
            click.echo(f"wrote {report}")
            return
        print_answer(store, found, burst_summary, as_json=as_json)


@click.group(invoke_without_command=True)
@click.pass_context
@CITY
@click.option("--year", type=click.IntRange(1990, 2100), help="Year examined (default: this year).")
@click.option("--system", default="national-2024", show_default=True, help="Register of indicators, or a YAML file.")
@click.option(
    "--indicators",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The city's own indicators (default: examination.yaml beside the city.toml that was loaded).",
)
@click.option("--explain", metavar="CODE", help="Only print what an indicator means and how it is computed.")
@report_options
@_AGAIN
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that examine the city district by district.",
)
@click.option("--cluster", metavar="TCP", help="Dask cluster that does it instead, e.g. tcp://10.0.0.5:8786.")
def examine(
    context: click.Context,
    city: str | None,
    year: int | None,
    system: str,
    indicators: Path | None,
    explain: str | None,
    again: bool,
    workers: int,
    cluster: str | None,
    **report: Any,
) -> None:
    """Examine a city: indicators, standards and grades for every community and level above."""
    if context.invoked_subcommand is not None:
        return
    if explain is not None:
        register = load_register(system, indicators)
        console().print(explanation(register, register.indicator(explain)))
        return
    with opened_city(Settings.from_env(), city) as store:
        own = indicators or local_file(store, LOCAL)
        when = year or dt.date.today().year
        who = Workforce(workers, cluster)
        run_id, fresh = examine_city(store, LOCAL, when, system=system, local=own or False, again=again, workforce=who)
        screen = console()
        screen.print(named(store), style="bold")
        if own is not None:
            screen.print(f"With the city's own indicators of {own}", style="dim")
        screen.print(examination_summary(store, LOCAL, run_id, fresh))
        write_asked(store, LOCAL, run_id, **report)


network.add_command(trace)
network.add_command(profile)
network.add_command(section)
network.add_command(topology_command)
network.add_command(clearance)
network.add_command(excavate)
network.add_command(rail)
network.add_command(gas)
network.add_command(hydraulics)
network.add_command(risk)
network.add_command(plan)

examine.add_command(compare)
examine.add_command(scores_command)
examine.add_command(sheets_command)
examine.add_command(survey_forms_command)

COMMANDS: list[click.Command] = [network, examine, problems]
