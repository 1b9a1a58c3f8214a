"""Years of a tiny town: what changed in the city is told apart from what changed in how it is measured."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import openpyxl
import pytest
from lxml import html as lxml_html

from cim.analytics.errors import NoExamination
from cim.analytics.examination.comparison import compare, compare_cities, compare_years
from cim.analytics.examination.comparison.fresh import NoSource
from cim.analytics.examination.comparison.words import notes, why
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.report.blocks import Figures, Table, flat
from cim.analytics.examination.report.files import FORMATS, Writing
from cim.analytics.examination.report.gathering import kept_report
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.sections.comparison import comparison
from cim.analytics.examination.report.submission import load_forms
from cim.analytics.examination.report.year_before import keep_comparison
from cim.city import create_city
from cim.store import Store
from cim.viewer import LOCAL, Viewer
from cim.web import create_app

CITY, WEST, EAST = 1, 3, 4
DENSITY, CARE, PARKS = "D37", "C11", "B26"


def test_what_did_not_change_is_told_plainly(history, row_of) -> None:
    found = history.compared(2026, 2027)
    density = row_of(found, DENSITY, CITY)
    assert (density["then"], density["now"], density["difference"], density["turn"]) == (2.25, 2.25, 0, "same")
    assert (density["changes"], density["why_not"], density["grade_turn"]) == ((), None, "same")
    assert np.isnan(density["old_way"])
    assert found.changed.empty
    assert (found.then["year"], found.now["year"], found.notes) == (2026, 2027, {})


def test_a_built_up_area_that_shrank_makes_roads_denser_only_on_paper(history, row_of) -> None:
    """What happened to Yichang: from 5.21 to 8.68 though hardly a street was built."""
    density = row_of(history.compared(2027, 2028), DENSITY, CITY)
    # 2 km along, 0.8 and 0.8 across in 1.6 km² then; 2 km along and three times 0.4 in 0.8 km² now.
    assert (density["then"], density["now"]) == pytest.approx((2.25, 4.0))
    assert density["changes"] == ("built_up",)
    assert density["old_way"] == pytest.approx((2 + 3 * 0.8) / 1.6)
    assert density["old_way_difference"] == pytest.approx(0.5)
    assert (density["then_extent_m2"], density["now_extent_m2"]) == (1.6e6, 0.8e6)


def test_a_boundary_that_moved_is_put_back(history, row_of) -> None:
    found = history.compared(2028, 2029)
    east = row_of(found, CARE, EAST)
    # Compound C at (1500, 500) went over to the west; in the old east it is still without care.
    assert (east["then"], east["changes"]) == (1, ("boundary",))
    assert np.isnan(east["now"])
    assert (east["old_way"], east["old_way_difference"], east["why_not"]) == (1, 0, None)
    assert row_of(found, CARE, CITY)["changes"] == ()
    assert row_of(found, DENSITY, WEST)["changes"] == ("boundary",)
    assert found.notes["boundaries_moved"] == 2
    assert "units whose boundary moved: 2" in notes(found.notes)


def test_a_definition_that_changed_is_computed_the_old_way(history, row_of) -> None:
    found = history.compared(2029, 2030)
    west = row_of(found, CARE, WEST)
    assert (west["then"], west["now"], west["turn"]) == (2, 1, "better")
    assert (west["changes"], west["old_way"], west["old_way_turn"]) == (("definition",), 2, "same")
    assert (west["then_grade"], west["now_grade"], west["old_way_grade"]) == ("short", "short", "short")
    assert row_of(found, PARKS, WEST)["changes"] == ()
    assert found.indicators[CARE]["changes"] == ["definition"]


def test_a_standard_that_changed_changes_grades_alone(history, row_of) -> None:
    west = row_of(history.compared(2030, 2031), PARKS, WEST)
    assert (west["difference"], west["changes"]) == (0, ("standard",))
    assert (west["then_grade"], west["now_grade"], west["old_way_grade"]) == ("short", "meets", "short")
    assert west["grade_turn"] == "better"


def test_a_year_without_data_is_examined_as_far_as_it_goes_and_compared_fairly(history, row_of) -> None:
    """Nobody declared a built-up area by 1990: streets are taken over whole units, and so are those of 2026 then."""
    found = history.compared(1990, 2026)
    density = row_of(found, DENSITY, CITY)
    assert (density["then"], density["now"]) == pytest.approx((2.0, 2.25))
    assert (density["changes"], density["old_way"], density["old_way_turn"]) == (("built_up",), 2.0, "same")
    assert row_of(found, CARE, CITY)["turn"] == "same"
    reasons = "SELECT DISTINCT reason FROM result.indicator WHERE run_id = %(run)s AND code = 'D37'"
    (told,) = history.store.rows(LOCAL, reasons, {"run": history.runs[1990]})
    assert told["reason"] == "no_builtup_area"


def test_a_year_that_was_not_examined_says_which_were(history) -> None:
    with pytest.raises(NoExamination, match=r"no examination of 2020 by few \(there are: 1990 by few, 2026 by few"):
        compare(history.store, LOCAL, then=2020, now=2027, system="few")
    with pytest.raises(NoExamination, match=r"there are: none"):  # who may not see them is not told of them
        compare(history.store, Viewer("passer-by", clearance=0), then=2026, now=2027)


def test_two_examinations_in_memory_are_compared_like_kept_ones(history, row_of) -> None:
    earlier, later = history.in_memory[2027], history.in_memory[2028]
    kept, fresh = history.compared(2027, 2028), later.compare(earlier)
    columns = ["code", "unit_id", "then", "now", "changes", "old_way", "grade_turn"]
    assert fresh.table[columns].equals(kept.table[columns])
    with pytest.raises(NoSource, match="made from frames"):
        later.compare(replace(earlier, source=None))


def test_two_cities_are_compared_as_wholes_by_the_definitions_of_the_first(
    history, row_of, cluster, publish, draw, tmp_path, system_of
) -> None:
    """The other city is the town with a single street and another radius, and declares no built-up area."""
    profile = replace(history.store.city, slug="test_other_town", name_en="Other town")
    create_city(cluster, profile)
    try:
        with Store.open(cluster, profile.slug) as other:
            drawn = draw.town()
            del drawn["builtup_area"]
            drawn["road_edge"] = drawn["road_edge"].iloc[:1]
            for theme, frame in drawn.items():
                draw.publish(other, publish, theme, frame)
            wider = [{"code": CARE, "parameters": {"radius_m": 700}}]
            examine_city(other, LOCAL, 2026, system=str(system_of(tmp_path, wider)))
            found = compare_cities((history.store, 2026), (other, None))
    finally:
        cluster.drop_database(profile.database)
    assert (found.then["city"], found.now["city"]) == ("test_years", "test_other_town")
    assert set(found.table["level"]) == {"city"}
    density, care = row_of(found, DENSITY, CITY), row_of(found, CARE, CITY)
    assert (density["then"], density["now"], density["changes"]) == (2.25, 1.0, ("built_up",))
    # Only the first declares a built-up area: the other's streets cannot be taken over one.
    assert np.isnan(density["old_way"])
    assert density["why_not"] == "no_builtup_area"
    assert (care["now"], care["old_way"], care["changes"]) == (1, 2, ("definition",))
    # Fewer compounds without care may be but a smaller city; a density is what it is.
    assert (care["turn"], density["turn"], found.notes["counts_of_cities"]) == ("", "worse", 2)
    assert found.grades.set_index(["code", "level"]).loc[(CARE, "community"), "then_short"] == 2


def test_over_the_web_the_old_way_is_told_once_it_is_kept(history, cluster, settings) -> None:
    with Store.open(cluster, history.store.city.slug, role="web") as web:
        client = create_app(settings, web).test_client()
        asked = f"/api/examination/comparison?now=2030&level=community&code={CARE}"

        def west() -> dict:
            return next(one for one in client.get(asked).get_json()["rows"] if one["unit_id"] == WEST)

        before = west()
        assert (before["then"], before["now"], before["changes"]) == (2, 1, ["definition"])
        assert (before["old_way"], before["why_not"]) == (None, "not_recomputed")
        assert "cim examine compare" in before["why_not_en"]
        kept = compare_years(history.store, LOCAL, 2029, 2030)
        after = west()
        assert (after["old_way"], after["old_way_difference"], after["why_not"]) == (2, 0, None)
        assert client.get(f"{asked}&then=2020").status_code == 404
    # It is computed once, and what was kept is what would be computed.
    again = compare_years(history.store, LOCAL, 2029, 2030)
    runs = "SELECT count(*) AS n FROM run.analysis WHERE kind = 'examination.old_way' AND subject = %(subject)s"
    subject = f"{history.runs[2030]} as {history.runs[2029]}"
    assert history.store.rows(LOCAL, runs, {"subject": subject})[0]["n"] == 1
    assert kept.table.equals(again.table)
    assert kept.table.equals(history.compared(2029, 2030).table)


def test_comparisons_on_the_command_line(run, history, tmp_path) -> None:
    city = ("--city", history.store.city.slug)
    lines = [" ".join(line.split()) for line in run("examine", "compare", *city, "--now", 2030).output.splitlines()]
    assert "synthetic data (合成数据)" in lines[0]
    assert "C11 Compounds without compliant elderly care compounds 2 1 -1 ↑ short definition changed 2 0" in lines
    assert "indicators whose definition changed: 1" in lines
    path = tmp_path / "compared.csv"
    run("examine", "compare", *city, "--then", 2029, "--now", 2030, "--out", path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    told = next(one for one in rows if one["code"] == CARE and one["level"] == "city")
    assert (told["old_way"], told["changes"], told["changes_zh"]) == ("2.0", "definition", "定义有变")
    missing = run("examine", "compare", *city, "--then", 2020, "--now", 2027)
    assert missing.exit_code == 1
    assert "has no examination of 2020 (there are: 1990 by few, 2026 by few" in missing.output


def told_by_code(report: Report) -> dict[str, list[str]]:
    """Return the English cells of the chapter's table of the whole city, by code."""
    table = next(block for block in flat(comparison(report)) if isinstance(block, Table))
    return {cells[0].text.en: [cell.text.en for cell in cells] for cells in table.rows}


