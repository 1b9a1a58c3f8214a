"""`cim examine scores`: composite scores of units, each with the interval of its rank."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd
from rich.table import Table
from rich.text import Text

from cim.analytics.examination.scores.judgements import read_judgements
from cim.analytics.examination.scores.ranking import METHODS
from cim.analytics.examination.scores.score import Scores, kept_scores
from cim.analytics.examination.scores.weights import WEIGHTS
from cim.analytics.examination.scores.words import explained
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import columns, console
from cim.codes import LEVELS
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command("scores")
@click.option("--year", type=click.IntRange(1990, 2100), help="Year examined (default: the newest examination).")
@click.option("--system", help="System of indicators, where a year was examined by several.")
@click.option("--level", type=click.Choice(LEVELS), default="community", show_default=True, help="Level of the units.")
@click.option("--weights", type=click.Choice(tuple(WEIGHTS)), default="equal", show_default=True, help="Of indicators.")
@click.option(
    "--judgements",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights from judgements in pairs (AHP): a CSV with one, other, ratio.",
)
@click.option("--method", type=click.Choice(tuple(METHODS)), default="sum", show_default=True, help="Of the score.")
@click.option("--limit", type=click.IntRange(0), default=30, show_default=True, help="Most units to list, worst first.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all units as .csv.")
@CITY
def scores_command(
    year: int | None, system: str | None, level: str, weights: str, judgements: Path | None, method: str, limit: int,
    out: Path | None, city: str | None,
) -> None:  # fmt: skip
    """Score units, each with the interval of its rank.

    The interval is what the rank lies in when the weights are in doubt.
    """
    chosen = weights if judgements is None else read_judgements(judgements)
    with opened_city(Settings.from_env(), city) as store:
        found = kept_scores(store, LOCAL, year=year, system=system, level=level, weights=chosen, method=method)
        if out is not None:
            out.write_text("\ufeff" + found.table.to_csv(index_label="unit_id"), encoding="utf-8")
            click.echo(f"wrote {out}: {len(found.table)} units")
            return
        screen = console()
        screen.print(named(store), style="bold")
        screen.print(_table(found, limit))
        for line in explained(found):
            screen.print(Text(line, style="dim"))


def _table(found: Scores, limit: int) -> Table:
    """Return the worst units first."""
    table = columns("unit", "score", "rank", "rank in 9 of 10 weightings", f"among the worst {found.worst}", "known",
                    *(f"rank, {name}" for name in WEIGHTS))  # fmt: skip
    for row in found.table.sort_values("rank", ascending=False, na_position="last").head(limit).to_dict("records"):
        table.add_row(
            str(row["name"]),
            _told(row["score"], ".3f"),
            _told(row["rank"], ".0f"),
            f"{_told(row['rank_low'], '.0f')} … {_told(row['rank_high'], '.0f')}",
            _told(row["among_worst"], ".0%"),
            _told(row["covered"], ".0%"),
            *(_told(row[f"rank_{name}"], ".0f") for name in WEIGHTS),
        )
    return table


def _told(value: float, form: str) -> str:
    return "–" if pd.isna(value) else format(value, form)
