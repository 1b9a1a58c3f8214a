"""How long a burst is assumed to leave people without: the hours that risk is weighed by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cim.analytics.errors import BadAssumption
from cim.analytics.network.risk.assumptions import FILES, load_assumptions

_WORDS = {
    "zh": "假定抢修时间 {hours:g} h（假定值，可由城市替换）",
    "en": "assumed repair time {hours:g} h (assumed, replaceable by the city)",
}


def assumed_duration(network: str, customers: int, rules: Path | None) -> dict[str, Any] | None:
    """Return the hours without supply that are assumed: hours, customer_hours, status, and both in words (zh, en).

    Parameters
    ----------
    network
        The network that burst.
    customers
        Customers without supply.
    rules
        A city's folder of rules, `<data_dir>/rules/<slug>`: its `risk.yaml` takes the place of ours.

    Returns
    -------
    dict or None
        None where a file of the city cannot be read: a burst is answered all the same.
    """
    try:
        hours = _hours(rules, _stamp(rules)).get(network)
    except BadAssumption:
        return None
    if hours is None:
        return None
    words = {language: form.format(hours=hours) for language, form in _WORDS.items()}
    return {"hours": hours, "customer_hours": round(hours * customers), "status": "assumed", **words}


@lru_cache(maxsize=8)
def _hours(rules: Path | None, _seen: tuple[int, ...]) -> Mapping[str, float]:
    """Return the hours by network, read anew when a file of the city has changed."""
    return load_assumptions(rules).prices("consequence", "hours")


def _stamp(rules: Path | None) -> tuple[int, ...]:
    paths = [] if rules is None else [rules / name for name in FILES]
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
