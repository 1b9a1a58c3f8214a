"""Random streams by name, and smooth noise: the same seed gives the same city, in whatever order it is asked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""Array of float64; metres unless said otherwise."""
Ints = npt.NDArray[np.int64]
"""Array of int64: indices and counts."""
Bools = npt.NDArray[np.bool_]
"""Array of flags."""


def stream(seed: int, *words: int | str) -> np.random.Generator:
    """Return the random stream that belongs to a seed and a path of words.

    Streams of different paths are independent, so a district is the same whether it is generated
    alone or after a thousand others.
    """
    path = [zlib.crc32(str(word).encode()) for word in words]
    return np.random.default_rng(np.random.SeedSequence([seed, *path]))


@dataclass(frozen=True)
class Waves:
    """Smooth noise in -1..1: a sum of plane waves, defined everywhere."""

    kx: Floats
    """Wave numbers along the first axis, radians a metre."""
    ky: Floats
    """Wave numbers along the second axis, radians a metre."""
    phase: Floats
    """Phases, radians."""
    weight: Floats
    """Weights; their sum is 1."""

    def __call__(self, x: Floats, y: Floats | float = 0.0) -> Floats:
        """Return the noise at the points (metres)."""
        total = np.zeros(np.broadcast(x, y).shape)
        for kx, ky, phase, weight in zip(self.kx, self.ky, self.phase, self.weight, strict=True):
            total += weight * np.sin(kx * x + ky * y + phase)
        return total


def waves(rng: np.random.Generator, count: int, shortest_m: float, longest_m: float) -> Waves:
    """Draw noise whose wavelengths lie between two lengths; long waves weigh more."""
    length = np.geomspace(shortest_m, longest_m, count) * rng.uniform(0.9, 1.1, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    number = 2 * np.pi / length
    return Waves(
        number * np.cos(angle), number * np.sin(angle), rng.uniform(0, 2 * np.pi, count), length / length.sum()
    )


def waves_along(rng: np.random.Generator, count: int, shortest_m: float, longest_m: float) -> Waves:
    """Draw noise that varies along the first axis only."""
    drawn = waves(rng, count, shortest_m, longest_m)
    return Waves(np.hypot(drawn.kx, drawn.ky), np.zeros(count), drawn.phase, drawn.weight)


def smoothstep(t: Floats) -> Floats:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    clipped = np.clip(t, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)
