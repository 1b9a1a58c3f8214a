"""Condition of sewers by CJJ 181: repair index RI and maintenance index MI from the defects that cameras saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.errors import BadAssumption
from cim.analytics.network.graph import Flags, Floats, Integers
from cim.analytics.network.risk.assumptions import DEFECTS, Assumptions, Table

# CJJ 181-2012, 8.2-8.4, recalled and not compared with the print.
_ALONE_M, _NEAR_M, _NEAR_WEIGHT = 1.5, 1.0, 1.1
_REGION = {"expressway": 6.0, "arterial": 6.0, "collector": 3.0, "local": 3.0}
_MATTERS = 4.0
"""Below this defect parameter region and size count nothing."""
GRADE_ENDS = (1.0, 4.0, 7.0)
"""Indices up to 1 are grade I, up to 4 II, up to 7 III, beyond IV."""


def condition(pipes: pd.DataFrame, inspections: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the condition of the sewers that were inspected.

    Parameters
    ----------
    pipes
        Rows of `CityPipes.pipes` with `road_class`.
    inspections
        Rows of `CityPipes.inspections`.
    assumptions
        Scores of defects.

    Returns
    -------
    pandas.DataFrame
        Index segment_id: a sewer with defects of which none can be used is not among them, as if nobody had inspected
        it, but for one with a hidden branch, of which the rest is not known then. Columns repair_index and
        maintenance_index (0 to 10), structural and functional (grade 1 to 4; 1 is sound too), worst_structural and
        worst_functional (code of the gravest defect, None where there is none), hidden_branch (a branch was seen
        connected without a manhole: a misconnection may hide there).

    Notes
    -----
    RI = 0.7 F + 0.1 K + 0.05 E + 0.15 T and MI = 0.8 G + 0.15 K + 0.05 E, where F and G are the larger of the gravest
    and of the mean score; T (soil) is taken as 0. Defects nearer than 1 m to the one before are one with it; those
    nearer than 1.5 m weigh 1.1.
    """
    code = _codes(inspections["code"])
    inspections = inspections.assign(code=code)
    told = inspections["segment_id"][~_unusable(inspections, assumptions.defects)]
    hidden = inspections.loc[code == "AJ", "segment_id"]
    scored = _scored(inspections, assumptions.defects)
    known = pipes.set_index("segment_id")
    found = pd.DataFrame(index=pd.Index(np.union1d(told, hidden).astype(np.int64), name="segment_id"))
    found = found[found.index.isin(known.index)]
    region = known["road_class"].map(_REGION).fillna(0.0).reindex(found.index).to_numpy(np.float64)
    size = _size_points(known["size_mm"].reindex(found.index).to_numpy(np.float64))
    for kind, name in (("structural", "repair_index"), ("functional", "maintenance_index")):
        of_kind = scored[scored["kind"] == kind]
        parameter = _parameter(of_kind).reindex(found.index).fillna(0.0).to_numpy(dtype=np.float64)
        grave = parameter >= _MATTERS
        weights = (0.7, 0.1) if kind == "structural" else (0.8, 0.15)
        beside = np.where(grave, weights[1] * region + 0.05 * size, 0.0)
        index = np.asarray(weights[0] * parameter + beside, dtype=np.float64)
        found[name] = index
        found[kind] = grade(index)
        worst = of_kind.sort_values("score").groupby("segment_id")["code"].last()
        found[f"worst_{kind}"] = worst.reindex(found.index).to_numpy(dtype=object)
    found.loc[~found.index.isin(told)] = np.nan
    return found.assign(hidden_branch=found.index.isin(hidden))


def defects_unknown(pipes: pd.DataFrame, inspections: pd.DataFrame, assumptions: Assumptions) -> int:
    """Return how many defects of these sewers cannot be used: their code or grade is not known."""
    here = inspections["segment_id"].isin(pipes["segment_id"]).to_numpy()
    told = inspections.assign(code=_codes(inspections["code"]))
    return int(np.count_nonzero(_unusable(told, assumptions.defects) & here))


def grade(index: Floats) -> Integers:
    """Return the grade 1 to 4 of an index RI or MI."""
    return 1 + np.searchsorted(GRADE_ENDS, index, side="left")


def _scored(inspections: pd.DataFrame, defects: Table) -> pd.DataFrame:
    """Return the defects that can be used, with their kind and score."""
    kinds = {_code(row["code"]): row["kind"] for row in defects}
    scores = {_code(row["code"]): _scores(line, row["scores"]) for line, row in enumerate(defects, 2)}
    rows = inspections[_usable(inspections, defects)]
    score = [scores[code][int(one) - 1] for code, one in zip(rows["code"], rows["grade"], strict=True)]
    return rows.assign(kind=rows["code"].map(kinds), score=np.array(score, dtype=np.float64))


def _usable(inspections: pd.DataFrame, defects: Table) -> Flags:
    """Return which rows are defects of a code and a grade that the table knows."""
    known = inspections["code"].isin([_code(row["code"]) for row in defects])
    return (known & inspections["grade"].between(1, 4)).to_numpy(dtype=np.bool_)


def _unusable(inspections: pd.DataFrame, defects: Table) -> Flags:
    """Return which rows are defects that say nothing; one without code and grade says that the sewer is sound."""
    sound = (inspections["code"].isna() & inspections["grade"].isna()).to_numpy(dtype=np.bool_)
    return ~sound & ~_usable(inspections, defects)


def _codes(codes: pd.Series[Any]) -> pd.Series[Any]:
    """Return codes as the table writes them; a blank one is none."""
    return codes.map(lambda code: _code(code) or None, na_action="ignore").astype(object)


def _code(text: str) -> str:
    return text.strip().upper()


def _scores(line: int, text: str) -> Sequence[float]:
    """Return the scores of grades 1 to 4; a grade that the standard does not have takes that of the one before."""
    told: list[float] = []
    try:
        for part in text.split("|"):
            told.append(float(part) if part else told[-1])
    except (ValueError, IndexError):
        told = []
    if len(told) != 4:
        raise BadAssumption(DEFECTS, f"line {line}", f"scores {text!r} are not four numbers joined by |")
    return told


def _parameter(defects: pd.DataFrame) -> pd.Series[float]:
    """Return, by segment, the larger of the gravest score and of the mean one."""
    rows = defects.sort_values(["segment_id", "chainage_m"], kind="stable")
    apart = rows.groupby("segment_id")["chainage_m"].diff().to_numpy(np.float64)
    joined = apart < _NEAR_M
    first = rows.assign(cluster=(~joined).cumsum(), weight=np.where(apart <= _ALONE_M, _NEAR_WEIGHT, 1.0))
    clusters = first.groupby("cluster").agg(
        segment_id=("segment_id", "first"), score=("score", "max"), weight=("weight", "first")
    )
    clusters["weighted"] = clusters["score"] * clusters["weight"]
    by = clusters.groupby("segment_id").agg(worst=("score", "max"), mean=("weighted", "mean"))
    return by.max(axis=1).clip(upper=10.0)


def _size_points(size_mm: Floats) -> Floats:
    """Return the points E of importance by size."""
    points: Floats = np.select([size_mm > 1500, size_mm > 1000, size_mm >= 600], [10.0, 6.0, 3.0], 0.0)
    return points
