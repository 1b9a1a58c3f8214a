"""Registers: tables and layers whose columns are a theme's."""

from __future__ import annotations

import csv
import datetime as dt
import json
from importlib import resources

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter

from cim.city import CityProfile
from cim.errors import BadSource, MissingCrs
from cim.etl.checks import check
from cim.etl.readers.register import READER
from cim.manifest import SourceSpec
from cim.tables import THEMES

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
HEAD = "key,kind,name,capacity,x,y,z,备注\n"
ROWS = "f1,school,第一小学,1200,500000,3270000,210.5,好\nf2,clinic,卫生院,,500100,3270100,211,\n"


def batches(path, crs="EPSG:4545", **options):
    return list(READER.read(SourceSpec("register", "register", path, crs=crs, options=options), CITY))


def read(path, crs="EPSG:4545", **options):
    (batch,) = batches(path, crs, **options)
    return batch


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8", name="facility.csv"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_the_encodings_of_the_trade(table, encoding):
    batch = read(table(HEAD + ROWS, encoding))
    assert batch.theme == "facility"  # the file's name is a theme's
    out = batch.frame
    assert out.index.tolist() == [2, 3]
    assert out["source_key"].tolist() == ["f1", "f2"]
    assert out["name"].tolist() == ["第一小学", "卫生院"]
    assert out["备注"].iloc[0] == "好"
    assert out["capacity"].isna().tolist() == [False, True]
    assert shapely.to_wkt(out["geom"].to_numpy(), rounding_precision=1).tolist() == [
        "POINT Z (500000 3270000 210.5)",
        "POINT Z (500100 3270100 211)",
    ]
    assert not {"x", "y", "z"} & set(out.columns)


def test_gbk_found_late_in_a_long_file(table):
    many = "".join(f"f{number},school,x,,500000,3270000,1,\n" for number in range(60_000))
    path = table(HEAD + many + "z,school,第一小学,,500000,3270000,1,\n", "gb18030")
    parts = batches(path)
    assert [len(part.frame) for part in parts] == [50_000, 10_001]
    assert parts[1].frame["name"].iloc[-1] == "第一小学"
    assert parts[1].frame.index[-1] == 60_002


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(table, delimiter):
    batch = read(table((HEAD + ROWS).replace(",", delimiter)))
    assert batch.frame["source_key"].tolist() == ["f1", "f2"]


def test_columns_by_another_name(table):
    path = table("编号,类别,lon,lat\nf1,school,106.55,29.56\n")
    batch = read(
        path, "EPSG:4490", columns={"key": "编号", "kind": "类别"}, x="lon", y="lat", height_m=205, theme="facility"
    )
    (point,) = batch.frame["geom"]
    expected = geopandas.GeoSeries([shapely.Point(106.55, 29.56)], crs="EPSG:4490").to_crs("EPSG:4545").iloc[0]
    assert (point.x, point.y) == pytest.approx((expected.x, expected.y), abs=1e-3)
    assert point.z == 205
    assert batch.frame[["source_key", "kind"]].iloc[0].tolist() == ["f1", "school"]


def test_a_column_that_only_by_accident_is_called_like_ours(table):
    batch = read(table("id,kind,name,alias,x,y,z\n1,school,x,y,500000,3270000,1\n"), columns={"name": "alias"})
    assert batch.frame["name"].tolist() == ["y"]
    assert batch.frame["name_"].tolist() == ["x"]
    assert batch.frame["source_key"].tolist() == ["1"]


def test_well_known_text(table):
    text = 'key,use_code,wkt\na,0701,"POLYGON ((0 0, 9 0, 9 9, 0 0))"\nb,0701,POLYGON\nc,0701,\n'
    batch = read(table(text, name="land_use.csv"))
    assert batch.records_in == 3
    assert batch.frame["source_key"].tolist() == ["a", "c"]
    assert batch.frame["geom"].iloc[0].area == 40.5
    assert batch.frame["geom"].iloc[1] is None
    (reject,) = batch.rejects
    assert (reject.record, reject.source_key, reject.code) == ("3", "b", "geometry.not_wkt")
    assert reject.reason == "'POLYGON' is no well-known text"


