"""`cim export`: a city's features as files that other programs read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import click

from cim.cluster import Cluster
from cim.errors import BadRequest
from cim.etl.export_selection import Box
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

_HELP = {
    "theme": "What to export: building, pipe_segment, …; may be repeated where the format holds several.",
    "format": "Format: cityjsonseq, geopackage, geoparquet, geojson, flatgeobuf, survey, survey-csv, epanet.",
    "out": "File (or folder) to write.",
    "crs": "CRS of the file, e.g. EPSG:4326; else the city's.",
    "bbox": "Only what meets this box: west,south,east,north in the CRS of the file.",
    "as_of": "As the city was recorded at the end of that day (2025-12-31), or at that time (2025-12-31T12:00+08:00).",
    "source": "Of this source only; may be repeated.",
    "network": "Of this pipe network only (water, sewage, …); may be repeated.",
    "clearance": "Highest classification to write: 0 open, 1 internal, 2 restricted.",
}


@click.command()
@click.argument("city", required=False)
@click.option("--theme", "themes", multiple=True, help=_HELP["theme"])
@click.option("--format", "name", required=True, help=_HELP["format"])
@click.option("--out", "path", required=True, type=click.Path(path_type=Path), help=_HELP["out"])
@click.option("--crs", help=_HELP["crs"])
@click.option("--bbox", help=_HELP["bbox"])
@click.option("--as-of", help=_HELP["as_of"])
@click.option("--source", "sources", multiple=True, metavar="NAME", help=_HELP["source"])
@click.option("--network", "networks", multiple=True, help=_HELP["network"])
@click.option("--clearance", type=click.IntRange(0, 2), default=1, show_default=True, help=_HELP["clearance"])
def export(
    city: str | None,
    themes: tuple[str, ...],
    name: str,
    path: Path,
    crs: str | None,
    bbox: str | None,
    as_of: str | None,
    sources: tuple[str, ...],
    networks: tuple[str, ...],
    clearance: int,
) -> None:
    """Write a city's features to a file: whole or not at all, with the licences of their sources."""
    # Imported here: the writers' libraries take a second, which the other commands need not wait.
    from cim.etl.export import Request, export_city
    from cim.etl.writers import writers

    known = writers()
    if name not in known:
        raise BadRequest("format", name, f"give one of {', '.join(sorted(known))}")
    box, moment = None if bbox is None else _box(bbox), None if as_of is None else _moment(as_of)
    request = Request(themes, crs, box, moment, sources, networks)
    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    viewer = OPERATOR if clearance == OPERATOR.clearance else replace(LOCAL, clearance=clearance)
    with Store.open(cluster, city or settings.city, role="web") as store:
        report = export_city(viewer, store, known[name], request, path)
    for theme in report.written:
        click.echo(f"{theme}: {report.written[theme]} written to {path}")
    for note in report.notes:
        click.echo(f"note: {note}")
    for theme, count in report.withheld.items():
        click.echo(f"{theme}: {count} left out: classified above clearance {clearance}")


def _box(text: str) -> Box:
    """Return west, south, east, north."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadRequest("bbox", text, "give four numbers: west,south,east,north") from error
    if not (west < east and south < north):
        raise BadRequest("bbox", text, "west must be less than east, south less than north")
    return west, south, east, north


def _moment(text: str) -> dt.datetime:
    """Return the time that is asked for; a day means its end, a time without a zone that of this machine."""
    try:
        if len(text) == len("2025-12-31"):
            return dt.datetime.combine(dt.date.fromisoformat(text) + dt.timedelta(days=1), dt.time()).astimezone()
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise BadRequest("as-of", text, "give a day such as 2025-12-31, or a time 2025-12-31T12:00") from error
