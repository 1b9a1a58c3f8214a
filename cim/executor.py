"""Parallel work: in process, a process pool, or a Dask cluster, with one interface."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

from cim.errors import MissingExtra, SchedulerError, WorkerLost

Item = TypeVar("Item")
Out = TypeVar("Out")

_CONNECT_S = 15
"""How long to wait for a cluster's scheduler, and for a first worker."""


Pool: TypeAlias = ProcessPoolExecutor
"""Processes that wait for work."""


@contextmanager
def copies(workers: int) -> Iterator[Pool]:
    """Yield processes that are copies of this one: they have imported what it has, and so are there at once.

    To be called before any connection is opened, since copies would hold it, too. Where other threads are at work
    (in a notebook, say), whose locks a copy would hold for ever, the processes start anew instead.

    Parameters
    ----------
    workers
        How many.
    """
    # Threads of ours: those of the algebra library, which wait from its import on, stand a fork.
    alone = threading.active_count() == 1
    if alone:
        # What stands is nobody's garbage: the copies share its memory as long as no collector writes into it.
        gc.freeze()
    context = multiprocessing.get_context("fork" if alone else "spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_parent)
    try:
        if alone:
            pool.submit(os.getpid).result()  # the first work makes all of them
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        if alone:
            gc.unfreeze()


@dataclass(frozen=True)
class Workforce:
    """Who works: this process, several of this machine, or a cluster."""

    workers: int = 1
    """Processes of this machine; with 1 this process works."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers do it instead."""
    pool: Pool | None = None
    """Processes that stand ready, as many as `workers`; None: they are started anew."""

    @property
    def alone(self) -> bool:
        """Whether this process works."""
        return self.workers <= 1 and self.cluster is None

    def run(self, work: Callable[[Item], Out], items: Iterable[Item]) -> Iterator[Out]:
        """Yield `work(item)` for each item, in their order, as `run_all` does."""
        return run_all(work, items, workers=self.workers, cluster=self.cluster, pool=self.pool)


ALONE = Workforce()
"""Nobody else."""


class _Awaited(Protocol):
    """A result to come, of a pool or of a cluster."""

    def result(self) -> Any:
        """Wait for it."""


def run_all(
    work: Callable[[Item], Out],
    items: Iterable[Item],
    *,
    workers: int = 1,
    cluster: str | None = None,
    pool: Pool | None = None,
) -> Iterator[Out]:
    """Yield `work(item)` for each item, in the order of the items.

    Parameters
    ----------
    work
        A function of a module (it is sent to other processes by name).
    items
        What to work on; consumed only a little ahead of the results, so memory stays bounded.
    workers
        Processes; with 1 everything runs in this process. A cluster has its own.
    cluster
        Address of a Dask scheduler, e.g. ``tcp://10.0.0.5:8786``, whose workers do the work instead. They need this
        software in the same version, and the files under the same paths.
    pool
        Processes of :func:`copies` that do the work instead, `workers` of them.

    Raises
    ------
    MissingExtra
        A cluster is given, but Dask is not installed.
    SchedulerError
        No scheduler answers there, or it has no workers.
    """
    if cluster is not None:
        yield from _on_cluster(work, items, cluster)
        return
    if workers <= 1:
        yield from map(work, items)
        return
    if pool is not None:
        # Results wait for one process, which is the quicker half of the work: few are enough.
        waiting = pool
        yield from _in_order(lambda item: waiting.submit(work, item), items, ahead=workers + 1)
        return
    # A forked child would inherit database connections and threads: spawn starts clean.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_parent) as pool:
        yield from _in_order(lambda item: pool.submit(work, item), items, ahead=2 * workers)


def _follow_parent() -> None:
    """Leave interrupts to the parent process, and end when it ends, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent process: a worker's own queue would never tell it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_order(submit: Callable[[Item], _Awaited], items: Iterable[Item], ahead: int) -> Iterator[Any]:
    """Yield results in the order of the items, a few of them at work ahead of the one that is waited for."""
    waiting: deque[_Awaited] = deque()
    try:
        for item in items:
            waiting.append(submit(item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise WorkerLost from None


def _on_cluster(work: Callable[[Item], Out], items: Iterable[Item], address: str) -> Iterator[Out]:
    """Have a Dask cluster do the work."""
    try:
        # Imported here: an optional extra, and a second of a command's start.
        import dask
        from distributed import Client
    except ImportError as error:
        raise MissingExtra("cluster", "a Dask cluster") from error
    _knock(address)
    with (
        # Items may hold what is to be worked on: Dask would warn of each that is larger than 10 MB.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}),
        Client(address, timeout=_CONNECT_S, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):
        try:
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except TimeoutError as error:
            raise SchedulerError(address, "it has no workers") from error
        # Not pure: a file may have changed since Dask last met the same arguments.
        yield from _in_order(partial(client.submit, work, pure=False), items, ahead=2 * sum(client.nthreads().values()))


def _knock(address: str) -> None:
    """See that something answers: a client of Dask that has waited in vain leaves threads behind."""
    parts = urlsplit(address)
    try:
        if parts.scheme != "tcp" or parts.hostname is None or parts.port is None:
            raise SchedulerError(address, "an address is tcp://HOST:PORT")
        socket.create_connection((parts.hostname, parts.port), _CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise SchedulerError(address, str(error)) from error
