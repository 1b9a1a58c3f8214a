"""Refused rows of a survey, mended in their own cells: read anew among the rows that hang on them."""

from __future__ import annotations

import csv

import geopandas
import openpyxl
import psycopg
import pytest

from cim.etl import load as loading
from cim.etl.rejects_export import export_rejects
from cim.etl.rejects_rows import reject_rows
from cim.etl.repairs import offer_repairs, withdraw_repairs
from cim.etl.undo import undo_load

POINTS = ["物探点号", "X", "Y", "地面高程", "附注"]
LINES = ["起点点号", "终点点号", "起点埋深", "终点埋深", "管径"]
NORTH, EAST = 3_270_000, 500_000


def point(number, north=NORTH, note=""):
    return [f"A{number}", north, EAST + 30 * number, 200.5, note]


def line(start, end, size="DN100"):
    return [f"A{start}", f"A{end}", 1.0, 1.0, size]


class Survey:
    """A town's survey of points A1 to A5 in a row, and the lines between; as a workbook or a folder of CSV files."""

    def __init__(self, town, form):
        self.town, self.form = town, form
        self.points = [point(number) for number in range(1, 6)]
        self.lines = [line(number, number + 1) for number in range(1, 5)]
        town.source("survey", "pipe_survey", "survey.xlsx" if form == "xlsx" else "survey", crs="EPSG:4545")

    def load(self, **options):
        """Write it and load it."""
        tables = {"JS管点表": [POINTS, *self.points], "JS管线表": [LINES, *self.lines]}
        if self.form == "xlsx":
            book = openpyxl.Workbook()
            book.remove(book.active)
            for name, rows in tables.items():
                sheet = book.create_sheet(name)
                for row in rows:
                    sheet.append(row)
            book.save(self.town.folder / "survey.xlsx")
        else:
            (self.town.folder / "survey").mkdir(exist_ok=True)
            for name, rows in tables.items():
                with (self.town.folder / "survey" / f"{name}.csv").open("w", encoding=self.form, newline="") as file:
                    csv.writer(file).writerows(rows)
        return self.town.load(**options)["survey"]

    def connected(self):
        return psycopg.connect(self.town.cluster.conninfo(f"cim_{self.town.slug}"))

    def offer(self, path, tell=print, load_id=None, **mended):
        """Mend cells in an export: by the record's first cell a table of title and cell."""
        with self.connected() as connection:
            export_rejects(connection, reject_rows(connection, load_id=load_id), path)
            book = openpyxl.load_workbook(path)
            for sheet in book:
                head = [cell.value for cell in sheet[1]]
                for row in sheet.iter_rows(min_row=2):
                    cells = dict(zip(head, row, strict=True))
                    if cells["severity"].value == "error":
                        first = cells.get("original.物探点号") or cells["original.起点点号"]
                        for title, value in mended.get(first.value, {}).items():
                            if title in cells:
                                cells[title].value = value
            book.save(path)
            return offer_repairs(connection, path, tell)

    def told(self, load_id):
        """Refusals of a load, and what it remarks on mended records."""
        query = (
            "SELECT code, record FROM run.reject WHERE load_id = %s AND (severity = 'error' OR code LIKE 'repair.%%')"
        )
        return sorted((row["code"], row["record"]) for row in self.town.rows(query, load_id))


@pytest.fixture(params=["xlsx", "gb18030"])
def survey(town, request):
    return Survey(town, request.param)


def counts(report):
    outcome = report.outcome
    return outcome.records_in, outcome.kept, outcome.rejected, outcome.mended_records


