"""A plan of renewal: works, the years they are built in, and what other ways to choose would have removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.errors import BadQuestion
from cim.analytics.network.graph import Flags, Floats, Integers
from cim.analytics.network.renewal.selection import best_value, in_order
from cim.analytics.network.renewal.works import workable_lengths
from cim.analytics.network.risk.assumptions import Assumptions

WAYS = ("plan", "rank", "age")
"""By risk removed a yuan; by the largest loss first; the oldest first."""


@dataclass(frozen=True)
class Way:
    """What a way to choose achieves with the same budget."""

    way: str
    """One of `WAYS`."""
    works: int
    """Works built."""
    length_m: float
    """Length renewed."""
    cost_yuan: float
    """What they cost."""
    removed_yuan: float
    """Expected loss that they remove within the horizon, yuan of today."""

    @property
    def removed_per_yuan(self) -> float:
        """Expected loss removed for each yuan spent."""
        return self.removed_yuan / self.cost_yuan if self.cost_yuan else 0.0


@dataclass(frozen=True)
class Programme:
    """A plan of renewal."""

    works: pd.DataFrame
    """Works to be built, in the columns of `result.renewal_work`, the first to be built first."""
    segments: pd.DataFrame
    """segment_id, number."""
    ways: Sequence[Way]
    """The plan beside other ways to choose."""
    method: str
    """How the works were chosen: optimal or greedy."""
    bound_yuan: float
    """Nothing that the budget allows removes more, if all were built at once."""
    candidates: int
    """Works that could have been built."""
    forced_left: int
    """Works that a rule in force asks for and that the budget does not reach."""
    rules: Sequence[Mapping[str, Any]] = ()
    """Rules of renewal that name its pipes, as `rules_told` tells them: those that have lapsed, too."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What was assumed of the pipes: code of `cim.analytics.reasons` and count."""


def programme(
    segments: pd.DataFrame,
    ageing: Mapping[str, float],
    assumptions: Assumptions,
    *,
    budget_yuan: float,
    horizon_years: int,
    build_years: int = 1,
    first_year: int = 2026,
) -> Programme:
    """Choose works for a budget.

    Parameters
    ----------
    segments
        segment_id, network, road_name, material, start_id, end_id, length_m, size_mm, installed_year, road_class,
        loss_yuan, failures_a_year, yuan_per_failure, rule_state.
    ageing
        By network, the exponent of age in the rate of failures; 0 where it is not known.
    assumptions
        Prices of renewal.
    budget_yuan
        What may be spent in all.
    horizon_years
        Years over which removed loss is counted.
    build_years
        Years over which the budget is spent, as much in each.
    first_year
        The year in which the first works are built.

    Raises
    ------
    BadQuestion
        Budget or years are not above zero, or works would be built after the horizon.
    """
    if not budget_yuan > 0 or not 0 < build_years <= horizon_years:
        raise BadQuestion(
            f"a budget of {budget_yuan:g} yuan for {build_years} of {horizon_years} years",
            "give a budget above zero, and no more years to build than the horizon has",
        )
    least, most = assumptions.price("renewal", "length_m")
    work = workable_lengths(segments, float(least), float(most))
    removed = _removed(segments, ageing, assumptions, horizon_years, build_years, first_year)
    table = _works(segments, work, removed[:, 0], assumptions)
    value, cost = table["removed_yuan"].to_numpy(np.float64), table["cost_yuan"].to_numpy(np.float64)
    forced = table["forced"].to_numpy(np.bool_)
    chosen = best_value(value, cost, budget_yuan, forced)
    orders = {"rank": -table["loss_yuan"].to_numpy(), "age": -table["age"].to_numpy()}
    taken = {"plan": chosen.taken} | {
        way: _taken(np.argsort(by, kind="stable"), cost, budget_yuan, forced) for way, by in orders.items()
    }
    by_work: Floats = np.zeros((len(table), build_years))
    np.add.at(by_work, work, removed)
    years = {way: _years(flags, value, cost, forced, budget_yuan, build_years) for way, flags in taken.items()}
    ways = [_way(way, taken[way], years[way], table, by_work) for way in WAYS]
    works, numbered = _numbered(table, chosen.taken, years["plan"], by_work, first_year)
    number = numbered[work]
    kept = number > 0
    return Programme(
        works=works,
        segments=pd.DataFrame({"segment_id": segments["segment_id"].to_numpy()[kept], "number": number[kept]}),
        ways=ways,
        method=chosen.method,
        bound_yuan=chosen.bound,
        candidates=len(table),
        forced_left=int(np.count_nonzero(forced & ~chosen.taken)),
        left_out={
            "renewal_size_unknown": int(segments["size_mm"].isna().sum()),
            "renewal_length_unknown": int((segments["length_m"].fillna(0.0) <= 0).sum()),
            "renewal_year_unknown": int(segments["installed_year"].isna().sum()),
            "renewal_street_unknown": int(segments["road_name"].isna().sum()),
            "renewal_rule_lapsed": int(segments["rule_state"].eq("lapsed").sum()),
        },
    )