def test_the_report_tells_the_units_whose_boundary_moved_the_old_way(history) -> None:
    """The border moved; the city did not: only the communities' values are others."""
    keep_comparison(history.store, LOCAL, history.runs[2029])
    report = kept_report(history.store, LOCAL, run=history.runs[2029])
    tables = [block for block in flat(comparison(report)) if isinstance(block, Table)]
    units = {(cells[0].text.en, cells[1].text.zh): [cell.text.en for cell in cells[2:]] for cells in tables[1].rows}
    # Compound C, without care, went over to the west: the old east has it still.
    (east,) = [told for (code, _), told in units.items() if code == CARE and told[1] == "–"]
    assert east == ["1 compounds", "–", "boundary moved", "1 compounds"]


def test_the_report_says_that_an_extent_changed_and_tells_the_old_way_once_it_is_kept(history) -> None:
    changed = ["2.25 km/km²", "4 km/km²", "+1.75", "better", "built-up area changed"]
    # Whoever only reads keeps nothing: the chapter names the command.
    before = told_by_code(kept_report(history.store, LOCAL, run=history.runs[2028]))[DENSITY]
    assert before[2:] == [*changed, "not computed yet: run cim examine compare"]
    keep_comparison(history.store, LOCAL, history.runs[2028])
    after = told_by_code(kept_report(history.store, LOCAL, run=history.runs[2028]))[DENSITY]
    assert after[2:] == [*changed, "2.75 km/km²"]
    assert keep_comparison(history.store, LOCAL, history.runs[1990]) is None


