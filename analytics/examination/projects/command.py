"""`cim problems projects`: the project list on the terminal or as a file."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from cim.analytics.examination.projects.areas import JOIN_M
from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.examination.projects.files import FORMATS, LANGUAGES
from cim.analytics.examination.projects.project import ProjectList
from cim.analytics.examination.projects.project_list import project_list
from cim.analytics.file_format import format_of
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import columns, console
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command("projects")
@CITY
@click.option("--unit", type=int, metavar="ID", help="Only problems of this community, by feature id.")
@click.option(
    "--join", "join_m", default=JOIN_M, show_default=True, help="Metres between compounds of one renewal area."
)
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Most projects to list.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all of them: .xlsx or .json.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Of the workbook.")
def projects_command(
    city: str | None, unit: int | None, join_m: float, limit: int, out: Path | None, language: str
) -> None:
    """Group unsolved problems into projects with costs.

    By renewal area and kind of works; the unit costs are unverified, and a city may put its own in their place.
    """
    settings = Settings.from_env()
    written = format_of(out.name, FORMATS) if out is not None else None
    with opened_city(settings, city) as store:
        catalogue = load_catalogue(rules_folder(settings, store.city.slug))
        found = project_list(store, LOCAL, catalogue=catalogue, unit=unit, join_m=join_m)
        if written is not None and out is not None:
            out.write_bytes(written.write(found, language))
            click.echo(f"wrote {out}: {len(found.projects)} projects from {found.about['problems']} problems")
            return
        screen = console()
        screen.print(named(store), style="bold")
        screen.print(_table(found, limit))
        for note in found.notes:
            screen.print(Text(note.en, style="dim"))
        if len(found.projects) > limit:
            screen.print(Text(f"{len(found.projects) - limit:,} more projects: --limit, --out FILE.xlsx", style="dim"))


def _table(found: ProjectList, limit: int) -> Table:
    table = columns("project", "works", "renewal area", "in", "problems", "due", "10,000 yuan", "mends")
    for column in table.columns:
        column.justify = "right" if column.header in ("problems", "10,000 yuan") else "left"
    for one in found.projects[:limit]:
        table.add_row(
            one.number,
            one.title.en,
            one.area_name.zh,
            one.unit.zh,
            str(len(one.problems)),
            str(one.due_on or one.deadline),
            f"{one.low_cny / 1e4:,.0f}–{one.high_cny / 1e4:,.0f}",
            " ".join(one.mends),
        )
    return table
