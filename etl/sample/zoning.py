"""What each block is used for: homes of three ages, shops, schools, parks, works, and building sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cim.etl.sample.blocks import Blocks
from cim.etl.sample.layout import hub_u
from cim.etl.sample.randomness import Floats, Ints, stream, waves
from cim.etl.sample.streets import Names, Streets

HOMES = ("old", "slab", "tower")
"""Uses in which people live."""

_STEEP = 0.27


@dataclass(frozen=True)
class _Site:
    """What a choice of place looks at, one entry a block."""

    area: Floats
    slope: Floats
    river: Floats
    stream: Floats
    hub: Floats
    height: Floats
    lower: Floats
    noise: Floats


_WANTED: tuple[tuple[str, float, Callable[[_Site], Floats]], ...] = (
    ("treatment", 1, lambda s: -s.river / 40 + s.lower * 8 - 3 * s.slope),
    ("waterworks", 1, lambda s: -s.river / 40 - s.lower * 8 - 3 * s.slope),
    ("hospital", 1, lambda s: s.area / 1500 - 8 * s.slope - s.hub / 500),
    ("middle_school", 1, lambda s: s.area / 1200 - 10 * s.slope),
    ("primary_school", 2, lambda s: s.area / 1500 - 9 * s.slope + 1.5 * s.noise),
    ("park", 2, lambda s: s.area / 3000 - s.stream / 120),
    ("energy", 1, lambda s: -s.hub / 150 - s.river / 200 - 4 * s.slope),
    ("market", 1, lambda s: -s.hub / 220 - s.area / 4000 + s.noise),
    ("square", 1, lambda s: -s.hub / 150 - 6 * s.slope),
    ("culture", 1, lambda s: -s.hub / 260 - 6 * s.slope + s.noise),
    ("kindergarten", 2, lambda s: -np.abs(s.area - 3600) / 900 - 6 * s.slope + 1.5 * s.noise),
    ("fire_station", 1, lambda s: -s.area / 2500 - 5 * s.slope + s.noise),
    ("substation", 1, lambda s: s.river / 300 - s.area / 2500 + s.noise),
    ("sports", 1, lambda s: s.area / 1500 - 9 * s.slope + s.noise),
    ("elderly_care", 1, lambda s: -s.area / 3000 - 6 * s.slope + s.noise),
    ("park", 2, lambda s: s.area / 5000 + 2 * s.noise),
    ("industrial", 3, lambda s: 4 * s.lower - s.river / 150 - 4 * s.slope + s.noise),
    ("site", 3, lambda s: s.noise - 3 * s.slope),
    ("office", 4, lambda s: -s.hub / 200 - 4 * s.slope + s.noise),
    ("commercial", 7, lambda s: -s.hub / 180 - s.river / 350 - 3 * s.slope + s.noise),
)
"""Uses that are placed first, the pickiest first; how many for 170 blocks; where they like to be."""


def zone_blocks(seed: int, streets: Streets, blocks: Blocks) -> Names:
    """Return the use of each block."""
    rng = stream(seed, "zoning", streets.district.number)
    noise = waves(stream(seed, "zones", streets.valley.number), 4, 260.0, 900.0)
    u, c = blocks.middle_u, blocks.middle_c
    use = np.where(blocks.slope > _STEEP, "wood", "").astype("<U16")
    site = _site(streets, blocks, rng.uniform(0.0, 2.0, len(blocks)))
    usable = max(int((use == "").sum()), 1)
    for name, count, liking in _WANTED:
        for _ in range(max(round(count * usable / 170), 1)):
            _place_one(use, name, liking(site))
    field = noise(u, c)
    newer = np.where(field > 0.06, "tower", "slab")
    homes = np.where(blocks.old, np.where(rng.uniform(size=len(u)) < 0.8, "old", "slab"), newer)
    # New towers stand by the water, where the view is.
    homes = np.where((blocks.from_river < 150) & (field > -0.25) & ~blocks.old, "tower", homes)
    homes = np.where((blocks.area < 2300) & (homes != "old"), "old", homes)
    return np.where(use == "", homes, use)


def _site(streets: Streets, blocks: Blocks, noise: Floats) -> _Site:
    hub = hub_u(streets.valley, streets.district, 1)
    along = blocks.middle_u / streets.valley.length_m - streets.district.column
    return _Site(
        area=blocks.area,
        slope=blocks.slope,
        river=blocks.from_river,
        stream=np.minimum(blocks.from_stream, 1000.0),
        hub=np.hypot(blocks.middle_u - hub, blocks.from_river - 150) + 250.0 * (blocks.side < 0),
        height=blocks.height,
        lower=along - 0.5,
        noise=noise,
    )


def _place_one(use: Names, name: str, liking: Floats) -> None:
    """Give the use to the free block that likes it best, if a block is free."""
    free = np.flatnonzero(use == "")
    if len(free) > 3:
        use[free[np.argmax(liking[free])]] = name


def built_years(seed: int, streets: Streets, blocks: Blocks, use: Names) -> Ints:
    """Return the year in which most of each block was built."""
    rng = stream(seed, "years", streets.district.number)
    ranges = {"old": (1952, 1986), "slab": (1981, 2003), "tower": (2001, 2023), "site": (2025, 2026)}
    low, high = (np.array([ranges.get(str(name), (1988, 2019))[i] for name in use]) for i in (0, 1))
    early = np.clip(blocks.from_river / 1200.0, 0.0, 1.0)
    share = np.clip(0.25 * early + rng.uniform(0.0, 0.8, len(use)), 0.0, 1.0)
    years: Ints = np.round(low + share * (high - low)).astype(np.int64)
    return years
