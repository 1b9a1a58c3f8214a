"""What a standard asks for: clearances between pipes and to other things, cover, and how exact a survey is.

The tables are CSV files beside this module, restated from GB 50289-2016 and CJJ 61-2017 as far as they are known; none
was verified against print. A city puts its own files of the same names into a folder, and they take their place.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cim.analytics.errors import BadRules
from cim.analytics.network.rules.known import check_classes, check_words

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TABLES = (
    "clearance_horizontal", "clearance_vertical", "clearance_cover", "clearance_tolerance", "protection_zones",
    "digging_ban", "owners", "gas_migration", "rail_zones",
)  # fmt: skip
"""Names of the tables, each a file `<name>.csv`."""

PIPES = (
    "water_le200", "water_gt200", "sewer_storm", "reclaimed", "gas_low", "gas_midB", "gas_midA", "gas_subB", "gas_subA",
    "heat_buried", "power_buried", "power_conduit", "tel_buried", "tel_conduit", "trench",
)  # fmt: skip
"""Classes of pipes, as the tables tell them apart; vertically, water and gas are one class each, heat too."""
THINGS = ("building", "tree", "kerb")
"""What else pipes keep clear of, as far as the city has data of it."""
CLASSES = (*PIPES, *THINGS)

_VERTICAL = {"water_le200": "water", "water_gt200": "water", "heat_buried": "heat"} | {
    name: "gas" for name in PIPES if name.startswith("gas")
}
_WHEN = {
    "": (0, 1), "dn<=300": (0,), "dn>300": (1,), "kv<35": (0,), "kv>=35": (1,), "kv<=330": (0,), "kv>330": (1,),
    "electrified": (0, 1), "not_electrified": (),
}  # fmt: skip
"""Levels that a row is for: 0 ordinary; 1 when one of the two is larger (gas above DN300, power from 35 kV)."""


@dataclass(frozen=True)
class Rule:
    """One cell of a table."""

    required_m: float
    """Least clearance between outer walls, metres."""
    clause: str
    """Where it stands."""
    confidence: str
    """How well it is known: V read in a secondary source, S and X recalled and equal to a related table, R recalled."""
    status: str
    """unverified until somebody compares it with the print."""


@dataclass(frozen=True)
class PairTable:
    """Clearance by two classes; a pair without a rule has -1."""

    rules: Sequence[Rule]
    """Rules."""
    index: Integers
    """(c, c, 2): number of the rule by the classes of a pair and by level; symmetric in the classes."""

    def required_m(self) -> Floats:
        """Return the same as metres, NaN where there is no rule."""
        known = np.array([*(rule.required_m for rule in self.rules), np.nan])
        return known[self.index]


@dataclass(frozen=True)
class Rules:
    """All tables."""

    horizontal: PairTable
    """In plan, between outer walls."""
    vertical: PairTable
    """At crossings, between outer walls."""
    cover: Mapping[str, tuple[Rule | None, Rule]]
    """By class: cover under footways and cycle tracks (None: not told), and under carriageways."""
    tolerance: Mapping[str, tuple[float, float, float, float, float]]
    """By survey method ("": not told): plan_m, plan_share, depth_m, depth_share, least_depth_m."""
    zones: Sequence[Mapping[str, str]]
    """Rows of protection zones: network, from_m and to_m from the outer wall, what they ask."""
    rail: Sequence[Mapping[str, str]]
    """Rows of the control protection zones of railways: theme, kinds, from_m and to_m, what they ask."""
    bans: Sequence[Mapping[str, str]]
    """Rows of digging bans: event (built, overhauled), years."""
    owners: Sequence[Mapping[str, str]]
    """Rows of whom to call: owner, contact, phone."""
    migration: Sequence[Mapping[str, str]]
    """Rows of what gas can travel in: what, network, kinds, within_m."""
    digest: str
    """Of the tables' content: other tables give other findings."""
    replaced: Sequence[str]
    """Tables that the city has replaced."""


def load_rules(folder: Path | None = None) -> Rules:
    """Return the tables, those of a city's folder before our own.

    Parameters
    ----------
    folder
        Where the city keeps `clearance_horizontal.csv` and so on; one that does not exist holds none.

    Raises
    ------
    BadRules
        A table lacks a column, or says something that cannot be used or that nobody reads; the message names file
        and row.
    """
    read = {name: _table(name, folder) for name in TABLES}
    seen = hashlib.sha256("\0".join(text for text, _ in read.values()).encode()).hexdigest()[:16]
    rows = {name: _rows(name, text) for name, (text, _) in read.items()}
    return Rules(
        horizontal=_pairs("clearance_horizontal", rows["clearance_horizontal"], {}),
        vertical=_pairs("clearance_vertical", rows["clearance_vertical"], _VERTICAL),
        cover={row["category"]: _cover(row, number) for number, row in rows["clearance_cover"]},
        tolerance=dict(_tolerance(row, number) for number, row in rows["clearance_tolerance"]),
        zones=[
            _checked("protection_zones", number, row, ("from_m", "to_m")) for number, row in rows["protection_zones"]
        ],
        rail=[_checked("rail_zones", number, row, ("from_m", "to_m")) for number, row in rows["rail_zones"]],
        bans=[_checked("digging_ban", number, row, ("years",)) for number, row in rows["digging_ban"]],
        owners=[row for _, row in rows["owners"]],
        migration=[_checked("gas_migration", number, row, ("within_m",)) for number, row in rows["gas_migration"]],
        digest=seen,
        replaced=[name for name, (_, own) in read.items() if own],
    )


