"""Lines of an EPANET file for nodes and links."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

_LONGEST_NAME = 31
"""Letters of an id in EPANET 2.2."""
_ROUGHNESS = {"pe": 140.0, "pvc": 140.0, "ductile_iron": 130.0, "steel": 120.0, "cast_iron": 110.0, "concrete": 120.0}
"""Hazen and Williams's coefficients of pipes some years old, for pipes without one (EPANET 2.2 manual, table 3.2)."""
_USUAL_ROUGHNESS = 120.0
_USUAL_MM = 100.0
_SHORTEST_M = 0.01
_USUAL_KW = 10.0

Lines = Mapping[str, list[str]]
"""Lines by section."""
Row = Mapping[Any, Any]


@dataclass
class Assumed:
    """What had to be assumed of the links so far, and what the file says of all of them."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Links, by what of them is assumed."""
    roughest: float | None = None
    """Largest roughness that is known; None: none is."""
    curves: set[str] = field(default_factory=set)
    """Pump curves that stand in the file already."""

    @property
    def is_hazen_williams(self) -> bool:
        """Whether roughness is Hazen and Williams's coefficient, 40 to 160, and no height of bumps."""
        return self.roughest is None or self.roughest >= 1

    def notes(self) -> Iterator[str]:
        """Yield what is to be told."""
        for what in ("diameters", "roughness coefficients", "pump curves"):
            if self.counts[what]:
                yield f"{self.counts[what]} {what} are assumed"


def safe(key: object, feature_id: int) -> str:
    """Return a feature's id in EPANET: its key, where that is short and without spaces."""
    return str(key) if re.fullmatch(rf"[^\s;\"\[\]]{{1,{_LONGEST_NAME}}}", str(key)) else f"F{feature_id}"


def node_lines(nodes: pd.DataFrame) -> Lines:
    """Return the lines of nodes."""
    lines: dict[str, list[str]] = defaultdict(list)
    for row in nodes.to_dict("records"):
        name, place = safe(row["source_key"], row["feature_id"]), row["points"][0].tolist()
        said = row["attributes"] or {}
        # A model's own elevation is what the reader took the depth of cover from.
        modelled = row["source_kind"] == "epanet" and _there(row["ground_level_m"])
        height = row["ground_level_m"] if modelled else place[2]
        if row["kind"] == "tank":
            lines["TANKS"].append(_tank(name, height, said))
        elif row["kind"] == "source" or row["is_source"]:
            lines["RESERVOIRS"].append(_line(name, height))
        else:
            demand = row["base_demand_m3s"]
            lines["JUNCTIONS"].append(_line(name, height, 1000 * demand if _there(demand) else 0.0))
        lines["COORDINATES"].append(_line(name, *place[:2]))
        if "tag" in said:
            lines["TAGS"].append(_line("NODE", name, said["tag"]))
    return lines


def _tank(name: str, height: float, said: Row) -> str:
    """Return a tank: bottom, levels, diameter, least volume; a usual one where it is not known."""
    usual = {"init_level": 3.0, "min_level": 0.5, "max_level": 5.0, "diameter": 10.0, "min_vol": 0.0}
    return _line(name, height, *(said.get(part, value) for part, value in usual.items()))


def link_lines(links: pd.DataFrame, assumed: Assumed) -> Lines:
    """Return the lines of pipes, pumps and valves; what had to be assumed is counted."""
    lines: dict[str, list[str]] = defaultdict(list)
    for row in links.to_dict("records"):
        name, said = safe(row["source_key"], row["feature_id"]), row["attributes"] or {}
        ends = safe(row["start_key"], row["start_id"]), safe(row["end_key"], row["end_id"])
        if _there(row["roughness"]):
            assumed.roughest = max(row["roughness"], assumed.roughest or 0.0)
        if row["kind"] == "pump":
            _pump(lines, name, ends, said, row, assumed)
        elif row["kind"] == "valve":
            _valve(lines, name, ends, row, said)
        else:
            lines["PIPES"].append(_pipe(name, ends, row, said, assumed))
        lines["VERTICES"] += [_line(name, *point[:2].tolist()) for point in row["points"][1:-1]]
        if "tag" in said:
            lines["TAGS"].append(_line("LINK", name, said["tag"]))
    return lines


def _pipe(name: str, ends: tuple[str, str], row: Row, said: Row, assumed: Assumed) -> str:
    """Return a pipe."""
    size, roughness = _diameter_mm(row), row["roughness"]
    if not _there(size):
        size = _USUAL_MM
        assumed.counts["diameters"] += 1
    if not _there(roughness):
        roughness = _ROUGHNESS.get(row["material"], _USUAL_ROUGHNESS)
        assumed.counts["roughness coefficients"] += 1
    elif roughness < 1:
        # Darcy and Weisbach's height of bumps: millimetres in the file, metres with us.
        roughness = 1000 * roughness
    status = "Closed" if row["state"] == "closed" else "CV" if row["device"] == "check_valve" else "Open"
    length = row["length_m"] if _there(row["length_m"]) else 0.0
    return _line(name, *ends, max(length, _SHORTEST_M), size, roughness, said.get("minor_loss", 0.0), status)


def _diameter_mm(row: Row) -> float | None:
    """Return a diameter, or that of a circle as large as the rectangle."""
    if _there(row["diameter_mm"]):
        return float(row["diameter_mm"])
    if _there(row["width_mm"]) and _there(row["height_mm"]):
        return math.sqrt(4 * row["width_mm"] * row["height_mm"] / math.pi)
    return None


def _pump(lines: dict[str, list[str]], name: str, ends: tuple[str, str], said: Row, row: Row, assumed: Assumed) -> None:
    """Add a pump with its curve, or its power."""
    drive: tuple[Any, ...] = ("POWER", _USUAL_KW)
    curve = said.get("pump_curve")
    if curve:
        label = str(said.get("pump_curve_name", name))
        drive = ("HEAD", label)
        if label not in assumed.curves:
            lines["CURVES"] += [_line(label, 1000 * flow, head) for flow, head in curve]
            assumed.curves.add(label)
    elif said.get("power"):
        drive = ("POWER", said["power"] / 1000)
    else:
        assumed.counts["pump curves"] += 1
    speed = ("SPEED", said["base_speed"]) if said.get("base_speed", 1.0) != 1.0 else ()
    lines["PUMPS"].append(_line(name, *ends, *drive, *speed))
    if row["device_state"] == "off":
        lines["STATUS"].append(_line(name, "Closed"))


def _valve(lines: dict[str, list[str]], name: str, ends: tuple[str, str], row: Row, said: Row) -> None:
    """Add a valve: pressures in metres, flows in litres a second."""
    kind = said.get("valve_type", "TCV")
    setting = float(row["device_setting"]) if _there(row["device_setting"]) else 0.0
    size = row["diameter_mm"] if _there(row["diameter_mm"]) else _USUAL_MM
    lines["VALVES"].append(
        _line(name, *ends, size, kind, 1000 * setting if kind == "FCV" else setting, said.get("minor_loss", 0.0))
    )
    if row["device_state"] == "closed":
        lines["STATUS"].append(_line(name, "Closed"))


def _there(value: Any) -> bool:
    """Whether a value is given."""
    return value is not None and not pd.isna(value)


def _line(*words: Any) -> str:
    """Return words on a line; numbers to the digits that are certain."""
    return " " + " ".join(f"{word:.15g}" if isinstance(word, float) else str(word) for word in words)
