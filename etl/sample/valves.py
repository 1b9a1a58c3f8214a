"""What companies know of their valves: number, size, chamber, and when one was last turned."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cim.etl.sample.fixtures import VALVED
from cim.etl.sample.network import Network
from cim.etl.sample.shapes import Shapes, where_so

COLUMNS = ("阀门编号", "阀门口径", "阀门井编号", "开关状态", "可否操作", "最近操作日期")
"""Columns of a point table that tell of the valve on the point."""

_LETTERS = {"阀门": "F", "排气阀": "Q", "排泥阀": "P"}
"""What the number painted on a valve begins with."""
_CHECKED = dt.date(2025, 3, 1)
"""Day before which the valves were last turned."""
_ROUND_DAYS = 3 * 365
"""In so many days every valve is turned once."""
_STEP = 397
"""Prime to the days of a round: valves that stand side by side were turned on days far apart."""
_UNKNOWN_EACH = 9
"""Of so many valves one has no record of when it was turned."""


def valve_columns(network: Network) -> dict[str, Shapes]:
    """Return what is known of the valves of a district's own points; None where there is none, or nothing is known."""
    points = network.points[network.points["own"]]
    fixture = points["fixture"].to_numpy(str)
    valve = np.isin(fixture, list(_LETTERS)) & (network.name in VALVED)
    digits = points["id"].str[2:].to_numpy(str)
    serial = points["id"].str[-5:].to_numpy(int)
    days = [(_CHECKED - dt.timedelta(days=int(n) * _STEP % _ROUND_DAYS)).isoformat() for n in serial]
    letters = pd.Series(fixture).map(_LETTERS).fillna("").to_numpy(str)
    in_line = valve & (fixture == "阀门")
    return {
        "阀门编号": where_so(valve, np.char.add(np.char.add(letters, "-"), digits)),
        "阀门口径": where_so(in_line, _sizes(network)[network.points["own"].to_numpy()]),
        "阀门井编号": where_so(valve & points["well_depth"].notna().to_numpy(), np.char.add("J-", digits)),
        "开关状态": where_so(in_line, "开"),
        "可否操作": where_so(valve, "可操作"),
        "最近操作日期": where_so(valve & (serial % _UNKNOWN_EACH != 0), days),
    }


def _sizes(network: Network) -> Shapes:
    """Return the diameter of the largest pipe at each point, mm."""
    sizes, lines = np.zeros(len(network.points)), network.lines
    for end in ("start", "end"):
        np.maximum.at(sizes, lines[end], lines["diameter"].fillna(0))
    return sizes.astype(object)
