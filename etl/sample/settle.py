"""Filling a district with as many buildings as it is to have, none of them in another's way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from cim.etl.sample.blocks import Blocks, outlines
from cim.etl.sample.lots import Lot, lot_c, room
from cim.etl.sample.randomness import Bools, Floats, Ints, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.sections import SECTIONS
from cim.etl.sample.shapes import Shapes, lines, polygons
from cim.etl.sample.solids import Boxes, footprints
from cim.etl.sample.streets import Names, Streets, chain
from cim.etl.sample.territory import boundary
from cim.etl.sample.works import BUILDERS

APART_M = 0.5
"""Least distance between two buildings."""

NARROWEST_M = 5.0
"""No building is narrower."""

_MARGINS = (1.07, 1.16, 1.3, 1.5, 1.8, 2.4, 4.0)
_SHRINK = 0.84
"""A building that does not fit its winding block is made smaller by this, a few times over."""


@dataclass(frozen=True)
class Settlement:
    """The lots that were kept, and where they lie."""

    lots: tuple[Lot, ...]
    """Lots in order of block."""
    use: Names
    """Use of each block."""
    x: Floats
    """Easting of each building's middle."""
    y: Floats
    """Northing of each building's middle."""
    angle: Floats
    """Direction of each building's length, radians from east."""


def settle(relief: Relief, streets: Streets, blocks: Blocks, use: Names, years: Ints) -> Settlement:
    """Lay out the lots of a district and keep exactly its quota of buildings, if the land has room.

    More or fewer blocks become old town until the number fits; single houses are left out at the end.
    """
    seed, quota = relief.plan.seed, streets.district.quota
    for margin in _MARGINS:
        use = use.copy()
        lots = _lots_for(seed, streets, blocks, (use, years), margin * quota)
        settlement, keep = _fit(relief, streets, blocks, _place(relief, streets, blocks, use, lots))
        keep &= _apart(settlement, keep)
        if keep.sum() >= quota:
            break
    keep &= _within_quota(seed, streets, settlement, keep, quota)
    index = np.flatnonzero(keep)
    return Settlement(
        tuple(settlement.lots[i] for i in index),
        use,
        settlement.x[index],
        settlement.y[index],
        settlement.angle[index],
    )


def _lots_for(seed: int, streets: Streets, blocks: Blocks, zoning: tuple[Names, Ints], wanted: float) -> list[Lot]:
    use, years = zoning
    lots = [_build(seed, streets, blocks, use, years, i) for i in range(len(blocks))]
    total = sum(map(len, lots))
    order = stream(seed, "rezone", streets.district.number).permutation(len(blocks))
    for index in order:
        if use[index] == "old" and total > 1.06 * wanted:
            total += _rezone(seed, streets, blocks, (use, years, lots), index, "slab")
        elif use[index] in ("slab", "tower") and total < wanted:
            total += _rezone(seed, streets, blocks, (use, years, lots), index, "old")
    return [lot for block in lots for lot in block]


def _rezone(
    seed: int, streets: Streets, blocks: Blocks, state: tuple[Names, Ints, list[list[Lot]]], index: int, to: str
) -> int:
    """Give a block another use and return by how many its buildings changed."""
    use, years, lots = state
    before = len(lots[index])
    use[index] = to
    lots[index] = _build(seed, streets, blocks, use, years, int(index))
    return len(lots[index]) - before


def _build(seed: int, streets: Streets, blocks: Blocks, use: Names, years: Ints, index: int) -> list[Lot]:
    rng = stream(seed, "lots", streets.district.number, index, str(use[index]))
    return list(BUILDERS[str(use[index])](room(blocks, index), rng, int(years[index])))


def _place(relief: Relief, streets: Streets, blocks: Blocks, use: Names, lots: list[Lot]) -> Settlement:
    """Bring lots to city coordinates, turned along their contour."""
    block = np.array([lot.block for lot in lots])
    u = np.array([lot.u for lot in lots])
    c = lot_c(blocks, block, np.array([lot.y for lot in lots]))
    x, y = relief.place(streets.valley, u, c)
    ahead_x, ahead_y = relief.place(streets.valley, u + 2.0, c)
    behind_x, behind_y = relief.place(streets.valley, u - 2.0, c)
    angle = np.arctan2(ahead_y - behind_y, ahead_x - behind_x)
    turned = np.array([lot.turned for lot in lots]) ^ (blocks.side[block] < 0)
    return Settlement(tuple(lots), use, x, y, angle + np.pi * turned)


