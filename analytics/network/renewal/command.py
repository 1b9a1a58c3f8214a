"""`cim network plan`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cim.analytics.file_format import format_of
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.renewal.files import FORMATS, plan_json
from cim.analytics.network.renewal.keeping import Budget, listed_plan, make_plan
from cim.analytics.network.renewal.summary import plan_summary
from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.command import AS_OF
from cim.analytics.network.risk.keeping import assess_risk
from cim.analytics.network.sheet_words import LANGUAGES
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command()
@CITY
@click.option("--budget", type=click.FloatRange(1), required=True, help="What may be spent in all, yuan.")
@click.option(
    "--horizon", type=click.IntRange(1, 100), default=20, show_default=True, help="Years of loss that is removed."
)
@click.option("--years", type=click.IntRange(1, 100), default=1, show_default=True, help="Years in which it is spent.")
@click.option("--network", "name", help="Renew only pipes of this network, e.g. water.")
@click.option("--top", type=click.IntRange(0, 100_000), default=10, show_default=True, help="Works to list.")
@AS_OF
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write .csv, .xlsx or .json.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Of the file.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
def plan(
    city: str | None,
    budget: float,
    horizon: int,
    years: int,
    name: str | None,
    top: int,
    as_of: dt.datetime | None,
    out: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Choose which lengths of pipe to renew with a budget, by the risk that each yuan removes."""
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        written = format_of(out.name, FORMATS) if out is not None else None
        assumptions = load_assumptions(rules_folder(settings, store.city.slug))
        day = as_of.date() if as_of else dt.date.today()
        risk = assess_risk(store, LOCAL, settings.data_dir / "graphs", assumptions, day=day)
        asked = Budget(budget, horizon, years, day.year, name)
        run = make_plan(store, LOCAL, risk, assumptions, asked)
        found = listed_plan(store, LOCAL, run=run, limit=None if written or as_json else top)
        if out is not None and written is not None:
            out.write_bytes(written.write(found, language))
            click.echo(f"wrote {out}")
        elif as_json:
            click.echo(plan_json(found))
        else:
            screen = console()
            screen.print(f"Plan of renewal for {named(store)}\n", style="bold")
            screen.print(plan_summary(found))
