"""How a number of buildings becomes districts: the size of the city before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

LARGEST_DISTRICT = 1400
"""Buildings that one district can hold; a larger city has more districts, not larger ones."""

_SIZES = ((700, 11, 6, 1500.0 / 1200.0), (320, 8, 4, 2050.0 / 1200.0), (0, 5, 3, 3700.0 / 1200.0))
"""From how many buildings on; rows of streets north and south; metres of river bank a building."""


@dataclass(frozen=True)
class District:
    """One riverside district: from ridge to ridge across, from divide to divide along the river."""

    number: int
    """Number in the city, from 0."""
    column: int
    """Place along the river."""
    valley: int
    """Which of the parallel rivers it lies on."""
    quota: int
    """Buildings to be made."""
    owns_right: bool
    """Whether its right-hand boundary street is its own (no neighbour there)."""
    district_above: int | None
    """Number of the district beyond the northern ridge."""


@dataclass(frozen=True)
class Plan:
    """The city before it is drawn."""

    seed: int
    """Seed of everything."""
    buildings: int
    """Buildings in all."""
    length_m: float
    """Length of a district along its river."""
    rows_north: int
    """Street rows on the northern bank."""
    rows_south: int
    """Street rows on the southern bank."""
    columns: int
    """Districts side by side along a river."""
    valleys: int
    """Parallel rivers."""
    districts: tuple[District, ...]
    """Districts, river by river."""


def plan_city(buildings: int, seed: int) -> Plan:
    """Share the buildings out over as many districts as they need.

    Parameters
    ----------
    buildings
        Buildings of the whole city, at least 1.
    seed
        Seed of everything that follows.
    """
    count = math.ceil(buildings / LARGEST_DISTRICT)
    columns = math.ceil(math.sqrt(count))
    largest = math.ceil(buildings / count)
    _, north, south, metres = next(size for size in _SIZES if largest >= size[0])
    districts = tuple(_district(number, count, columns, buildings) for number in range(count))
    length = min(max(metres * largest, 740.0), 1750.0)
    return Plan(seed, buildings, length, north, south, columns, math.ceil(count / columns), districts)


def _district(number: int, count: int, columns: int, buildings: int) -> District:
    valley, column = divmod(number, columns)
    above = number + columns
    return District(
        number=number,
        column=column,
        valley=valley,
        quota=buildings // count + (number < buildings % count),
        owns_right=column == columns - 1 or number == count - 1,
        district_above=above if above < count else None,
    )
