"""Room for answers that take seconds of a whole core: one at a time in a process, the rest wait or are told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import abort, current_app

PATIENCE_S = 20.0
"""How long a request waits for its turn; a worker has several threads, and others must be free for what is short."""
_KEY = "cim.at_once"


@contextmanager
def room(patience_s: float | None = None) -> Iterator[None]:
    """Hold the process's turn to compute while the block runs; 503 where others held it longer than is waited for."""
    turn = cast("threading.Lock", current_app.extensions.setdefault(_KEY, threading.Lock()))
    if not turn.acquire(timeout=PATIENCE_S if patience_s is None else patience_s):
        abort(503, "other answers are being computed: ask again in a minute")
    try:
        yield
    finally:
        turn.release()