def _table(name: str, folder: Path | None) -> tuple[str, bool]:
    own = folder / f"{name}.csv" if folder else None
    if own is not None and own.is_file():
        return own.read_text(encoding="utf-8-sig"), True
    return (resources.files("cim.analytics.network.rules") / f"{name}.csv").read_text(encoding="utf-8"), False


_NEEDED = {
    "clearance_horizontal": {"a", "b", "when", "min_clear_m", "clause", "confidence", "status"},
    "clearance_vertical": {"a", "b", "when", "min_clear_m", "clause", "confidence", "status"},
    "clearance_cover": {"category", "footway_m", "carriageway_m", "clause", "confidence", "status"},
    "clearance_tolerance": {"method", "plan_m", "plan_share", "depth_m", "depth_share", "least_depth_m"},
    "protection_zones": {"network", "zone", "from_m", "to_m", "asks_zh", "asks_en", "status"},
    "digging_ban": {"event", "years", "clause_zh", "clause_en", "status"},
    "owners": {"owner", "contact", "phone"},
    "rail_zones": {"theme", "kinds", "zone", "from_m", "to_m", "asks_zh", "asks_en", "status"},
    "gas_migration": {"what", "network", "kinds", "within_m", "why_zh", "why_en", "status"},
}


def _rows(name: str, text: str) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table with their line numbers."""
    reader = csv.DictReader(text.splitlines())
    lacking = _NEEDED[name] - set(reader.fieldnames or ())
    if lacking:
        raise BadRules(name, 1, f"column {', '.join(sorted(lacking))} is missing")
    rows = [
        (number, {key: (value or "").strip() for key, value in row.items() if key})
        for number, row in enumerate(reader, 2)
    ]
    if name == "clearance_tolerance" and "" not in {row["method"] for _, row in rows}:
        raise BadRules(name, 1, "has no row with an empty method, for surveys that do not say how")
    return rows


def _pairs(name: str, rows: Iterable[tuple[int, dict[str, str]]], called: Mapping[str, str]) -> PairTable:
    """Lay a table out by the classes of both sides; `called` gives a class another name in this table."""
    index = np.full((len(CLASSES), len(CLASSES), 2), -1, dtype=np.int64)
    places: dict[str, list[int]] = {}
    for place, one in enumerate(CLASSES):
        places.setdefault(called.get(one, one), []).append(place)
    rules: list[Rule] = []
    for number, row in rows:
        if row["when"] not in _WHEN:
            raise BadRules(
                name, number, f"when={row['when']!r} is not known: use one of {', '.join(filter(None, _WHEN))}"
            )
        rule = Rule(_metres(name, number, row["min_clear_m"]), row["clause"], row["confidence"], row["status"])
        check_classes(name, number, row, places)
        rules.append(rule)
        for level in _WHEN[row["when"]]:
            for a in places.get(row["a"], ()):
                for b in places.get(row["b"], ()):
                    index[a, b, level] = index[b, a, level] = len(rules) - 1
    return PairTable(rules, index)


def _cover(row: Mapping[str, str], number: int) -> tuple[Rule | None, Rule]:
    check_words("clearance_cover", number, row)
    told = row["clause"], row["confidence"], row["status"]
    footway = Rule(_metres("clearance_cover", number, row["footway_m"]), *told) if row["footway_m"] else None
    return footway, Rule(_metres("clearance_cover", number, row["carriageway_m"]), *told)


def _checked(name: str, number: int, row: Mapping[str, str], numbers: Sequence[str]) -> Mapping[str, str]:
    """Return a row whose numbers are numbers and whose words are known."""
    for column in numbers:
        _metres(name, number, row[column])
    check_words(name, number, row)
    return row


def _tolerance(row: Mapping[str, str], number: int) -> tuple[str, tuple[float, float, float, float, float]]:
    names = ("plan_m", "plan_share", "depth_m", "depth_share", "least_depth_m")
    check_words("clearance_tolerance", number, row)
    a, b, c, d, e = (_metres("clearance_tolerance", number, row[name]) for name in names)
    return row["method"], (a, b, c, d, e)


def _metres(name: str, number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadRules(name, number, f"{text!r} is no number") from None
    if not 0 <= value <= 1000:
        raise BadRules(name, number, f"{text!r} is out of range: give 0 to 1000")
    return value
