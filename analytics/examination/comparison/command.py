"""`cim examine compare`: two years of a city, or two cities."""

from __future__ import annotations

from pathlib import Path

import click

from cim.analytics.examination.comparison.compare import compare_cities
from cim.analytics.examination.comparison.files import FORMATS
from cim.analytics.examination.comparison.keeping import compare_years
from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.comparison.summary import comparison_summary
from cim.analytics.file_format import format_of
from cim.analytics.opening import CITY, opened_city
from cim.analytics.terminal import console
from cim.codes import LEVELS
from cim.settings import Settings
from cim.viewer import LOCAL

_YEAR = click.IntRange(1990, 2100)


@click.command()
@click.option("--then", type=_YEAR, help="Year that is compared with (default: the year before --now).")
@click.option("--now", type=_YEAR, help="Year that is compared (with --with: of both cities; default: the newest).")
@click.option("--with", "other", metavar="CITY", help="Compare with another city instead of another year.")
@click.option("--system", help="System of indicators, where a year was examined by several.")
@click.option(
    "--level", type=click.Choice(LEVELS), default="city", show_default=True, help="Level of the units listed."
)
@click.option("--all", "all_rows", is_flag=True, help="Also list what is the same.")
@click.option("--limit", type=click.IntRange(0), default=60, show_default=True, help="Most rows to list.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all rows: .csv or .json.")
@click.option("--again", is_flag=True, help="Compute the old way even if it was kept.")
@CITY
def compare(
    then: int | None, now: int | None, other: str | None, system: str | None, level: str, all_rows: bool, limit: int,
    out: Path | None, again: bool, city: str | None,
) -> None:  # fmt: skip
    """Compare two examined years fairly, or two cities.

    Where extent or definition changed, the value is also told the old way.
    """
    if out is not None:
        format_of(out.name, FORMATS)
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        if other is not None:
            with opened_city(settings, other) as another:
                found = compare_cities((another, now), (store, now), LOCAL, system=system)
        else:
            if now is None:
                raise click.UsageError("say which years: --then 2025 --now 2026, or --with another city")
            found = compare_years(store, LOCAL, now - 1 if then is None else then, now, system=system, again=again)
    _tell(found, level, out, all_rows=all_rows, limit=limit)


def _tell(found: Comparison, level: str, out: Path | None, *, all_rows: bool, limit: int) -> None:
    if out is not None:
        out.write_bytes(format_of(out.name, FORMATS).write(found, "zh"))
        click.echo(f"wrote {out}: {len(found.table)} rows")
        return
    synthetic = found.then["synthetic"] or found.now["synthetic"]
    console().print(
        f"{found.now['city_en']} · {found.now['city_zh']}" + (" · synthetic data (合成数据)" if synthetic else "")
    )
    console().print(comparison_summary(found, level, all_rows=all_rows, limit=limit))
