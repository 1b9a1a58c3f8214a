"""Cover: how much ground lies on a pipe's outer crown, and how much is asked for below what surface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.network.clearance.pieces import Lines
from cim.analytics.network.clearance.verdicts import WORDS, Judged, judged
from cim.analytics.network.rules.tables import CLASSES, Rule, Rules

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_CATEGORY = {
    "water_le200": "water", "water_gt200": "water", "gas_low": "gas", "gas_midB": "gas", "gas_midA": "gas",
    "gas_subB": "gas", "gas_subA": "gas",
    # One line of the table: buried directly, or in ducts of plastic or concrete.
    "tel_conduit": "tel_buried",
}  # fmt: skip


def crown_depth(pipes: pd.DataFrame, end: str) -> Floats:
    """Return the cover on the outer crown at one end, metres; NaN where it is not known.

    From the ground level of the node there and the height of the axis; else from the depth that was surveyed, which
    goes to the crown, the axis or the inner invert.

    Parameters
    ----------
    pipes
        Rows of `clearance_pipes.sql`.
    end
        `start` or `end`.
    """
    number = {
        name: pipes[name].to_numpy(dtype=np.float64)
        for name in (
            "outer_height_mm",
            "wall_mm",
            "height_mm",
            "diameter_mm",
            f"{end}_ground_m",
            f"{end}_depth_m",
            f"{end}_level_m",
        )
    }
    height = np.nan_to_num(number["outer_height_mm"]) / 1000
    axis = shapely.get_z(shapely.get_point(pipes["geom"].to_numpy(dtype=object), 0 if end == "start" else -1))
    told = ~np.isnan(number[f"{end}_depth_m"]) | ~np.isnan(number[f"{end}_level_m"])
    by_level = np.where(told, number[f"{end}_ground_m"] - axis - height / 2, np.nan)
    reference = pipes["depth_reference"].fillna("crown").to_numpy(dtype=object)
    inner = np.where(np.isnan(number["height_mm"]), number["diameter_mm"], number["height_mm"]) / 1000
    wall = np.where(np.isnan(number["wall_mm"]), np.maximum(height - np.nan_to_num(inner), 0) * 500, number["wall_mm"])
    above = np.select([reference == "invert", reference == "axis"], [height - wall / 1000, height / 2], 0.0)
    by_depth = number[f"{end}_depth_m"] - above
    return np.asarray(np.where(np.isnan(by_level), by_depth, by_level))


def below_carriageway(at: Floats, carriageways: pd.DataFrame) -> tuple[Bools, Bools]:
    """Tell which places lie below a carriageway, and of which it cannot be told.

    Parameters
    ----------
    at
        (n, 2) places.
    carriageways
        Rows of `clearance_carriageways.sql`: centre lines and widths between kerbs, NaN where they are not known.

    Returns
    -------
    below, unknown
        A place is unknown when there are no carriageways at all, or one of unknown width runs within 20 m.
    """
    if not len(carriageways):
        return np.zeros(len(at), np.bool_), np.ones(len(at), np.bool_)
    width = carriageways["width_m"].to_numpy(dtype=np.float64)
    tree = shapely.STRtree(carriageways["geom"].to_numpy(dtype=object))
    reach = max(float(np.nanmax(width, initial=0.0)) / 2, 20.0 if np.isnan(width).any() else 0.0)
    points = shapely.points(at)
    place, road = tree.query(points, predicate="dwithin", distance=reach)
    distance = shapely.distance(np.asarray(points)[place], tree.geometries[road])
    below, unknown = np.zeros(len(at), np.bool_), np.zeros(len(at), np.bool_)
    below[place[distance <= width[road] / 2]] = True
    unknown[place[np.isnan(width[road]) & (distance <= 20.0)]] = True
    return below, unknown & ~below


def cover(pipes: pd.DataFrame, lines: Lines, carriageways: pd.DataFrame, rules: Rules) -> Judged:
    """Judge the cover of each pipe at the end where it lacks most.

    Parameters
    ----------
    pipes
        Rows of `clearance_pipes.sql`, those that have a class, in the order of `lines`.
    lines
        The same as lines.
    carriageways
        Rows of `clearance_carriageways.sql`.
    rules
        What is asked for.
    """
    first = np.flatnonzero(np.diff(lines.owner, prepend=-1))
    last = np.flatnonzero(np.diff(lines.owner, append=-1))
    places = np.stack([lines.start[first], lines.end[last]], axis=1)
    depth = np.stack([crown_depth(pipes, "start"), crown_depth(pipes, "end")], axis=1)
    below, unknown = (flag.reshape(-1, 2) for flag in below_carriageway(places[:, :, :2].reshape(-1, 2), carriageways))
    told = [rule for pair in rules.cover.values() for rule in pair if rule is not None]
    rule = _asked(pipes, lines, below, rules, told)
    asked = np.array([*(one.required_m for one in told), np.nan])[rule]
    lacking = np.where(np.isnan(depth) | np.isnan(asked), np.inf, depth - asked)
    end = np.argmin(lacking, axis=1)
    every = np.arange(len(end))
    some = np.isfinite(lacking[every, end])
    chosen, end = every[some], end[some]
    at = places[chosen, end]
    surface = np.where(below[chosen, end], WORDS.index("carriageway"), WORDS.index("footway"))
    rows = {
        "feature_id": lines.feature_id[chosen],
        "other_id": np.zeros(len(chosen), np.int64),
        "other_kind": surface,
        "class_a": lines.code[chosen],
        "class_b": surface,
        "measured_m": depth[chosen, end],
        "tolerance_m": lines.height_m[chosen],
        "space_m": np.full(len(chosen), np.nan),
        "x": at[:, 0],
        "y": at[:, 1],
        "z": at[:, 2],
    }
    left_out = {
        "cover_unknown": int(np.count_nonzero(np.isnan(depth).all(axis=1))),
        "cover_no_rule": int(np.count_nonzero((rule < 0).all(axis=1))),
        "cover_surface_unknown": int(np.count_nonzero(unknown[chosen, end])),
    }
    return judged("cover", rows, told, rule[chosen, end], left_out)


def _asked(pipes: pd.DataFrame, lines: Lines, below: Bools, rules: Rules, told: list[Rule]) -> npt.NDArray[np.int64]:
    """Return the place in `told` of the rule for each pipe's ends, (n, 2); -1 without one."""
    number = {id(rule): place for place, rule in enumerate(told)}
    table = np.full((len(CLASSES), 2, 2), -1, dtype=np.int64)  # class, steel or not, surface
    for place, name in enumerate(CLASSES):
        for metal in (0, 1):
            category = _CATEGORY.get(name, name)
            category = "tel_steel_conduit" if metal and category == "tel_buried" else category
            for surface, rule in enumerate(rules.cover.get(category, (None, None))):
                if rule is not None:
                    table[place, metal, surface] = number[id(rule)]
    steel = (pipes["material"] == "steel").to_numpy(dtype=np.int64)
    return np.asarray(table[lines.code[:, None], steel[:, None], below.astype(np.int64)])
