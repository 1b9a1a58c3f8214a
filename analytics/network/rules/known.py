"""Words that tables of rules may use: a row with another is read by nobody, so it is refused."""

from __future__ import annotations

from collections.abc import Mapping

from cim.analytics.errors import BadRules
from cim.codes import NETWORKS

ZONES = ("protection", "control", "hand_dug")
"""Zones about pipes; in the first and the last no machine may dig."""
WITHOUT_DATA = frozenset(
    {"culvert_base", "pole_lt10kV", "railway", "railway_rail_base", "shrub", "tower_gt35kV", "tower_le35kV",
     "tram_rail", "tram_rail_base"}
)  # fmt: skip
"""What the standard's tables name and no city has data of: such rows are read, and never asked."""

_VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "clearance_cover": {
        "category": (
            "water", "sewer_storm", "reclaimed", "gas", "heat_buried", "power_buried", "power_conduit", "tel_buried",
            "tel_steel_conduit", "trench",
        ),
    },
    "clearance_tolerance": {"method": ("", "open", "detected", "design", "as_built")},
    "protection_zones": {"network": NETWORKS, "zone": ZONES, "when": ("",)},
    "rail_zones": {"theme": ("facility", "city_object")},
    "digging_ban": {"event": ("built", "overhauled")},
}  # fmt: skip
"""By table and column."""


def check_words(table: str, number: int, row: Mapping[str, str]) -> None:
    """Refuse a row with a word that nobody reads.

    Parameters
    ----------
    table
        Its name.
    number
        The line.
    row
        The row.

    Raises
    ------
    BadRules
        The row would never be asked.
    """
    for column, values in _VALUES.get(table, {}).items():
        if column in row and row[column] not in values:
            raise _unread(table, number, column, row[column], values)
    if table == "gas_migration" and row["what"] != "basement" and row["network"] not in NETWORKS:
        raise _unread(table, number, "network", row["network"], NETWORKS)
    if "from_m" in row and not float(row["from_m"]) < float(row["to_m"]):
        raise BadRules(table, number, f"from_m={row['from_m']} is not below to_m={row['to_m']}: mend one of them")


def check_classes(table: str, number: int, row: Mapping[str, str], classes: Mapping[str, object]) -> None:
    """Refuse a row for a pair of classes of which one is not known in this table.

    Raises
    ------
    BadRules
        The row would never be asked.
    """
    for column in ("a", "b"):
        if row[column] not in classes and row[column] not in WITHOUT_DATA:
            raise _unread(table, number, column, row[column], tuple(classes))


def _unread(table: str, number: int, column: str, word: str, values: tuple[str, ...]) -> BadRules:
    if values == ("",):
        return BadRules(table, number, f"{column}={word!r} is read by nobody: leave it empty, or drop the column")
    return BadRules(table, number, f"{column}={word!r} is not known: use one of {', '.join(filter(None, values))}")
