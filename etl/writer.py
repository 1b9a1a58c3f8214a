"""Writing in the background: while one batch is copied into the database, the next is read and checked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import psycopg

Job = Callable[[psycopg.Connection[Any]], None]
"""Writes something on the connection; it is committed after it."""

_AHEAD = 2
"""Batches that may wait: more would only take memory."""


class Writer:
    """A thread with a connection of its own, which does jobs in order, each in a transaction.

    Parameters
    ----------
    conninfo
        Of the city's database, as its owner.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=_AHEAD)
        self._error: BaseException | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._thread = threading.Thread(target=self._work, name="cim-writer", daemon=True)

    def __enter__(self) -> Self:
        """Connect and start the thread."""
        self._connection = psycopg.connect(self._conninfo, application_name="cim load")
        # A load that is lost in a crash of the machine is begun anew; its publication, which is synchronous,
        # flushes all that was written before it.
        self._connection.execute("SET synchronous_commit = off")
        self._connection.commit()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the jobs; when the block failed, drop those that wait and cancel the one at work."""
        if error is not None:
            self._error = self._error or error
            if self._connection is not None:
                self._connection.cancel_safe()
        self._put(None)
        self._thread.join()
        if self._connection is not None:
            self._connection.close()
        if error is None and self._error is not None:
            raise self._error

    def submit(self, job: Job) -> None:
        """Have a job done, waiting while others are ahead of it; raises what an earlier one has met."""
        if self._error is not None:
            raise self._error
        self._put(job)

    def finish(self) -> None:
        """Wait until every job is done; raises what any of them has met."""
        self._jobs.join()
        if self._error is not None:
            raise self._error

    def _put(self, job: Job | None) -> None:
        """Queue a job; the thread never stops taking jobs before the last, so this never blocks for ever."""
        self._jobs.put(job)

    def _work(self) -> None:
        """Do jobs until told to stop; after an error only empty the queue."""
        while True:
            job = self._jobs.get()
            try:
                if job is None:
                    return
                if self._error is None and self._connection is not None:
                    with self._connection.transaction():
                        job(self._connection)
            except BaseException as error:  # noqa: BLE001 - handed to the thread that submits
                self._error = error
            finally:
                self._jobs.task_done()
