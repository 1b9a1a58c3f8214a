"""Which works to take with a budget: the exact answer where it can be had, else a greedy one and how good it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from cim.analytics.network.graph import Flags, Floats, Integers

EXACT_UP_TO = 4_000
"""Works up to which the optimum is searched for."""
_SECONDS = 5.0
_GAP = 1e-6


@dataclass(frozen=True)
class Selection:
    """Works taken."""

    taken: Flags
    """(w,) which."""
    method: str
    """optimal, or greedy."""
    bound: float
    """Nothing that the budget allows removes more."""


def best_value(value: Floats, cost: Floats, budget: float, forced: Flags) -> Selection:
    """Take the works that together are worth most within a budget.

    Parameters
    ----------
    value
        (w,) what each work is worth.
    cost
        (w,) what it costs, above zero.
    budget
        What may be spent.
    forced
        (w,) works that go before all others, the most worth a yuan first, as far as the budget reaches.

    Notes
    -----
    A 0/1 knapsack (R. M. Karp 1972): by branch and bound (HiGHS, `scipy.optimize.milp`) up to `EXACT_UP_TO` works, else
    by value a yuan, which loses at most one work's worth. The bound is that of the relaxed problem, in which works may
    be built in part (G. B. Dantzig 1957, doi:10.1287/opre.5.2.266).
    """
    order = np.argsort(-value / cost, kind="stable")
    first = in_order(order[forced[order]], cost, budget)
    taken = np.zeros(len(value), dtype=np.bool_)
    taken[first] = True
    left = budget - float(cost[taken].sum())
    open_ = order[~forced[order] & (value[order] > 0) & (cost[order] <= left)]
    bound = float(value[taken].sum()) + _relaxed(value[open_], cost[open_], left)
    greedy = in_order(open_, cost, left)
    exact = _optimum(value[open_], cost[open_], left) if 0 < len(open_) <= EXACT_UP_TO else None
    if exact is None or value[open_][exact].sum() < value[greedy].sum():
        taken[greedy] = True
        return Selection(taken, "optimal" if len(greedy) == len(open_) else "greedy", bound)
    taken[open_[exact]] = True
    return Selection(taken, "optimal", bound)


def in_order(order: Integers, cost: Floats, budget: float) -> Integers:
    """Return those of an order that the budget allows, one after the other; one too dear is passed over."""
    running = cost[order].cumsum()
    count = int(np.searchsorted(running, budget, side="right"))
    taken = list(order[:count])
    left = budget - (float(running[count - 1]) if count else 0.0)
    for one in order[count:]:
        if cost[one] <= left:
            taken.append(one)
            left -= float(cost[one])
    return np.array(taken, dtype=np.int64)


def _relaxed(value: Floats, cost: Floats, budget: float) -> float:
    """Return the value of the relaxed problem; both are in order of value a yuan."""
    running = cost.cumsum()
    count = int(np.searchsorted(running, budget, side="right"))
    whole = float(value[:count].sum())
    if count == len(cost):
        return whole
    left = budget - (float(running[count - 1]) if count else 0.0)
    return whole + float(value[count] / cost[count]) * left


def _optimum(value: Floats, cost: Floats, budget: float) -> Flags | None:
    """Return the optimum by branch and bound, None where time ran out before it was proven."""
    # Numbers near one: the solver's tolerances are absolute.
    found = optimize.milp(
        -value / value.max(),
        constraints=optimize.LinearConstraint(sparse.csr_array(cost[None, :] / budget), ub=1.0),
        integrality=np.ones(len(value), dtype=np.int64),
        bounds=optimize.Bounds(0, 1),
        options={"time_limit": _SECONDS, "mip_rel_gap": _GAP},
    )
    if found.status != 0 or found.x is None:
        return None
    taken: Flags = found.x > 0.5
    return taken if float(cost[taken].sum()) <= budget * (1 + 1e-9) else None
