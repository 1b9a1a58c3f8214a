"""Telling what a load did: a table of sources, and what was refused."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from cim.cluster import Cluster
from cim.etl.load import LoadOptions, LoadReport, load_city
from cim.manifest import Manifest
from cim.progress import CONSOLE

_COUNTS = ("added", "changed", "removed", "unchanged")


def load_and_report(cluster: Cluster, manifest: Manifest, data_dir: Path, options: LoadOptions) -> None:
    """Load a city and tell of each source; when one fails, of those before it."""
    reports: list[LoadReport] = []
    try:
        for report in load_city(cluster, manifest, data_dir, options):
            reports.append(report)  # one by one: those before a failure are told of, too
    finally:
        if reports:
            CONSOLE.print(summary(reports), width=max(CONSOLE.width, 100), soft_wrap=True)
        if options.checks == "none" and reports:
            CONSOLE.print("loaded without checks of shapes (--checks none): load again without it to have them")
        for report in reports:
            _tell_rejects(report, manifest.profile.slug)


def summary(reports: list[LoadReport]) -> Table:
    """Return a table with a row for each source."""
    table = Table(box=None, pad_edge=False)
    table.add_column("source", no_wrap=True)
    for name in ("load", *_COUNTS, "rejected", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        counts = [f"{report.outcome.total(name):,}" for name in _COUNTS]
        if report.status == "unchanged":
            counts = ["", "", "", "as it was"]
        rejected = f"{report.outcome.rejected:,}"
        table.add_row(report.source, str(report.load_id), *counts, rejected, f"{report.seconds:.1f}")
    return table


def _tell_rejects(report: LoadReport, slug: str) -> None:
    """Say in a line or two what was refused and remarked on, and where it is written."""
    tally = report.tally
    for counts, word in ((tally.errors, "refused"), (tally.warnings, "kept with a remark")):
        if counts:
            told = f"{counts.total():,} {word}: {tally.summary(counts)} (cim rejects {slug} --load {report.load_id})"
            CONSOLE.print(f"{report.source}: {told}", soft_wrap=True)
