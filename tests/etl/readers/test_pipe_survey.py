"""Pipeline census tables through the reader: networks, sections, heights, and what is refused."""

from __future__ import annotations

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource, MissingCrs, MissingSource
from cim.etl.readers.pipe_survey import READER
from cim.manifest import SourceSpec

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CITY = CityProfile("cq", "测试城", "Test city", GRID, "1985", -36.0)
N, E = 3_271_000.0, 505_800.0
POINTS = ("物探点号", "X", "Y", "地面高程", "特征", "附属物", "井深")
LINES = (
    "起点点号",
    "终点点号",
    "起点埋深",
    "终点埋深",
    "起点高程",
    "终点高程",
    "管径",
    "断面",
    "材质",
    "埋设类型",
    "流向",
)


def point(key, east, ground=200.0, feature="直线点", fixture=None, well=None, north=0.0):
    return (key, N + north, E + east, ground, feature, fixture, well)


def line(
    start, end, depths=(1.0, 1.0), levels=(None, None), size=None, section=None, material=None, burial="直埋", flow=None
):
    return (start, end, *depths, *levels, size, section, material, burial, flow)


@pytest.fixture
def read(tmp_path):
    """Write sheets to a workbook (or a folder of CSV files) and read it."""

    def run(sheets, form="xlsx", crs=GRID, city=CITY, offset=0.0, **options):
        path = tmp_path / ("survey.xlsx" if form == "xlsx" else "survey")
        if form == "xlsx":
            write_workbook(path, sheets)
        else:
            path.mkdir(exist_ok=True)
            for name, rows in sheets.items():
                with (path / f"{name}.csv").open("w", encoding=form, newline="") as file:
                    csv.writer(file).writerows(rows)
        return list(READER.read(SourceSpec("s", "pipe_survey", path, crs, offset, options=options), city))

    return run


def write_workbook(path, sheets):
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, [cell for cell in row])


def network(code="JS", points=None, lines=None, point_columns=POINTS, line_columns=LINES):
    points = [point("A1", 0), point("A2", 30), point("A3", 60)] if points is None else points
    lines = [line("A1", "A2"), line("A2", "A3")] if lines is None else lines
    return {f"{code}管点表": [point_columns, *points], f"{code}管线表": [line_columns, *lines]}


def by_theme(batches):
    found = {}
    for batch in batches:
        assert batch.theme not in found
        found[batch.theme] = batch
    return found


def rejects(batches, severity="error"):
    return [(item.code, item.record) for batch in batches for item in batch.rejects if item.severity == severity]


def heights(frame):
    return [shapely.get_coordinates(shape, include_z=True)[:, 2].tolist() for shape in frame["geom"]]


def one_segment(read, code, one, columns=LINES, **options):
    """The row of a single line 30 m long on level ground at 200 m."""
    batches = read(network(code, [point("A1", 0), point("A2", 30)], [one], line_columns=columns), **options)
    return by_theme(batches)["pipe_segment"].frame.iloc[0]


# --- what comes out -------------------------------------------------------------------------------------------------


def test_heights_are_kept_to_the_micrometre_whatever_offset_they_had(read):
    """A workbook keeps 16 digits: 207.32100000000003 comes back from one as another number."""
    points = [point(f"A{at}", 30 * at, 206.061 + 0.013 * at, well=2.137) for at in range(8)]
    levels = [(205.061 + 0.013 * at, 205.0 + 0.011 * at) for at in range(7)]
    lines = [line(f"A{at}", f"A{at + 1}", (1.013, 0.917), levels[at] if at % 2 else (None, None)) for at in range(7)]
    nodes, segments = (batch.frame for batch in read(network(points=points, lines=lines), offset=-0.029))
    told = [nodes["ground_level_m"], segments["start_level_m"].dropna(), segments["end_level_m"].dropna()]
    told += [pd.Series(np.concatenate(heights(frame))) for frame in (nodes, segments)]
    for values in told:
        assert len(values)
        assert values.tolist() == [round(value, 6) for value in values.tolist()]
    assert nodes["ground_level_m"].iloc[0] == 206.032


def test_points_and_lines_come_with_their_places(read):
    batches = read(network())
    assert [batch.theme for batch in batches] == ["pipe_node", "pipe_segment"]
    nodes, segments = (batch.frame for batch in batches)
    assert nodes["source_key"].tolist() == ["A1", "A2", "A3"]
    assert shapely.get_coordinates(nodes["geom"].to_numpy())[:2].tolist() == [[E, N], [E + 30, N]]
    assert nodes.index.tolist() == ["JS管点表!2", "JS管点表!3", "JS管点表!4"]
    assert segments[["start_node_key", "end_node_key"]].to_numpy().tolist() == [["A1", "A2"], ["A2", "A3"]]
    assert segments["source_key"].tolist() == ["A1-A2", "A2-A3"]
    assert segments["network"].tolist() == ["water", "water"]
    assert segments["class_code"].tolist() == ["JS", "JS"]
    assert segments["length_m"].tolist() == [30.0, 30.0]
    assert batches[0].crs == GRID
    assert [reject for batch in batches for reject in batch.rejects] == []


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_files_in_any_chinese_encoding(read, form):
    found = by_theme(
        read(network(points=[point("A1", 0, fixture="阀门"), point("A2", 30)], lines=[line("A1", "A2")]), form)
    )
    assert found["pipe_node"].frame["appurtenance_raw"].tolist()[0] == "阀门"
    assert found["pipe_device"].frame["kind"].tolist() == ["valve"]
    assert found["pipe_segment"].frame["length_m"].tolist() == [30.0]


