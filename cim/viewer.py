"""Who is asking: the first argument of every read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """A person or program that reads the city.

    It is set in the transaction, where the row policies read it, and is part of every cache key.
    """

    name: str
    """Account name; `local` until accounts exist."""
    roles: frozenset[str] = frozenset()
    """Roles that open functions, not rows."""
    clearance: int = 0
    """Highest classification shown: 0 open, 1 internal, 2 restricted."""


LOCAL = Viewer("local", frozenset({"planner", "utility", "analyst"}), 1)
"""The one viewer until accounts exist: whoever reaches the loopback port is inside the house, and sees what is internal
(pipelines are), not what is restricted."""

OPERATOR = Viewer("operator", frozenset({"operator"}), 2)
"""Jobs and the command line, which run as the owner of the data."""
