"""`cim network trace`: what hangs together with a place, lies above it or below it, and how to get there."""

from __future__ import annotations

import click

from cim.analytics.network.flow import WAYS
from cim.analytics.network.traces.summary import trace_summary
from cim.analytics.network.traces.trace import FLOWS, KINDS, TraceQuestion
from cim.analytics.network.traces.trace import trace as traced
from cim.analytics.opening import CITY, opened_city
from cim.analytics.terminal import print_answer
from cim.settings import Settings
from cim.viewer import LOCAL

_SIZE = click.FloatRange(0, min_open=True)


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.argument("start", nargs=-1, metavar="[PLACE]...")
@CITY
@click.option("--to", "end", multiple=True, metavar="PLACE", help="Where a path shall lead to.")
@click.option("--network", help="Network, for loops of all of it or a key that stands in several.")
@click.option("--way", type=click.Choice(WAYS), help="For path and common: which way to go.")
@click.option(
    "--barrier", "barriers", type=int, multiple=True, metavar="ID", help="Do not pass this node, segment, valve."
)
@click.option("--through-closed", is_flag=True, help="Pass closed segments and valves.")
@click.option(
    "--flow", type=click.Choice(FLOWS), default="design", show_default=True, help="How gravity's flow is told."
)
@click.option("--min-diameter", "min_diameter_mm", type=_SIZE, help="Only pipes of this size or more, mm.")
@click.option("--max-diameter", "max_diameter_mm", type=_SIZE, help="Only pipes of this size or less, mm.")
@click.option("--material", "materials", multiple=True, help="Only pipes of this material.")
@click.option("--limit", "limit_m", type=_SIZE, help="Only this far along the pipes, metres.")
@click.option("--velocity", "velocity_m_s", type=_SIZE, help="Velocity in every pipe, m/s, instead of computed ones.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
def trace(city: str | None, as_json: bool, **asked: object) -> None:
    """Trace a network from PLACEs: nodes, segments or devices, each by feature id or key.

    KIND is one of: connected, upstream, downstream, loops, path (with --to), valves (the next ones), outfall, source,
    common (to two PLACEs or more), spill (what it reaches, when), odour, intrusion (where it may come from).
    """
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        question = TraceQuestion(**asked)  # type: ignore[arg-type]
        found = traced(store, LOCAL, question, settings.data_dir / "graphs")
        print_answer(store, found, trace_summary, as_json=as_json)
