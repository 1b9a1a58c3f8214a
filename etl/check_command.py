"""`cim check`: readers and checks over a source, or a whole city, without loading it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

if TYPE_CHECKING:
    from cim.etl.batch import Reject
    from cim.etl.checking import SourceCheckReport

_EXAMPLES = 3


@click.command()
@click.argument("path", metavar="SOURCE|CITY.TOML", type=click.Path(path_type=Path, exists=True))
@click.option("--source", "only", multiple=True, metavar="NAME", help="Check this source only; may be repeated.")
@click.option("--kind", help="Kind of a single file, where its name does not tell: cityjson, footprints, …")
@click.option("--crs", help="CRS of a single file that states none, e.g. EPSG:4547.")
@click.option("--quick", is_flag=True, help="Run only what a load runs: leave out what costs most.")
@click.option("--examples", default=_EXAMPLES, show_default=True, type=click.IntRange(0), help="Examples of each code.")
@click.option("--json", "as_json", is_flag=True, help="Every finding as one JSON object a line.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the texts.")
def check(
    path: Path,
    only: tuple[str, ...],
    kind: str | None,
    crs: str | None,
    quick: bool,
    examples: int,
    as_json: bool,
    lang: str,
) -> None:
    """Check a city.toml (or the folder that holds one) or a single file, without loading it: no database is needed.

    Counts what is found by its code, with the first examples; docs/checks.md says what each code means. Exit code 1
    when anything would be refused.
    """
    # Imported here: the readers' libraries take a second, which the other commands need not wait.
    from cim.etl.checking import check_manifest
    from cim.etl.lone_source import lone_manifest
    from cim.grid_tables import fits
    from cim.manifest import read_manifest

    whole = path.suffix == ".toml" or (path / "city.toml").is_file()
    manifest = read_manifest(path) if whole else lone_manifest(path, kind, crs)
    if whole and not as_json:
        for fit in fits(manifest.path):
            click.echo(fit)
    reports = check_manifest(manifest, only, thorough=not quick)
    for report in reports:
        for line in _json_lines(report) if as_json else _lines(report, examples, lang):
            click.echo(line)
    if not as_json:
        click.echo(_total(reports))
    if any(report.faulty for report in reports):
        sys.exit(1)


def _json_lines(report: SourceCheckReport) -> Iterator[bytes]:
    """Yield a line for each finding."""
    if report.failure:
        yield orjson.dumps({"source": report.source.name, "severity": "error", "reason": report.failure})
    for item in report.rejects:
        told = {
            "source": report.source.name, "severity": item.severity, "code": item.code, "theme": item.theme,
            "file": item.file or report.source.path.name, "record": item.record, "source_key": item.source_key,
            "reason": item.reason, "reason_zh": _reason(item, "zh"), "remedy": item.remedy, "place": item.place,
        }  # fmt: skip
        yield orjson.dumps(told)


def _lines(report: SourceCheckReport, examples: int, lang: str) -> Iterator[str]:
    """Yield the lines about one source: its counts, then its codes with their first examples."""
    from cim.etl.checks.register import register

    if report.failure:
        yield f"{report.source.name}: cannot be read: {report.failure}"
        return
    warnings = sum(item.severity == "warning" for item in report.rejects)
    yield f"{report.source.name}: {report.records:,} records, {report.refused:,} refused, {warnings:,} remarks"
    counts = Counter((item.severity, item.code) for item in report.rejects)
    for (severity, code), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        known = register().get(code)
        what = (known.what.zh if lang == "zh" else known.what.en) if known else ""
        yield f"  {severity:7} {code} {count:,}: {what}"
        mine = [item for item in report.rejects if (item.severity, item.code) == (severity, code)]
        for item in mine[:examples]:
            key = f" {item.source_key}" if item.source_key else ""
            yield f"      {item.file or report.source.path.name} record {item.record}{key}: {_reason(item, lang)}"
        if examples and known:
            yield f"      -> {known.remedy.zh if lang == 'zh' else known.remedy.en}"


def _reason(item: Reject, lang: str) -> str:
    """Return what is wrong with a record, in Chinese as well as it is known."""
    from cim.etl.checks.register import register

    if lang == "en":
        return item.reason
    known = register().get(item.code)
    return item.reason_zh or (f"{known.what.zh}（{item.reason}）" if known else item.reason)


def _total(reports: Sequence[SourceCheckReport]) -> str:
    """Return the last line."""
    refused = sum(report.refused for report in reports)
    unread = sum(report.failure is not None for report in reports)
    records = sum(report.records for report in reports)
    warnings = sum(item.severity == "warning" for report in reports for item in report.rejects)
    more = f", {unread:,} sources cannot be read" if unread else ""
    return f"checked {len(reports):,} sources, {records:,} records: {refused:,} refused, {warnings:,} remarks{more}"
