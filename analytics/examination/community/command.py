"""`cim examine sheets`: a page for each community."""

from __future__ import annotations

from pathlib import Path

import click

from cim.analytics.examination.community.files import communities_pdf
from cim.analytics.examination.community.gathering import communities
from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.opening import CITY, opened_city
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command("sheets")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The .pdf to write.")
@click.option("--unit", "units", type=int, multiple=True, metavar="ID", help="Only these units, by feature id.")
@click.option("--year", type=click.IntRange(1990, 2100), help="Year examined (default: the newest examination).")
@click.option("--system", help="System of indicators, where a year was examined by several.")
@CITY
def sheets_command(out: Path, units: tuple[int, ...], year: int | None, system: str | None, city: str | None) -> None:
    """Write a page for each community, in both languages.

    Map, indicators with the worst first, problems and what helps, projects.
    """
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        catalogue = load_catalogue(rules_folder(settings, store.city.slug))
        found = list(communities(store, LOCAL, list(units) or None, year=year, system=system, catalogue=catalogue))
        out.write_bytes(communities_pdf(found, store.city.name_zh))
        click.echo(f"wrote {out}: {len(found)} page{'s' if len(found) != 1 else ''}")