def told_in_the_workbook(report: Report) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of the workbook's sheet of the years compared by their heads, and its first sheet as text."""
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].write(Writing(report, load_forms()), "zh")))
    head, *rows = book["比较 comparison"].iter_rows(values_only=True)
    about = " ".join(str(cell) for line in book["说明 about"].iter_rows(values_only=True) for cell in line)
    return [dict(zip(head, row, strict=True)) for row in rows], about


def test_the_workbook_tells_both_years_and_the_old_way(history) -> None:
    """Kept by the test before; keeping it again costs nothing."""
    keep_comparison(history.store, LOCAL, history.runs[2028])
    rows, about = told_in_the_workbook(kept_report(history.store, LOCAL, run=history.runs[2028]))
    assert "2028 (few) ← 2027 (few)" in about
    assert "indicators taken over a built-up area that changed" in about
    city = {row["编码 code"]: row for row in rows if row["层级 level"] == "城市"}
    moved = city[DENSITY]
    assert (moved["2027 年"], moved["2028 年"], moved["变化 change"], moved["趋势 turn"]) == (
        2.25, 4, 1.75, "改善 better",
    )  # fmt: skip
    assert (moved["口径变化"], moved["changed extent or definition"]) == ("建成区有变", "built-up area changed")
    assert (moved["按 2027 年口径重算 the old way"], moved["同口径变化 change the old way"]) == (2.75, 0.5)
    assert (moved["2027 年范围 m² extent"], moved["2028 年范围 m² extent"]) == (1_600_000, 800_000)
    same = city[CARE]
    assert (same["口径变化"], same["按 2027 年口径重算 the old way"], same["why not computed the old way"]) == (
        None,
    ) * 3
    # A year that nobody kept the old way says how to; a first year that there is none before it.
    rows, _ = told_in_the_workbook(kept_report(history.store, LOCAL, run=history.runs[2031]))
    told = {row["why not computed the old way"] for row in rows if row["changed extent or definition"]}
    assert told == {"not computed yet: run cim examine compare"}
    rows, about = told_in_the_workbook(kept_report(history.store, LOCAL, run=history.runs[1990]))
    assert len(rows) == 1
    assert "No earlier year was examined" in str(rows)
    assert "No earlier year was examined" in about


