"""A file that a source's options name counts as a part of the source."""

from __future__ import annotations

from pathlib import Path

from cim.etl.fingerprint import fingerprint
from cim.manifest import SourceSpec


def mark(folder: Path):
    return fingerprint(SourceSpec("s", "pipe_survey", folder / "survey.xlsx", options={"columns_file": "own.csv"}))


def test_a_source_changes_with_the_files_beside_it(tmp_path):
    (tmp_path / "survey.xlsx").write_bytes(b"x")
    without = mark(tmp_path)
    (tmp_path / "own.csv").write_text("a", encoding="utf-8")
    first = mark(tmp_path)
    (tmp_path / "own.csv").write_text("b", encoding="utf-8")
    second = mark(tmp_path)
    assert len({item.parameters_hash for item in (without, first, second)}) == 3
    assert {item.sha256 for item in (without, first, second)} == {without.sha256}
    assert mark(tmp_path) == second
