"""Administrative units from city to compound, and the built-up area by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import shapely.ops

from cim.etl.sample import names
from cim.etl.sample.blocks import Blocks, outlines
from cim.etl.sample.buildings import Buildings, compound_key
from cim.etl.sample.layout import hub_u
from cim.etl.sample.plan import Plan
from cim.etl.sample.randomness import Ints, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.shapes import Shapes
from cim.etl.sample.streets import Names, Streets
from cim.etl.sample.territory import bank_outline, district_outline
from cim.etl.sample.valley import HALF_RIVER_M
from cim.etl.sample.zoning import HOMES

CITY_KEY = "CS"
"""Key of the city itself."""
BUILTUP_YEARS = ((2010, 0.55), (2018, 0.8), (2024, 1.0))
"""Years of the built-up area, and the share of street rows that it had reached."""


@dataclass(frozen=True)
class Units:
    """Where each block belongs."""

    community: Names
    """Key of the community of each block."""
    frame: pd.DataFrame
    """Rows of the register, larger units first."""


def city_unit(plan: Plan, relief: Relief) -> pd.DataFrame:
    """Return the row of the city: the union of its districts."""
    whole = shapely.union_all(shapely.buffer([district_outline(relief, district) for district in plan.districts], 0.05))
    row = {"source_key": CITY_KEY, "level": "city", "code": "SYN", "name": "样城市（合成）",
           "name_en": "Yangcheng (synthetic)", "geom": whole}  # fmt: skip
    return pd.DataFrame([row])


def units(relief: Relief, streets: Streets, blocks: Blocks, use: Names, years: Ints, buildings: Buildings) -> Units:
    """Return the units of one district, from the district down to its compounds."""
    seed, district = relief.plan.seed, streets.district
    counts = _block_counts(blocks, buildings)
    whole = outlines(relief, streets, blocks, to_middle=True)
    groups = _groups(streets, blocks)
    top = f"QX{district.number:03d}"
    rows = [_district_row(seed, relief, streets, top, counts)]
    rows += _subdistricts(seed, relief, streets, top, groups, counts)
    rows += _merged(seed, "block", "JQ", district.number, (groups, whole, counts))
    rows += _merged(seed, "community", "SQ", district.number, (groups, whole, counts))
    rows += _compounds(relief, streets, blocks, (use, years, counts), groups)
    return Units(groups["community_key"].to_numpy(str), pd.DataFrame(rows))


def _block_counts(blocks: Blocks, buildings: Buildings) -> pd.DataFrame:
    """Return households and people of each block."""
    wanted = ["households", "residents", "elderly", "children"]
    total = buildings.frame.groupby("block")[wanted].sum()
    return total.reindex(range(len(blocks)), fill_value=0)


def _groups(streets: Streets, blocks: Blocks) -> pd.DataFrame:
    """Return the keys of the units that each block lies in."""
    number, valley = streets.district.number, streets.valley
    hub = hub_u(valley, streets.district, 0)
    stream_u = float(valley.stream_u(streets.district.column))
    part = np.where(blocks.middle_u < hub, 0, np.where(blocks.middle_u < stream_u, 1, 2))
    sub = np.where(blocks.side < 0, 2, np.where(part == 2, 1, 0))
    bank = np.where(blocks.side > 0, 0, 1)
    frame = pd.DataFrame({"sub": sub, "bank": bank, "part": part, "band": blocks.band})
    frame["subdistrict_key"] = [f"JD{number:03d}{n}" for n in frame["sub"]]
    codes = frame["bank"] * 1000 + frame["part"] * 100
    frame["block_key"] = [f"JQ{number:03d}{n:04d}" for n in codes + frame["band"] // 4]
    frame["community_key"] = [f"SQ{number:03d}{n:04d}" for n in codes + frame["band"] // 2]
    return frame


def _district_row(seed: int, relief: Relief, streets: Streets, key: str, counts: pd.DataFrame) -> dict[str, object]:
    name, english = names.unit(seed, "district", streets.district.number)
    return {
        "source_key": key, "level": "district", "parent_key": CITY_KEY, "code": f"SYN{key[2:]}", "name": name,
        "name_en": english, "households": int(counts["households"].sum()),
        "residents": int(counts["residents"].sum()), "geom": district_outline(relief, streets.district),
    }  # fmt: skip


def _subdistricts(
    seed: int,
    relief: Relief,
    streets: Streets,
    parent: str,
    groups: pd.DataFrame,
    counts: pd.DataFrame,
) -> list[dict[str, object]]:
    """Return the sub-districts: west and east of the second river, and the southern bank."""
    valley, district = streets.valley, streets.district
    north = bank_outline(relief, valley, district, valley.north, 0.0, HALF_RIVER_M + valley.north.crest_m)
    south = bank_outline(relief, valley, district, valley.south, 0.0, -HALF_RIVER_M - valley.south.crest_m)
    c = np.arange(-60.0, HALF_RIVER_M + valley.north.crest_m + 60.0, 40.0)
    x, y = relief.place(valley, np.full(c.shape, float(valley.stream_u(district.column))), c)
    halves = shapely.get_parts(shapely.ops.split(north, shapely.LineString(np.column_stack([x, y]))))
    west, east = (
        sorted(halves, key=lambda part: part.centroid.x)[0],
        sorted(halves, key=lambda part: part.centroid.x)[-1],
    )
    rows = []
    for index, shape in enumerate((west, east, south)):
        key = f"JD{district.number:03d}{index}"
        here = (groups["subdistrict_key"] == key).to_numpy()
        name, english = names.unit(seed, "subdistrict", district.number, index)
        rows.append(
            {"source_key": key, "level": "subdistrict", "parent_key": parent, "code": f"SYN{key[2:]}",
             "name": name, "name_en": english, "households": int(counts["households"][here].sum()),
             "residents": int(counts["residents"][here].sum()), "geom": shape}
        )  # fmt: skip
    return rows


def _merged(
    seed: int, level: str, prefix: str, number: int, state: tuple[pd.DataFrame, Shapes, pd.DataFrame]
) -> list[dict[str, object]]:
    """Return units that are unions of blocks, to the middles of the streets round them."""
    groups, whole, counts = state
    parent = {"block": "subdistrict_key", "community": "block_key"}[level]
    rows = []
    for key, members in groups.groupby(f"{level}_key"):
        index = members.index.to_numpy()
        name, english = names.unit(seed, level, number, str(key))
        shape = shapely.union_all(shapely.buffer(whole[index], 0.05, join_style="mitre"))
        rows.append(
            {"source_key": str(key), "level": level, "parent_key": members[parent].iloc[0],
             "code": f"SYN{str(key)[len(prefix):]}", "name": name, "name_en": english,
             "households": int(counts["households"][index].sum()),
             "residents": int(counts["residents"][index].sum()), "geom": shape}
        )  # fmt: skip
    return rows


def _compounds(
    relief: Relief,
    streets: Streets,
    blocks: Blocks,
    state: tuple[Names, Ints, pd.DataFrame],
    groups: pd.DataFrame,
) -> list[dict[str, object]]:
    """Return the residential compounds with what an examination asks of them."""
    use, years, counts = state
    seed, number = relief.plan.seed, streets.district.number
    rng = stream(seed, "compounds", number)
    land = outlines(relief, streets, blocks, to_middle=False)
    chance = rng.uniform(size=(len(blocks), 6))
    spaces = {"old": 0.08, "slab": 0.35, "tower": 0.95}
    rows = []
    for index in np.flatnonzero(np.isin(use, HOMES) & (counts["residents"].to_numpy() > 0)):
        kind = str(use[index])
        homes = int(counts["households"][index])
        parking = round(homes * spaces[kind] * (0.7 + 0.6 * chance[index, 0]))
        managed = bool(chance[index, 1] < {"old": 0.15, "slab": 0.62, "tower": 0.98}[kind])
        name, english = names.compound(seed, number, int(index), kind)
        rows.append(
            {"source_key": compound_key(number, int(index)), "level": "compound",
             "parent_key": groups["community_key"][index], "code": f"SYN{number:03d}{index:03d}", "name": name,
             "name_en": english, "kind": _COMPOUND_KINDS[kind], "built_year": int(years[index]),
             "households": homes, "residents": int(counts["residents"][index]), "parking_spaces": parking,
             "charging_piles": round(parking * {"old": 0.0, "slab": 0.03, "tower": 0.16}[kind] * 2 * chance[index, 2]),
             "property_managed": managed, "gated": bool(kind == "tower" or (managed and chance[index, 3] < 0.5)),
             "elderly": int(counts["elderly"][index]), "children": int(counts["children"][index]),
             "waste_sorting": bool(chance[index, 4] < {"old": 0.4, "slab": 0.75, "tower": 0.97}[kind]),
             "ebike_charging": bool(chance[index, 5] < {"old": 0.12, "slab": 0.45, "tower": 0.85}[kind]),
             "geom": land[index]}
        )  # fmt: skip
    return rows


_COMPOUND_KINDS = {"old": "old neighbourhood", "slab": "walk-up compound", "tower": "tower compound"}


def builtup_parts(relief: Relief, streets: Streets) -> list[tuple[int, shapely.Polygon]]:
    """Return the built-up land of a district by year: from the banks up to a street row."""
    valley, parts = streets.valley, []
    for year, share in BUILTUP_YEARS:
        for bank in valley.banks:
            row = max(round(share * (len(bank.rows_m) - 1)), 1)
            far = float(bank.across[row]) + bank.side * 14.0
            parts.append(
                (year, bank_outline(relief, valley, streets.district, bank, bank.side * (HALF_RIVER_M + 1), far))
            )
    return parts


def builtup_areas(parts: list[tuple[int, shapely.Polygon]]) -> pd.DataFrame:
    """Return one row a year: the declared built-up area of the whole city."""
    rows = []
    for year, _ in BUILTUP_YEARS:
        shape = shapely.union_all([shape for found, shape in parts if found == year])
        rows.append({"source_key": f"JCQ{year}", "year": year, "area_km2": round(shape.area / 1e6, 4), "geom": shape})
    return pd.DataFrame(rows)
