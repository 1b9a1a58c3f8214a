"""`cim examine --out`: the options that ask for a report, and its writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import click

from cim.analytics.examination.local_file import local_file
from cim.analytics.examination.report.words import LANGUAGES
from cim.analytics.network.clearance.keeping import rules_folder
from cim.settings import Settings
from cim.store import Store
from cim.viewer import Viewer

_OPTIONS = (
    click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Write the report (HTML, PDF, DOCX, XLSX, GeoPackage, manifest) into this folder.",
    ),
    click.option(
        "--language",
        "languages",
        type=click.Choice(LANGUAGES),
        multiple=True,
        default=("zh",),
        show_default=True,
        help="Of the PDF and the DOCX; may be given twice.",
    ),
    click.option(
        "--forms",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Tables to hand in (default: submission.yaml beside the city.toml, else the platform's).",
    ),
    click.option(
        "--date",
        "made_on",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Day on the report's cover (default: the day of the examination).",
    ),
)


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the report's options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write_asked(
    store: Store,
    viewer: Viewer,
    run_id: int,
    *,
    out: Path | None,
    languages: tuple[str, ...],
    forms: Path | None,
    made_on: dt.datetime | None,
) -> None:
    """Write the report of an examination, where a folder is named, and say what was written.

    The comparison with the year before is computed and kept first: the report only tells what is kept.
    """
    if out is None:
        return
    # Imported here: whoever only examines need not wait for what draws pages.
    from cim.analytics.examination.report.files import write_report
    from cim.analytics.examination.report.gathering import kept_report
    from cim.analytics.examination.report.submission import NAME
    from cim.analytics.examination.report.year_before import keep_comparison

    beside = keep_comparison(store, viewer, run_id)
    if beside is not None:
        click.echo(f"compared with {beside.then['year']}")
    report = kept_report(
        store,
        viewer,
        run=run_id,
        made_on=made_on.date() if made_on else None,
        rules=rules_folder(Settings.from_env(), store.city.slug),
    )
    for path in write_report(report, out, languages, forms or local_file(store, viewer, NAME)):
        click.echo(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
