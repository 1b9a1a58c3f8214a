"""An EPANET input file as WNTR reads it: nodes and links in SI units, with the places that the file gives."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.errors import BadSource, MissingSource
from cim.etl.readers.inp_file import refuse_other, section_names

_SHOWN = 120


@dataclass(frozen=True)
class Model:
    """Nodes and links of a model."""

    nodes: pd.DataFrame
    """name, kind (junction, source, tank), x, y (the file's coordinates, NaN where it gives none),
    elevation_m, base_demand_m3s, attributes."""
    links: pd.DataFrame
    """name, kind (pipe, pump, valve), start, end, vertices (list of x, y), length_m, diameter_mm, roughness, status,
    setting, check_valve, attributes."""


def model(path: Path) -> Model:
    """Read an EPANET input file.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, or WNTR cannot make a model of it.
    """
    if not path.is_file():
        raise MissingSource(path)
    refuse_other(path, section_names(path), "epanet")
    text, network = _read(path)
    placed = _named(text)
    demand = float(network.options.hydraulic.demand_multiplier or 1.0)
    return Model(
        pd.DataFrame([_node(name, item, placed, demand) for name, item in network.nodes()], columns=_NODE_COLUMNS),
        pd.DataFrame([_link(name, item) for name, item in network.links()], columns=_LINK_COLUMNS),
    )


def _read(path: Path) -> tuple[Any, Any]:
    """Return the file's sections and WNTR's model of it."""
    with warnings.catch_warnings():
        # WNTR and its plotting imports use deprecated parts of their dependencies; nothing of ours can mend that.
        warnings.simplefilter("ignore")
        # Imported here: it takes seconds, which every other reader would pay.
        from wntr.epanet import InpFile
        from wntr.epanet.exceptions import EpanetException

        file = InpFile()
        try:
            network = file.read(str(path))
        except (
            EpanetException,
            ArithmeticError,
            AssertionError,
            AttributeError,
            LookupError,
            NameError,
            OSError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            said = " ".join(str(error).split())[:_SHOWN]
            what = f"is not readable as EPANET input ({said})"
            raise BadSource(path, what, "correct or fetch it again until EPANET opens it") from error
    if not network.num_nodes:
        raise BadSource(path, "holds no node", "give an EPANET input file with [JUNCTIONS] and [PIPES]")
    return file.sections, network


def _named(sections: Any) -> set[str]:
    """Return the nodes to which the file gives a place: WNTR puts the others at 0, 0."""
    lines = (line.split(";")[0].split() for _, line in sections.get("[COORDINATES]", ()))
    return {words[0] for words in lines if len(words) >= 3}


_NODE_COLUMNS = ["name", "section", "kind", "x", "y", "elevation_m", "base_demand_m3s", "attributes"]
_LINK_COLUMNS = [
    "name",
    "section",
    "kind",
    "start",
    "end",
    "vertices",
    "length_m",
    "diameter_mm",
    "roughness",
    "status",
    "setting",
    "check_valve",
    "attributes",
]
_KINDS = {"Junction": "junction", "Reservoir": "source", "Tank": "tank"}
_OF_TANKS = ("init_level", "min_level", "max_level", "diameter", "min_vol")
_OF_PUMPS = ("pump_type", "power", "pump_curve_name", "base_speed")


def _node(name: str, item: Any, placed: set[str], demand: float) -> tuple[Any, ...]:
    """Return the columns of a node."""
    x, y = item.coordinates if name in placed and item.coordinates else (np.nan, np.nan)
    elevation = item.base_head if item.node_type == "Reservoir" else item.elevation
    base = np.nan
    if item.node_type == "Junction":
        base = demand * sum(part.base_value or 0.0 for part in item.demand_timeseries_list)
    rest = {part: getattr(item, part) for part in _OF_TANKS} if item.node_type == "Tank" else {}
    kind = _KINDS[item.node_type]
    return name, f"{item.node_type.upper()}S", kind, x, y, _tidy(elevation), _tidy(base), _attributes(item, rest)


def _link(name: str, item: Any) -> tuple[Any, ...]:
    """Return the columns of a link."""
    kind = item.link_type.lower()
    size = getattr(item, "diameter", None)
    rest = {part: getattr(item, part, None) for part in _OF_PUMPS} if kind == "pump" else {}
    rest |= {"pump_curve": _curve(item)} if kind == "pump" else {}
    rest |= {"valve_type": item.valve_type} if kind == "valve" else {}
    return (
        name,
        f"{item.link_type.upper()}S",
        kind,
        item.start_node_name,
        item.end_node_name,
        item.vertices or [],
        _tidy(getattr(item, "length", None)) if kind == "pipe" else None,
        None if size is None else _tidy(size * 1000),
        _tidy(getattr(item, "roughness", None)) if kind == "pipe" else None,
        str(item.initial_status).lower(),
        _tidy(item.initial_setting) if kind == "valve" else None,
        bool(getattr(item, "check_valve", False)),
        _attributes(item, rest | ({"minor_loss": item.minor_loss} if kind != "pump" and item.minor_loss else {})),
    )


def _curve(item: Any) -> list[list[float]] | None:
    """Return a pump's curve: flow, m3/s, and head, metres."""
    if item.pump_type != "HEAD" or not item.pump_curve_name:
        return None
    return [[_tidy(flow), _tidy(head)] for flow, head in item.get_pump_curve().points]


def _tidy(value: Any) -> Any:
    """Return a number without what the conversion of units left in its last bits."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _attributes(item: Any, rest: dict[str, Any]) -> dict[str, Any] | None:
    """Return what no column holds, SI units."""
    out = {name: _tidy(value) for name, value in rest.items() if value is not None}
    if item.tag:
        out["tag"] = item.tag
    return out or None