def test_straight_joints_and_beginnings_are_known_features(read):
    points = [point("A1", 0, feature="起始点"), point("A2", 30, feature="直通")]
    nodes, _ = read(network(points=points, lines=[line("A1", "A2")]))
    assert nodes.frame["kind"].tolist() == ["end", "junction"]
    assert [item.code for item in nodes.rejects] == []


def test_every_network_of_a_workbook_is_read(read):
    sheets = {}
    for code in ("JS", "YS", "WS", "HS", "RQ", "RL", "DL", "TX", "GY"):
        sheets |= network(code, [point(f"{code}1", 0), point(f"{code}2", 30)], [line(f"{code}1", f"{code}2")])
    batches = read(sheets | {"说明": [("表",)]})
    found = [batch.frame["network"].iloc[0] for batch in batches if batch.theme == "pipe_segment"]
    assert found == ["water", "storm", "sewage", "combined", "gas", "heat", "power", "telecom", "industrial"]


@pytest.mark.parametrize(
    "names", [("JSPoint", "JSLine"), ("JS_POINT", "JS_LINE"), ("给水管点", "给水管线"), ("js管点表", "js管线表")]
)
def test_sheets_by_other_names(read, names):
    sheets = dict(zip(names, network().values(), strict=True))
    assert by_theme(read(sheets))["pipe_node"].frame["network"].unique().tolist() == ["water"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("DX", "telecom"), ("LT", "telecom"), ("TR", "gas"), ("ZQ", "heat"), ("LD", "power"), ("W", "sewage"),
     ("雨水", "storm"), ("51010101", "water"), ("52012201", "storm"), ("52022205", "sewage"),
     ("52031100", "combined"), ("53001000", "gas")],
)  # fmt: skip
def test_old_and_new_codes_by_row(read, code, expected):
    title = "要素代码" if code.isdigit() else "管线类别"
    columns = (*LINES, title)
    found = by_theme(read(network("", lines=[(*line("A1", "A2"), code)], line_columns=columns)))
    assert found["pipe_segment"].frame["network"].tolist() == [expected]
    # Points that say nothing take the network of their line; the one without a line has none.
    assert found["pipe_node"].frame["network"].tolist() == [expected] * 2
    assert rejects(found.values()) == [("network.unknown", "管点表!4")]


def test_two_tables_of_one_network_are_refused_with_both_names(read):
    """Of the two only the latter would be read."""
    sheets = network() | {f"JS_{name}": rows for name, rows in zip(("Point", "Line"), network().values(), strict=True)}
    with pytest.raises(BadSource, match="JS管点表 and JS_Point are both tables of points of one network"):
        read(sheets)


@pytest.mark.parametrize("form", ["xlsx", "utf-8"])
def test_a_table_that_is_not_read_is_told(read, form):
    batches = read(network() | {"JS管线表(2)": [LINES], "封面": [["某市"]]}, form)
    assert ("table.not_read", "JS管线表(2)") in rejects(batches, "warning")
    assert [code for code, _ in rejects(batches, "warning")].count("table.not_read") == 1


def test_drainage_class_alone_is_refused_until_an_option_tells(read):
    batches = read(network("PS"))
    assert {code for code, _ in rejects(batches)} == {"network.unknown"}
    assert "options.network" in batches[0].rejects[0].remedy
    assert by_theme(read(network("PS"), network="storm"))["pipe_segment"].frame["network"].unique() == ["storm"]
    told = by_theme(read(network("PS"), classes={"PS": "combined"}))
    assert told["pipe_segment"].frame["network"].unique() == ["combined"]


# --- sections and heights -------------------------------------------------------------------------------------------


def test_cover_of_a_concrete_sewer_is_its_invert_depth_less_bore_and_wall(read):
    """A DN1200 concrete sewer with a 120 mm wall: cover = invert depth - 1.32 m (ground rule 7 of the design)."""
    columns = (*LINES, "壁厚")
    for wall in (120, None):
        row = one_segment(read, "WS", (*line("A1", "A2", (4.0, 4.5), size="DN1200", material="砼"), wall), columns)
        axis = np.array(heights({"geom": [row["geom"]]})[0])
        assert row["depth_reference"] == "invert"
        assert (row["diameter_mm"], row["diameter_basis"], row["outer_height_mm"]) == (1200, "inner", 1440)
        cover = 200.0 - (axis + row["outer_height_mm"] / 2000)
        assert cover == pytest.approx(np.array([4.0, 4.5]) - 1.32)
        assert axis == pytest.approx(200 - np.array([4.0, 4.5]) + 0.6)


