"""The report of the sample city, gathered once and written once a format."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from cim.analytics.examination.report.files import FORMATS, Writing
from cim.analytics.examination.report.gathering import kept_report
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.submission import load_forms
from cim.viewer import LOCAL

ARTIFACTS = Path(__file__).parents[3] / "artifacts"


@pytest.fixture(scope="module")
def report(sample_store) -> Report:
    """Of the newest examination of the sample city."""
    return kept_report(sample_store, LOCAL)


@pytest.fixture(scope="module")
def writing(report) -> Writing:
    """The report about to be written."""
    return Writing(report, load_forms())


@pytest.fixture(scope="module")
def files(writing) -> MappingProxyType[str, bytes]:
    """Its files in Chinese by ending; kept for people to look at, page by page."""
    files = {ending: form.write(writing, "zh") for ending, form in FORMATS.items()}
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for ending, content in files.items():
        (ARTIFACTS / f"report-sample.{ending}").write_bytes(content)
    return MappingProxyType(files)