def test_coordinates_that_are_no_numbers(table):
    text = "key,kind,x,y,z\na,school,5e5,3270000,1\nb,school,500000,north,1\nc,school,,,\n"
    batch = read(table(text))
    assert batch.frame["source_key"].tolist() == ["a", "c"]
    assert batch.frame["geom"].iloc[1] is None
    (reject,) = batch.rejects
    assert (reject.record, reject.code, reject.reason) == (
        "3",
        "geometry.not_a_number",
        "y is 'north' where a number is wanted",
    )
    assert reject.original == {"key": "b", "kind": "school", "x": "500000", "y": "north", "z": "1"}


def test_some_heights_are_missing(table):
    text = "key,kind,x,y,z\na,school,500000,3270000,12\nb,school,500000,3270000,\n"
    assert read(table(text)).frame["geom"].map(lambda point: point.has_z).tolist() == [True, False]
    assert [point.z for point in read(table(text), height_m=7.5).frame["geom"]] == [12, 7.5]


def test_places_need_a_crs(table):
    with pytest.raises(MissingCrs):
        read(table(HEAD + ROWS), crs=None)


def test_a_theme_without_places_needs_no_crs(table):
    path = table("network,node_key,building_key,customers\nwater,n1,b1,12\n", name="service_connection.csv")
    batch = read(path, crs=None)
    assert batch.frame[["node_key", "building_key", "customers"]].iloc[0].tolist() == ["n1", "b1", "12"]
    assert "geom" not in batch.frame
    assert batch.crs is None


def test_empty_rows_are_left_out_and_the_others_keep_their_numbers(table):
    batch = read(table("key,broke_on\na,2020-01-01\n,\n\nb,2021-01-01\n", name="pipe_break.csv"))
    assert batch.frame.index.tolist() == [2, 5]
    assert batch.records_in == 2


def test_a_sheet_of_a_workbook(tmp_path):
    path = tmp_path / "registers.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="notes", index=False)
        pd.DataFrame(
            {"key": ["a", "b"], "year": [2020, 2021], "residents": [12.5, "many"], "day": [dt.date(2020, 1, 2), None]}
        ).to_excel(book, sheet_name="population", index=False)
    batch = read(path, sheet="population", theme="pipe_break", columns={"broke_on": "day", "cause": "residents"})
    out = batch.frame
    assert out.index.tolist() == [2, 3]
    assert out["source_key"].tolist() == ["a", "b"]
    assert out["cause"].tolist() == [12.5, "many"]
    assert out["broke_on"].iloc[0] == dt.date(2020, 1, 2)
    assert out["broke_on"].iloc[1] is None
    with pytest.raises(BadSource, match=r"has several sheets \(notes, population\)"):
        read(path, theme="pipe_break")


def test_a_layer_whose_name_is_a_theme(tmp_path):
    path = tmp_path / "any.gpkg"
    frame = geopandas.GeoDataFrame(
        {"fid_": [7], "level": ["district"], "name": ["渝中区"], "parent_key": [None], "residents": [588_717.0]},
        geometry=[shapely.box(0, 0, 10, 10)],
        crs="EPSG:4545",
    )
    frame.to_file(path, layer="admin_unit")
    batch = read(path, crs=None, columns={"key": "fid_"})
    assert batch.theme == "admin_unit"
    assert batch.frame["source_key"].tolist() == [7]
    assert batch.frame["geom"].iloc[0].equals(frame.geometry.iloc[0])
    assert batch.crs == "EPSG:4545"


