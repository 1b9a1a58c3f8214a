"""`cim load`, `cim sample`, `cim cities`: from files into the database."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from cim.city import cities as city_slugs
from cim.cluster import Cluster
from cim.etl.load import LoadOptions, LoadReport, load_city
from cim.manifest import read_manifest
from cim.progress import CONSOLE
from cim.settings import Settings


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--source", "only", multiple=True, metavar="NAME", help="Load this source only; may be repeated.")
@click.option("--again", is_flag=True, help="Load sources that have not changed, too.")
@click.option("--strict", is_flag=True, help="Refuse a source of which any record is refused.")
@click.option("--crs", help="CRS of the sources to which city.toml gives none, e.g. EPSG:28992.")
def load(manifest: Path, only: tuple[str, ...], again: bool, strict: bool, crs: str | None) -> None:
    """Load the sources of a city.toml (or of the folder that holds one) into the city's database."""
    settings = Settings.from_env()
    city = read_manifest(manifest)
    cluster = Cluster(settings)
    cluster.up()
    reports: list[LoadReport] = []
    try:
        for report in load_city(cluster, city, settings.data_dir, LoadOptions(only, again, strict, crs)):
            reports.append(report)
    finally:
        if reports:
            CONSOLE.print(summary(reports))
    for report in reports:
        if report.tally.errors:
            click.echo(f"{report.source}: refused {report.tally.summary(report.tally.errors)}", err=True)


def summary(reports: list[LoadReport]) -> Table:
    """Return a table with a row for each source."""
    table = Table(box=None, pad_edge=False)
    table.add_column("source")
    for name in ("load", "added", "changed", "removed", "unchanged", "rejected", "seconds"):
        table.add_column(name, justify="right")
    for report in reports:
        done = report.outcome
        counts = [str(done.total(what)) for what in ("added", "changed", "removed", "unchanged")]
        if report.status == "unchanged":
            counts = ["", "", "", "as it was"]
        table.add_row(report.source, str(report.load_id), *counts, str(done.rejected), f"{report.seconds:.1f}")
    return table


@click.command()
def cities() -> None:
    """List the cities that are loaded."""
    cluster = Cluster(Settings.from_env())
    cluster.up()
    for slug in city_slugs(cluster):
        click.echo(slug)


COMMANDS = [load, cities]
