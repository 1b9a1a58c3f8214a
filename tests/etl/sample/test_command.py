"""`cim sample`: writes once, says so, and never over somebody's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cim.errors import BadSetting
from cim.etl.sample.canonical import canonical_hash
from cim.etl.sample.command import FORMAT, STATE, sample


def run(*words: str):
    return CliRunner().invoke(sample, list(words), catch_exceptions=True)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "new" / "city"
    assert run(str(folder), "--buildings", "60", "--seed", "5").exit_code == 0
    return folder


def test_it_writes_a_city_that_says_it_is_made_up(written: Path) -> None:
    text = (written / "city.toml").read_text(encoding="utf-8")
    assert "synthetic = true" in text
    assert "合成" in text
    assert json.loads((written / STATE).read_text()) == {"format": FORMAT, "buildings": 60, "seed": 5, "clean": False}
    assert len((written / "buildings.city.jsonl").read_text().splitlines()) == 61


def test_again_it_changes_nothing(written: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*")}
    assert run(str(written), "--buildings", "60", "--seed", "5").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in written.rglob("*")} == before


def test_other_parameters_write_another_city(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    run(str(folder), "--buildings", "60", "--seed", "5")
    planted = canonical_hash(folder)
    assert run(str(folder), "--buildings", "60", "--seed", "5", "--clean").exit_code == 0
    assert canonical_hash(folder) != planted
    assert json.loads((folder / "planted_faults.json").read_text()) == []


def test_a_city_that_broke_off_is_written_anew(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    run(str(folder), "--buildings", "60")
    whole = canonical_hash(folder)
    (folder / STATE).unlink()
    (folder / "terrain.tif").unlink()
    assert run(str(folder), "--buildings", "60").exit_code == 0
    assert canonical_hash(folder) == whole


def test_it_refuses_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    outcome = run(str(tmp_path), "--buildings", "60")
    assert isinstance(outcome.exception, BadSetting)
    assert "empty or a new folder" in str(outcome.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("words", [("--buildings", "5"), ("--seed", "-1"), ("--buildings", "many")])
def test_it_refuses_numbers_that_make_no_city(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(str(tmp_path / "city"), *words).exit_code == 2
    assert not (tmp_path / "city").exists()
