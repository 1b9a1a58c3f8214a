"""Next year's look at what was solved: whether it is gone, still there, or nobody could tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click
import orjson

from cim.analytics.errors import NoExamination
from cim.analytics.examination.overview import newest
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.queries import query
from cim.analytics.terminal import columns, console
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL, Viewer

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "found_again": ("仍然存在，已重新打开", "still there: reopened"),
    "not_judged": ("未能判断，保持原状态", "could not be judged: stays as it was"),
    "closed": ("已消除，予以销号", "gone: closed"),
    "still_gone": ("已销号，复查仍未出现", "closed before, and still gone"),
}
"""What an examination says of a problem that was said to be done, or was closed, before it: Chinese, English."""


def checked_problems(store: Store, viewer: Viewer, year: int) -> list[dict[str, Any]]:
    """Return problems of earlier years that were done or closed, with what the examination of a year says of them.

    Returns
    -------
    list of dict
        Columns of the ledger and `outcome`, one of OUTCOMES: what was found again first.

    Raises
    ------
    NoExamination
        The year was not examined.
    """
    if newest(store, viewer, year) is None:
        raise NoExamination(store.city.slug, year, None, None, "")
    return store.rows(viewer, query("examination", "checked_problems"), {"year": year})


@click.command("checked")
@click.option("--year", type=click.IntRange(1990, 2100), required=True, help="Year of the examination that looked.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Most problems to list.")
@click.option("--json", "as_json", is_flag=True, help="All of them, one JSON object a line.")
@CITY
def checked_command(year: int, limit: int, as_json: bool, city: str | None) -> None:
    """Tell what became of problems done or closed before.

    As the examination of the year found them: gone, still there, or not to be judged.
    """
    with opened_city(Settings.from_env(), city) as store:
        rows = checked_problems(store, LOCAL, year)
        if as_json:
            for row in rows:
                click.echo(orjson.dumps(row))
            return
        screen = console()
        screen.print(named(store), style="bold")
        counts = Counter(row["outcome"] for row in rows)
        for outcome, (chinese, english) in OUTCOMES.items():
            screen.print(f"{counts[outcome]:>6,}  {english} ({chinese})")
        table = columns("number", "code", "place", "in", "found", "outcome", "responsible")
        for column in table.columns[1:]:
            column.justify = "left"
        for row in rows[:limit]:
            table.add_row(
                str(row["problem_id"]),
                row["code"],
                f"{row['theme']} {row['key']}",
                row["unit"] or "–",
                str(row["year_found"]),
                OUTCOMES[row["outcome"]][1],
                row["responsible"] or "–",
            )
        screen.print(table)
