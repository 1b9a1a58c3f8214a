"""Progress: rate and time left on a terminal, one line in a log, nothing where nothing is wanted."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from cim import progress as module


@pytest.fixture
def shown(monkeypatch):
    """Run five steps; return what was shown, as a terminal or a log has it."""

    def run(terminal, total=10, **options):
        out = io.StringIO()
        monkeypatch.setattr(module, "CONSOLE", Console(file=out, force_terminal=terminal, width=120, highlight=False))
        with module.progress("houses", total, **options) as bar:
            for _ in range(5):
                time.sleep(0.12)
                bar.advance(1_000)
        return out.getvalue()

    return run


def test_a_terminal_shows_rate_and_time_left(shown):
    said = shown(terminal=True, total=10_000)
    assert "houses" in said
    assert "/s" in said
    assert "0:00:0" in said
    assert "5000/5000" in said  # the end corrects a total that was a guess


def test_a_log_has_one_line(shown):
    assert shown(terminal=False) == "houses: 5000\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_is_shown_where_nothing_is_wanted(shown, terminal):
    assert "houses" not in shown(terminal, shown=False)
