"""The same inputs give the same report; what is not there is said in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json

import pandas as pd
import pypdfium2
import pytest

import cim.analytics
from cim.analytics.errors import NoExamination
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.report.gathering import kept_report, report_of
from cim.viewer import LOCAL, Viewer

WRITTEN = {"manifest.json", "report.gpkg", "report.html", "report.xlsx", "report-zh.docx", "report-zh.pdf"}


def test_two_runs_of_the_same_city_give_the_same_bytes(run, tiny_city, tmp_path) -> None:
    asked = ("examine", "--city", tiny_city.city.slug, "--year", 2026, "--date", "2026-11-30")
    first = run(*asked, "--out", tmp_path / "first")
    second = run(*asked, "--again", "--out", tmp_path / "second")
    assert first.exit_code == second.exit_code == 0
    assert "run 1 (new)" in first.output
    assert "run 2 (new)" in second.output
    files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    assert set(files) == WRITTEN
    assert {name for name in files if files[name] != (tmp_path / "second" / name).read_bytes()} == set()
    told = json.loads(files["manifest.json"])
    assert {entry["name"]: entry["sha256"] for entry in told["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"
    }
    assert told["report"]["made_on"] == "2026-11-30"
    assert told["report"]["synthetic"]
    assert {one["sha256"] for one in told["inputs"]}
    assert told["parameters"]["indicators"]["C12"]["parameters"]

    # What a viewer of less clearance than who ran it asks for is not there.
    with pytest.raises(NoExamination):
        kept_report(tiny_city, Viewer("public", frozenset(), 0))


def test_what_is_missing_is_said_and_provisional_stands_on_every_page(run, database, publish, draw, tmp_path) -> None:
    town = draw.town()
    for theme in ("admin_unit", "facility", "green_space", "land_use"):
        kept = town[theme] if theme != "admin_unit" else town[theme][town[theme]["level"] != "compound"]
        draw.publish(database, publish, theme, kept)
    asked = ("examine", "--city", database.city.slug, "--year", 2026, "--system", "national-2025")
    said = run(*asked, "--out", tmp_path, "--language", "en")
    assert said.exit_code == 0, said.output
    document = pypdfium2.PdfDocument(io.BytesIO((tmp_path / "report-en.pdf").read_bytes()))
    pages = [page.get_textpage().get_text_range() for page in document]
    assert all("indicator system of 2025 (provisional) · synthetic data" in page for page in pages)
    text = " ".join(" ".join(pages).split())
    for told in (
        "No compounds are loaded",
        "H08, D34, D36 and D55",
        "No population is loaded",
        "No indicator of the level Housing can be computed",
        "No earlier year was examined",
        "the data it needs is not loaded (survey_finding)",
    ):
        assert told in text, told
    assert "report-zh.pdf" not in {path.name for path in tmp_path.iterdir()}


def test_an_examination_that_is_not_kept_is_reported_with_the_same_numbers(tiny_city, tmp_path) -> None:
    exam = cim.analytics.examine(tiny_city, year=2026, local=False)
    unkept = report_of(exam, dt.date(2026, 11, 30))
    assert unkept.comparison is None
    assert unkept.projects is None
    assert len(unkept.problems) == len(exam.problems)
    assert set(unkept.problems["state"]) == {"open"}
    examine_city(tiny_city, LOCAL, 2026, local=False)
    kept = kept_report(tiny_city, LOCAL, 2026)
    for code, one in kept.indicators.items():
        pd.testing.assert_frame_equal(one.rows, unkept.indicators[code].rows, check_dtype=False, check_names=False)
    assert set(zip(kept.problems["code"], kept.problems["key"], strict=True)) == set(
        zip(unkept.problems["code"], unkept.problems["key"], strict=True)
    )
    assert (tmp_path / "manifest.json") in exam.report(tmp_path, languages=())


def test_a_year_that_was_not_examined_is_refused_with_those_that_were(tiny_city, run) -> None:
    run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    with pytest.raises(NoExamination, match=r"no examination of 2024 \(there are: 2026\)"):
        kept_report(tiny_city, Viewer("local", frozenset(), 1), 2024)
