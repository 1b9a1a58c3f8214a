"""Rejects as files: exported with the original, mended, offered again as records of their source, and taken back."""

from __future__ import annotations

import geopandas
import openpyxl
import pandas as pd
import psycopg
import pyogrio
import pytest
import shapely

from cim.errors import BadSetting, BadSource
from cim.etl.mending import standing_repairs
from cim.etl.rejects_export import export_rejects
from cim.etl.rejects_rows import reject_rows
from cim.etl.repairs import offer_repairs, withdraw_repairs

COLUMNS = {"key": "id", "height": "height", "storeys_above": "storeys"}


@pytest.fixture
def faulty(town):
    """A town of four footprints: one sound, one crossed, one with words for storeys, one without a height."""
    sound = [town.square(column) for column in range(4)]
    corners = list(sound[1].exterior.coords)
    crossed = shapely.Polygon([corners[0], corners[2], corners[1], corners[3]])
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "height": [6.0, 9.0, 12.0, None],
            "storeys": ["2", "3", "four", None],
            "note": ["=1+1", "x", "y", "z"],
            "geom": [sound[0], crossed, *sound[2:]],
        }
    )
    town.write_layer("houses.gpkg", frame)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": COLUMNS, "ground_m": 200.0})
    report = town.load(again=True)["houses"]
    assert (report.outcome.kept, report.outcome.rejected) == (2, 2)
    return town


@pytest.fixture
def connection(faulty):
    with psycopg.connect(faulty.cluster.conninfo(f"cim_{faulty.slug}")) as connection:
        yield connection


def exported(connection, path):
    assert export_rejects(connection, reject_rows(connection), path) == 3
    return path


def test_a_geopackage_holds_originals_texts_and_shapes(connection, tmp_path):
    frame = geopandas.read_file(exported(connection, tmp_path / "r.gpkg"), layer="building")
    frame = frame.set_index("source_key").loc[["b", "c", "d"]]
    assert frame["code"].tolist() == ["geometry.self_intersection", "value.not_a_number", "building.no_height"]
    assert frame["severity"].tolist() == ["error", "error", "warning"]
    assert frame["reason_zh"].tolist() == ["轮廓自相交", "数值字段中出现文字", "建筑缺少高度和层数"]
    assert frame["remedy_zh"].notna().all()
    assert frame.loc["c", "original.storeys_above"] == "four"
    assert frame.crs.to_epsg() == 4545
    # What is refused is drawn as it stood in the file, what is kept as it stands in the database.
    assert not frame.geometry["b"].is_valid
    assert frame.geometry["d"].area == pytest.approx(100.0)


def test_a_workbook_holds_the_same_and_no_formulas(connection, tmp_path):
    sheet = openpyxl.load_workbook(exported(connection, tmp_path / "r.xlsx"))["building"]
    head, *rows = sheet.iter_rows(values_only=True)
    told = {row[head.index("source_key")]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(told) == {"b", "c", "d"}
    assert told["c"]["original.storeys_above"] == "four"
    assert shapely.from_wkt(told["b"]["geometry"]).bounds == pytest.approx(told_bounds(connection, "b"))
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def told_bounds(connection, key):
    (row,) = [row for row in reject_rows(connection) if row["source_key"] == key]
    return shapely.from_wkt(row["original"]["geom"]).bounds


def test_another_ending_is_refused(connection, tmp_path):
    with pytest.raises(BadSetting, match=r"\.gpkg or \.xlsx"):
        export_rejects(connection, reject_rows(connection), tmp_path / "r.csv")


def mend_in_geopackage(path):
    frame = geopandas.read_file(path, layer="building")
    at = frame.index[frame["source_key"] == "b"][0]
    frame.loc[at, "geometry"] = frame.geometry[at].convex_hull
    frame.to_file(path, layer="building")
    return path


def mend_in_workbook(path):
    book = openpyxl.load_workbook(path)
    head = [cell.value for cell in book["building"][1]]
    for row in book["building"].iter_rows(min_row=2):
        if row[head.index("source_key")].value == "c":
            row[head.index("original.storeys_above")].value = 4
    book.save(path)
    return path


def test_only_what_was_mended_is_offered(connection, tmp_path):
    path = exported(connection, tmp_path / "r.gpkg")
    assert offer_repairs(connection, path) == {}
    assert offer_repairs(connection, mend_in_geopackage(path)) == {"houses": 1}
    (mended,) = standing_repairs(connection, 1)
    assert (mended.theme, mended.values["source_key"]) == ("building", "b")
    assert shapely.from_wkt(mended.values["geom"]).is_valid
    told = connection.execute("SELECT file, length(sha256), withdrawn_at FROM run.repair").fetchall()
    assert told == [("r.gpkg", 64, None)]
    assert connection.execute("SELECT count(*) FROM run.audit WHERE action = 'repair'").fetchone() == (1,)
    # Offered once more it takes the place of the former.
    offer_repairs(connection, path)
    assert len(standing_repairs(connection, 1)) == 1
    assert withdraw_repairs(connection, "houses") == 1
    assert standing_repairs(connection, 1) == []


def test_a_mended_record_is_loaded_and_can_be_taken_back(faulty, connection, tmp_path):
    before = faulty.by_key("building")
    offer_repairs(connection, mend_in_geopackage(exported(connection, tmp_path / "r.gpkg")))
    connection.commit()
    report = faulty.load(again=True)["houses"]
    assert (report.outcome.kept, report.outcome.rejected, report.outcome.total("added")) == (3, 1, 1)
    after = faulty.by_key("building")
    assert set(after) == {"a", "b", "d"}
    assert {key: row["feature_id"] for key, row in after.items() if key in before} == {
        key: row["feature_id"] for key, row in before.items()
    }
    assert after["b"]["block_top_m"] - after["b"]["block_base_m"] == after["b"]["height_m"]
    # Nothing more to do for the same mended record …
    assert faulty.load(again=True)["houses"].outcome.total("unchanged") == 3
    # … and without it the record is refused as before.
    withdraw_repairs(connection, None)
    connection.commit()
    assert faulty.load(again=True)["houses"].outcome.rejected == 2


def test_a_workbook_mends_values(connection, tmp_path):
    path = exported(connection, tmp_path / "r.xlsx")
    assert offer_repairs(connection, path) == {}
    assert offer_repairs(connection, mend_in_workbook(path)) == {"houses": 1}
    assert [item.values["storeys_above"] for item in standing_repairs(connection, 1)] in ([4], ["4"])


def test_another_file_is_refused(connection, tmp_path):
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "other.xlsx")
    with pytest.raises(BadSource, match="no column reject_id"):
        offer_repairs(connection, tmp_path / "other.xlsx")
    pd.DataFrame({"reject_id": [999]}).to_excel(tmp_path / "other.xlsx")
    with pytest.raises(BadSource, match="reject 999 is not known here"):
        offer_repairs(connection, tmp_path / "other.xlsx")