def _removed(
    segments: pd.DataFrame,
    ageing: Mapping[str, float],
    assumptions: Assumptions,
    horizon: int,
    build_years: int,
    first_year: int,
) -> Floats:
    """Return (n, years to build) the loss that renewal in each year removes until the horizon, yuan of today.

    The rate of a pipe that is left grows with its age, as the model of its network says; a new pipe fails at the rate
    of new pipes, at the same cost a failure. A renewal that removes nothing is worth nothing, never less.
    """
    told = assumptions.price("renewal")
    age = np.maximum(first_year - segments["installed_year"].to_numpy(np.float64), 0.0) + 0.5
    age = np.where(np.isfinite(age), age, np.nanmedian(age) if np.isfinite(age).any() else 40.0)
    exponent = segments["network"].map(dict(ageing)).fillna(0.0).to_numpy(np.float64)
    length_km = segments["length_m"].fillna(0.0).to_numpy(np.float64) / 1000.0
    new = told["new_failures_per_100km"] / 100.0 * length_km * segments["yuan_per_failure"].to_numpy(np.float64)
    loss = segments["loss_yuan"].to_numpy(np.float64)
    removed = np.zeros((len(segments), build_years))
    for year in range(1, horizon + 1):
        saved = (loss * ((age + year) / age) ** exponent - new) / (1.0 + told["discount"]) ** year
        # What is built in a year is of use from the next one.
        removed[:, : min(year, build_years)] += saved[:, None]
    return np.maximum(removed, 0.0)


def _works(segments: pd.DataFrame, work: Integers, removed: Floats, assumptions: Assumptions) -> pd.DataFrame:
    """Return the works that could be built, one row each."""
    told = assumptions.price("renewal")
    length = segments["length_m"].fillna(0.0).to_numpy(np.float64)
    metre = segments["network"].map(told["metre_yuan"]).fillna(0.0).to_numpy(np.float64)
    metre += told["by_mm_yuan"] * np.maximum(segments["size_mm"].fillna(100.0).to_numpy(np.float64) - 100.0, 0.0)
    metre += segments["road_class"].map(told["road_metre_yuan"]).fillna(0.0).to_numpy(np.float64)
    age = segments["installed_year"].max() - segments["installed_year"].to_numpy(np.float64)
    aged = np.isfinite(age) & (length > 0)
    count = int(work.max(initial=-1)) + 1

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(work, values, minlength=count), dtype=np.float64)

    first = np.unique(work, return_index=True)[1]
    old = summed(np.where(aged, np.nan_to_num(age) * length, 0.0)) / np.maximum(summed(np.where(aged, length, 0)), 1e-9)
    return pd.DataFrame(
        {
            "network": segments["network"].to_numpy(dtype=object)[first],
            "road_name": segments["road_name"].to_numpy(dtype=object)[first],
            "segments": np.bincount(work, minlength=count),
            "length_m": summed(length),
            "cost_yuan": summed(metre * length) + told["work_yuan"],
            "removed_yuan": summed(removed),
            "loss_yuan": summed(segments["loss_yuan"].to_numpy(np.float64)),
            "failures_a_year": summed(segments["failures_a_year"].to_numpy(np.float64)),
            "forced": summed(segments["rule_state"].eq("in_force").to_numpy().astype(float)) > 0,
            "age": old,
        }
    )


def _taken(order: Integers, cost: Floats, budget: float, forced: Flags) -> Flags:
    """Return the works that a list in some order takes; those that a rule asks for go first here too."""
    taken = np.zeros(len(cost), dtype=np.bool_)
    taken[in_order(np.concatenate([order[forced[order]], order[~forced[order]]]), cost, budget)] = True
    return taken


def _years(taken: Flags, value: Floats, cost: Floats, forced: Flags, budget: float, build_years: int) -> Integers:
    """Return the year, from 0, in which each work taken is built: forced ones first, then the most worth a yuan."""
    (works,) = np.nonzero(taken)
    order = works[np.lexsort((-value[works] / cost[works], ~forced[works]))]
    spent = cost[order].cumsum() - cost[order] / 2
    year = np.full(len(cost), -1, dtype=np.int64)
    year[order] = np.clip(spent / (budget / build_years), 0, build_years - 1).astype(np.int64)
    return year


def _way(way: str, taken: Flags, year: Integers, table: pd.DataFrame, by_work: Floats) -> Way:
    (works,) = np.nonzero(taken)
    return Way(
        way,
        len(works),
        float(table["length_m"].to_numpy()[works].sum()),
        float(table["cost_yuan"].to_numpy()[works].sum()),
        float(by_work[works, year[works]].sum()),
    )


def _numbered(
    table: pd.DataFrame, taken: Flags, year: Integers, by_work: Floats, first_year: int
) -> tuple[pd.DataFrame, Integers]:
    """Return the works taken in the order in which they are built, and the number of every work (0: not taken)."""
    (works,) = np.nonzero(taken)
    told = table.iloc[works].assign(
        year=first_year + year[works], removed_yuan=by_work[works, year[works]], place=works
    )
    told["worth"] = told["removed_yuan"] / told["cost_yuan"]
    told = told.sort_values(["year", "forced", "worth"], ascending=[True, False, False], kind="stable")
    told["number"] = np.arange(1, len(told) + 1)
    number = np.zeros(len(table), dtype=np.int64)
    number[told["place"].to_numpy()] = told["number"].to_numpy()
    return told.drop(columns=["place", "worth", "loss_yuan", "age"]).reset_index(drop=True), number
