"""`cim problems`: the ledger of what examinations found, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson
from rich.table import Table
from rich.text import Text

from cim.analytics.examination.advice import advised
from cim.analytics.examination.problem_checks import checked_command
from cim.analytics.examination.problem_states import change_problems, problem
from cim.analytics.examination.problem_states import problems as ledger
from cim.analytics.examination.projects.catalogue import Catalogue, load_catalogue
from cim.analytics.examination.projects.command import projects_command
from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.terminal import columns, console
from cim.codes import PROBLEM_STATES
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL

_ACTIVE = ("open", "assigned", "in_progress", "done", "reopened")
_SET = tuple(state for state in PROBLEM_STATES if state != "closed")


@click.group()
def problems() -> None:
    """Follow the problems that examinations found, each at its place, until they are closed."""


@problems.command("list")
@CITY
@click.option("--code", help="Only problems of this indicator.")
@click.option(
    "--state", "states", type=click.Choice(PROBLEM_STATES), multiple=True, help="Only problems in this state."
)
@click.option("--unit", type=int, metavar="ID", help="Only problems in this unit, by feature id.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Most problems to list.")
@click.option("--json", "as_json", is_flag=True, help="All of them, one JSON object a line.")
def list_problems(
    city: str | None, code: str | None, states: tuple[str, ...], unit: int | None, limit: int, as_json: bool
) -> None:
    """List problems, the gravest first, with their number by indicator and state; without --state, unsolved ones."""
    with opened_city(Settings.from_env(), city) as store:
        rows = ledger(store, LOCAL, code=code, states=states or (_ACTIVE if not as_json else ()), unit=unit)
        if as_json:
            for row in advised(rows, _catalogue(store)):
                click.echo(orjson.dumps(row))
            return
        screen = console()
        screen.print(named(store), style="bold")
        screen.print(_by_indicator(rows))
        screen.print(_table(rows[:limit]))
        if len(rows) > limit:
            screen.print(Text(f"{len(rows) - limit:,} more: --limit, --code, --state, --unit, --json", style="dim"))


@problems.command()
@click.argument("number", type=int)
@CITY
def show(number: int, city: str | None) -> None:
    """Show problem NUMBER: where it is, what shows it, what helps, and what became of it."""
    with opened_city(Settings.from_env(), city) as store:
        (row,) = advised([problem(store, LOCAL, number)], _catalogue(store))
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold")
        table.add_column()
        for name, text in _told(row).items():
            table.add_row(name, text)
        console().print(named(store), table, sep="\n")


@problems.command("set")
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--state", type=click.Choice(_SET), help="New state; only an examination closes.")
@click.option("--note", default="", help="Why, or what was done.")
@click.option("--responsible", help="Who is to solve it.")
@click.option("--who", default="", help="Your name, where several people share this account.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Day by which it is to be solved.")
@CITY
def set_problems(
    numbers: tuple[int, ...],
    state: str | None,
    note: str,
    responsible: str | None,
    who: str,
    due: dt.datetime | None,
    city: str | None,
) -> None:
    """Change problems NUMBERS: their state, who solves them, by when; all of them or none."""
    if state is None and responsible is None and due is None:
        raise click.UsageError("say what to change: --state, --responsible or --due")
    with opened_city(Settings.from_env(), city) as store:
        due_on = due.date() if due else None
        count = change_problems(
            store, LOCAL, numbers, state, note=note, responsible=responsible, due_on=due_on, who=who
        )
        console().print(f"{count} problem{'s' if count > 1 else ''} changed" + (f" to {state}" if state else ""))


problems.add_command(projects_command)
problems.add_command(checked_command)


def _catalogue(store: Store) -> Catalogue:
    return load_catalogue(rules_folder(Settings.from_env(), store.city.slug))


def _by_indicator(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the number of problems by indicator and state."""
    states = [state for state in PROBLEM_STATES if any(row["state"] == state for row in rows)]
    table = columns("code", "problems", "candidates", *states)
    for code in sorted({row["code"] for row in rows}):
        of_code = [row for row in rows if row["code"] == code]
        counts = Counter(row["state"] for row in of_code)
        suspected = sum(row["candidate"] for row in of_code)
        table.add_row(code, str(len(of_code)), str(suspected), *(str(counts[state]) for state in states))
    return table


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = columns("number", "code", "place", "in", "severity", "deadline", "state", "evidence")
    for column in table.columns:
        column.justify = "right" if column.header == "number" else "left"
    for row in rows:
        table.add_row(
            str(row["problem_id"]),
            row["code"],
            f"{row['theme']} {row['key']}",
            row["unit"] or "–",
            "candidate" if row["candidate"] else str(row["severity"] or "–"),
            str(row["due_on"] or row["deadline"]),
            row["state"],
            _evidence(row["evidence"]),
        )
    return table


def _evidence(evidence: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in (evidence or {}).items()) or "–"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _both(words: Mapping[str, str]) -> str:
    return f"{words['en']} ({words['zh']})"


def _told(row: Mapping[str, Any]) -> dict[str, str]:
    grave = str(row["severity"]) if row["severity"] is not None else "not told"
    lines = {
        "problem": f"{row['problem_id']}  ({row['code']} of {row['definition']})",
        "place": f"{row['theme']} {row['key']} (feature {row['feature_id']}), in {row['unit'] or 'no known unit'}",
        "state": row["state"] + (", a candidate: not confirmed on site" if row["candidate"] else ""),
        "severity": grave,
        "evidence": _evidence(row["evidence"]),
        "found": f"{row['year_found']}, last seen {row['year_seen']} (run {row['run_id']})",
        "deadline": f"{row['deadline']}, {row['due_on'] or 'no day set'}",
        "responsible": row["responsible"] or f"nobody yet; usually {_both(row['usual_responsible'])}",
        "advice": _both(row["advice"]),
    }
    for place, change in enumerate(row["history"], start=1):
        note = f": {change['note']}" if change.get("note") else ""
        lines[f"change {place}"] = f"{change['at'][:16]} {change['by']}, {change['from']} → {change['to']}{note}"
    return lines