def test_a_mended_point_brings_back_the_lines_that_hang_on_it(survey, tmp_path):
    survey.points[2][1] = "none"
    report = survey.load()
    lost = [("reference.unknown_point", "JS管线表!3"), ("reference.unknown_point", "JS管线表!4")]
    assert survey.told(report.load_id) == [("geometry.missing", "JS管点表!4"), *lost]
    assert counts(report) == (9, 6, 3, 0)
    assert survey.offer(tmp_path / "r.xlsx", A3={"original.X": NORTH}) == {"survey": 1}
    # The next load takes it, though the file is as it was.
    report = survey.load()
    assert (counts(report), report.outcome.total("added")) == ((9, 9, 0, 1), 3)
    assert survey.told(report.load_id) == []
    third = survey.town.by_key("pipe_node")["A3"]
    assert third["ground_level_m"] == 200.5
    assert set(survey.town.by_key("pipe_segment")) == {f"A{at}-A{at + 1}" for at in range(1, 5)}
    assert survey.town.load()["survey"].status == "unchanged"
    # Taken back, the point is refused as before, and its lines with it.
    with survey.connected() as connection:
        assert withdraw_repairs(connection, "survey") == 1
    assert counts(survey.load()) == (9, 6, 3, 0)


def test_a_mended_row_is_found_wherever_it_stands_and_keeps_what_the_file_tells_anew(survey, tmp_path):
    survey.points[2][1] = "none"
    survey.load()
    survey.offer(tmp_path / "r.xlsx", A3={"original.X": NORTH})
    survey.points.insert(0, point(6))
    report = survey.load()
    assert (counts(report), survey.told(report.load_id)) == ((10, 10, 0, 1), [])
    # Another state of the row, refused under its number and key.
    survey.points.pop(0)
    survey.points[2][4] = "anew"
    report = survey.load()
    assert (counts(report), survey.told(report.load_id)) == ((9, 9, 0, 1), [])
    assert survey.town.by_key("pipe_node")["A3"]["attributes"] == {"附注": "anew"}


def test_the_file_s_own_sound_row_wins(survey, tmp_path):
    survey.lines.append(line(5, 7))
    report = survey.load()
    assert survey.told(report.load_id) == [("reference.unknown_point", "JS管线表!6")]
    survey.offer(tmp_path / "r.xlsx", A5={"original.终点点号": "A1"})
    # The point that was missing is there by now: nothing is wrong with the line.
    survey.points.append(point(7))
    report = survey.load()
    assert (counts(report), survey.told(report.load_id)) == ((11, 11, 0, 0), [("repair.superseded", "JS管线表!6")])
    assert "A5-A7" in survey.town.by_key("pipe_segment")


def test_what_is_refused_again_can_be_mended_again(survey, tmp_path):
    survey.lines.append(line(5, 7))
    survey.load()
    survey.offer(tmp_path / "1.xlsx", A5={"original.终点点号": "A8"})
    report = survey.load()
    assert (counts(report), survey.told(report.load_id)) == (
        (10, 9, 1, 0),
        [("reference.unknown_point", "JS管线表!6")],
    )
    # A cell of another kind, and one that is emptied.
    survey.offer(tmp_path / "2.xlsx", A5={"original.终点点号": "A1", "original.管径": None, "original.起点埋深": 1.25})
    assert counts(survey.load()) == (10, 10, 0, 1)
    mended = survey.town.by_key("pipe_segment")["A5-A1"]
    assert (mended["diameter_mm"], mended["start_depth_m"], mended["end_depth_m"]) == (None, 1.25, 1.0)


def test_what_follows_from_cells_is_not_mended_but_told(survey, tmp_path):
    survey.lines.append(line(5, 7))
    survey.load()
    told = []
    assert survey.offer(tmp_path / "r.xlsx", told.append, A5={"geometry": "POINT (0 0)"}) == {}
    assert len(told) == 1
    assert "follows from its cells" in told[0]
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["pipe_segment"]
    titles = {cell.value for cell in sheet[1] if str(cell.value).startswith("original.")}
    assert titles == {f"original.{title}" for title in LINES}


