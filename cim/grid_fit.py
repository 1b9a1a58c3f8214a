"""Four parameters of a local grid from points that are known in it and in a CRS that PROJ knows, by least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cim.local_grid import FourParameters

Point = tuple[float, float, float, float]
"""Easting and northing in the local grid, easting and northing in the known CRS, metres."""

FEWEST = 3
"""Two points always fit, whatever is wrong with them."""
LARGEST_M = 0.05
"""Largest residual that is taken where none is told, metres: our own; what pipes are surveyed to."""


@dataclass(frozen=True, repr=False)
class Fit:
    """Parameters that fit points best; without a repr, as they may be secret."""

    parameters: FourParameters
    """From the local grid into the known CRS."""
    residuals_m: tuple[float, ...]
    """How far each point lies from where the parameters put it, metres in the known CRS."""

    @property
    def largest_m(self) -> float:
        """Largest residual, metres."""
        return max(self.residuals_m)

    @property
    def worst(self) -> int:
        """Number of the point with the largest residual, from 1."""
        return self.residuals_m.index(self.largest_m) + 1

    @property
    def deviation_m(self) -> float:
        """Standard deviation of a coordinate, metres: four parameters take as many coordinates for themselves."""
        surplus = 2 * len(self.residuals_m) - 4
        return math.sqrt(math.fsum(item * item for item in self.residuals_m) / surplus)

    def lines(self) -> list[str]:
        """Return how well the points fit, the residuals and the parameters, a line each."""
        four = self.parameters
        return [
            self.summary(),
            f"residuals, metres by point: {_told(self.residuals_m)}",
            f"dx = {four.dx:.4f}, dy = {four.dy:.4f}, rotation = {four.rotation:.9f}, scale = {four.scale:.10f}",
        ]

    def summary(self) -> str:
        """Return how well the points fit, without any parameter."""
        largest = f"largest residual {self.largest_m:.3f} m at point {self.worst}"
        return f"fitted to {len(self.residuals_m)} points: {largest}, standard deviation {self.deviation_m:.3f} m"


def fitted(points: Sequence[Point]) -> Fit:
    """Return the similarity that leads from a local grid into a known CRS with the least sum of squared residuals.

    Parameters
    ----------
    points
        Three or more, not all at one place.

    Raises
    ------
    ValueError
        There are too few points, or they lie at one place; the message holds no coordinate.
    """
    count = len(points)
    if count < FEWEST:
        raise ValueError(f"points holds {count}: give {FEWEST} or more, as two always fit, whatever is wrong with them")
    # Sums that do not depend on the machine: the parameters become part of the city's CRS, which must not change.
    middle = [math.fsum(point[at] for point in points) / count for at in range(4)]
    apart = [[value - mean for value, mean in zip(point, middle, strict=True)] for point in points]
    spread = math.fsum(e * e + n * n for e, n, _, _ in apart)
    if spread < 1.0 or math.fsum(x * x + y * y for _, _, x, y in apart) < 1.0:
        raise ValueError("points lie at one place: give points that lie far apart")
    along = math.fsum(e * x + n * y for e, n, x, y in apart) / spread
    across = math.fsum(e * y - n * x for e, n, x, y in apart) / spread
    dx = middle[2] - (along * middle[0] - across * middle[1])
    dy = middle[3] - (across * middle[0] + along * middle[1])
    residuals = tuple(math.hypot(x - (along * e - across * n), y - (across * e + along * n)) for e, n, x, y in apart)
    rotation = math.degrees(math.atan2(across, along))
    return Fit(FourParameters(dx, dy, rotation, math.hypot(along, across)), residuals)


def fitted_within(points: Sequence[Point], largest_m: float, *, shown: bool = True) -> Fit:
    """Return the fit of points, refused where one lies too far off.

    Parameters
    ----------
    points
        As `fitted` wants them.
    largest_m
        Largest residual that is taken, metres.
    shown
        Whether a message may tell the residuals.

    Raises
    ------
    ValueError
        A residual is larger; the message tells each, and whether northing and easting are mixed up.
    """
    fit = fitted(points)
    if fit.largest_m <= largest_m:
        return fit
    swapped = fitted([(n, e, x, y) for e, n, x, y in points])
    if swapped.largest_m <= largest_m:
        raise ValueError(
            "points fit only where northing and easting change places in one of the two grids: each point is local "
            "easting, local northing, known easting, known northing"
        )
    told = f" (residuals, metres by point: {_told(fit.residuals_m)})" if shown else ""
    raise ValueError(
        f"points do not fit within largest_residual_m = {largest_m:g}{told}: correct point {_suspect(points, fit)} or "
        "leave it out, or give a larger largest_residual_m"
    )


def _told(residuals_m: Sequence[float]) -> str:
    """Return the residual of each point as text."""
    return ", ".join(f"{number}: {residual:.3f}" for number, residual in enumerate(residuals_m, 1))


def _suspect(points: Sequence[Point], fit: Fit) -> int:
    """Return the number of the point without which the others fit best: a wrong one pulls its neighbours off, too."""
    if len(points) <= FEWEST:
        return fit.worst

    def rest(left_out: int) -> float:
        try:
            return fitted([*points[:left_out], *points[left_out + 1 :]]).largest_m
        except ValueError:
            return math.inf

    return min(range(len(points)), key=rest) + 1


def fit_of(table: dict[str, object], *, shown: bool) -> Fit:
    """Take `points` and `largest_residual_m` out of a table of a local grid, and fit them.

    Parameters
    ----------
    table
        The table; the two are removed from it.
    shown
        Whether the residuals may be told: they are not where the points are secret.

    Raises
    ------
    ValueError
        Points are wrong, too few, or do not fit; the message holds no coordinate.
    """
    points = _points(table.pop("points"))
    limit = table.pop("largest_residual_m", LARGEST_M)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < math.inf:
        raise ValueError("largest_residual_m is no number above 0")
    if table:
        raise ValueError(f"{min(table)} stands beside points: give points, or the four parameters that they lead to")
    return fitted_within(points, float(limit), shown=shown)


def _points(given: object) -> list[Point]:
    """Check a list of points."""
    out: list[Point] = []
    for number, item in enumerate(given if isinstance(given, list) else [None], 1):
        numbers = [
            float(part)
            for part in (item if isinstance(item, list) else [])
            if isinstance(part, int | float) and not isinstance(part, bool) and math.isfinite(part)
        ]
        if not isinstance(item, list) or len(numbers) != len(item) or len(item) != 4:
            wanted = "local easting, local northing, known easting, known northing"
            raise ValueError(f"points: number {number} is not four numbers: give [{wanted}], metres")
        out.append((numbers[0], numbers[1], numbers[2], numbers[3]))
    return out
