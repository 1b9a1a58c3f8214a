"""Telling what a load did: a table of sources and what was refused for people, or a JSON object a line for machines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson
import psycopg
from rich.table import Table

from cim.cluster import Cluster
from cim.errors import CimError
from cim.etl.load import LoadOptions, load_city
from cim.etl.report import LoadReport
from cim.manifest import Manifest
from cim.progress import CONSOLE

_COUNTS = ("added", "changed", "removed", "unchanged")
_WORDS = {"unchanged": "as it was", "undone": "undone"}
_REMARKS = {
    "undone": "load {0.load_id} of this very file was undone, not loaded again; use --again",
    "unlisted": "city.toml does not list it; its features are shown as load {0.load_id} left them: list it again, or "
    "take them away with --retire {0.source}",
}
_EVERY_S = 1.0
"""Between two events that tell how far a load has come."""


def load_and_report(
    cluster: Cluster, manifest: Manifest, data_dir: Path, options: LoadOptions, *, as_json: bool = False
) -> None:
    """Load a city and tell of each source; when one fails, of those before it."""
    if as_json:
        for report in load_city(cluster, manifest, data_dir, replace(options, bars=False, listener=_progress())):
            _emit(event(report))
        return
    reports: list[LoadReport] = []
    try:
        for report in load_city(cluster, manifest, data_dir, options):
            reports.append(report)  # one by one: those before a failure are told of, too
    finally:
        tell(reports, manifest.profile.slug)
        if options.checks == "none" and reports:
            CONSOLE.print("loaded without checks of shapes (--checks none): load again without it to have them")


def tell(reports: list[LoadReport], slug: str) -> None:
    """Print a table of sources, what was refused of each, and which of them city.toml no longer lists."""
    listed = [report for report in reports if report.status != "unlisted"]
    if listed:
        CONSOLE.print(summary(listed), width=max(CONSOLE.width, 100), soft_wrap=True)
    for report in listed:
        mended = report.outcome.mended_records
        if mended:
            CONSOLE.print(f"{report.source}: {mended:,} mended record{'s' * (mended > 1)} taken")
        _tell_rejects(report, slug)
    for report in reports:
        if report.status in _REMARKS:
            CONSOLE.print(f"{report.source}: {_REMARKS[report.status].format(report)}", soft_wrap=True)


def summary(reports: list[LoadReport]) -> Table:
    """Return a table with a row for each source."""
    table = Table(box=None, pad_edge=False)
    table.add_column("source", no_wrap=True)
    for name in ("load", *_COUNTS, "rejected", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        counts = [f"{report.outcome.total(name):,}" for name in _COUNTS]
        if report.status in _WORDS:
            counts = ["", "", "", _WORDS[report.status]]
        rejected = f"{report.outcome.rejected:,}"
        table.add_row(report.source, str(report.load_id), *counts, rejected, f"{report.seconds:.1f}")
    return table


def event(report: LoadReport) -> dict[str, Any]:
    """Return a source's report as an event for machines."""
    counts = {name: report.outcome.total(name) for name in _COUNTS}
    counts |= {"records": report.outcome.records_in, "rejected": report.outcome.rejected}
    counts |= {"mended": report.outcome.mended_records}
    told: dict[str, Any] = {"event": report.status, "source": report.source, "load": report.load_id, "counts": counts}
    told |= {"refused": dict(report.tally.errors), "remarks": dict(report.tally.warnings)}
    return told | {"seconds": round(report.seconds, 3)}


def _progress() -> Callable[[str, str, int], None]:
    """Return what tells machines of progress, not more often than they care to know."""
    began = told = time.monotonic()

    def listen(name: str, source: str, records: int) -> None:
        nonlocal began, told
        now = time.monotonic()
        if name == "started":
            began = told = now
        elif now - told < _EVERY_S:
            return
        told = now
        _emit({"event": name, "source": source, "counts": {"records": records}, "seconds": round(now - began, 3)})

    return listen


@contextmanager
def failures_told() -> Iterator[None]:
    """End in an event, not in a line for people."""
    try:
        yield
    except KeyboardInterrupt:
        _emit({"event": "interrupted"})
        raise SystemExit(130) from None
    except (CimError, psycopg.OperationalError) as error:
        _emit({"event": "failed", "message": " ".join(str(error).split())})
        raise SystemExit(1) from None


def _emit(told: dict[str, Any]) -> None:
    click.echo(orjson.dumps(told), err=True)


def _tell_rejects(report: LoadReport, slug: str) -> None:
    """Say in a line or two what was refused and remarked on, and where it is written."""
    tally = report.tally
    for counts, word in ((tally.errors, "refused"), (tally.warnings, "kept with a remark")):
        if counts:
            told = f"{counts.total():,} {word}: {tally.summary(counts)} (cim rejects {slug} --load {report.load_id})"
            CONSOLE.print(f"{report.source}: {told}", soft_wrap=True)
