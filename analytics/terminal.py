"""Tables and notes as the command line prints them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cim.analytics.opening import named
from cim.store import Store

Answer = TypeVar("Answer", bound=Any)
"""A frozen dataclass of plain values."""

_LEFT = frozenset(
    {"network", "segment", "road", "railway", "pipe", "run", "code", "indicator", "unit", "standard", "grades 1-4"}
)
_FILE_WIDTH = 160
_AGE = {True: "new", False: "unchanged"}


def console() -> Console:
    """Return a console on standard output; in a file or a pipe it is wide enough that nothing wraps."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=_FILE_WIDTH)


def print_answer(store: Store, found: Answer, summary: Callable[[Answer], RenderableType], *, as_json: bool) -> None:
    """Print an answer for people below the city's name, or whole as one JSON object."""
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(found)))
        return
    screen = console()
    screen.print(named(store), style="bold")
    screen.print(summary(found))


def columns(*names: str) -> Table:
    """Return a plain table; words stand left, numbers right."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, justify="left" if name in _LEFT else "right")
    return table


def thousands(value: float | None) -> str:
    """Return a number with separators; what is not known is a dash, not a zero."""
    return "–" if value is None else f"{value:,.0f}"


def run_line(run: Mapping[str, Any] | None, *, fresh: bool) -> Text:
    """Return a line about the run that an answer is of; None: it was computed at once, and nothing is kept."""
    told = "Computed at once, nothing is kept." if run is None else f"Run {run['run_id']}, {_AGE[fresh]}."
    return Text(told, style="dim")


def left_out_lines(subject: str, left_out: Mapping[str, Any] | None) -> Iterator[Text]:
    """Yield a line for each thing that an analysis could not use."""
    for entry in (left_out or {}).values():
        yield Text(f"{subject}: {entry['count']:,} × {entry['en']}", style="dim")
