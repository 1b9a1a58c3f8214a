"""`cim sample`, `cim load` and what tells about loads: from files into the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import psycopg
from psycopg.rows import dict_row

from cim.allocation import keep_freed_memory
from cim.city import cities as city_slugs
from cim.cluster import Cluster
from cim.etl.sample.command import sample
from cim.loaded import connected
from cim.settings import Settings

if TYPE_CHECKING:
    from cim.manifest import Manifest

_CITY = click.argument("city", required=False)


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--source", "only", multiple=True, metavar="NAME", help="Load this source only; may be repeated.")
@click.option("--again", is_flag=True, help="Load sources that have not changed, or whose load was undone, too.")
@click.option("--resume", is_flag=True, help="Take up loads that were cut off where they left a trail.")
@click.option("--strict", is_flag=True, help="Refuse a source of which any record is refused.")
@click.option("--crs", help="CRS of the sources to which city.toml gives none, e.g. EPSG:28992.")
@click.option(
    "--checks",
    type=click.Choice(["default", "none", "thorough"]),
    default="default",
    show_default=True,
    help="How much to check beyond columns and places.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that read; chosen by the size of the sources when not given.",
)
@click.option("--cluster", metavar="TCP", help="Dask cluster that reads instead, e.g. tcp://10.0.0.5:8786.")
@click.option("--undo", type=int, metavar="LOAD", help="Take this load back instead; `cim loads` shows the numbers.")
@click.option("--retire", metavar="NAME", help="Take away the features of this source, gone from city.toml, instead.")
@click.option("--log-json", is_flag=True, help="Tell what happens on stderr in JSON objects, one a line.")
def load(manifest: Path, undo: int | None, retire: str | None, log_json: bool, **told: Any) -> None:
    """Load the sources of a city.toml (or of the folder that holds one) into the city's database.

    A source is loaded whole or not at all, and not again until it changes. Refused records are kept with their
    reasons: `cim rejects` lists them.
    """
    keep_freed_memory()
    # Imported here: the readers' libraries take most of a second, which the other commands need not wait.
    from cim.etl.events import Events
    from cim.etl.full_disk import full_disk_told
    from cim.etl.load import LoadOptions
    from cim.etl.reporting import load_and_report
    from cim.manifest import read_manifest

    # Of a lost connection the driver would say in lines of its own that it cannot end what it was at.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    events = Events() if log_json else None
    with events.failures_told() if events else nullcontext():
        settings = Settings.from_env()
        city = read_manifest(manifest, isolated=settings.isolated)
        cluster = Cluster(settings)
        cluster.up()
        if undo is not None:
            _undo(cluster, city.profile.slug, undo)
        elif retire is not None:
            _retire(cluster, city, retire)
        else:
            with full_disk_told(settings.data_dir):
                load_and_report(cluster, city, settings.data_dir, LoadOptions(**told), events)


def _undo(cluster: Cluster, slug: str, load_id: int) -> None:
    """Take a load back."""
    from cim.etl.undo import undo_load

    with connected(cluster, slug) as connection:
        source = undo_load(connection, load_id)
    click.echo(f"load {load_id} of {source} is undone: what stood before it stands again")


def _retire(cluster: Cluster, city: Manifest, name: str) -> None:
    """Take a source's features away."""
    from cim.etl.retire import retire_source

    with connected(cluster, city.profile.slug) as connection:
        report = retire_source(connection, city, name)
    count = report.outcome.total("removed")
    click.echo(f"{name} is retired: load {report.load_id} closed its {count:,} features; --undo brings them back")


@click.command()
def cities() -> None:
    """List the cities that are loaded."""
    cluster = Cluster(Settings.from_env())
    cluster.up()
    rows = []
    for slug in city_slugs(cluster):
        with connected(cluster, slug) as connection:
            rows += _rows(connection, "city_summary", {})
    _print_table(rows)


@click.command()
@_CITY
@click.option("--limit", default=30, show_default=True, help="How many.")
def loads(city: str | None, limit: int) -> None:
    """List a city's loads, the newest first."""
    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    with connected(cluster, city or settings.city) as connection:
        _print_table(_rows(connection, "loads", {"limit": limit}))


def _rows(connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a statement of `etl/sql/`."""
    from cim.etl.statements import statement

    return connection.cursor(row_factory=dict_row).execute(statement(name), parameters).fetchall()


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under their columns' names."""
    names = list(rows[0]) if rows else []
    cells = [[_shown(row[name]) for name in names] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(names, *cells, strict=True)] if rows else []
    for line in [names, *cells] if rows else []:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _shown(value: object) -> str:
    """Return a value as a person wants it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value.replace(microsecond=0)) if hasattr(value, "microsecond") else str(value)  # type: ignore[attr-defined]


COMMANDS = [sample, load, cities, loads]
