"""What a load tells machines: a JSON object a line on stderr, and nothing else."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson
import psycopg

from cim.errors import CimError

_EVERY_S = 1.0
"""Between two events that tell how far a load has come."""


class Events:
    """The events of one command."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._began = self._told = 0.0

    def listen(self, name: str, source: str, records: int) -> None:
        """Tell of progress, not more often than machines care to know."""
        now = time.monotonic()
        if name == "started":
            self._source, self._began = source, now
        elif now - self._told < _EVERY_S:
            return
        self._told = now
        self.emit({"event": name, "source": source, "counts": {"records": records},
                   "seconds": round(now - self._began, 3)})  # fmt: skip

    def emit(self, told: dict[str, Any]) -> None:
        """Write one event."""
        if told.get("source") == self._source and told["event"] not in {"started", "read"}:
            self._source = None  # it is done with
        click.echo(orjson.dumps(told), err=True)

    @contextmanager
    def failures_told(self) -> Iterator[None]:
        """End in an event that names the source that was being loaded, not in a line for people."""
        about = {}
        try:
            with warnings.catch_warnings():
                # What libraries warn of has no place among events; what a city must know is a remark of the load.
                warnings.simplefilter("ignore")
                yield
        except KeyboardInterrupt:
            about, code = {"event": "interrupted"}, 130
        except (CimError, psycopg.OperationalError) as error:
            about, code = {"event": "failed", "message": " ".join(str(error).split())}, 1
        if about:
            self.emit(about | ({"source": self._source} if self._source else {}))
            raise SystemExit(code)
