"""Progress on a terminal: bars with rate and time left; plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

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


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Task]:
    """Show a bar while the block runs; on a pipe or in a log a single line at the end."""
    bars = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=CONSOLE,
        disable=not CONSOLE.is_terminal,
    )
    with bars:
        task = Task(bars, title, total)
        yield task
        task.finish()
    if not CONSOLE.is_terminal:
        CONSOLE.print(f"{title}: {task.done}")