def test_another_city_s_export_is_refused(faulty, connection, tmp_path):
    """Its rejects have the same numbers."""
    path = exported(connection, tmp_path / "r.xlsx")
    connection.execute("UPDATE run.reject SET source_key = 'other', reason = 'another' WHERE severity = 'error'")
    with pytest.raises(BadSource, match=r"is not known here: give an export of this city's own rejects"):
        offer_repairs(connection, mend_in_workbook(path))


def test_files_that_are_no_export_are_refused_in_one_line(connection, tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"none")
    with pytest.raises(BadSource, match="is no GeoPackage"):
        offer_repairs(connection, tmp_path / "a.gpkg")
    frame = geopandas.GeoDataFrame({"a": [1]})
    pyogrio.write_dataframe(pd.DataFrame(frame), tmp_path / "b.gpkg", layer="building")
    with pytest.raises(BadSource, match="has no column reject_id"):
        offer_repairs(connection, tmp_path / "b.gpkg")


def test_what_its_reader_refused_before_it_was_a_record_is_mended_in_the_file(connection, tmp_path):
    """A city object's original is what its JSON says: taken for columns it would become a building without a key."""
    connection.execute(
        "INSERT INTO run.reject (load_id, severity, file, record, theme, source_key, code, reason, original) VALUES "
        "(1, 'error', 'a.json', 'b2', 'building', 'b2', 'geometry.dangling_vertex', 'is cut', %s)",
        ('{"kind": "Building"}',),
    )
    path = tmp_path / "r.xlsx"
    export_rejects(connection, reject_rows(connection), path)
    book = openpyxl.load_workbook(path)
    head = [cell.value for cell in book["building"][1]]
    for row in book["building"].iter_rows(min_row=2):
        if row[head.index("source_key")].value == "b2":
            row[head.index("original.kind")].value = "BuildingPart"
    book.save(path)
    with pytest.raises(BadSource, match=r"refused by its reader, .*: mend a\.json record b2 itself"):
        offer_repairs(connection, path)


def test_a_survey_s_rows_are_exported_as_they_stand_and_mended_there(town, tmp_path):
    """Beside a register's: layers know no difference of the survey's column Network and its network."""
    with pd.ExcelWriter(town.folder / "survey.xlsx") as book:
        points = [(f"A{at}", 3_270_000.0, 500_000.0 + 30 * at, 200.0, "old") for at in (1, 2)]
        points += [("A4", 3_270_000.0, 500_090.0, 200.0, "old"), ("A3", None, 1.0, 2.0, "new")]
        titles = ["物探点号", "X", "Y", "地面高程", "Network"]
        pd.DataFrame(points, columns=titles).to_excel(book, sheet_name="JS管点表", index=False)
        lines = [("A1", "A2", 1.0, 1.0, "DN100"), ("A2", "A4", 1.0, 1.0, "很大"), ("A4", "A1", 1.0, 1.0, "DN100")]
        titles = ["起点点号", "终点点号", "起点埋深", "终点埋深", "管径"]
        pd.DataFrame(lines, columns=titles).to_excel(book, sheet_name="JS管线表", index=False)
    nodes = "key,network,x,y,z,ground_level_m\nn1,water,500000,3270000,1,2\nn2,water,500000,3270000,1,high\n"
    (town.folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    town.source("survey", "pipe_survey", "survey.xlsx", crs="EPSG:4545")
    town.source("nodes", "register", "nodes.csv", crs="EPSG:4545", options={"theme": "pipe_node"})
    town.load()
    path = tmp_path / "r.gpkg"
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}")) as connection:
        export_rejects(connection, [row for row in reject_rows(connection) if row["severity"] == "error"], path)
        assert offer_repairs(connection, path) == {}
        layers = dict(geopandas.list_layers(path).to_numpy())
        assert set(layers) == {"pipe_node nodes", "pipe_node survey", "pipe_segment"}
        frame = geopandas.read_file(path, layer="pipe_segment")
        assert frame["original.管径"].tolist() == ["很大"]
        assert frame.geometry[0].length == pytest.approx(30.0)
        frame.loc[0, "original.管径"] = "DN200"
        frame.to_file(path, layer="pipe_segment")
        assert offer_repairs(connection, path) == {"survey": 1}
