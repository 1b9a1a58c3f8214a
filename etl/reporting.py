"""Telling what a load did: a table of sources and what was refused for people, or a JSON object a line for machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.table import Table

from cim.cluster import Cluster
from cim.etl.events import Events
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


def load_and_report(
    cluster: Cluster, manifest: Manifest, data_dir: Path, options: LoadOptions, events: Events | None = None
) -> None:
    """Load a city and tell of each source; when one fails, of those before it, and which were not tried."""
    if events is not None:
        for report in load_city(cluster, manifest, data_dir, replace(options, bars=False, listener=events.listen)):
            events.emit(event(report))
        return
    reports: list[LoadReport] = []
    tried: list[str] = []
    options = replace(options, listener=lambda name, source, _: tried.append(source) if name == "started" else None)
    try:
        for report in load_city(cluster, manifest, data_dir, options):
            reports.append(report)  # one by one: those before a failure are told of, too
    except BaseException:
        known = {*tried, *(report.source for report in reports)}
        left = [source.name for source in manifest.sources if source.name in (options.only or {source.name})]
        # Where nothing was begun, the error says all: a file that is missing is found before.
        if tried and (untried := [name for name in left if name not in known]):
            CONSOLE.print(f"not tried any more: {', '.join(untried)}", soft_wrap=True)
        raise
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
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
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


def _tell_rejects(report: LoadReport, slug: str) -> None:
    """Say in a line or two what was refused and remarked on, and where it is written."""
    tally = report.tally
    for counts, word in ((tally.errors, "refused"), (tally.warnings, "kept with a remark")):
        if counts:
            told = f"{counts.total():,} {word}: {tally.summary(counts)} (cim rejects {slug} --load {report.load_id})"
            CONSOLE.print(f"{report.source}: {told}", soft_wrap=True)
