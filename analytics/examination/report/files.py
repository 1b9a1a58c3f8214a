"""The report's files: formats by the ending of their names, and all of them in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cim.analytics.examination.report.blocks import Block
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.sections import blocks
from cim.analytics.examination.report.submission import Form, load_forms
from cim.analytics.file_format import XLSX, FileFormat


@dataclass(frozen=True)
class Writing:
    """A report about to be written."""

    report: Report
    """What it tells."""
    forms: Sequence[Form]
    """Tables to hand in."""

    @cached_property
    def told(self) -> list[Block]:
        """Its blocks, made once for every file."""
        return blocks(self.report)


def _html(writing: Writing, _language: str) -> bytes:
    from cim.analytics.examination.report.html import html

    return html(writing.report, writing.told)


def _pdf(writing: Writing, language: str) -> bytes:
    from cim.analytics.examination.report.pdf import pdf

    return pdf(writing.report, writing.told, language)


def _docx(writing: Writing, language: str) -> bytes:
    from cim.analytics.examination.report.word import word

    return word(writing.report, writing.told, language)


def _xlsx(writing: Writing, _language: str) -> bytes:
    from cim.analytics.examination.report.workbook import workbook

    return workbook(writing.report, writing.forms)


def _gpkg(writing: Writing, _language: str) -> bytes:
    from cim.analytics.examination.report.geopackage import geopackage

    return geopackage(writing.report)


@dataclass(frozen=True)
class ReportFormat(FileFormat[Writing]):
    """A format of reports."""

    both: bool
    """One file holds both languages."""

    def name(self, ending: str, language: str) -> str:
        """Return the name of its file."""
        return f"report.{ending}" if self.both else f"report-{language}.{ending}"


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS: Mapping[str, ReportFormat] = {
    "html": ReportFormat("text/html", _html, both=True),
    "pdf": ReportFormat("application/pdf", _pdf, both=False),
    "docx": ReportFormat(_DOCX, _docx, both=False),
    "xlsx": ReportFormat(XLSX, _xlsx, both=True),
    "gpkg": ReportFormat("application/geopackage+sqlite3", _gpkg, both=True),
}
"""Formats by the ending of their files."""


def report_file(report: Report, ending: str, language: str = "zh", forms: Path | None = None) -> bytes:
    """Return one file of a report.

    Parameters
    ----------
    report
        What it tells.
    ending
        One of `FORMATS`, or json for the manifest alone.
    language
        zh or en, where a file holds one.
    forms
        Forms to hand in; None: those that come with the platform.
    """
    if ending == "json":
        from cim.analytics.examination.report.manifest import manifest

        return manifest(report, {})
    return FORMATS[ending].write(Writing(report, load_forms(forms)), language)


def write_report(
    report: Report, directory: Path, languages: Iterable[str] = ("zh",), forms: Path | None = None
) -> list[Path]:
    """Write every file of a report into a folder, the manifest last.

    Parameters
    ----------
    report
        What it tells.
    directory
        Folder; it is made where it is missing.
    languages
        Of the PDF and the DOCX; the other files hold both.
    forms
        Forms to hand in; None: those that come with the platform.

    Returns
    -------
    list of Path
        What was written.
    """
    from cim.analytics.examination.report.manifest import manifest

    writing, written = Writing(report, load_forms(forms)), {}
    for ending, form in FORMATS.items():
        for language in ("zh",) if form.both else tuple(languages):
            written[form.name(ending, language)] = form.write(writing, language)
    written["manifest.json"] = manifest(report, written)
    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / name for name in written]
    for path in paths:
        path.write_bytes(written[path.name])
    return paths
