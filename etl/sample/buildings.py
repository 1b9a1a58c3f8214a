"""Buildings of a district as records: place on the slope, storeys, age, structure and people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample import names
from cim.etl.sample.blocks import Blocks
from cim.etl.sample.plans import PLANS
from cim.etl.sample.randomness import Ints, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.settle import Settlement, ground_plans
from cim.etl.sample.shapes import Shapes
from cim.etl.sample.solids import rise
from cim.etl.sample.streets import Streets

FOUNDATION_M = 0.5
"""How far solids reach below the lowest ground at their walls."""
HANGING_M = 3.0
"""Difference of ground at the walls above which a building hangs below its street (吊层)."""
EXAMINED = 2025
"""Year in which the sample city is examined."""

_UNIT_M2 = {"old": 46.0, "slab": 76.0, "tower": 98.0}
_PLACES = np.array([(x, y) for x in (-0.5, 0.0, 0.5) for y in (-0.5, 0.0, 0.5) if x or y])


@dataclass(frozen=True)
class Buildings:
    """Buildings of one district."""

    frame: pd.DataFrame
    """One row a building: key, place, plan, heights, attributes; index 0..n-1."""
    polygons: Shapes
    """Ground plan of each building, podium included."""

    def __len__(self) -> int:
        return len(self.frame)


def building_key(district: int, number: int) -> str:
    """Return the key of a building."""
    return f"B{district:03d}{number:05d}"


def compound_key(district: int, block: int) -> str:
    """Return the key of the compound that a block is."""
    return f"XQ{district:03d}{block:03d}"


def describe_buildings(
    relief: Relief, streets: Streets, blocks: Blocks, settlement: Settlement, years: Ints
) -> Buildings:
    """Return the buildings of a district with all that the register says of them."""
    seed, district = relief.plan.seed, streets.district.number
    rng = stream(seed, "buildings", district)
    frame = pd.DataFrame(settlement.lots)
    frame["x"], frame["y"], frame["angle"] = settlement.x, settlement.y, settlement.angle
    frame["podium_storeys"], frame["podium_length"], frame["podium_width"] = zip(*frame.pop("podium"), strict=True)
    frame["use"] = settlement.use[frame["block"]]
    frame["key"] = [building_key(district, number) for number in range(len(frame))]
    _turn_ridges(frame)
    _add_heights(relief, frame)
    _add_age(rng, frame, years)
    _add_people(rng, frame)
    _add_names(seed, streets, blocks, frame)
    return Buildings(frame, ground_plans(settlement))


def _turn_ridges(frame: pd.DataFrame) -> None:
    """Let ridges run along the longer side."""
    turn = frame["roof"].isin(["gabled", "hipped"]) & (frame["width"] > frame["length"])
    frame.loc[turn, ["length", "width"]] = frame.loc[turn, ["width", "length"]].to_numpy()
    frame.loc[turn, "angle"] += np.pi / 2


def _add_heights(relief: Relief, frame: pd.DataFrame) -> None:
    """Set ground, base, eaves and height; a building on a podium has the podium's ground."""
    wide = np.where(frame["podium_storeys"] > 0, frame["podium_length"], frame["length"])
    deep = np.where(frame["podium_storeys"] > 0, frame["podium_width"], frame["width"])
    along, across = np.outer(wide, _PLACES[:, 0]), np.outer(deep, _PLACES[:, 1])
    cos, sin = np.cos(frame["angle"].to_numpy())[:, None], np.sin(frame["angle"].to_numpy())[:, None]
    x = frame["x"].to_numpy()[:, None] + cos * along - sin * across
    y = frame["y"].to_numpy()[:, None] + sin * along + cos * across
    ground = relief.height_at(x.ravel(), y.ravel()).reshape(x.shape)
    frame["ground_min"], frame["ground_max"] = ground.min(axis=1).round(2), ground.max(axis=1).round(2)
    frame["base"] = frame["ground_min"] - FOUNDATION_M
    frame["podium_top"] = (frame["ground_max"] + frame["podium_storeys"] * 4.5).round(2)
    start = np.where(frame["podium_storeys"] > 0, frame["podium_top"], frame["ground_max"])
    above = frame["storeys"] - frame["podium_storeys"].where(frame["podium_storeys"] < frame["storeys"], 0)
    frame["top"] = (start + above * frame["storey_m"]).round(2)
    highest = frame["top"] + [
        float(rise(roof, np.array([width]))[0]) for roof, width in zip(frame["roof"], frame["width"], strict=True)
    ]
    frame["height"] = (highest - frame["ground_min"]).round(2)
    drop = frame["ground_max"] - frame["ground_min"]
    frame["hanging"] = np.where(drop > HANGING_M, np.floor(drop / 3.0), 0).astype(int)