@pytest.mark.parametrize(
    ("code", "one", "reference", "axis"),
    [
        # Pressure pipes: the crown of the outer section. Ductile iron DN300 is 325 mm across: 300 x 1.03 + 16.
        ("JS", line("A1", "A2", (1, 1), size=300, material="QM"), "crown", 199 - 0.1625),
        ("RQ", line("A1", "A2", (1, 1), size="De110", material="PE"), "crown", 199 - 0.055),
        ("JS", line("A1", "A2", (1, 1), size="DN110", material="PE"), "crown", 199 - 0.055),
        ("JS", line("A1", "A2", (None, None), (198.5, 198.5), size=300, material="QM"), "crown", 198.5 - 0.1625),
        # A plastic drain is named by its outer size: 315 less two walls of 3 %.
        ("WS", line("A1", "A2", (2, 2), size=315, material="PVC"), "invert", 198 + (0.315 - 2 * 0.03 * 0.315) / 2),
        # Duct blocks are measured outside, and their depth goes to the crown.
        ("DL", line("A1", "A2", (0.7, 0.7), section="400×200", burial="GK"), "crown", 199.3 - 0.1),
        # Channels: clear size, and the depth goes to the inner bottom.
        ("HS", line("A1", "A2", (3, 3), section="2000X1500", material="砖"), "invert", 197 + 0.75),
        ("DL", line("A1", "A2", (1.5, 1.5), section="1000*1000", burial="管沟"), "invert", 198.5 + 0.5),
        # Of a cable nobody knows the size: the surveyed level is the best there is.
        ("TX", line("A1", "A2", (0.8, 0.8), material="光纤"), "crown", 199.2),
    ],
)
def test_axis_by_what_depths_are_measured_to(read, code, one, reference, axis):
    row = one_segment(read, code, one)
    assert row["depth_reference"] == reference
    assert heights({"geom": [row["geom"]]})[0] == pytest.approx([axis, axis])


def test_rising_main_is_measured_to_its_crown(read):
    row = one_segment(read, "WS", (*line("A1", "A2", size=200, material="QM"), "0.6MPa"), (*LINES, "压力"))
    assert (row["depth_reference"], row["pressure_mpa"], row["pressure_raw"]) == ("crown", 0.6, "0.6MPa")


def test_option_says_what_depths_are_measured_to(read):
    row = one_segment(read, "JS", line("A1", "A2", size=300, material="QM"), depth_reference="axis")
    assert heights({"geom": [row["geom"]]})[0] == [199.0, 199.0]
    with pytest.raises(BadSource, match="give crown, invert or axis"):
        read(network(), depth_reference="top")


def test_offset_moves_levels_and_ground_alike(read):
    lines = [
        line("A1", "A2", (1, 1), (199, 199), size=200, material="QM"),
        line("A2", "A3", (1, 1), size=200, material="QM"),
    ]
    plain, moved = (by_theme(read(network(lines=lines), offset=offset)) for offset in (0.0, 3.5))
    for theme in ("pipe_node", "pipe_segment"):
        before, after = (np.array(heights(found[theme].frame)) for found in (plain, moved))
        assert after == pytest.approx(before + 3.5)
    assert moved["pipe_node"].frame["ground_level_m"].tolist() == [203.5] * 3
    assert moved["pipe_segment"].frame["start_level_m"].tolist()[0] == 202.5
    assert rejects(moved.values(), "warning") == []


def test_height_of_a_node_is_its_lowest_pipe_axis_else_the_bottom_of_its_well(read):
    points = [point("A1", 0), point("A2", 30), point("A3", 60, well=2.5), point("A4", 90)]
    lines = [line("A1", "A2", (1.0, 1.5)), line("A2", "A1", (3.0, 1.0), size=100)]
    found = by_theme(read(network("JS", points, lines)))
    z = [height[0] for height in heights(found["pipe_node"].frame)]
    assert z == pytest.approx([199 - 0.05, 197 - 0.05, 197.5, 200.0], abs=0.02)
    assert z[1] < 197


def test_units_in_titles_count(read):
    points = ("物探点号", "X(m)", "Y（m）", "地面高程(米)", "特征", "附属物", "井深(cm)")
    lines = ("起点点号", "终点点号", "起点埋深（cm）", "终点埋深(cm)", *LINES[4:6], "管径(cm)", *LINES[7:])
    sheets = network(
        "JS", [point("A1", 0, well=250), point("A2", 30)], [line("A1", "A2", (100, 150), size=30)], points, lines
    )
    found = by_theme(read(sheets))
    row = found["pipe_segment"].frame.iloc[0]
    assert (row["start_depth_m"], row["end_depth_m"], row["diameter_mm"]) == (1.0, 1.5, 300)
    assert found["pipe_node"].frame["well_depth_m"].tolist()[0] == 2.5


# --- codes, words, values -------------------------------------------------------------------------------------------


