"""`cim quality`: a printable report on a city's loads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cim.cluster import Cluster
from cim.settings import Settings


@click.command()
@click.argument("city", required=False)
@click.option("--load", "load_id", type=int, help="On this load only; else on the newest of each source.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="HTML file to write.")
def quality(city: str | None, load_id: int | None, out: Path) -> None:
    """Write a quality report: one printable page a load, in Chinese and English.

    Counts by check, a map of the faults, the worst files and the provenance, in one HTML file that needs no network.
    """
    # Imported here: shapely and jinja take half a second, which the other commands need not wait.
    from cim.etl.export_place import in_place
    from cim.etl.quality.facts import city_of, load_facts
    from cim.etl.quality.page import page
    from cim.loaded import connected

    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    with connected(cluster, city or settings.city) as connection:
        loads = load_facts(connection, load_id)
        text = page(city_of(connection), loads, dt.datetime.now().astimezone())
    with in_place(out) as part:
        part.write_text(text, encoding="utf-8")
    errors, warnings = sum(item.errors for item in loads), sum(item.warnings for item in loads)
    click.echo(f"{out}: {len(loads):,} loads, {errors:,} records refused, {warnings:,} remarks")