def test_an_export_is_offered_twice_though_the_city_has_changed_since(survey, tmp_path):
    survey.points[2][1] = "none"
    survey.lines[0][4] = "很大"
    survey.load()
    path = tmp_path / "r.xlsx"
    assert survey.offer(path, A3={"original.X": NORTH}) == {"survey": 1}
    survey.load()
    # By now the lines at A3 can be drawn; they are as they were in the file.
    told = []
    with survey.connected() as connection:
        book = openpyxl.load_workbook(path)
        head = [cell.value for cell in book["pipe_segment"][1]]
        for row in book["pipe_segment"].iter_rows(min_row=2):
            cell = row[head.index("original.管径")]
            cell.value = "DN200" if cell.value == "很大" else cell.value
        # As people leave a file: a note below the table, and a row of blanks.
        book["pipe_segment"].append([])
        book["pipe_segment"].append(["see the letter of 3 May"])
        book.save(path)
        assert offer_repairs(connection, path, told.append) == {"survey": 2}
    assert counts(survey.load()) == (9, 9, 0, 2)
    assert survey.town.by_key("pipe_segment")["A1-A2"]["diameter_mm"] == 200


def test_a_mended_row_never_takes_the_number_of_a_sound_one(survey, tmp_path):
    survey.points[1][1] = "none"
    survey.load()
    survey.offer(tmp_path / "r.xlsx", A2={"original.X": NORTH + 60, "original.物探点号": "A5"})
    before = survey.town.by_key("pipe_node")["A5"]
    report = survey.load()
    assert ("key.repeated", "JS管点表!3") in survey.told(report.load_id)
    assert survey.town.by_key("pipe_node")["A5"] == before


def test_a_line_that_is_refused_leaves_the_one_that_stands(survey):
    survey.load()
    survey.points[2][1] = "none"
    report = survey.load()
    assert (report.outcome.rejected, report.outcome.total("removed")) == (3, 0)
    assert set(survey.town.by_key("pipe_segment")) == {f"A{at}-A{at + 1}" for at in range(1, 5)}
    assert "A3" in survey.town.by_key("pipe_node")


def test_what_is_offered_reopens_a_load_that_was_undone(survey, tmp_path):
    survey.load()
    survey.lines[1][4] = "很大"
    undone = survey.load(again=True)
    with survey.connected() as connection:
        undo_load(connection, undone.load_id)
    assert survey.town.load()["survey"].status == "undone"
    assert survey.offer(tmp_path / "r.xlsx", load_id=undone.load_id, A2={"original.管径": "DN200"}) == {"survey": 1}
    assert counts(survey.town.load()["survey"]) == (9, 9, 0, 1)


def test_a_load_taken_up_reads_mended_rows_once_more(survey, tmp_path, monkeypatch):
    survey.points[2][1] = "none"
    survey.load()
    survey.offer(tmp_path / "r.xlsx", A3={"original.X": NORTH})
    take, met = loading.Staging.take, []

    def cut(staging, batch):
        if batch.theme == "pipe_segment":
            staging.writer.finish()
            raise SystemExit  # as if it were killed: nothing is undone
        met.append(batch.theme)
        take(staging, batch)

    monkeypatch.setattr(loading.Staging, "take", cut)
    monkeypatch.setattr(loading.CityLoad, "_undone_on_failure", lambda *_: __import__("contextlib").nullcontext())
    with pytest.raises(SystemExit):
        survey.load()
    monkeypatch.undo()
    assert met == ["pipe_node"]
    report = survey.load(resume=True)
    assert (counts(report), survey.told(report.load_id)) == ((9, 9, 0, 1), [])
    assert {"A3"} < set(survey.town.by_key("pipe_node"))


def test_a_geopackage_mends_rows_too(survey, tmp_path):
    survey.lines[1][4] = "很大"
    report = survey.load()
    assert survey.told(report.load_id)[0] == ("section.unreadable", "JS管线表!3")
    path = tmp_path / "r.gpkg"
    with survey.connected() as connection:
        export_rejects(connection, reject_rows(connection), path)
        frame = geopandas.read_file(path, layer="pipe_segment")
        frame.loc[frame["original.管径"] == "很大", "original.管径"] = "DN200"
        frame.to_file(path, layer="pipe_segment")
        assert offer_repairs(connection, path) == {"survey": 1}
    assert counts(survey.load()) == (9, 9, 0, 1)
    assert survey.town.by_key("pipe_segment")["A2-A3"]["diameter_mm"] == 200
