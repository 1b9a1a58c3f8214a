"""Where climbing streets leave the contour rows: the street plan of one bank, still in planned coordinates.

Rows follow the contours; between two rows each band has climbing streets of its own, so junctions are
staggered as in a grown hill town. Wide ones zigzag from band to band to keep their grade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim.etl.sample.plan import District
from cim.etl.sample.randomness import Bools, Floats, Waves, smoothstep, stream, waves
from cim.etl.sample.relief import Relief
from cim.etl.sample.valley import HALF_STREAM_M, Bank, Valley

SNAP_M = 17.0
"""Junctions on a row nearer than this become one."""
STEEPEST_RAMP = 0.135
"""Grade above which a climbing street is a flight of steps."""
STEEPEST_STEPS = 0.60
"""Grade above which there is no way up at all."""
STREAM_STREET_M = HALF_STREAM_M + 35.0
"""Distance of the streets along the second river from its middle."""

NARROWEST_BLOCK_M = 40.0
"""Streets nearer than this to another leave no block between them."""

_HUB_SHARE = 0.27
"""Place of the avenue that leads to the great bridge, as a share of the district's length."""


@dataclass(frozen=True)
class Band:
    """Climbing streets between two neighbouring rows of a bank, in order along the river."""

    bank: Bank
    """Bank it lies on."""
    row: int
    """Row at its foot; the next row is at its head."""
    low_u: Floats
    """Where each street leaves the lower row."""
    high_u: Floats
    """Where it meets the upper row."""
    road_class: npt.NDArray[np.str_]
    """Class of each street."""
    open_after: Bools
    """Whether building land follows (else the second river, or nothing after the last)."""
    old: Bools
    """Whether the land that follows is old town."""


def zigzag(district_length: float, row: int) -> float:
    """Return the sideways swing of avenues at a row, metres."""
    return float(min(54.0, 0.07 * district_length)) * (-1.0) ** row


def hub_u(valley: Valley, district: District, row: int) -> float:
    """Return where the avenue to the great bridge crosses a row."""
    return (district.column + _HUB_SHARE) * valley.length_m + zigzag(valley.length_m, row)


def edge_u(valley: Valley, column: int, row: int) -> float:
    """Return where the street on the left-hand boundary of a district column crosses a row."""
    return column * valley.length_m + zigzag(valley.length_m, row)


def oldness(seed: int, valley: Valley) -> Waves:
    """Return the noise that tells old town from new."""
    return waves(stream(seed, "old town", valley.number), 4, 240.0, 620.0)


def is_old(noise: Waves, u: Floats, c: Floats, bank: Bank) -> Bools:
    """Tell whether places are old town: patches of it on the lower and middle slopes."""
    q = np.abs(c) - 100.0
    fade = smoothstep((q - 0.7 * bank.crest_m) / (0.25 * bank.crest_m))
    old: Bools = noise(u, c) - 0.35 * fade > 0.13
    return old


def lay_band(relief: Relief, valley: Valley, district: District, bank: Bank, row: int) -> Band:
    """Draw the climbing streets between a row and the next."""
    rng = stream(relief.plan.seed, "band", district.number, bank.side, row)
    fixed_low, fixed_high, names, land = _fixed(valley, district, bank, row)
    noise = oldness(relief.plan.seed, valley)
    middle = float(bank.across[row] + bank.across[row + 1]) / 2
    low, high, classes, after = [fixed_low[:1]], [fixed_high[:1]], [names[:1]], [land[:1]]
    for index in range(len(names) - 1):
        if land[index]:
            gap = (fixed_low[index], fixed_low[index + 1], fixed_high[index], fixed_high[index + 1])
            low_u, high_u = _fill(rng, gap, noise, middle, bank)
            low.append(low_u)
            high.append(high_u)
            classes.append(np.full(len(low_u), "local"))
            after.append(np.ones(len(low_u), dtype=bool))
        low.append(fixed_low[index + 1 : index + 2])
        high.append(fixed_high[index + 1 : index + 2])
        classes.append(names[index + 1 : index + 2])
        after.append(land[index + 1 : index + 2])
    return _classify(
        relief, valley, bank, row, noise,
        (np.concatenate(low), np.concatenate(high), np.concatenate(classes), np.concatenate(after)),
    )  # fmt: skip


