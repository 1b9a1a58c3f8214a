"""Parallel work: in process or a process pool, with one interface."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Out = TypeVar("Out")


def run_all(work: Callable[[Item], Out], items: Iterable[Item], *, workers: int = 1) -> Iterator[Out]:
    """Yield `work(item)` for each item, in the order of the items.

    Parameters
    ----------
    work
        A function of a module (it is sent to other processes by name).
    items
        What to work on; consumed only a little ahead of the results, so memory stays bounded.
    workers
        Processes; with 1 everything runs in this process.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    # A forked child would inherit database connections and threads: spawn starts clean.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: deque[Future[Out]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