def test_features_and_appurtenances_become_kinds_and_devices(read):
    said = {
        "A1": ("起点", None, "end", None),
        "A2": ("三通", None, "tee", None),
        "A3": ("四通", "阀门井", "valve", "valve"),
        "A4": ("直线点", "消防栓", "hydrant", "hydrant"),
        "A5": ("弯头", None, "bend", None),
        "A6": (None, "污水井", "manhole", None),
        "A7": ("变径", "雨水篦", "gully", None),
        "A8": (None, "水表井", "meter", "meter"),
        "A9": (None, "排放口", "outfall", None),
        "A10": ("奇怪", "怪物", "junction", None),
        "A11": (None, "水厂", "source", None),
    }
    points = [point(key, at * 10, feature=row[0], fixture=row[1]) for at, (key, row) in enumerate(said.items())]
    keys = list(said)
    found = by_theme(read(network("JS", points, list(map(line, keys[:-1], keys[1:])))))
    nodes = found["pipe_node"].frame.set_index("source_key")
    assert nodes["kind"].to_dict() == {key: row[2] for key, row in said.items()}
    assert nodes.index[nodes["is_source"]].tolist() == ["A11"]
    assert nodes.index[nodes["is_sink"]].tolist() == ["A9"]
    assert nodes.loc["A10", ["feature_raw", "appurtenance_raw"]].tolist() == ["奇怪", "怪物"]
    devices = found["pipe_device"].frame.set_index("node_key")
    assert devices["kind"].to_dict() == {key: row[3] for key, row in said.items() if row[3]}
    assert devices["geom"]["A4"].equals(nodes["geom"]["A4"])
    unknown = [(code, record) for code, record in rejects(found.values(), "warning") if code.startswith("code.")]
    assert unknown == [("code.unknown_feature", "JS管点表!11"), ("code.unknown_appurtenance", "JS管点表!11")]


@pytest.mark.parametrize("form", ["xlsx", "utf-8"])
def test_a_point_tells_of_its_valve(read, form):
    titles = (*POINTS, "阀门编号", "阀门口径(mm)", "阀门井编号", "开关状态", "可否操作", "最近操作日期")
    points = [
        (*point("A1", 0, fixture="阀门"), "F-7", 300, "J-12", "关", "卡死", "2024-05-06"),
        (*point("A2", 30, fixture="蝶阀"), "F-8", 200, None, "开", "可操作", None),
        (*point("A3", 60, fixture="阀门"), *(None,) * 6),
        (*point("A4", 90), "F-9", *(None,) * 5),
    ]
    lines = [line("A1", "A2"), line("A2", "A3"), line("A3", "A4")]
    found = by_theme(read(network(points=points, lines=lines, point_columns=titles), form))
    told = found["pipe_device"].frame.set_index("node_key")
    names = ["number", "diameter_mm", "chamber", "state", "operable", "last_operated_on"]
    rows = told[names].astype(object).where(told[names].notna(), None).to_numpy().tolist()
    assert rows == [
        ["F-7", 300.0, "J-12", "closed", False, dt.date(2024, 5, 6)],
        ["F-8", 200.0, None, "open", True, None],
        [None] * 6,
    ]
    assert not set(found["pipe_node"].frame) & {*names[:3], *names[4:], "device_number"}
    assert [code for code, _ in rejects(found.values(), "warning")] == ["device.missing"]


@pytest.mark.parametrize("form", ["xlsx", "utf-8"])
def test_what_points_without_a_device_tell_of_one_is_kept_as_it_stands(read, form):
    titles = (*POINTS, "公称直径(cm)", "井室编号", "设备编号", "启闭状态", "最近操作日期", "色")
    points = [
        (*point("A1", 0, feature="三通"), 30, "J-1", "E-1", None, None, "蓝"),
        (*point("A2", 30, fixture="怪阀"), "32.50", None, "E-2", "半开", "2024/5/6", None),
        (*point("A3", 60, fixture="检修井"), None, "J-3", None, None, None, None),
        (*point("A4", 90, fixture="阀门"), 30, "J-4", "E-4", "开", None, "红"),
        (*point("A5", 99), None, "-", "", None, None, None),
    ]
    if form != "xlsx":  # enough rows that the last come as a block
        points += [point(f"B{at}", 100 + at) + (None,) * 6 for at in range(20)]
        points[0], points[-1] = points[-1], points[0]
    keys = sorted(row[0] for row in points)
    found = by_theme(read(network("JS", points, list(map(line, keys[:-1], keys[1:])), point_columns=titles), form))
    said = found["pipe_node"].frame.set_index("source_key")["attributes"]
    assert {key: said[key] for key in keys if said[key] is not None} == {
        "A1": {"公称直径(cm)": "30", "井室编号": "J-1", "设备编号": "E-1", "色": "蓝"},
        "A2": {"公称直径(cm)": "32.50", "设备编号": "E-2", "启闭状态": "半开", "最近操作日期": "2024/5/6"},
        "A3": {"井室编号": "J-3"},
        "A4": {"色": "红"},
    }
    device = found["pipe_device"].frame
    assert device[["node_key", "number", "diameter_mm", "chamber", "state"]].to_numpy().tolist() == [
        ["A4", "E-4", 300.0, "J-4", "open"]
    ]
    remarks = [item for item in found["pipe_node"].rejects if item.code == "device.missing"]
    # A chamber's number on a manhole is nothing to remark on.
    assert sorted(item.source_key for item in remarks) == ["A1", "A2"]
    assert {item.reason.rpartition("; ")[2] for item in remarks} == {"what it says is kept among the attributes"}