def _fixed(
    valley: Valley, district: District, bank: Bank, row: int
) -> tuple[Floats, Floats, npt.NDArray[np.str_], Bools]:
    """Return the streets that run through all bands: boundaries, the hub's avenue, the streets by the stream."""
    places = []
    for r in (row, row + 1):
        line = [edge_u(valley, district.column, r), hub_u(valley, district, r)]
        if bank.side > 0:
            middle = float(valley.stream_u(district.column))
            line += [middle - STREAM_STREET_M, middle + STREAM_STREET_M]
        places.append([*line, edge_u(valley, district.column + 1, r)])
    names = ["collector", "collector", *(["local", "local"] if bank.side > 0 else []), "collector"]
    land = [True, True, *([False, True] if bank.side > 0 else []), False]
    return np.array(places[0]), np.array(places[1]), np.array(names), np.array(land)


def _fill(
    rng: np.random.Generator, gap: tuple[float, float, float, float], noise: Waves, c: float, bank: Bank
) -> tuple[Floats, Floats]:
    """Place further climbing streets in a gap: close together in old town, far apart elsewhere."""
    share = np.linspace(0.0, 1.0, 65)
    left, right = (gap[0] + gap[2]) / 2, (gap[1] + gap[3]) / 2
    u = left + share * (right - left)
    spacing = np.where(is_old(noise, u, np.full(u.shape, c), bank), 58.0, rng.uniform(92.0, 128.0))
    crowd = np.concatenate([[0.0], np.cumsum((right - left) / 64 / spacing[1:])])
    count = max(round(float(crowd[-1])), 1)
    step = crowd[-1] / count
    even = np.arange(1, count) * step + rng.uniform(-0.17, 0.17, count - 1) * step
    place = np.interp(even, crowd, u)
    # Next to an avenue a street leans as the avenue does; farther off it goes its own way.
    lean = (gap[2] - gap[0]) * np.exp(-(place - left) / 85.0) + (gap[3] - gap[1]) * np.exp((place - right) / 85.0)
    lean = lean + rng.uniform(-0.22, 0.22, count - 1) * np.interp(even, crowd, spacing)
    return place - lean / 2, place + lean / 2


def _classify(
    relief: Relief,
    valley: Valley,
    bank: Bank,
    row: int,
    noise: Waves,
    streets: tuple[Floats, Floats, npt.NDArray[np.str_], Bools],
) -> Band:
    """Give each climbing street its class by grade, and leave out what is too steep."""
    low, high, names, after = streets
    low_c, high_c = float(bank.across[row]), float(bank.across[row + 1])
    rise = relief.height(valley, high, np.full(high.shape, high_c)) - relief.height(
        valley, low, np.full(low.shape, low_c)
    )
    grade = np.abs(rise) / np.hypot(high - low, high_c - low_c)
    middle_c = np.full(low.shape, (low_c + high_c) / 2)
    following = np.append((low[1:] + high[1:] + low[:-1] + high[:-1]) / 4, low[-1])
    old = is_old(noise, following, middle_c, bank)
    beside = old & np.append(False, old[:-1])
    fixed = names == "collector"
    names = np.where(~fixed & beside, "alley", names)
    names = np.where(~fixed & (grade > STEEPEST_RAMP), "steps", names)
    fixed |= ~after | np.append(False, ~after[:-1])
    keep = (fixed | (grade < STEEPEST_STEPS)) & _apart(low, high, fixed)
    return Band(bank, row, low[keep], high[keep], names[keep], after[keep], old[keep])


def _apart(low: Floats, high: Floats, fixed: Bools) -> Bools:
    """Tell which streets leave room for a block on both sides; the fixed ones always stay."""
    keep = fixed.copy()
    for index in np.flatnonzero(~fixed):
        others = np.flatnonzero(keep)
        nearest = np.minimum(np.abs(low[others] - low[index]), np.abs(high[others] - high[index])).min()
        keep[index] = nearest > NARROWEST_BLOCK_M
    return keep
