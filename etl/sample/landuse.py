"""Present land use, parcels of the control plan, and green space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample import names
from cim.etl.sample.blocks import Blocks, outlines
from cim.etl.sample.randomness import Floats, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.settle import street_lines
from cim.etl.sample.streets import Names, Streets
from cim.etl.sample.territory import bank_outline, river_outline
from cim.etl.sample.valley import FIRST_ROW_M, HALF_RIVER_M

LAND_USE = {
    "old": ("070103", "三类城镇住宅用地"), "slab": ("070102", "二类城镇住宅用地"),
    "tower": ("070101", "一类城镇住宅用地"), "commercial": ("090101", "零售商业用地"),
    "office": ("0902", "商务金融用地"), "market": ("090102", "批发市场用地"),
    "primary_school": ("080403", "中小学用地"), "middle_school": ("080403", "中小学用地"),
    "kindergarten": ("080404", "幼儿园用地"), "hospital": ("080601", "医院用地"),
    "elderly_care": ("080701", "老年人社会福利用地"), "culture": ("0803", "文化用地"),
    "sports": ("0805", "体育用地"), "fire_station": ("1310", "消防用地"), "substation": ("1303", "供电用地"),
    "energy": ("1305", "供热用地"), "waterworks": ("1301", "供水用地"), "treatment": ("1302", "排水用地"),
    "industrial": ("100101", "一类工业用地"), "park": ("1401", "公园绿地"), "square": ("1403", "广场用地"),
    "wood": ("1402", "防护绿地"), "site": ("16", "留白用地"),
}  # fmt: skip
"""Code and name of land use by use of block (国土空间调查、规划、用途管制用地用海分类, codes recalled)."""

_PLAN = {"old": (1.8, 0.38, 0.25, 24.0), "slab": (2.2, 0.32, 0.30, 36.0), "tower": (3.5, 0.24, 0.35, 100.0),
         "commercial": (6.0, 0.50, 0.15, 150.0), "office": (4.5, 0.42, 0.20, 100.0)}  # fmt: skip
_PLAN_OTHERS = (1.5, 0.35, 0.30, 40.0)


@dataclass(frozen=True)
class District:
    """What the registers of one district are made from."""

    relief: Relief
    """Ground heights."""
    streets: Streets
    """Streets."""
    blocks: Blocks
    """Blocks."""
    use: Names
    """Use of each block."""


def land_use(district: District) -> pd.DataFrame:
    """Return the use of every block, of the streets by class, and of water and woods."""
    number, streets = district.streets.district.number, district.streets
    land = outlines(district.relief, streets, district.blocks, to_middle=False)
    rows = [
        (f"YD{number:03d}{index:04d}", *LAND_USE[str(use)], "", shape)
        for index, (use, shape) in enumerate(zip(district.use, land, strict=True))
    ]
    rows += [
        (f"YD{number:03d}R{rank}", "1207", "城镇道路用地", name, shape)
        for rank, (name, shape) in enumerate(_street_land(streets).items())
    ]
    water = river_outline(district.relief, streets.valley, streets.district)
    rows.append((f"YD{number:03d}W", "1701", "河流水面", "样江、样溪", water))
    rows += [(f"YD{number:03d}F{side}", "0301", "乔木林地", "", shape) for side, shape in enumerate(_ridges(district))]
    return pd.DataFrame(rows, columns=["source_key", "use_code", "use_name", "name", "geom"])


def _street_land(streets: Streets) -> dict[str, shapely.Geometry]:
    lines = shapely.force_2d(street_lines(streets))
    classes = streets.edges.road_class
    return {
        name: shapely.union_all(shapely.buffer(lines[classes == name], SECTIONS[name].half_m, quad_segs=3))
        for name in SECTIONS
        if (classes == name).any()
    }


def _ridges(district: District) -> list[shapely.Polygon]:
    """Return the wooded strips between the last street row and the ridge."""
    streets = district.streets
    return [
        bank_outline(
            district.relief, streets.valley, streets.district, bank,
            float(bank.across[-1]) + bank.side * 14.0, bank.side * (HALF_RIVER_M + bank.crest_m - 1.0),
        )
        for bank in streets.valley.banks
    ]  # fmt: skip


def planning_parcels(district: District) -> pd.DataFrame:
    """Return the parcels of the control plan: what may be built on each block."""
    number = district.streets.district.number
    rng = stream(district.relief.plan.seed, "plan", number)
    land = outlines(district.relief, district.streets, district.blocks, to_middle=False)
    # The plan turns some old town into new homes, and building sites into shops.
    planned = np.where(district.use == "site", "commercial", district.use)
    planned = np.where((planned == "old") & (rng.uniform(size=len(land)) < 0.25), "tower", planned)
    rules = np.array([_PLAN.get(str(name), _PLAN_OTHERS) for name in planned])
    green = np.isin(planned, ["park", "wood", "square"])
    rules[green] = (0.1, 0.05, 0.75, 9.0)
    return pd.DataFrame(
        {
            "source_key": [f"DK{number:03d}{index:04d}" for index in range(len(land))],
            "parcel_no": [f"样{number:02d}-{index + 1:03d}/01" for index in range(len(land))],
            "use_code": [LAND_USE[str(name)][0] for name in planned],
            "plot_ratio_max": rules[:, 0],
            "density_max": rules[:, 1],
            "green_ratio_min": rules[:, 2],
            "height_limit_m": rules[:, 3],
            "setback_m": np.where(rules[:, 3] > 60, 8.0, 3.0),
            "geom": land,
        }
    )


def green_spaces(district: District) -> pd.DataFrame:
    """Return parks, squares, protective woods, and the greenways along the main river."""
    number, seed = district.streets.district.number, district.relief.plan.seed
    land = outlines(district.relief, district.streets, district.blocks, to_middle=False)
    kinds = {"park": "park", "square": "square", "wood": "protective"}
    rows = [
        (f"LD{number:03d}{index:04d}", kinds[str(use)], _green_name(seed, number, index, str(use)),
         str(use) != "wood", land[index])
        for index, use in enumerate(district.use)
        if str(use) in kinds
    ]  # fmt: skip
    rows += [
        (f"LD{number:03d}G{index}", "greenway", "样江绿道", True, shape)
        for index, shape in enumerate(_greenways(district))
    ]
    rows += [
        (f"LD{number:03d}F{side}", "protective", "样岭林带", False, shape)
        for side, shape in enumerate(_ridges(district))
    ]
    frame = pd.DataFrame(rows, columns=["source_key", "kind", "name", "public", "geom"])
    area: Floats = shapely.area(frame["geom"].to_numpy())
    frame["kind"] = np.where((frame["kind"] == "park") & (area < 4000), "pocket_park", frame["kind"])
    frame["area_m2"] = area.round(1)
    frame["activity_ground_m2"] = np.where(frame["public"], (0.18 * area).round(1), 0.0)
    return frame


def _green_name(seed: int, number: int, index: int, use: str) -> str:
    ends = {"park": "公园", "square": "广场", "wood": "坡地林"}
    return names.place(seed, ends[use], number, index)


def _greenways(district: District) -> list[shapely.Geometry]:
    """Return the strips between the riverside streets and the water, cut by the second river."""
    streets = district.streets
    water = shapely.buffer(river_outline(district.relief, streets.valley, streets.district), 4.0)
    strips = [
        bank_outline(
            district.relief, streets.valley, streets.district, bank,
            bank.side * (HALF_RIVER_M + 14.0), bank.side * (HALF_RIVER_M + FIRST_ROW_M - 17.0),
        )
        for bank in streets.valley.banks
    ]  # fmt: skip
    return [part for strip in strips for part in shapely.get_parts(shapely.difference(strip, water))]