def test_a_layer_without_geometry(tmp_path):
    path = tmp_path / "breaks.gpkg"
    frame = pd.DataFrame({"key": ["a"], "segment_key": ["s1"], "broke_on": ["2020-05-06"]})
    pyogrio.write_dataframe(frame, path, layer="pipe_break")
    batch = read(path, crs=None)
    assert batch.frame["segment_key"].tolist() == ["s1"]
    assert "geom" not in batch.frame


def test_heights_of_a_layer_are_brought_to_the_datum(tmp_path):
    path = tmp_path / "tree.gpkg"
    points = [shapely.Point(500_000, 3_270_000, 200), shapely.Point(500_000, 3_270_000)]
    geopandas.GeoDataFrame({"key": ["a", "b"]}, geometry=points, crs="EPSG:4545").to_file(path, layer="tree")
    source = SourceSpec("trees", "register", path, height_offset_m=-1.25, options={"height_m": 150})
    (batch,) = READER.read(source, CITY)
    assert [point.z for point in batch.frame["geom"]] == [198.75, 150.0]
    assert np.isnan(shapely.get_z(points[1]))


CUSTOMERS = (
    "业务类型,户号,表号,户名,用水性质,户数,敏感用户,敏感类型,管点编号,经度\n"
    "给水,1001,A7,第一医院,行政事业,1,是,医院,J12,106.5\n给水,1002,,李,居民,3,否,,,106.6\n"
)


def test_customers_under_their_chinese_titles(table):
    out = read(table(CUSTOMERS, "gb18030", "customer.csv")).frame
    assert out["source_key"].tolist() == ["water/1001/A7", "water/1002"]
    assert out[["network", "use", "sensitive", "sensitive_kind", "node_key"]].iloc[0].tolist() == [
        "water", "public", "是", "hospital", "J12",
    ]  # fmt: skip
    assert out["经度"].tolist() == ["106.5", "106.6"]


def test_a_customer_has_the_same_key_in_whatever_file(table, tmp_path):
    """A workbook holds numbers only, and whole ones as 1001.0."""
    book = xlsxwriter.Workbook(tmp_path / "customer.xlsx")
    sheet = book.add_worksheet("customer")
    for row, cells in enumerate(
        [["业务类型", "户号", "表号", "敏感用户"], ["给水", 1001, 7, 1], ["给水", 1002, None, 0]]
    ):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    book.close()
    written = read(table("业务类型,户号,表号,敏感用户\n给水,1001,7,1\n给水,1002,,0\n", name="customer.csv"))
    for batch in (written, read(tmp_path / "customer.xlsx")):
        assert batch.frame["source_key"].tolist() == ["water/1001/7", "water/1002"]
        kept, rejects = check(batch, CITY)
        assert rejects == []
        assert kept.columns["sensitive"].to_pylist() == [True, False]


def test_a_word_that_is_no_code_stays_for_the_checks(table):
    out = read(table("network,account_no\n水务,1\n", name="customer.csv")).frame
    assert out["network"].tolist() == ["水务"]


def test_control_lines_of_a_file_geodatabase(tmp_path):
    lines = geopandas.GeoDataFrame(
        {"类型": ["蓝线", "道路红线"], "名称": ["长江", None], "编号": ["a", "b"]},
        geometry=[shapely.LineString([(500_000, 3_270_000), (500_100, 3_270_000)])] * 2,
        crs="EPSG:4545",
    )
    path = tmp_path / "plan.gdb"
    pyogrio.write_dataframe(lines, path, layer="control_line", driver="OpenFileGDB")
    out = read(path, crs=None, columns={"key": "编号"}).frame
    assert out["kind"].tolist() == ["blue", "red"]
    assert out["source_key"].tolist() == ["a", "b"]
    assert out["geom"].iloc[0].length == pytest.approx(100)


def test_sensors_of_a_workbook(tmp_path):
    path = tmp_path / "sensors.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("sensor")
        for at, row in enumerate([["key", "类型", "单位", "x", "y"], ["s1", "液位", "m", 500_000, 3_270_000]]):
            sheet.write_row(at, 0, row)
    out = read(path).frame
    assert out[["source_key", "kind", "unit"]].iloc[0].tolist() == ["s1", "level", "m"]


