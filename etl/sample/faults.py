"""Known faults, planted into the tables of the first district so that checks have something true to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample.clearance import required, segments
from cim.etl.sample.network import Network, crown_and_bottom, outer_height, point_id
from cim.etl.sample.randomness import Floats
from cim.etl.sample.shapes import Shapes

Tables = dict[str, tuple[pd.DataFrame, pd.DataFrame]]
"""Point and line table of each network, as they go into the files."""

_STUB_BASE = 99001
_STUB_BEYOND = 0.85
_STUB_GAP_M = 0.04
_STUB_MM = 110
_WRONG_DEPTH_M = 0.37


@dataclass(frozen=True)
class Fault:
    """One planted fault."""

    code: str
    """What kind of check finds it."""
    kind: str
    """The fault in a few words."""
    file: str
    """File it is in, relative to city.toml."""
    record: str
    """Key of the record."""
    what: str
    """What was done."""


def as_records(faults: list[Fault]) -> list[dict[str, str]]:
    """Return the faults for `planted_faults.json`."""
    return [asdict(fault) for fault in faults]


def plant_in_networks(networks: Mapping[str, Network], tables: Tables, files: Mapping[str, str]) -> list[Fault]:
    """Plant the faults of the pipe surveys.

    Parameters
    ----------
    networks
        Networks of the first district, as laid.
    tables
        Their tables; changed in place.
    files
        File of each network.
    """
    return [
        _crossing(networks, tables, files["gas"]),
        _orphan(tables, files["sewage"]),
        _reversed(networks["sewage"], tables, files["sewage"]),
        _dangling(tables, files["water"]),
        _duplicate(tables, files["power"]),
        _text_in_number(networks["telecom"], tables, files["telecom"]),
        _contradiction(tables, files["water"]),
        _silence(tables, files["gas"]),
    ]


def _like(table: pd.DataFrame, row: int, **said: object) -> pd.DataFrame:
    """Return the table with a copy of a row appended, in which some cells say something else."""
    copied = table.iloc[[row]].astype(object)
    for name, value in said.items():
        copied[name] = pd.Series([value], index=copied.index, dtype=object)
    return pd.concat([table.astype(object), copied], ignore_index=True)


def _crossing(networks: Mapping[str, Network], tables: Tables, file: str) -> Fault:
    """Lead a gas branch over a water main with almost no room between them."""
    gas, water = networks["gas"], networks["water"]
    start, end, (main, at), share = _branch_place(networks)
    points, lines = tables["gas"]
    material, size = np.array(["PE"]), np.array([float(_STUB_MM)])
    height = float(outer_height("gas", size, material)[0])
    crowns = crown_and_bottom(water).iloc[main]
    crown_there = float(crowns["start_crown"] + at * (crowns["end_crown"] - crowns["start_crown"]))
    row = int(np.flatnonzero(points["物探点号"] == gas.points["id"].iloc[start])[0])
    ground = float(points["地面高程"].iloc[row])
    beside = int(np.flatnonzero(lines["起点点号"] == points["物探点号"].iloc[row])[0])
    first = float(lines["起点高程"].iloc[beside])
    # Straight from the branch's head so that its bottom passes the water main's crown by the gap.
    last = round(first + (crown_there + _STUB_GAP_M + height - first) / share, 3)
    stub = point_id("gas", 0, _STUB_BASE)
    head = points["物探点号"].iloc[row]
    points = _like(
        points, row, 物探点号=stub, X=round(end[1], 3), Y=round(end[0], 3), 特征="终点", 附属物=None, 井深=None
    )
    points.loc[row, "特征"] = "三通"
    depth = round(ground - last, 3)
    lines = _like(
        lines, beside, 管线编号=f"{head}-{stub}", 终点点号=stub, 终点埋深=depth, 终点高程=last,
        管径=_STUB_MM, 材质="PE",
    )  # fmt: skip
    tables["gas"] = (points, lines)
    ids = water.points["id"].to_numpy()
    over = f"{ids[water.lines['start'].iloc[main]]}-{ids[water.lines['end'].iloc[main]]}"
    asked = required("gas", "water")
    return Fault(
        "pipe.clearance_vertical", "crossed pipes too close", file, f"{head}-{stub}",
        f"gas branch passes {_STUB_GAP_M:.2f} m over water main {over}; {asked:.2f} m is asked for",
    )  # fmt: skip


def _branch_place(networks: Mapping[str, Network]) -> tuple[int, Floats, tuple[int, float], float]:
    """Return where a gas branch can cross a water main and nothing else.

    Returns
    -------
    tuple
        Gas point; end of the branch; water main and the share of it at the crossing; share of the branch there.
    """
    gas, water = networks["gas"], networks["water"]
    drawn = {name: segments(network) for name, network in networks.items()}
    tree = shapely.STRtree(drawn["water"])
    degree = np.bincount(np.concatenate([gas.lines["start"], gas.lines["end"]]), minlength=len(gas.points))
    heads = np.isin(np.arange(len(gas.points)), gas.lines["start"])
    plain = (degree == 2) & heads & (gas.points["fixture"] == "").to_numpy() & gas.points["own"].to_numpy()
    for index in np.flatnonzero(plain & ~gas.points["junction"].to_numpy()):
        here = gas.points[["x", "y"]].to_numpy()[index]
        point = shapely.Point(here)
        main = int(tree.nearest(point))
        line = drawn["water"][main]
        at = float(line.project(point, normalized=True))
        foot = np.array(line.interpolate(at, normalized=True).coords[0])
        reach = float(np.hypot(*(foot - here)))
        if not (2.0 < reach < 4.8 and 0.1 < at < 0.9) or bool(water.lines["on_bridge"].iloc[main]):
            continue
        end = foot + (foot - here) / reach * _STUB_BEYOND
        if _meets_only(drawn, shapely.LineString([here, end]), main):
            return int(index), end, (main, at), reach / (reach + _STUB_BEYOND)
    raise RuntimeError("no place for a crossing: every street is too narrow")


def _meets_only(drawn: Mapping[str, Shapes], branch: shapely.LineString, main: int) -> bool:
    """Tell whether a gas branch meets one water main and no pipe of another network."""
    for name, lines in drawn.items():
        met = np.flatnonzero(shapely.intersects(lines, branch))
        if name == "water" and met.tolist() != [main]:
            return False
        if name not in ("water", "gas") and len(met):
            return False
    return True


def _orphan(tables: Tables, file: str) -> Fault:
    """Add a manhole that no pipe reaches."""
    points, lines = tables["sewage"]
    row = len(points) // 3
    key = point_id("sewage", 0, _STUB_BASE)
    x, y = round(float(points["X"].iloc[row]) + 1.1, 3), round(float(points["Y"].iloc[row]) + 1.4, 3)
    tables["sewage"] = (
        _like(points, row, 物探点号=key, X=x, Y=y, 特征="直线点", 附属物="污水井", 备注="孤立井"),
        lines,
    )
    return Fault("point.orphan", "orphan manhole", file, key, "manhole that no line begins or ends at")


def _reversed(network: Network, tables: Tables, file: str) -> Fault:
    """Turn a sewer round: what flowed down from a head manhole is now said to flow up to it."""
    points, lines = tables["sewage"]
    heads = set(network.points["id"][network.points["feature"] == "起点"])
    fall = lines["起点高程"].astype(float) - lines["终点高程"].astype(float)
    row = int(np.flatnonzero(lines["起点点号"].isin(heads).to_numpy() & (fall > 0.3).to_numpy())[0])
    before = lines.iloc[row]
    turned = {
        "起点点号": before["终点点号"], "终点点号": before["起点点号"], "起点埋深": before["终点埋深"],
        "终点埋深": before["起点埋深"], "起点高程": before["终点高程"], "终点高程": before["起点高程"],
    }  # fmt: skip
    key = str(before["管线编号"])
    lines = lines.copy()
    for name, value in turned.items():
        lines.loc[lines.index[row], name] = value
    tables["sewage"] = (points, lines)
    return Fault(
        "line.adverse_fall", "reversed sewer", file, key,
        f"flow is said to run from start to end (0) but the invert rises by {float(fall.iloc[row]):.2f} m",
    )  # fmt: skip


def _dangling(tables: Tables, file: str) -> Fault:
    """Add a water pipe whose end point is not in the point table."""
    points, lines = tables["water"]
    missing = point_id("water", 0, 99999)
    row = len(lines) // 2
    key = f"{lines['起点点号'].iloc[row]}-{missing}"
    tables["water"] = (points, _like(lines, row, 管线编号=key, 终点点号=missing))
    return Fault(
        "reference.unknown_point",
        "pipe to a point that does not exist",
        file,
        key,
        f"end point {missing} is in no table",
    )


def _duplicate(tables: Tables, file: str) -> Fault:
    """Add a second point under a number that is taken, two metres away."""
    points, lines = tables["power"]
    row = len(points) // 4
    key = str(points["物探点号"].iloc[row])
    tables["power"] = (_like(points, row, X=round(float(points["X"].iloc[row]) + 2.0, 3)), lines)
    return Fault(
        "key.repeated", "duplicate survey number", file, key, "two points of one number, 2 m apart; the second is wrong"
    )


def _text_in_number(network: Network, tables: Tables, file: str) -> Fault:
    """Write words where a depth belongs, on a line whose ends are held by others too."""
    points, lines = tables["telecom"]
    degree = np.bincount(np.concatenate([network.lines["start"], network.lines["end"]]), minlength=len(network.points))
    inner = (degree[network.lines["start"]] > 1) & (degree[network.lines["end"]] > 1)
    row = int(np.flatnonzero(inner)[len(lines) // 5])
    lines = lines.astype({"起点埋深": object})
    lines.loc[lines.index[row], "起点埋深"] = "约1.2"
    tables["telecom"] = (points, lines)
    return Fault(
        "value.not_a_number", "text in a number column", file, str(lines["管线编号"].iloc[row]), "起点埋深 says 约1.2"
    )


def _contradiction(tables: Tables, file: str) -> Fault:
    """Let a depth contradict the levels of ground and pipe."""
    points, lines = tables["water"]
    depth = pd.to_numeric(lines["起点埋深"])
    row = int(np.flatnonzero((depth > 1.0).to_numpy())[len(lines) // 3])
    lines = lines.copy()
    lines.loc[lines.index[row], "起点埋深"] = round(float(depth.iloc[row]) - _WRONG_DEPTH_M, 3)
    tables["water"] = (points, lines)
    return Fault(
        "level.mismatch", "depth that contradicts the levels", file, str(lines["管线编号"].iloc[row]),
        f"起点埋深 is {_WRONG_DEPTH_M:.2f} m less than ground less level",
    )  # fmt: skip


def _silence(tables: Tables, file: str) -> Fault:
    """Take the pressure from a gas pipe."""
    points, lines = tables["gas"]
    row = len(lines) // 2
    lines = lines.astype({"压力": object})
    lines.loc[lines.index[row], "压力"] = None
    tables["gas"] = (points, lines)
    key = str(lines["管线编号"].iloc[row])
    return Fault("line.no_pressure", "gas pipe without a pressure", file, key, "压力 is empty")


def bow_tie(at: Floats, size: float = 12.0) -> shapely.Polygon:
    """Return a polygon that crosses itself."""
    x, y = at
    return shapely.Polygon([(x, y), (x + size, y + size), (x + size, y), (x, y + size)])


def plant_in_registers(frames: dict[str, pd.DataFrame], files: Mapping[str, str]) -> list[Fault]:
    """Add self-intersecting areas to land use and green space; frames are changed in place."""
    found = []
    for theme, key in (("land_use", "YD000X01"), ("green_space", "LD000X01")):
        frame = frames[theme]
        row = frame.iloc[[0]].copy()
        row["source_key"] = key
        row["geom"] = np.array([bow_tie(shapely.get_coordinates(frame["geom"].iloc[0].centroid)[0])], dtype=object)
        frames[theme] = pd.concat([frame, row], ignore_index=True)
        found.append(
            Fault(
                "geometry.self_intersection", "invalid polygon", files[theme], key, "outline crosses itself (a bow tie)"
            )
        )
    return found


def plant_in_kiosks(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Take the height from one kiosk and twist the outline of another."""
    frame = frame.copy()
    frame.loc[frame.index[0], ["height_m", "storeys_above"]] = np.nan
    corner = np.array(shapely.bounds(frame["geom"].iloc[1])[:2])
    shapes = frame["geom"].to_numpy().copy()
    shapes[1] = bow_tie(corner, 4.0)
    frame["geom"] = shapes
    keys = frame["source_key"].iloc[:2].tolist()
    return frame, [
        Fault("building.no_height", "building without height", file, keys[0], "neither height nor storeys"),
        Fault("geometry.self_intersection", "invalid polygon", file, keys[1], "footprint crosses itself (a bow tie)"),
    ]
