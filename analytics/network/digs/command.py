"""`cim network excavate`: what lies in the ground where somebody wants to dig."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cim.analytics.errors import BadQuestion
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.digs.area import VALID_DAYS, Dig
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.digs.files import written
from cim.analytics.network.digs.summary import dig_summary
from cim.analytics.network.outline_file import outline_of_file
from cim.analytics.network.rules.tables import load_rules
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.settings import Settings
from cim.viewer import LOCAL

_ENDINGS = (".json", ".pdf", ".dxf")


@click.command()
@click.argument("area", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--depth", "depth_m", type=float, required=True, help="How deep, metres below the ground.")
@CITY
@click.option("--city-crs", is_flag=True, help="AREA is in the city's CRS; else longitudes and latitudes.")
@click.option("--project", default="", help="What it is for, for the sheet.")
@click.option("--applicant", default="", help="Who wants to dig, for the sheet.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the question (default: today).")
@click.option("--valid", "valid_days", default=VALID_DAYS, show_default=True, help="Days for which the answer holds.")
@click.option(
    "-o", "--output", "outputs", multiple=True, type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the answer: .json, .pdf (with 会签单) or .dxf; again for more.",
)  # fmt: skip
def excavate(
    area: Path, city: str | None, city_crs: bool, day: dt.datetime | None, outputs: tuple[Path, ...], **told: object
) -> None:
    """Tell every pipe and manhole in or near AREA, a GeoJSON polygon, and what must be dug by hand (挖掘查询)."""
    for path in outputs:
        if path.suffix.lower() not in _ENDINGS:
            raise BadQuestion(f"--output {path.name}", f"end it in {', '.join(_ENDINGS)}")
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        place = outline_of_file(area, store.city, city_crs=city_crs)
        dig = Dig(place, day=day.date() if day else dt.date.today(), **told)  # type: ignore[arg-type]
        found = excavation(store, LOCAL, dig, load_rules(rules_folder(settings, store.city.slug)))
        screen = console()
        screen.print(named(store), style="bold")
        screen.print(dig_summary(found))
        for path in outputs:
            path.write_bytes(written(path.suffix.lower()[1:], store.city, found))
            screen.print(f"Written: {path}")
