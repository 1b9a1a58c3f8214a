"""A pipe as a drawing shows it: its size in words, its outer walls, its levels along its course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]

_PREFIX = {"nominal": "DN", "inner": "d", "outer": "De"}


@dataclass(frozen=True)
class DrawnPipe:
    """A pipe segment of the database."""

    segment_id: int
    """Feature id."""
    key: str
    """Key in the survey."""
    network: str
    """Network type."""
    class_code: str | None
    """Code as surveyed."""
    size: str | None
    """DN (nominal), d (inner), De (outer) in millimetres, or width × height."""
    material: str | None
    """Material."""
    state: str
    """in_use, closed, abandoned."""
    round: bool
    """Circular, rather than rectangular."""
    outer_width_m: float | None
    """Width over the walls, metres."""
    outer_height_m: float | None
    """Height over the walls, metres."""
    inner_height_m: float | None
    """Inner height, metres; of a nominal size the size itself."""
    start_node: int | None
    """Feature id of the node at its start."""
    end_node: int | None
    """Feature id of the node at its end."""
    surveyed: bool
    """Depths or levels were surveyed at both ends."""
    course: Floats
    """(k, 3) vertices of the axis of the outer section; NaN heights where nobody knows."""

    @property
    def leveled(self) -> bool:
        """Whether its height is known everywhere."""
        return bool(np.isfinite(self.course[:, 2]).all())

    def crown_m(self, axis_m: float) -> float | None:
        """Return the level of the outer crown where the axis lies at a level."""
        return None if self.outer_height_m is None or not np.isfinite(axis_m) else axis_m + self.outer_height_m / 2

    def invert_m(self, axis_m: float) -> float | None:
        """Return the level of the inner invert where the axis lies at a level."""
        return None if self.inner_height_m is None or not np.isfinite(axis_m) else axis_m - self.inner_height_m / 2

    def crossings(self, line: shapely.LineString) -> Iterator[tuple[float, float, float]]:
        """Yield where it crosses a line: distance along that, level of the axis, angle between the two in degrees."""
        plan = shapely.LineString(self.course[:, :2])
        met = shapely.intersection(plan, line)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.course[:, :2], axis=0).T))])
        for part in getattr(met, "geoms", [met]):
            if part.is_empty:
                continue
            point = part if part.geom_type == "Point" else part.interpolate(0.5, normalized=True)
            place = plan.project(point)
            level = float(np.interp(place, along, self.course[:, 2]))
            offset = float(line.project(point))
            yield offset, level, _angle(_heading(plan, place), _heading(line, offset))


def drawn_pipe(row: Mapping[str, Any]) -> DrawnPipe:
    """Return a pipe of a row of `section_path.sql`."""
    circular = row["shape"] != "rectangular"
    outer_height, outer_width = _metres(row["outer_height_mm"]), _metres(row["outer_width_mm"])
    if circular:
        bore = row["diameter_mm"]
        if bore is not None and row["diameter_basis"] == "outer":
            bore -= 2 * (row["wall_mm"] or 0)
        inner = _metres(bore)
        size = f"{_PREFIX[row['diameter_basis']]}{row['diameter_mm']:.0f}" if row["diameter_mm"] else None
    else:
        inner = _metres(row["height_mm"])
        size = f"{row['width_mm']:.0f}×{row['height_mm']:.0f}" if row["width_mm"] and row["height_mm"] else None
    return DrawnPipe(
        segment_id=row["segment_id"],
        key=row["key"],
        network=row["network"],
        class_code=row["class_code"],
        size=size,
        material=row["material"],
        state=row["state"],
        round=circular,
        outer_width_m=outer_width or inner,
        outer_height_m=outer_height or inner,
        inner_height_m=inner or outer_height,
        start_node=row["start_node_id"],
        end_node=row["end_node_id"],
        surveyed=row["surveyed"],
        course=shapely.get_coordinates(shapely.from_wkb(row["geom"]), include_z=True),
    )


def rounded(value: float | None, digits: int = 3) -> float | None:
    """Return a number as JSON holds it: what is not known is null."""
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def _metres(millimetres: float | None) -> float | None:
    return millimetres / 1000 if millimetres else None


def _heading(line: shapely.LineString, place: float) -> Floats:
    """Return the direction of a line at a distance along it."""
    step = min(0.05, line.length / 4)
    before, after = line.interpolate(max(place - step, 0)), line.interpolate(min(place + step, line.length))
    return np.array([after.x - before.x, after.y - before.y])


def _angle(one: Floats, other: Floats) -> float:
    """Return the angle between two directions, 0 to 90 degrees."""
    turn = abs(one[0] * other[1] - one[1] * other[0]) / (np.hypot(*one) * np.hypot(*other) or 1.0)
    return float(np.degrees(np.arcsin(min(turn, 1.0))))