def test_the_command_that_writes_a_report_computes_the_old_way_first(run, history, system_of, tmp_path) -> None:
    """2032 takes care within 500 m again and asks for parks as of old; nobody has run `cim examine compare`."""
    asked = ("examine", "--city", history.store.city.slug, "--year", 2032, "--system", system_of(tmp_path, ()))
    said = run(*asked, "--out", tmp_path / "report", "--language", "en")
    assert said.exit_code == 0, said.output
    assert "compared with 2031" in said.output
    report = kept_report(history.store, LOCAL, 2032)
    care = told_by_code(report)[CARE]
    # With the radius of then, 700 m, one compound is without care as it was: the city did not get worse.
    assert care[2:] == ["1 compounds", "2 compounds", "+1", "same", "definition changed", "1 compounds"]
    # A grade that turned because another standard is asked for is not drawn as a turn.
    assert history.compared(2031, 2032).table["grade_turn"].isin(["better", "worse"]).any()
    assert not [block for block in flat(comparison(report)) if isinstance(block, Figures)]
    page = lxml_html.fromstring((tmp_path / "report" / "report.html").read_bytes())
    rows = [" ".join(line.text_content().split()) for line in page.iter("tr")]
    told = next(line for line in rows if CARE in line and "definition changed" in line)
    assert told.count("1 compounds") == 2
    assert "定义有变" in told
    assert "cim examine compare" not in "".join(rows)


def test_what_cannot_be_computed_the_old_way_says_why(history, row_of) -> None:
    """Last: it changes what the run of 2029 has kept."""
    with history.store.connection(LOCAL) as connection:
        connection.execute(
            "UPDATE run.analysis SET parameters = jsonb_set(parameters, %s, %s) WHERE run_id = %s",
            (["indicators", CARE, "measure"], json.dumps("a_measure_of_old"), history.runs[2029]),
        )
    found = history.compared(2029, 2030)
    west = row_of(found, CARE, WEST)
    assert np.isnan(west["old_way"])
    assert (west["why_not"], why(west["why_not"])) == ("no_measure", "nothing computes it yet")
    assert found.notes["not_recomputed"] >= 2
    kept = compare_years(history.store, LOCAL, 2029, 2030, again=True)
    assert row_of(kept, CARE, WEST)["why_not"] == "no_measure"
    assert kept.table.equals(found.table)
