"""States of the problems in the ledger: who may change what into what, each change with its time, who and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cim.analytics.queries import query
from cim.errors import CimError
from cim.store import Store
from cim.viewer import Viewer

CHANGES: Mapping[str, tuple[str, ...]] = {
    "open": ("assigned", "in_progress", "done", "dismissed"),
    "assigned": ("open", "in_progress", "done", "dismissed"),
    "in_progress": ("assigned", "done", "dismissed"),
    "done": ("in_progress",),
    "closed": ("reopened",),
    "dismissed": ("open",),
    "reopened": ("assigned", "in_progress", "done", "dismissed"),
}
"""What a person may change each state into. Only an examination closes: it has looked."""

MOST_NOTE, MOST_RESPONSIBLE, MOST_WHO = 2000, 200, 100
"""Characters of a note, of who solves a problem, and of who changes it."""


class UnknownProblem(CimError):
    """The ledger has no problem of that number, or the viewer may not see it."""

    def __init__(self, problem_id: int) -> None:
        super().__init__(
            f"no problem {problem_id} in the ledger: cim problems list shows their numbers", problem=str(problem_id)
        )


class BadChange(CimError):
    """A problem cannot go from its state into the one that is asked for."""

    def __init__(self, problem_id: int, state: str, asked: str) -> None:
        super().__init__(
            f"problem {problem_id} is {state} and cannot become {asked}: "
            f"{'it can become ' + ', '.join(CHANGES[state]) if state in CHANGES else 'look at it again'}",
            problem=str(problem_id),
        )


def problems(
    store: Store,
    viewer: Viewer,
    *,
    code: str | None = None,
    states: Sequence[str] = (),
    unit: int | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return problems of the ledger, the gravest first.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what was found with a higher clearance is not told.
    code
        Only those of one indicator.
    states
        Only those in one of these states.
    unit
        Only those in one unit, by feature id.
    limit
        At most so many.
    """
    asked = {"code": code, "states": list(states) or None, "unit": unit, "limit": limit, "id": None}
    return store.rows(viewer, query("examination", "problems"), asked)


def problem(store: Store, viewer: Viewer, problem_id: int) -> dict[str, Any]:
    """Return one problem with its history.

    Raises
    ------
    UnknownProblem
        There is none, or the viewer may not see it.
    """
    asked = {"code": None, "states": None, "unit": None, "limit": 1, "id": problem_id}
    found = store.rows(viewer, query("examination", "problems"), asked)
    if not found:
        raise UnknownProblem(problem_id)
    return found[0]


def change_problems(
    store: Store,
    viewer: Viewer,
    problem_ids: Iterable[int],
    state: str | None = None,
    *,
    note: str = "",
    responsible: str | None = None,
    due_on: dt.date | None = None,
    who: str = "",
) -> int:
    """Change the state of problems, or who solves them by when; all of them or none.

    Parameters
    ----------
    store
        The city, also as the web opens it: the database lets it change problems in this way alone.
    viewer
        The account that changes them.
    problem_ids
        Numbers of the problems.
    state
        New state; None leaves it.
    note
        Why, or what was done; at most `MOST_NOTE` characters.
    responsible
        Who is to solve them; None leaves it.
    due_on
        Day by which; None leaves it.
    who
        Who they say they are, where several people share an account.

    Returns
    -------
    int
        Problems changed.

    Raises
    ------
    UnknownProblem, BadChange
        There is none of that number; it cannot go from its state into this one.
    """
    ids = list(dict.fromkeys(problem_ids))
    known = {one: problem(store, viewer, one) for one in ids}
    for one, row in known.items():
        if state is not None and state not in CHANGES[row["state"]]:
            raise BadChange(one, row["state"], state)
    with store.connection(viewer) as connection:
        for one, row in known.items():
            values = {
                "id": one, "from": row["state"], "state": state or row["state"], "who": who, "note": note,
                "responsible": responsible, "due_on": due_on,
            }  # fmt: skip
            done = connection.execute(query("examination", "change_problem"), values).fetchone()
            if done is None or not done["changed"]:
                raise BadChange(one, "changed by somebody else meanwhile", state or row["state"])
    return len(ids)