def test_two_columns_of_one_title_are_both_kept_on_a_point_without_a_device(read):
    points = [(*point("A1", 0), "F-1", "F-2"), (*point("A2", 30), "F-3", "F-3"), (*point("A3", 60), "F-4", None)]
    found = by_theme(read(network(points=points, point_columns=(*POINTS, "阀门编号", "阀门编号"))))
    assert found["pipe_node"].frame["attributes"].tolist() == [
        {"阀门编号": "F-2", "阀门编号_2": "F-1"},
        {"阀门编号": "F-3"},
        {"阀门编号": "F-4"},
    ]


def test_odd_words_of_a_valve_are_told_and_kept_as_they_stand(read):
    points = [(*point("A1", 0, fixture="阀门"), "半开", "费力", "去年"), point("A2", 30)]
    titles = (*POINTS, "开关状态", "可否操作", "最近操作日期")
    found = by_theme(read(network(points=points, lines=[line("A1", "A2")], point_columns=titles)))
    assert found["pipe_device"].frame[["state", "operable", "last_operated_on"]].isna().all(axis=None)
    said = found["pipe_node"].frame["attributes"].iloc[0]
    assert said == {"开关状态": "半开", "可否操作": "费力", "最近操作日期": "去年"}
    assert {item.code: item.reason for item in found["pipe_node"].rejects} == {
        "device.unknown_state": "开关状态 is '半开' where open or closed (开, 关) is wanted",
        "device.unknown_operability": "可否操作 is '费力' where can or cannot be operated (可操作, 不可操作) is wanted",
        "value.not_a_date": "最近操作日期 is '去年' where a date is wanted",
    }


def test_city_gives_words_of_its_own(read):
    points = [point("A1", 0, feature="怪点"), point("A2", 30, fixture="怪阀")]
    sheets = network("XYZ", points, [line("A1", "A2", size=100, material="怪料", burial="怪埋")])
    options = {
        "classes": {"xyz": "gas"}, "features": {"怪点": "bend"}, "appurtenances": {"怪阀": "valve"},
        "materials": {"怪料": "pe"}, "burials": {"怪埋": "trench"},
    }  # fmt: skip
    found = by_theme(read(sheets, **options))
    assert found["pipe_node"].frame["kind"].tolist() == ["bend", "valve"]
    assert found["pipe_device"].frame["kind"].tolist() == ["valve"]
    row = found["pipe_segment"].frame.iloc[0]
    assert row[["network", "material", "material_raw", "burial"]].tolist() == ["gas", "pe", "怪料", "trench"]
    assert rejects(found.values(), "warning") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"classes": {"JS": "lava"}}, "options.classes names network 'lava': give one of water"),
        ({"materials": {"X": "lava"}}, "options.materials names material 'lava'"),
        ({"burials": "x"}, "options.burials = 'x': give a table"),
        ({"network": "lava"}, "options.network = 'lava'"),
        ({"columns": {"深": "deep"}}, "there is no field 'deep' for '深'"),
        ({"columns": 3}, "options.columns = 3"),
    ],
)
def test_options_that_mean_nothing_are_refused(read, options, said):
    with pytest.raises(BadSource, match=said):
        read(network(), **options)


def test_remaining_columns_of_lines(read):
    columns = (*LINES, "管线编号", "压力", "电压", "电缆条数", "总孔数", "已用孔数", "建设年代", "权属单位", "道路名称",
               "使用状态", "探测单位", "探测日期", "备注", "本地专用")  # fmt: skip
    values = (
        "L-7",
        "中压A",
        "380V",
        3,
        "12/5",
        None,
        "1998-06",
        "某公司",
        "解放路",
        "废弃",
        "某院",
        dt.date(2021, 5, 3),
        "注",
        7.0,
    )
    row = one_segment(read, "DL", (*line("A1", "A2", flow="1"), *values), columns)
    expected = {
        "source_key": "L-7",
        "pressure_raw": "中压A",
        "voltage_kv": 0.38,
        "cables": 3,
        "holes_total": 12,
        "holes_used": 5,
        "installed_year": 1998,
        "owner": "某公司",
        "road_name": "解放路",
        "state": "abandoned",
        "surveyed_by": "某院",
        "surveyed_on": dt.date(2021, 5, 3),
        "remarks": "注",
        "attributes": {"本地专用": "7"},
    }
    assert {name: row[name] for name in expected} == expected
    assert int(row["flow_direction"]) == 1
    assert np.isnan(row["pressure_mpa"])


def test_option_columns_reads_local_titles(read):
    sheets = network(point_columns=("编码X", *POINTS[1:]), line_columns=("从", "到", "深1", "深2", *LINES[4:]))
    with pytest.raises(BadSource, match=r"has no column for source_key \(columns: 编码X, X.*\): name it 物探点号"):
        read(sheets)
    given = {
        "编码X": "source_key",
        "从": "start_node_key",
        "到": "end_node_key",
        "深1": "start_depth_m",
        "深2": "end_depth_m",
    }
    assert len(by_theme(read(sheets, columns=given))["pipe_segment"].frame) == 2