@pytest.mark.parametrize("name", ["register_columns.csv", "register_codes.csv"])
def test_words_name_columns_that_are_there(name):
    text = (resources.files("cim.etl") / name).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        theme, _, column = row["column"].rpartition(".")
        theme = row.get("theme") or theme
        tables = [THEMES[theme]] if theme else THEMES.values()
        assert any(column.replace("_key", "_id") in table.columns for table in tables), row


def test_one_value_for_all_records(table, tmp_path):
    path = table(HEAD + ROWS)
    batch = read(path, values={"public": "是", "valid_from": dt.date(2020, 1, 31)})
    assert batch.frame["public"].tolist() == ["是", "是"]
    assert set(batch.frame["valid_from"]) == {dt.date(2020, 1, 31)}
    pipes = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(0, 0, 1)], crs="EPSG:4545")
    pipes.to_file(tmp_path / "nodes.gpkg")
    told = {"theme": "pipe_node", "values": {"network": "雨水"}}
    (record,) = read(tmp_path / "nodes.gpkg", crs=None, **told).frame.to_dict("records")
    # A word that is known stands as its code, as it would in a column.
    assert record["network"] == "storm"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("school", "option values = 'school': give a table"),
        ({"colour": 1}, "option values: facility has no column 'colour': known are area_m2, "),
        ({"kind": "school"}, "option values: kind stands in the file's column 'kind': leave it out"),
    ],
)
def test_values_that_cannot_be(table, values, said):
    with pytest.raises(BadSource, match=said):
        read(table(HEAD + ROWS), values=values)


@pytest.mark.parametrize("ending", ["csv", "gpkg"])
def test_one_column_of_the_file_may_be_two_of_ours(tmp_path, ending):
    """The number that is painted on a house is its key as well as its name: neither may be lost."""
    path = tmp_path / f"facility.{ending}"
    rows = pd.DataFrame({"编号": ["f1", "f2"], "name_en": ["a", "b"], "kind": ["school", "clinic"]})
    if ending == "csv":
        rows.assign(x=500_000.0, y=3_270_000.0).to_csv(path, index=False)
    else:
        geopandas.GeoDataFrame(rows, geometry=shapely.points([[500_000, 3_270_000]] * 2), crs="EPSG:4545").to_file(path)
    out = read(path, columns={"key": "编号", "name": "编号"}).frame
    assert out["source_key"].tolist() == out["name"].tolist() == ["f1", "f2"]
    assert out["name_en"].tolist() == ["a", "b"]
    assert sorted(out.columns) == sorted(["geom", "kind", "name", "name_en", "source_key"])


@pytest.mark.parametrize("ending", ["parquet", "geojson"])
def test_objects_and_lists_stay_what_they_are(tmp_path, ending):
    path = tmp_path / f"facility.{ending}"
    owner = [{"name": "甲", "since": "2020-01-31"}, None]
    rows = pd.DataFrame({"kind": ["school", "clinic"], "owner": owner, "grades": [[1, 2], None]})
    places = geopandas.GeoDataFrame(rows, geometry=shapely.points([[106.0, 29.0]] * 2), crs="EPSG:4326")
    if ending == "parquet":
        places.to_parquet(path)
    else:
        path.write_text(places.to_json(), encoding="utf-8")
    (batch,) = batches(path, crs=None, theme="facility", height_m=200.0)
    records, rejects = check(batch, CITY)
    assert rejects == []
    told = [None if item is None else json.loads(item) for item in records.columns["attributes"].to_pylist()]
    assert told == [{"owner": owner[0], "grades": [1, 2]}, None]
    (batch,) = batches(path, crs=None, theme="facility", height_m=200.0, columns={"name": "owner"})
    (name, _) = check(batch, CITY)[0].columns["name"].to_pylist()
    assert json.loads(name) == owner[0]
