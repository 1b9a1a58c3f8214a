"""Progress on a terminal: bars with rate and time left; plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text

CONSOLE = Console(stderr=True, highlight=False)


class Task:
    """One bar; `advance` moves it."""

    def __init__(self, progress: Progress, title: str, total: int | None) -> None:
        self._progress = progress
        self._id = progress.add_task(title, total=total)
        self.done = 0

    def advance(self, steps: int = 1) -> None:
        """Move the bar by a number of steps."""
        self.done += steps
        self._progress.advance(self._id, steps)

    def finish(self) -> None:
        """Fill the bar, whose total may have been a guess or unknown."""
        self._progress.update(self._id, total=self.done, completed=self.done)


class RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: RichTask) -> Text:
        """Return the present rate; of a finished bar its mean."""
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s", style="progress.data.speed")


@contextmanager
def progress(title: str, total: int | None = None, *, shown: bool = True) -> Iterator[Task]:
    """Show a bar with rate and time left while the block runs; on a pipe or in a log a single line at the end.

    Parameters
    ----------
    title
        What is under way.
    total
        Steps to come, or a guess; None: not known, and so no time left either.
    shown
        False: show nothing at all.
    """
    bars = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=CONSOLE,
        disable=not (shown and CONSOLE.is_terminal),
    )
    with bars:
        task = Task(bars, title, total)
        yield task
        task.finish()
    if shown and not CONSOLE.is_terminal:
        CONSOLE.print(f"{title}: {task.done}")