def test_title_rows_blank_rows_and_numbers_as_keys(read):
    sheets = network(
        points=[(1001.0, N, E, 200.0, None, None, None), (), ("1002", N, E + 10, "200.5", None, None, None)],
        lines=[line(1001, "1002")],
    )
    sheets["JS管点表"] = [("某市地下管线管点成果表",), (), *sheets["JS管点表"]]
    found = by_theme(read(sheets))
    assert found["pipe_node"].frame["source_key"].tolist() == ["1001", "1002"]
    assert found["pipe_node"].frame.index.tolist() == ["JS管点表!4", "JS管点表!6"]
    assert found["pipe_node"].frame["ground_level_m"].tolist() == [200.0, 200.5]


# --- coordinates ----------------------------------------------------------------------------------------------------


def test_x_is_the_northing_unless_told_and_never_swapped_in_silence(read):
    swapped = [
        (key, east, north, *rest) for key, north, east, *rest in (point("A1", 0), point("A2", 30), point("A3", 60))
    ]
    with pytest.raises(BadSource, match='set axis_order = "east_north"'):
        read(network(points=swapped))
    found = by_theme(read(network(points=swapped), axis_order="east_north"))
    assert shapely.get_coordinates(found["pipe_node"].frame["geom"].iloc[0]).tolist() == [[E, N]]
    with pytest.raises(BadSource, match='set axis_order = "north_east"'):
        read(network(), axis_order="east_north")


def test_survey_in_another_grid_is_brought_into_the_city_s(read):
    import pyproj

    local = pyproj.Transformer.from_crs("EPSG:4545", CITY.projection, always_xy=True)
    east, north = 361_000.0, 3_272_000.0
    points = [("A1", north, east, 200.0, None, None, None), ("A2", north, east + 30, 200.0, None, None, None)]
    batches = read(network(points=points, lines=[line("A1", "A2")]), crs="EPSG:4545")
    place = shapely.get_coordinates(by_theme(batches)["pipe_node"].frame["geom"].iloc[0])[0]
    assert place == pytest.approx(local.transform(east, north), abs=1e-6)
    assert batches[0].crs == "EPSG:4545"
    assert "tmerc" in batches[0].pipeline


def test_crs_must_be_given(read):
    with pytest.raises(MissingCrs):
        read(network(), crs=None)
    with pytest.raises(BadCrs, match="is not known to PROJ"):
        read(network(), crs="EPSG:999999")


# --- what is refused ------------------------------------------------------------------------------------------------


def test_broken_points_are_refused_with_sheet_and_row(read):
    points = [
        point("A1", 0),
        point("A2", 30),
        ("A3", "text", E, 200.0, None, None, None),
        ("A4", N, None, 200.0, None, None, None),
        point("A1", 99),
        ("A5", N, E + 60, "高", None, None, None),
        (None, N, E, 200.0, None, None, None),
    ]
    batches = read(network("JS", points, [line("A1", "A2"), line("A2", "A3")]))
    found = by_theme(batches)
    assert found["pipe_node"].frame["source_key"].tolist() == ["A1", "A2"]
    assert set(rejects([found["pipe_node"]])) == {
        ("value.not_a_number", "JS管点表!4"),
        ("geometry.missing", "JS管点表!5"),
        ("key.repeated", "JS管点表!6"),
        ("value.not_a_number", "JS管点表!7"),
        ("key.missing", "JS管点表!8"),
    }
    text = next(item for item in found["pipe_node"].rejects if item.record == "JS管点表!4")
    assert text.reason == "X is 'text' where a number is wanted"
    assert (text.file, text.source_key, text.theme) == ("survey.xlsx", "A3", "pipe_node")
    assert text.original == {"物探点号": "A3", "X": "text", "Y": E, "地面高程": 200}
    assert found["pipe_segment"].frame["source_key"].tolist() == ["A1-A2"]
    assert rejects([found["pipe_segment"]]) == [("reference.unknown_point", "JS管线表!3")]


@pytest.mark.parametrize("form", ["xlsx", "utf-8"])
def test_what_is_told_of_has_its_row_as_the_file_has_it(read, form):
    """Under the file's titles, in its units, the cell at fault included; of remarks, too, as far as they are few."""
    titles = ("管点编号", "X", "Y", "地面高程(cm)", "特征", "x", None)
    points = [("A1", N, E, 20000, "直线点", None, None), ("A2", N, E + 30, 20012.5, "莫名", "自备", "旁注")]
    lines = [line("A1", "A2", size="很大"), line("A2", "A9", material="PE")]
    batches = read(network("JS", points, lines, point_columns=titles), form=form)
    told = {(item.code, item.record): dict(item.original) for batch in batches for item in batch.rejects}
    number = str if form == "utf-8" else (lambda value: value)
    feature = told["code.unknown_feature", "JS管点表!3"]
    assert feature == {"管点编号": "A2", "X": number(N), "Y": number(E + 30), "地面高程(cm)": number(20012.5),
                       "特征": "莫名", "x (2)": "自备", "column 7": "旁注"}  # fmt: skip
    (section,) = (row for (code, _), row in told.items() if code == "section.unreadable")
    assert (section["管径"], section["起点埋深"]) == ("很大", number(1.0))
    unknown = told["reference.unknown_point", "JS管线表!3"]
    assert (unknown["终点点号"], unknown["材质"], unknown["end_node_key"]) == ("A9", "PE", "A9")


