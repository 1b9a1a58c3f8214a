"""Whom to call about a pipe, and the sheet on which all owners sign (会签单)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_CONTACT = ("contact", "联系人", "contact_person")
_PHONE = ("phone", "联系电话", "电话", "抢修电话", "telephone")


def contact(row: Mapping[str, Any], owners: Iterable[Mapping[str, str]]) -> dict[str, str | None]:
    """Return whom to call about a feature: as the city's table of owners says, else as its own record does."""
    for known in owners:
        if known["owner"] == row["owner"]:
            return {"contact": known["contact"] or None, "phone": known["phone"] or None}
    said = row.get("attributes") or {}
    return {
        "contact": next((str(said[name]) for name in _CONTACT if said.get(name)), None),
        "phone": next((str(said[name]) for name in _PHONE if said.get(name)), None),
    }


def countersigns(pipes: Sequence[Mapping[str, Any]], manholes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each owner and network that is touched, those whose pipes need digging by hand first.

    Returns
    -------
    list of dict
        owner (None: not known), network, contact, phone, pipes, by_hand, inside_m, manholes, abandoned, nearest_m.
    """
    rows: dict[tuple[str | None, str], dict[str, Any]] = {}
    for one in (*pipes, *manholes):
        row = rows.setdefault(
            (one["owner"], one["network"]),
            {
                "owner": one["owner"], "network": one["network"], "contact": None, "phone": None, "pipes": 0,
                "by_hand": 0, "inside_m": 0.0, "manholes": 0, "abandoned": 0, "nearest_m": one["distance_m"],
            },
        )  # fmt: skip
        pipe = "by_hand" in one
        row["pipes"] += pipe
        row["manholes"] += not pipe
        row["by_hand"] += bool(one.get("by_hand"))
        row["abandoned"] += one["abandoned"]
        row["inside_m"] = round(row["inside_m"] + one.get("inside_m", 0.0), 2)
        row["nearest_m"] = min(row["nearest_m"], one["distance_m"])
        row["contact"] = row["contact"] or one["contact"]
        row["phone"] = row["phone"] or one["phone"]
    return sorted(
        rows.values(), key=lambda row: (-row["by_hand"], row["nearest_m"], row["network"], row["owner"] or "")
    )