def _add_age(rng: np.random.Generator, frame: pd.DataFrame, years: Ints) -> None:
    """Set year built and renovated, structure, basements and lifts."""
    count = len(frame)
    spread = np.where(frame["role"] == "house", 7, 2)
    year = years[frame["block"]] + np.round(rng.normal(0, 1, count) * spread).astype(np.int64)
    latest = np.where(frame["role"] == "house", 1996, EXAMINED)
    frame["year"] = np.clip(year, 1938, latest)
    old = frame["year"] < 1998
    renovated = old & (rng.uniform(size=count) < 0.22)
    frame["renovated"] = np.where(renovated, rng.integers(2008, EXAMINED, count), 0)
    frame["structure"] = np.select(
        [frame["usage"] == "industrial", frame["storeys"] > 12, frame["year"] < 1968, frame["storeys"] > 7,
         frame["year"] < 1999],
        ["steel", "shear_wall", "brick_wood", "frame", "brick_concrete"], "frame",
    )  # fmt: skip
    parking = np.where((frame["storeys"] > 9) & (frame["year"] > 2000), rng.integers(1, 4, count), 0)
    frame["storeys_below"] = frame["hanging"] + parking
    tall = (frame["storeys"] > 11) | ((frame["storeys"] > 7) & (frame["year"] > 1997))
    lifts = np.where(tall, 1 + frame["storeys"] // 12, 0)
    retrofitted = (frame["use"] == "slab") & (frame["storeys"] > 4) & (rng.uniform(size=count) < 0.12)
    frame["elevators"] = np.where((lifts == 0) & retrofitted, 1, lifts)


def _add_people(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    """Set floor area, households and residents by age group."""
    share = {name: shapely.area(shapely.polygons(plan.ring)) for name, plan in PLANS.items()}
    plan_m2 = frame["plan"].map(share) * frame["length"] * frame["width"]
    podium_m2 = frame["podium_length"] * frame["podium_width"] * frame["podium_storeys"]
    upper = (frame["storeys"] - frame["podium_storeys"]).clip(lower=1)
    frame["floor_area"] = (plan_m2 * (upper + frame["hanging"]) + podium_m2).round(1)
    home = frame["usage"] == "residential"
    flat = frame["use"].map(_UNIT_M2).fillna(88.0)
    flats = np.maximum((plan_m2 * (upper + frame["hanging"]) * 0.86 / flat).round(), 1.0)
    lived_in = rng.uniform(0.78, 0.97, len(frame))
    frame["households"] = np.where(home, np.maximum(np.round(flats * lived_in), 1), 0).astype(int)
    size = rng.uniform(2.1, 2.9, len(frame))
    frame["residents"] = np.round(frame["households"] * size).astype(int)
    elderly = frame["use"].map({"old": 0.31, "slab": 0.26, "tower": 0.15}).fillna(0.14)
    frame["elderly"] = np.round(frame["residents"] * elderly * rng.uniform(0.85, 1.15, len(frame))).astype(int)
    children = frame["use"].map({"old": 0.09, "slab": 0.11, "tower": 0.16}).fillna(0.13)
    frame["children"] = np.round(frame["residents"] * children * rng.uniform(0.8, 1.2, len(frame))).astype(int)
    frame["preschoolers"] = np.round(frame["children"] * 0.21).astype(int)
    frame["toddlers"] = np.round(frame["children"] * 0.15).astype(int)


def _add_names(seed: int, streets: Streets, blocks: Blocks, frame: pd.DataFrame) -> None:
    """Set address, and the compound of those that stand in one."""
    district, valley = streets.district.number, streets.valley.number
    roads = {
        (side, band): names.row_street(seed, valley, side, band)
        for side, band in {*zip(blocks.side.tolist(), blocks.band.tolist(), strict=True)}
    }
    block = frame["block"].to_numpy()
    in_block = frame.groupby("block").cumcount().to_numpy() + 1
    frame["address"] = [
        f"{roads[int(blocks.side[b]), int(blocks.band[b])]}{2 * int(blocks.order[b]) + 1}号{n}栋"
        for b, n in zip(block, in_block, strict=True)
    ]
    homes = frame["use"].isin(["old", "slab", "tower"])
    frame["compound_key"] = [compound_key(district, b) if home else "" for b, home in zip(block, homes, strict=True)]
    frame["name"] = ""
    named = homes & (frame["role"] != "house")
    frame.loc[named, "name"] = [
        f"{names.compound(seed, district, b, use)[0]}{n}栋"
        for b, use, n in zip(block[named], frame.loc[named, "use"], in_block[named.to_numpy()], strict=True)
    ]
