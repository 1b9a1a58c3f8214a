"""`cim rejects`: what loads refused or remarked on: listed, exported with the original, mended and offered again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from cim.cluster import Cluster
from cim.settings import Settings


@click.command()
@click.argument("city", required=False)
@click.option("--load", "load_id", type=int, help="Of this load; else of the one of each source that stands.")
@click.option("--source", help="Of this source.")
@click.option("--code", help="With this code, e.g. geometry.self_intersection.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the original record.")
@click.option("--export", "target", type=click.Path(path_type=Path), help="Write them to this .gpkg or .xlsx file.")
@click.option("--repair", type=click.Path(path_type=Path, exists=True), help="Offer the records of an edited export.")
@click.option("--withdraw", is_flag=True, help="Take back what was offered for --source (or for all sources).")
def rejects(
    city: str | None,
    load_id: int | None,
    source: str | None,
    code: str | None,
    as_json: bool,
    target: Path | None,
    repair: Path | None,
    withdraw: bool,
) -> None:
    """List the records that a city's loads refused or remarked on; docs/checks.md says what each code means.

    --export writes them with the original record, its reason in Chinese and English, what to do, and the place.
    Mend the refused ones there (columns `original.…`, and the geometry), then --repair offers them to the next load
    as records of their source.
    """
    from cim.etl.rejects_export import export_rejects
    from cim.etl.rejects_rows import loads_in_vain, reject_rows
    from cim.etl.repairs import offer_repairs, withdraw_repairs
    from cim.loaded import connected

    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    with connected(cluster, city or settings.city) as connection:
        if repair is not None:
            offered = offer_repairs(connection, repair, tell=click.echo)
            for name, count in offered.items():
                click.echo(f"{name}: {count:,} mended records are offered: the next cim load takes them")
            if not offered:
                click.echo(f"{repair}: no refused record is mended there: nothing offered")
            return
        if withdraw:
            count = withdraw_repairs(connection, source)
            click.echo(f"{count:,} mended records are taken back by the next cim load")
            return
        for load in loads_in_vain(connection, source) if load_id is None else ():
            click.echo(_in_vain(load, city or settings.city), err=True)
        rows = reject_rows(connection, load_id=load_id, source=source, code=code)
        if target is not None:
            count = export_rejects(connection, rows, target)
            click.echo(f"{target}: {count:,} rejects")
            return
    for row in rows:
        click.echo(orjson.dumps(_told(row)) if as_json else _line(row))


def _in_vain(load: dict[str, Any], slug: str) -> str:
    """Return what is said of a load that is not shown, since it failed or was undone."""
    how = "failed" if load["status"] == "failed" else "was undone"
    shown = "none of this source stands" if load["standing"] is None else f"load {load['standing']} stands"
    return f"{load['source']}: load {load['load_id']} {how}, {shown} (cim rejects {slug} --load {load['load_id']})"


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a line of JSON says."""
    return {name: value for name, value in row.items() if name not in ("reject_id", "load_id")}


def _line(row: dict[str, Any]) -> str:
    """Return one reject in one line."""
    remedy = f": {row['remedy']}" if row["remedy"] else ""
    return f"{row['severity']} {row['code']} {row['file']} record {row['record']} {row['reason']}{remedy}"