def test_of_remarks_beyond_number_only_the_first_tell_their_rows(read, monkeypatch):
    monkeypatch.setattr("cim.etl.readers.pipe_survey_originals.MOST_REMARKS", 2)
    points = [point("A1", 0, feature="莫名"), point("A2", 30, feature="莫名"), point("A3", 60, feature="莫名")]
    points.append(("A4", "text", E, 200.0, None, None, None))
    nodes, _ = read(network("JS", points))
    assert [item.original is None for item in nodes.rejects if item.severity == "warning"] == [False, False, True]
    assert [item.original["X"] for item in nodes.rejects if item.severity == "error"] == ["text"]


def test_broken_lines_are_refused_with_sheet_and_row(read):
    lines = [
        line("A1", "A2", size="DN300", material="QM"),
        line("A1", "Z9"),
        line("A2", "A2"),
        line("A2", "A1", size="DN300", material="QM"),
        line("A2", "A3", ("深", 1)),
        line("A2", "A3", (None, 1)),
        line("A2", "A3", size="三百"),
        line(None, "A3"),
        line("A2", "A3", size=200, material="QM"),
    ]
    found = by_theme(read(network("JS", lines=lines)))["pipe_segment"]
    assert found.frame["source_key"].tolist() == ["A1-A2", "A2-A3"]
    assert set(rejects([found])) == {
        ("reference.unknown_point", "JS管线表!3"),
        ("line.self_loop", "JS管线表!4"),
        ("line.repeated", "JS管线表!5"),
        ("value.not_a_number", "JS管线表!6"),
        ("depth.missing", "JS管线表!7"),
        ("section.unreadable", "JS管线表!8"),
        ("reference.missing", "JS管线表!9"),
    }


def test_parallel_lines_of_other_size_are_kept_and_told(read):
    found = by_theme(
        read(network("JS", lines=[line("A1", "A2", size=300), line("A1", "A2", size=100), line("A2", "A3")]))
    )
    assert found["pipe_segment"].frame["source_key"].tolist() == ["A1-A2", "A1-A2#2", "A2-A3"]
    assert rejects(found.values(), "warning") == [("line.parallel", "JS管线表!3")]


def test_point_without_ground_takes_its_height_from_its_pipe_or_is_refused(read):
    points = [point("A1", 0, None), point("A2", 30, None), point("A3", 60, None)]
    found = by_theme(read(network("JS", points, [line("A1", "A2", (None, None), (198, 197))])))
    assert [height[0] for height in heights(found["pipe_node"].frame)] == [198.0, 197.0]
    assert rejects([found["pipe_node"]]) == [("height.missing", "JS管点表!4")]


def test_odd_values_that_matter_less_are_told_and_kept_as_they_stand(read):
    columns = (*LINES, "建设年代", "使用状态", "电压", "电缆条数", "探测方法")
    row = (*line("A1", "A2", material="怪", burial="怪", flow="怪"), "很久以前", "怪", "高", "2.5", "占卜")
    found = by_theme(read(network("DL", [point("A1", 0), point("A2", 30)], [row], line_columns=columns)))[
        "pipe_segment"
    ]
    first = found.frame.iloc[0]
    assert first[["material", "burial", "flow_direction", "installed_year", "state", "voltage_kv"]].isna().all()
    assert first[["material_raw", "burial_raw"]].tolist() == ["怪", "怪"]
    kept = {"流向": "怪", "建设年代": "很久以前", "使用状态": "怪", "电压": "高", "电缆条数": "2.5",
            "探测方法": "占卜"}  # fmt: skip
    assert first["attributes"] == kept
    assert {code for code, _ in rejects([found], "warning")} == {
        "code.unknown_material", "code.unknown_burial", "value.not_a_flow", "value.not_a_year", "value.not_a_state",
        "value.not_a_voltage", "value.not_a_method", "value.not_whole",
    }  # fmt: skip
    assert rejects([found]) == []


def test_cjj_61_checks_remark_on_what_is_kept(read):
    points = [
        point("A1", 0),
        point("A2", 30, feature="三通"),
        point("A3", 60, feature="四通"),
        point("A4", 60.01),
        point("A5", 200),
        point("A6", 300),
    ]
    lines = [
        line("A1", "A2", (1, 1), (199, 198.9), flow=0),  # the level is 10 cm off at the end
        line("A2", "A3", (2, 1), (198, 199), flow=0),  # rises
        line("A3", "A4", (1, 1), flow=0),  # too short
        line("A4", "A5", (2, 1), flow=1),  # too long, falls against its line: flow 1
    ]
    found = by_theme(read(network("WS", points, lines)))
    assert rejects(found.values()) == []
    assert sorted(rejects([found["pipe_node"]], "warning")) == [
        ("point.branches", "WS管点表!3"),
        ("point.branches", "WS管点表!4"),
        ("point.orphan", "WS管点表!7"),
    ]
    assert sorted(rejects([found["pipe_segment"]], "warning")) == [
        ("level.mismatch", "WS管线表!2"),
        ("line.adverse_fall", "WS管线表!3"),
        ("line.length", "WS管线表!4"),
        ("line.length", "WS管线表!5"),
    ]


