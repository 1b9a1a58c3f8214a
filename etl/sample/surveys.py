"""What surveyors of the yearly examination found: homes, compounds, blocks, streets, and places by the river."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample.buildings import EXAMINED, Buildings
from cim.etl.sample.landuse import District
from cim.etl.sample.randomness import Bools, Floats, stream
from cim.etl.sample.roads import edge_key
from cim.etl.sample.settle import street_lines
from cim.etl.sample.shapes import Shapes, points, where_so

SURVEYED_DISTRICTS = 4
"""Districts that surveyors have been to; of the others nobody knows."""

_ITEMS: Mapping[str, tuple[float, float, str]] = {
    "structure": (0.02, 0.10, "墙体裂缝"),
    "gas": (0.01, 0.08, "立管锈蚀"),
    "stairwell": (0.03, 0.35, "楼道堆物、照明缺失"),
    "envelope": (0.02, 0.22, "外墙饰面空鼓"),
    "self_contained": (0.0, 0.12, "无独立厨卫"),
    "pipes": (0.02, 0.20, "排水立管渗漏"),
    "tap_water": (0.01, 0.09, "水压不足"),
    "digital": (0.05, 0.60, "无监控与烟感"),
}
"""By item: chance of a fault in homes from after and from before 2000, and the fault in words."""

_OF_OLD = frozenset({"structure", "gas"})
"""Items that surveyors look at in old homes only."""


def survey_findings(district: District, buildings: Buildings, units: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of a district; none where surveyors have not been."""
    number = district.streets.district.number
    if number >= SURVEYED_DISTRICTS:
        return pd.DataFrame()
    rng = stream(district.relief.plan.seed, "survey", number)
    parts = [
        _homes(rng, buildings),
        _units(rng, units, "compound", "smart", 0.5),
        _units(rng, units, "block", "commercial_block", 0.25),
        _units(rng, units, "block", "residential_block", 0.5),
        _streets(rng, district, "parking_disorder", 0.15),
        _streets(rng, district, "footpath", 0.2),
        _places(rng, district),
    ]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame.insert(0, "source_key", [f"DC{number:03d}{index:06d}" for index in range(len(frame))])
    days = rng.integers(0, 120, len(frame))
    frame["surveyed_on"] = [dt.date(EXAMINED, 3, 1) + dt.timedelta(days=int(day)) for day in days]
    frame["surveyed_by"] = "体检调查组（合成）"
    frame["severity"] = frame["severity"].astype("Int64")
    return frame


def _found(rng: np.random.Generator, item: str, fault: Bools, defect: str, **columns: object) -> pd.DataFrame:
    """Return rows of one item; what is sound has no severity and no photo."""
    grave = pd.Series(rng.integers(1, 10, len(fault)), dtype="Int64").mask(~pd.Series(fault))
    photo = [f"{item}-{index:05d}.jpg" for index in range(len(fault))]
    return pd.DataFrame(
        {
            "item": item,
            "fault": fault,
            "severity": grave,
            "quantity": np.nan,
            "defect": where_so(fault, np.full(len(fault), defect)),
            "building_key": None,
            "unit_key": None,
            "edge_key": None,
            "photo": where_so(fault, np.array(photo, dtype=object)),
            **columns,
        }
    )


def _homes(rng: np.random.Generator, buildings: Buildings) -> pd.DataFrame:
    """Return what was seen in homes; in a part of the compounds nobody was let in."""
    frame = buildings.frame[buildings.frame["usage"] == "residential"]
    blocks = np.unique(frame["block"].to_numpy())
    open_blocks = blocks[rng.uniform(size=len(blocks)) < 0.85]
    seen = frame[frame["block"].isin(open_blocks)]
    parts = []
    for item, (new, old, defect) in _ITEMS.items():
        homes = seen[seen["year"] < 1998] if item in _OF_OLD else seen
        fault = rng.uniform(size=len(homes)) < np.where(homes["year"] < 2000, old, new)
        rows = _found(rng, item, fault, defect, building_key=homes["key"].to_numpy(), geom=_at(homes))
        if item == "self_contained":
            share = rng.uniform(0.1, 0.9, len(homes))
            rows["quantity"] = np.where(fault, np.ceil(share * homes["households"].to_numpy()), np.nan)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def _at(homes: pd.DataFrame) -> Shapes:
    return points(homes[["x", "y"]].to_numpy(float).round(2))


def _units(rng: np.random.Generator, units: pd.DataFrame, level: str, item: str, chance: float) -> pd.DataFrame:
    chosen = units[units["level"] == level]
    fault = rng.uniform(size=len(chosen)) < chance
    inside = shapely.point_on_surface(chosen["geom"].to_numpy())
    defect = {"smart": "缺快递柜或安防平台"}.get(item, "设施老旧、业态低端")
    return _found(rng, item, fault, defect, unit_key=chosen["source_key"].to_numpy(), geom=inside)


def _streets(rng: np.random.Generator, district: District, item: str, chance: float) -> pd.DataFrame:
    """Return what was seen on some of the street sections: on those for vehicles, or on those for people."""
    edges = district.streets.edges
    walks = np.isin(edges.road_class, ["steps", "alley"])
    wanted = walks if item == "footpath" else ~walks
    seen = np.flatnonzero(wanted & (rng.uniform(size=len(wanted)) < 0.8))
    fault = rng.uniform(size=len(seen)) < chance
    lines = shapely.force_2d(street_lines(district.streets)[seen])
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    number = district.streets.district.number
    defect = "铺装破损、照明缺失" if item == "footpath" else "机动车乱停放"
    return _found(rng, item, fault, defect, edge_key=[edge_key(number, int(n)) for n in seen], geom=middles)


def _places(rng: np.random.Generator, district: District) -> pd.DataFrame:
    """Return the waterlogging points, sections of the river and bridges that were inspected."""
    nodes, edges = district.streets.nodes, district.streets.edges
    low = np.argsort(nodes.xyz[:, 2], kind="stable")[:40]
    chosen = rng.choice(low, min(6, len(low)), replace=False)
    parts = [_inspected(rng, "waterlogging", nodes.xyz[chosen, :2], 0.35, "强降雨时积水超过 27 厘米")]
    bridges = np.flatnonzero(edges.kind == "bridge")
    middles = (nodes.xyz[edges.start[bridges], :2] + nodes.xyz[edges.end[bridges], :2]) / 2
    if len(bridges):
        parts.append(_inspected(rng, "bridge", middles, 0.2, "评定为 D 级"))
        parts.append(_inspected(rng, "water_body", middles + 15.0, 0.1, "透明度与溶解氧不达标"))
    return pd.concat(parts, ignore_index=True)


def _inspected(rng: np.random.Generator, item: str, places: Floats, chance: float, defect: str) -> pd.DataFrame:
    fault = rng.uniform(size=len(places)) < chance
    return _found(rng, item, fault, defect, geom=points(places.round(2)))
