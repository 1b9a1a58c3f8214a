"""`cim network profile` and `cim network section`: levels and pipes along a path, and below a line."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import orjson

from cim.analytics.errors import BadQuestion
from cim.analytics.network.sections.profile import Profile
from cim.analytics.network.sections.profile import profile as profiled
from cim.analytics.network.sections.profile_sheet import profile_sheet
from cim.analytics.network.sections.section import Section, drawn_line, line_across, line_points
from cim.analytics.network.sections.section import section as cut
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.analytics.network.sections.summary import profile_summary, section_summary
from cim.analytics.network.sheet_words import LANGUAGES
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import console
from cim.settings import Settings
from cim.sheets import FORMATS, Sheet, written
from cim.viewer import LOCAL

_SCALE = click.IntRange(10, 100_000)
_OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write .svg, .pdf, .png, .dxf or .json."
)
_LANGUAGE = click.option(
    "--language", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="Language of the drawing."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")


@click.command()
@click.argument("places", nargs=-1, required=True, metavar="PLACE PLACE...")
@CITY
@click.option("--network", help="Network, for a key that stands in several.")
@click.option("--scale-h", type=_SCALE, help="Horizontal scale 1:N (default: what fits).")
@click.option("--scale-v", type=_SCALE, help="Vertical scale 1:N (default: what fits).")
@_LANGUAGE
@_OUT
@_JSON
def profile(
    places: tuple[str, ...],
    city: str | None,
    network: str | None,
    scale_h: int | None,
    scale_v: int | None,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw the long profile (纵断面) along the shortest path from PLACE to PLACE, manholes by feature id or key."""
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        found = profiled(store, LOCAL, places, settings.data_dir, network=network)
        drawn = partial(profile_sheet, found, store.city, language, (scale_h, scale_v))
        _tell(found, drawn, out, as_json, lambda: (named(store), profile_summary(found)))


@click.command()
@CITY
@click.option("--line", metavar="LON,LAT LON,LAT...", help="The line, in degrees.")
@click.option("--across", metavar="SEGMENT", help="Instead: across this pipe segment, through its middle.")
@click.option(
    "--width", type=click.FloatRange(1, 2000), default=40.0, show_default=True, help="Its length then, metres."
)
@click.option("--scale", type=_SCALE, help="Scale 1:N (default: what fits).")
@_LANGUAGE
@_OUT
@_JSON
def section(
    city: str | None,
    line: str | None,
    across: str | None,
    width: float,
    scale: int | None,
    language: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw the cross-section (横断面) below a line: ground, pipes to scale, spacing."""
    if (line is None) == (across is None):
        raise BadQuestion("a section follows one line", "give --line or --across")
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        where = line_across(store, LOCAL, across, width) if across else drawn_line(store, line_points(line or ""))
        found = cut(store, LOCAL, where, settings.data_dir)
        drawn = partial(section_sheet, found, store.city, language, scale)
        _tell(found, drawn, out, as_json, lambda: (named(store), section_summary(found)))


def _tell(
    found: Profile | Section,
    drawn: Callable[[], Sheet],
    out: Path | None,
    as_json: bool,
    summary: Callable[[], tuple[Any, ...]],
) -> None:
    """Write the file that is asked for, or print."""
    data = orjson.dumps(dataclasses.asdict(found))
    if out is not None:
        ending = out.suffix.lower().removeprefix(".")
        if ending not in {*FORMATS, "json"}:
            raise BadQuestion(f"{out.name} has an ending that says no format", f"use one of {', '.join(FORMATS)}, json")
        out.write_bytes(data if ending == "json" else written(drawn(), ending))
        click.echo(f"wrote {out}")
    elif as_json:
        click.echo(data)
    else:
        screen = console()
        title, *rest = summary()
        screen.print(title, style="bold")
        for part in rest:
            screen.print(part)
