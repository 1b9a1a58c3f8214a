"""How many pairs are far enough only while a class is not known, for then the one that asks for less is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.analytics.network.clearance.buildings import building_clearance, pipe_shapes
from cim.analytics.network.clearance.pieces import Lines, joined
from cim.analytics.network.clearance.pipe_classes import Classes
from cim.analytics.network.clearance.pipes import pipe_clearance
from cim.analytics.network.rules.tables import Rules

_REACH_M = 40.0
"""What is farther from a pipe bears on none of its findings: more than any rule asks with its tolerances."""
_PAIR = ["rule", "feature_id", "other_id"]


def pairs_of_unknown_class(
    pipes: Lines, classes: Classes, things: Lines, buildings: pd.DataFrame, rules: Rules, findings: pd.DataFrame
) -> int:
    """Return how many pairs are found only if each pipe of unknown class is of the one that asks for more.

    Parameters
    ----------
    pipes
        Those that have a class, as lines.
    classes
        Of all pipes.
    things
        Trees and kerbs.
    buildings
        Rows of `clearance_buildings.sql`.
    rules
        What is asked for.
    findings
        What was found with the lesser class.
    """
    code = classes.stricter[classes.code >= 0]
    guessed = code != pipes.code
    if not guessed.any():
        return 0
    strict = replace(pipes, code=code)
    everything = joined(strict, things)
    shapes = pipe_shapes(everything)
    near = np.unique(shapely.STRtree(shapes).query(shapes[: len(code)][guessed], "dwithin", distance=_REACH_M)[1])
    unknown = pipes.feature_id[guessed]
    found = [one.findings for one in pipe_clearance(_some(everything, near), rules)]
    found.append(building_clearance(_some(strict, near[near < len(code)]), buildings, rules).findings)
    rows = pd.concat([one[_PAIR].astype({"rule": object}) for one in found])
    rows = rows[rows["feature_id"].isin(unknown) | rows["other_id"].isin(unknown)]
    before = findings[_PAIR].astype({"rule": object})
    return len(rows) - int(rows.merge(before, on=_PAIR).shape[0])


def _some(lines: Lines, features: npt.NDArray[np.int64]) -> Lines:
    """Return some of the features, in their order, with their pieces."""
    place = np.full(len(lines.feature_id), -1)
    place[features] = np.arange(len(features))
    pieces = place[lines.owner] >= 0
    of_piece = {"owner": place[lines.owner][pieces], "start": lines.start[pieces], "end": lines.end[pieces]}
    names = [name for name in Lines.__dataclass_fields__ if name not in of_piece]
    return Lines(**{name: getattr(lines, name)[features] for name in names}, **of_piece)