# --- files that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"说明": [("a",)]}, r"has no table of points \(sheets: 说明\): name the sheets XX管点表 or XXPoint"),
        ({"JS管点表": [POINTS]}, "has no table of lines"),
        (network("JS") | {"RQ管点表": [POINTS]}, "RQ管点表 has no table of lines .* beside it"),
        ({"JS管点表": [POINTS], "RQ管线表": [LINES]}, "has no table of lines .* beside it: add the sheet"),
        (
            {"JS管点表": [("甲", "乙"), (1, 2)], "JS管线表": [LINES]},
            r"has no row of known column names \(its first row: 甲, 乙\)",
        ),
        ({"JS管点表": [], "JS管线表": [LINES]}, "JS管点表 (is empty|has no row)"),
    ],
)
def test_workbook_without_the_needed_sheets_or_columns(read, sheets, said):
    with pytest.raises(BadSource, match=said) as error:
        read(sheets)
    assert "\n" not in str(error.value)


def test_empty_tables_are_no_error(read):
    batches = read(network("JS", [], []))
    assert [len(batch.frame) for batch in batches] == [0, 0]


def test_files_that_are_no_workbook(tmp_path):
    def fail(path, said):
        with pytest.raises(BadSource, match=said) as error:
            list(READER.read(SourceSpec("s", "pipe_survey", path, GRID), CITY))
        assert "\n" not in str(error.value)

    with pytest.raises(MissingSource):
        list(READER.read(SourceSpec("s", "pipe_survey", tmp_path / "none.xlsx", GRID), CITY))
    (tmp_path / "text.xlsx").write_text("no workbook")
    fail(tmp_path / "text.xlsx", "cannot be read as a workbook")
    whole = tmp_path / "whole.xlsx"
    write_workbook(whole, network())
    (tmp_path / "cut.xlsx").write_bytes(whole.read_bytes()[:2000])
    fail(tmp_path / "cut.xlsx", "cannot be read as a workbook")
    (tmp_path / "survey.txt").write_text("x")
    fail(tmp_path / "survey.txt", "is no workbook: give a workbook")
    folder = tmp_path / "folder"
    folder.mkdir()
    fail(folder, "has no table of points")
    (folder / "JS管点表.csv").write_bytes("物探点号,X,Y\n".encode() + b"\xff\xff\xff")
    (folder / "JS管线表.csv").write_text("起点点号,终点点号,管径\n", encoding="utf-8")
    fail(folder, "is neither UTF-8 nor GB 18030")


DIALECT = {
    "点表": [("测点", "北", "东", "地高"), ("A1", N, E, 200.0), ("A2", N, E + 30, 199.0)],
    "线表": [("自", "至", "起深", "止深", "大小"), ("A1", "A2", 120, 130, 30)],
}
DIALECT_CSV = """table,theirs,ours,factor
point,测点,source_key,
point,北,x,
point,东,y,
point,地高,ground_level_m,
line,自,start_node_key,
line,至,end_node_key,
line,起深,start_depth_m,0.01
line,止深,end_depth_m,0.01
line,大小,diameter,10
"""
DIALECT_TOML = """[point]
"测点" = "source_key"
"北" = "x"
"东" = "y"
"地高" = "ground_level_m"
[line]
"自" = "start_node_key"
"至" = "end_node_key"
"起深" = { ours = "start_depth_m", factor = 0.01 }
"止深" = { ours = "end_depth_m", factor = 0.01 }
"大小" = { ours = "diameter", factor = 10 }
"""


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [("own.csv", DIALECT_CSV, "gb18030"), ("own.csv", DIALECT_CSV, "utf-8-sig"), ("own.toml", DIALECT_TOML, "utf-8")],
)
def test_a_local_dialect_is_mapped_by_a_file(read, tmp_path, name, text, encoding):
    (tmp_path / name).write_text(text, encoding=encoding)
    found = by_theme(read(DIALECT, columns_file=name, network="gas"))
    (segment,) = found["pipe_segment"].frame.to_dict("records")
    assert (segment["start_depth_m"], segment["end_depth_m"], segment["diameter_mm"]) == (1.2, 1.3, 300.0)
    assert segment["start_node_key"] == "A1"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "own.csv",
            "table,theirs,ours,factor\nline,大小,size,\n",
            r"own.csv line 2: there is no field 'size' for '大小'",
        ),
        ("own.csv", "table,theirs,ours,factor\nhouse,大小,diameter,\n", r"line 2: table 'house': give point or line"),
        ("own.csv", "table,theirs,ours,factor\nline,大小,diameter,ten\n", r"line 2: factor 'ten': give a number"),
        ("own.csv", "a,b\n1,2\n", "has no column ours: give the columns table, theirs, ours, factor"),
        ("own.toml", "[line\n", "is not readable as TOML in UTF-8"),
        ("own.toml", '[line]\n"大小" = 5\n', "give the field"),
        ("none.csv", None, r"options.columns_file = 'none.csv' is no file in .*: put it beside the survey"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_told_with_its_line(read, tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadSource, match=said):
        read(DIALECT, columns_file=name, network="gas")