def ground_plans(settlement: Settlement) -> Shapes:
    """Return the polygon that each building covers, its podium included."""
    lots = settlement.lots
    names = np.array(["rect" if lot.podium[0] else lot.plan for lot in lots])
    length = np.array([lot.podium[1] if lot.podium[0] else lot.length for lot in lots])
    width = np.array([lot.podium[2] if lot.podium[0] else lot.width for lot in lots])
    found = np.empty(len(lots), dtype=object)
    zero = np.zeros(len(lots))
    boxes = (settlement.x, settlement.y, settlement.angle, length, width, zero, zero)
    for name in np.unique(names):
        here = names == name
        rings = footprints(str(name), Boxes(*(column[here] for column in boxes)))
        found[here] = polygons(rings)
    return found


def _fit(relief: Relief, streets: Streets, blocks: Blocks, settlement: Settlement) -> tuple[Settlement, Bools]:
    """Shrink buildings that stick out of their block or stand in a street; tell which fit in the end."""
    land = outlines(relief, streets, blocks, to_middle=False)
    shapely.prepare(land)
    ways = _ways(relief, streets)
    block = np.array([lot.block for lot in settlement.lots])
    fits = np.zeros(len(block), dtype=bool)
    for _ in range(4):
        plans = ground_plans(settlement)
        fits = np.asarray(shapely.covers(land[block], plans))
        fits &= np.array([min(lot.length, lot.width) >= NARROWEST_M for lot in settlement.lots])
        fits[shapely.STRtree(plans).query(ways, predicate="intersects")[1]] = False
        lots = tuple(
            lot if fit or lot.role == "house" else _smaller(lot) for lot, fit in zip(settlement.lots, fits, strict=True)
        )
        if lots == settlement.lots:
            break
        last, settlement = settlement, replace(settlement, lots=lots)
    else:
        settlement = last
    return settlement, fits


def _ways(relief: Relief, streets: Streets) -> Shapes:
    """Return the land of all streets, of the neighbour's on the right-hand boundary too."""
    valley, column = streets.valley, streets.district.column + 1
    edge = [np.column_stack(relief.place(valley, *boundary(valley, column, bank))) for bank in valley.banks]
    owner = np.repeat([0, 1], [len(line) for line in edge])
    drawn = np.concatenate([shapely.force_2d(street_lines(streets)), lines(np.concatenate(edge), owner)])
    classes = [str(name) for name in streets.edges.road_class] + ["collector", "collector"]
    half = np.array([SECTIONS[name].half_m for name in classes])
    return np.asarray(shapely.buffer(drawn, half + 0.8))


def _smaller(lot: Lot) -> Lot:
    storeys, length, width = lot.podium
    return lot._replace(
        length=lot.length * _SHRINK,
        width=lot.width * _SHRINK,
        podium=(storeys, length * _SHRINK, width * _SHRINK),
    )


def _apart(settlement: Settlement, keep: Bools) -> Bools:
    """Tell which buildings keep their distance from the earlier ones that are kept."""
    plans = ground_plans(settlement)
    first, second = shapely.STRtree(plans).query(plans, predicate="dwithin", distance=APART_M)
    free = keep.copy()
    for i, j in zip(first[first < second], second[first < second], strict=True):
        if free[i] and free[j]:
            free[j] = False
    return free


def street_lines(streets: Streets) -> Shapes:
    """Return the centre line of each street edge, with heights."""
    xyz, begins = chain(streets.nodes.xyz, streets.points.xyz, streets.edges)
    owner = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    return lines(xyz, owner)


def _within_quota(seed: int, streets: Streets, settlement: Settlement, keep: Bools, quota: int) -> Bools:
    """Leave out small houses first, by lot, until the quota is met."""
    rng = stream(seed, "quota", streets.district.number)
    weight = np.array([lot.role == "house" for lot in settlement.lots]) + rng.uniform(0, 0.9, len(keep))
    order = np.argsort(np.where(keep, weight, np.inf), kind="stable")
    within = np.zeros(len(keep), dtype=bool)
    within[order[:quota]] = True
    return within
