"""Facilities that people use, in buildings of their own, in other buildings, and along the streets."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cim.etl.sample import names
from cim.etl.sample.buildings import Buildings
from cim.etl.sample.kerbside import sides
from cim.etl.sample.landuse import District
from cim.etl.sample.randomness import Floats, Ints, stream
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.shapes import Shapes, points
from cim.etl.sample.streets import Streets

_OWN_BLOCK = {
    "primary_school": ("primary_school", "小学", True, 18.0), "middle_school": ("middle_school", "中学", True, 22.0),
    "kindergarten": ("kindergarten", "幼儿园", True, 9.0), "hospital": ("hospital", "医院", True, 30.0),
    "elderly_care": ("elderly_care", "养老院", True, 24.0), "culture": ("culture", "文化馆", True, 0.0),
    "market": ("market", "农贸市场", True, 0.0), "fire_station": ("fire_station", "消防站", True, 0.0),
    "sports": ("sports", "体育馆", True, 0.0),
}  # fmt: skip
"""By use of block: kind, name ending, publicly run, square metres of floor for each place (0: none said)."""

_IN_BUILDINGS = (
    ("community_centre", "社区服务中心", 20, 420.0, True), ("clinic", "社区卫生服务站", 12, 260.0, True),
    ("elderly_care", "社区养老服务站", 11, 330.0, True), ("childcare", "托育园", 9, 240.0, False),
    ("kindergarten", "幼儿园", 6, 1500.0, False), ("canteen", "社区食堂", 8, 180.0, True),
    ("recycling", "再生资源回收点", 14, 40.0, True), ("shop", "便民超市", 34, 220.0, False),
    ("pharmacy", "药房", 12, 110.0, False), ("charging", "充电站", 8, 300.0, False),
    ("dialysis", "血液透析中心", 1, 900.0, False), ("culture", "文化活动室", 5, 300.0, True),
    ("parking", "公共停车库", 6, 3000.0, True), ("police", "派出所", 2, 900.0, True),
)  # fmt: skip
"""Kind, name ending, how many for 1,200 buildings, floor area, publicly run."""

_BUS_EVERY_M = 380.0
_FEWEST_PLACES = 90
"""A school or kindergarten on a narrow block is crowded, but still has three classes."""


def facilities(district: District, buildings: Buildings) -> pd.DataFrame:
    """Return the facilities of a district, each at its entrance."""
    rng = stream(district.relief.plan.seed, "facilities", district.streets.district.number)
    parts = [
        _own_blocks(district, buildings),
        _own_blocks_without_building(district, buildings),
        _in_buildings(rng, district, buildings),
        _bus_stops(district),
        _outdoors(district),
        _examined(district, buildings),
    ]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    number = district.streets.district.number
    frame.insert(0, "source_key", [f"SS{number:03d}{index:05d}" for index in range(len(frame))])
    frame["geom"] = _at_ground(district, frame.pop("x").to_numpy(float), frame.pop("y").to_numpy(float))
    frame["capacity"] = frame["capacity"].astype("Float64").mask(frame["capacity"] == 0)
    return frame


def _at_ground(district: District, x: Floats, y: Floats) -> Shapes:
    z = district.relief.height_at(x, y)
    return points(np.column_stack([x, y, z]).round(2))


def _row(kind: str, name: str, place: tuple[float, float], **said: object) -> dict[str, object]:
    return {"kind": kind, "name": name, "x": place[0], "y": place[1], "capacity": 0.0, **said}


def _front(frame: pd.DataFrame, index: int) -> tuple[float, float]:
    """Return a place one metre before the foot-side wall of a building."""
    row = frame.loc[index]
    deep = (row["podium_width"] if row["podium_storeys"] else row["width"]) / 2 + 1.0
    return row["x"] + np.sin(row["angle"]) * deep, row["y"] - np.cos(row["angle"]) * deep


def _own_blocks(district: District, buildings: Buildings) -> pd.DataFrame:
    seed, number, frame = district.relief.plan.seed, district.streets.district.number, buildings.frame
    rows = []
    for block, group in frame.groupby("block"):
        found = _OWN_BLOCK.get(str(group["use"].iloc[0]))
        if found is None:
            continue
        kind, ending, public, floor_each = found
        main = int(group.index[int(group["floor_area"].argmax())])
        area = float(group["floor_area"].sum())
        teaches = kind.endswith(("school", "garten"))
        places = round(area / floor_each) if floor_each else 0
        rows.append(
            _row(kind, names.place(seed, ending, number, int(str(block))), _front(frame, main),
                 building_key=frame.loc[main, "key"], public=public, inclusive=True,
                 capacity=float(max(places, _FEWEST_PLACES) if teaches else places), area_m2=round(area, 1),
                 operator="区属" if public else "民办", opened_year=int(frame["year"].to_numpy()[main]),
                 classes=max(round(places / 40), 3) if teaches else None)
        )  # fmt: skip
    return pd.DataFrame(rows)


def _own_blocks_without_building(district: District, buildings: Buildings) -> pd.DataFrame:
    """Return the facilities of blocks that were too narrow for their building: they make do with huts."""
    rows, built = [], set(buildings.frame["block"])
    seed, number = district.relief.plan.seed, district.streets.district.number
    x, y = _feet(district)
    for index, use in enumerate(district.use):
        found = _OWN_BLOCK.get(str(use))
        if found is not None and index not in built:
            kind, ending, public, _ = found
            name = names.place(seed, ending, number, index)
            area = round(0.25 * float(district.blocks.area[index]), 1)
            place = (float(x[index]), float(y[index]))
            rows.append(_row(kind, name, place, public=public, inclusive=True, area_m2=area, capacity=60.0))
    return pd.DataFrame(rows)


def _feet(district: District) -> tuple[Floats, Floats]:
    """Return the places where blocks meet the street at their foot."""
    blocks = district.blocks
    c = blocks.c_low + blocks.side * (blocks.inset_low + 1.0)
    return district.relief.place(district.streets.valley, blocks.middle_u, c)


def _in_buildings(rng: np.random.Generator, district: District, buildings: Buildings) -> pd.DataFrame:
    """Return facilities on lower floors of larger buildings, spread over the district."""
    seed, number, frame = district.relief.plan.seed, district.streets.district.number, buildings.frame
    hosts = frame.index[frame["usage"].isin(["residential", "commercial", "office"]) & (frame["floor_area"] > 900)]
    if not len(hosts):
        hosts = frame.index
    years = frame["year"].to_numpy()
    rows, free = [], list(map(int, rng.permutation(hosts)))
    for kind, ending, count, area, public in _IN_BUILDINGS:
        for _ in range(max(round(count * len(frame) / 1200), 1)):
            if not free:
                free = list(map(int, rng.permutation(hosts)))
            host = free.pop()
            size = round(area * float(rng.uniform(0.55, 1.5)), 1)
            rows.append(
                _row(kind, names.place(seed, ending, number, kind, host), _front(frame, host),
                     building_key=frame.loc[host, "key"], public=public, inclusive=bool(rng.uniform() < 0.6),
                     capacity=_places(kind, size), area_m2=size, operator="公办" if public else "民办",
                     opened_year=max(int(years[host]), int(rng.integers(1996, 2025))))
            )  # fmt: skip
    return pd.DataFrame(rows)


def _places(kind: str, area: float) -> float:
    each = {"elderly_care": 22.0, "childcare": 6.5, "kindergarten": 9.0, "parking": 32.0, "charging": 28.0}
    return float(round(area / each[kind])) if kind in each else 0.0


def _bus_stops(district: District) -> pd.DataFrame:
    """Return pairs of stops along collector and arterial streets, and the metro station at the hub."""
    streets, seed = district.streets, district.relief.plan.seed
    classes = streets.edges.road_class
    served = np.isin(classes, ["arterial", "collector"]) & (streets.edges.kind == "row")
    offset = np.array([(SECTIONS[str(name)].kerb_m or 0.0) + 2.0 for name in classes])
    rows = []
    for side, sign in (("北", 1.0), ("南", -1.0)):
        lines, edges = sides(streets, sign * offset, served)
        for line in lines[_spread(streets, edges)]:
            point = line.interpolate(0.5, normalized=True)
            name = names.place(seed, f"{side}站", "stop", round(point.x / 60), round(point.y / 60))
            rows.append(_row("bus_stop", name, (point.x, point.y), public=True, operator="公交（合成）"))
    hub = int(np.flatnonzero(streets.edges.side == 0)[0])
    x, y, _ = streets.nodes.xyz[streets.edges.end[hub]]
    rows.append(_row("metro_station", "样江大桥站", (x + 14.0, y + 14.0), public=True, operator="轨道（合成）"))
    return pd.DataFrame(rows)


def _spread(streets: Streets, edges: Ints) -> Ints:
    """Return lines on rows at about equal distances."""
    place = (streets.nodes.u[streets.edges.start[edges]]) // _BUS_EVERY_M
    groups = pd.DataFrame({"side": streets.edges.side[edges], "row": streets.edges.row[edges], "place": place})
    first: Ints = groups.drop_duplicates().index.to_numpy(np.int64)
    return first


def _outdoors(district: District) -> pd.DataFrame:
    """Return park entrances, shelters and toilets on green blocks, and car parks."""
    rows: list[dict[str, object]] = []
    relief, streets, blocks = district.relief, district.streets, district.blocks
    seed, number = relief.plan.seed, streets.district.number
    x, y = _feet(district)
    for index, use in enumerate(district.use):
        place = (float(x[index]), float(y[index]))
        for kind, ending in _OUTDOORS.get(str(use), ()):
            name = names.place(seed, ending, number, index)
            rows.append(_row(kind, name, place, public=True, area_m2=round(0.3 * float(blocks.area[index]), 1)))
    return pd.DataFrame(rows)


def _examined(district: District, buildings: Buildings) -> pd.DataFrame:
    """Return what the yearly examination asks of besides: fuel stations, mother-and-child care, historic buildings."""
    seed, number, frame = district.relief.plan.seed, district.streets.district.number, buildings.frame
    rng = stream(seed, "facilities", number, "examined")
    rows: list[dict[str, object]] = []
    hosts = frame.index[frame["usage"].isin(["hospital", "office", "commercial"])]
    if len(hosts):
        host = int(hosts[0])
        name = names.place(seed, "妇幼保健院", number, "maternal")
        rows.append(_row("maternal_child", name, _front(frame, host), public=True, area_m2=2400.0))
    x, y = _feet(district)
    for index in np.flatnonzero(np.isin(district.use, ["site", "market", "industrial"]))[:2]:
        name = names.place(seed, "加油站", number, "fuel", int(index))
        rows.append(_row("fuel_station", name, (float(x[index]), float(y[index])), public=False, dual_use=False))
    for index in frame.index[(frame["year"] < 1955) & (frame["usage"] == "residential")][:8]:
        place = (float(frame.loc[index, "x"]), float(frame.loc[index, "y"]))
        rows.append(
            _row("historic_building", names.place(seed, "旧居", number, "historic", int(index)), place,
                 building_key=frame.loc[index, "key"], public=bool(rng.uniform() < 0.3),
                 filed=bool(rng.uniform() < 0.8), vacant=bool(rng.uniform() < 0.3),
                 listed_year=float(rng.integers(2016, 2027)))
        )  # fmt: skip
    for index in np.flatnonzero(district.use == "sports"):
        name = names.place(seed, "平急两用中心", number, "dual", int(index))
        rows.append(_row("emergency_centre", name, (float(x[index]), float(y[index])), public=True, dual_use=True))
    return pd.DataFrame(rows)


_OUTDOORS: dict[str, Iterable[tuple[str, str]]] = {
    "park": (("park_entrance", "公园入口"), ("toilet", "公厕"), ("sports", "健身场地")),
    "square": (("park_entrance", "广场"), ("shelter", "应急避难场所"), ("toilet", "公厕")),
    "sports": (("shelter", "应急避难场所"), ("sports", "多功能运动场")),
    "primary_school": (("shelter", "应急避难场所"),),
    "market": (("toilet", "公厕"),),
    "site": (("parking", "临时停车场"),),
}
