"""Networks as the tables of a pipeline census: 管点表 and 管线表."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cim.etl.sample import valves
from cim.etl.sample.course import GRAVITY
from cim.etl.sample.design import DUCTS, OWNERS, PREFIX
from cim.etl.sample.history import segment_key
from cim.etl.sample.network import Network
from cim.etl.sample.shapes import where_so

SURVEYOR = "合成测绘（虚构）"
"""Who is said to have surveyed: nobody."""
SURVEYED = dt.date(2025, 3, 18)
"""Day of the survey that never was."""

POINT_COLUMNS = ("物探点号", "X", "Y", "地面高程", "特征", "附属物", "井深", "井盖材质", "井盖尺寸", "偏心井位",
                 "权属单位", "探测单位", "探测日期", "旋转角", "备注", "管线类别", "要素代码", *valves.COLUMNS,
                 "使用状态")  # fmt: skip
"""Columns of the point table; X is the northing, as Chinese surveyors have it."""
LINE_COLUMNS = ("管线编号", "起点点号", "终点点号", "起点埋深", "终点埋深", "起点高程", "终点高程", "管径", "断面",
                "材质", "埋设类型", "压力", "电压", "电缆条数", "总孔数", "已用孔数", "流向", "建设年代", "权属单位",
                "道路名称", "使用状态", "探测单位", "探测日期", "备注", "壁厚", "内衬", "探测方法", "管线类别",
                "要素代码")  # fmt: skip
"""Columns of the line table; depths and levels are of the invert for sewers, else of the outer crown."""

_FEATURE_CODES = {"storm": "52011001", "sewage": "52021001"}
"""Eight digits (CJJ 61): 5, class, sub-class, 1 for a line, 0, sequence."""
_SEWAGE_MANHOLE = "52022205"
_PE_WALL = 0.059
"""Wall of a PE pipe of SDR 17 as a share of its diameter: what its material says where none is surveyed."""
_EVERY = 40
"""Of so many points one has something out of the ordinary to tell."""


def point_table(network: Network) -> pd.DataFrame:
    """Return the points that the district owns, as surveyed."""
    points = network.points[network.points["own"]]
    well = points["well_depth"].notna().to_numpy()
    fixed = (points["fixture"] != "").to_numpy()
    odd = np.arange(len(points)) % _EVERY == 0
    table = {
        "物探点号": points["id"],
        "X": points["y"],
        "Y": points["x"],
        "地面高程": points["ground"],
        "特征": points["feature"],
        "附属物": points["fixture"].where(points["fixture"] != "", None),
        "井深": points["well_depth"],
        "井盖材质": where_so(well, "铸铁" if network.name == "storm" else "球墨铸铁"),
        "井盖尺寸": where_so(well, "700"),
        "偏心井位": where_so(well & odd, "偏东0.3m"),
        "权属单位": OWNERS[network.name],
        "探测单位": SURVEYOR,
        "探测日期": SURVEYED.isoformat(),
        "旋转角": where_so(fixed & odd, "90"),
        "备注": where_so(odd, "点位在绿化带内（合成）"),
        "管线类别": PREFIX[network.name],
        "要素代码": where_so(well & (network.name == "sewage"), _SEWAGE_MANHOLE),
        "使用状态": "在用",
        **valves.valve_columns(network),
    }
    return pd.DataFrame(table, columns=list(POINT_COLUMNS), index=points.index)


def line_table(network: Network) -> pd.DataFrame:
    """Return the lines of the district, as surveyed."""
    lines, ids = network.lines, network.points["id"].to_numpy(object)
    duct = network.name in DUCTS
    holes = {"power": 8, "telecom": 6}.get(network.name)
    used = np.clip((lines["year"].to_numpy() % 5) + 2, 1, holes or 9) if holes else None
    open_ = (network.points["fixture"] != "").to_numpy()
    plastic = (lines["material"] == "PE") & (not duct)
    remark = "供回水同沟双管" if network.name == "heat" else None
    table = {
        "管线编号": segment_key(network, lines),
        "起点点号": ids[lines["start"]],
        "终点点号": ids[lines["end"]],
        "起点埋深": lines["start_depth"],
        "终点埋深": lines["end_depth"],
        "起点高程": lines["start_level"],
        "终点高程": lines["end_level"],
        "管径": None if duct else lines["diameter"],
        "断面": lines["section"] if duct else None,
        "材质": lines["material"],
        "埋设类型": np.where(lines["on_bridge"], "JK", "GK" if duct else "ZM"),
        "压力": lines["pressure"].where(lines["pressure"] != "", None),
        "电压": "10" if network.name == "power" else None,
        "电缆条数": used if network.name == "power" else None,
        "总孔数": holes,
        "已用孔数": used,
        "流向": "0" if network.name in GRAVITY else ("2" if not duct else None),
        "建设年代": lines["year"],
        "权属单位": OWNERS[network.name],
        "道路名称": lines["road"],
        "使用状态": "在用",
        "探测单位": SURVEYOR,
        "探测日期": SURVEYED.isoformat(),
        "备注": remark,
        "壁厚": (lines["diameter"] * _PE_WALL).where(plastic) if plastic.any() else None,
        "内衬": where_so((lines["material"] == "QM").to_numpy(), "水泥砂浆"),
        "探测方法": np.where(open_[lines["start"]] | open_[lines["end"]], "明显点", "隐蔽点"),
        "管线类别": PREFIX[network.name],
        "要素代码": _FEATURE_CODES.get(network.name),
    }
    return pd.DataFrame(table, columns=list(LINE_COLUMNS), index=lines.index)
