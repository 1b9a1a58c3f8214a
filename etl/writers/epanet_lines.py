"""Lines of an EPANET file for nodes and links."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
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

Lines = dict[str, list[str]]
Row = Mapping[Any, Any]


class Names:
    """Ids that EPANET takes: the keys themselves, where they are short and without spaces."""

    def __init__(self, nodes: pd.DataFrame) -> None:
        self.nodes = {row["source_key"]: safe(row) for row in nodes.to_dict("records")}


def safe(row: Row) -> str:
    """Return a feature's id in EPANET."""
    key = str(row["source_key"])
    return key if re.fullmatch(rf"[^\s;\"\[\]]{{1,{_LONGEST_NAME}}}", key) else f"F{row['feature_id']}"


def node_lines(lines: Lines, nodes: pd.DataFrame, names: Names) -> None:
    """Add the lines of nodes."""
    for row in nodes.to_dict("records"):
        name, place, said = names.nodes[row["source_key"]], row["points"][0].tolist(), row["attributes"] or {}
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


def _tank(name: str, height: float, said: Row) -> str:
    """Return a tank: bottom, levels, diameter, least volume; a usual one where it is not known."""
    usual = {"init_level": 3.0, "min_level": 0.5, "max_level": 5.0, "diameter": 10.0, "min_vol": 0.0}
    return _line(name, height, *(said.get(part, value) for part, value in usual.items()))


def link_lines(lines: Lines, links: pd.DataFrame, names: Names, devices: Mapping[str, Row], notes: list[str]) -> None:
    """Add the lines of pipes, pumps and valves; what had to be assumed is noted."""
    assumed = {"diameters": 0, "roughness coefficients": 0, "pump curves": 0}
    for row in links.to_dict("records"):
        name, said = safe(row), row["attributes"] or {}
        ends = names.nodes[row["start_key"]], names.nodes[row["end_key"]]
        device = devices.get(row["source_key"], {})
        if row["kind"] == "pump":
            _pump(lines, name, ends, said, device, assumed)
        elif row["kind"] == "valve":
            _valve(lines, name, ends, row, said, device)
        else:
            lines["PIPES"].append(_pipe(name, ends, row, said, device, assumed))
        lines["VERTICES"] += [_line(name, *point[:2].tolist()) for point in row["points"][1:-1]]
        if "tag" in said:
            lines["TAGS"].append(_line("LINK", name, said["tag"]))
    notes += [f"{count} {what} are assumed" for what, count in assumed.items() if count]


def _pipe(name: str, ends: tuple[str, str], row: Row, said: Row, device: Row, assumed: dict[str, int]) -> str:
    """Return a pipe."""
    size, roughness = _diameter_mm(row), row["roughness"]
    if not _there(size):
        size = _USUAL_MM
        assumed["diameters"] += 1
    if not _there(roughness):
        roughness = _ROUGHNESS.get(row["material"], _USUAL_ROUGHNESS)
        assumed["roughness coefficients"] += 1
    elif roughness < 1:
        # Darcy and Weisbach's height of bumps: millimetres in the file, metres with us.
        roughness = 1000 * roughness
    status = "Closed" if row["state"] == "closed" else "CV" if device.get("kind") == "check_valve" else "Open"
    length = max(row["length_m"] or 0.0, _SHORTEST_M)
    return _line(name, *ends, length, size, roughness, said.get("minor_loss", 0.0), status)


def _diameter_mm(row: Row) -> float | None:
    """Return a diameter, or that of a circle as large as the rectangle."""
    if _there(row["diameter_mm"]):
        return float(row["diameter_mm"])
    if _there(row["width_mm"]) and _there(row["height_mm"]):
        return math.sqrt(4 * row["width_mm"] * row["height_mm"] / math.pi)
    return None


def _pump(lines: Lines, name: str, ends: tuple[str, str], said: Row, device: Row, assumed: dict[str, int]) -> None:
    """Add a pump with its curve, or its power."""
    drive: tuple[Any, ...] = ("POWER", _USUAL_KW)
    curve = said.get("pump_curve")
    if curve:
        label = str(said.get("pump_curve_name", name))
        drive = ("HEAD", label)
        known = {line.split()[0] for line in lines["CURVES"]}
        if label not in known:
            lines["CURVES"] += [_line(label, 1000 * flow, head) for flow, head in curve]
    elif said.get("power"):
        drive = ("POWER", said["power"] / 1000)
    else:
        assumed["pump curves"] += 1
    speed = ("SPEED", said["base_speed"]) if said.get("base_speed", 1.0) != 1.0 else ()
    lines["PUMPS"].append(_line(name, *ends, *drive, *speed))
    if device.get("state") == "off":
        lines["STATUS"].append(_line(name, "Closed"))


def _valve(lines: Lines, name: str, ends: tuple[str, str], row: Row, said: Row, device: Row) -> None:
    """Add a valve: pressures in metres, flows in litres a second."""
    kind = said.get("valve_type", "TCV")
    told = device.get("setting")
    setting = float(told) if told is not None and _there(told) else 0.0
    size = row["diameter_mm"] if _there(row["diameter_mm"]) else _USUAL_MM
    lines["VALVES"].append(
        _line(name, *ends, size, kind, 1000 * setting if kind == "FCV" else setting, said.get("minor_loss", 0.0))
    )
    if device.get("state") == "closed":
        lines["STATUS"].append(_line(name, "Closed"))


def _there(value: Any) -> bool:
    """Whether a value is given."""
    return value is not None and not pd.isna(value)


def _line(*words: Any) -> str:
    """Return words on a line; numbers to the digits that are certain."""
    return " " + " ".join(f"{word:.15g}" if isinstance(word, float) else str(word) for word in words)
