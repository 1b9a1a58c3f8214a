"""`cim examine` on a city that is loaded."""

from __future__ import annotations


def words(line: str) -> str:
    return " ".join(line.split())


def test_examination(run, tiny_city) -> None:
    said = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    assert said.exit_code == 0
    lines = [words(line) for line in said.output.splitlines()]
    assert "synthetic data (合成数据)" in lines[0]
    assert "Examination of 2026, indicators of national-2024, run 1 (new)" in lines
    assert "H07 Dwelling buildings needing age-friendly retrofit buildings == 0 2 0 0 1 1" in lines
    assert "D37 Road network density km/km² >= 8 2.25 0 0 2 0" in lines
    assert "D56 Emergency shelter area per resident m² per resident >= 2 2.75 – – – –" in lines
    assert "H07: pre-screened from registers: candidates, not verdicts" in lines
    again = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    assert "run 1 (unchanged)" in again.output
