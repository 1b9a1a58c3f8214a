"""A SWMM input file as nodes, links and subcatchments in metres; lines that cannot be read are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.errors import BadSource
from cim.etl.batch import Reject
from cim.etl.readers.inp_file import Line, refuse_other, sections
from cim.etl.readers.inp_left_out import SWMM, left_out
from cim.etl.readers.swmm_sections import Section, section
from cim.units import METRES_PER_FOOT

SQUARE_METRES_PER_ACRE = 43_560 * METRES_PER_FOOT**2
_FEET, _METRES = ("CFS", "GPM", "MGD"), ("CMS", "LPS", "MLD")
_NODE_KINDS = {"JUNCTIONS": "junction", "OUTFALLS": "outfall", "DIVIDERS": "divider", "STORAGE": "storage"}
_LINK_KINDS = {"CONDUITS": "pipe", "PUMPS": "pump", "ORIFICES": "orifice", "WEIRS": "weir", "OUTLETS": "outlet"}
_REST = {
    "JUNCTIONS": ("initial_depth", "surcharge_depth", "ponded_area"),
    "OUTFALLS": ("outfall_type",),
    "STORAGE": ("initial_depth", "storage_shape"),
    "DIVIDERS": ("diverted_link", "divider_type"),
    "CONDUITS": (),
    "PUMPS": ("pump_curve", "status", "startup_depth", "shutoff_depth"),
    "ORIFICES": ("orifice_type", "offset", "discharge_coefficient", "gated"),
    "WEIRS": (
        "weir_type",
        "offset",
        "discharge_coefficient",
        "gated",
        "end_contractions",
        "end_coefficient",
        "can_surcharge",
    ),
    "OUTLETS": ("offset", "rating_type", "rating"),
}
"""Words after the name (nodes: after elevation; links: after both ends) that no column holds."""


@dataclass(frozen=True)
class Drainage:
    """A model, its lengths in metres; coordinates are as the file has them."""

    nodes: pd.DataFrame
    """name, section, kind, x, y, elevation_m (invert), depth_m (to the ground, NaN unknown), attributes."""
    links: pd.DataFrame
    """name, section, kind, start, end, vertices, length_m, roughness, start_level_m, end_level_m (inverts, NaN
    unknown), sizes (`Section` or None), status, attributes."""
    areas: pd.DataFrame
    """name, section, points (list of x, y), attributes: subcatchments."""
    rejects: list[Reject]
    """Lines that could not be read."""


def drainage(path: Path) -> Drainage:
    """Read a SWMM input file.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, it is EPANET's, or no model.
    """
    found = sections(path)
    refuse_other(path, found, "swmm")
    if not any(found.get(name) for name in _NODE_KINDS):
        raise BadSource(path, "holds no node", "give a SWMM input file with [JUNCTIONS] and [CONDUITS]")
    model = _Reading(path, found).model()
    model.rejects.extend(left_out(found, SWMM, "pipe_node"))
    return model


class _Reading:
    """One file that is being read.

    Names are the same whatever the size of their letters, as in SWMM; the first spelling is kept.
    """

    def __init__(self, path: Path, found: dict[str, list[Line]]) -> None:
        self.found, self.rejects = found, list[Reject]()
        options = {line.words[0].upper(): line.words[1:] for line in found.get("OPTIONS", ()) if line.words}
        unit = (options.get("FLOW_UNITS") or ("CFS",))[0].upper()
        if unit not in (*_FEET, *_METRES):
            remedy = f"give one of {', '.join((*_FEET, *_METRES))}"
            raise BadSource(path, f"[OPTIONS] FLOW_UNITS {unit!r} is not known", remedy)
        self.us = unit in _FEET
        self.metres = METRES_PER_FOOT if self.us else 1.0
        self.by_elevation = (options.get("LINK_OFFSETS") or ("DEPTH",))[0].upper() == "ELEVATION"
        self.tags = {
            (line.words[0].upper(), line.words[1].upper()): line.words[2]
            for line in found.get("TAGS", ())
            if len(line.words) >= 3
        }

    def model(self) -> Drainage:
        """Return the model."""
        nodes = self._rows(_NODE_KINDS, "pipe_node", self._node)
        self.spelled = {row["name"].upper(): row["name"] for row in nodes}
        self.inverts = {row["name"].upper(): row["elevation_m"] for row in nodes}
        places = self._points("COORDINATES")
        for row in nodes:
            row["x"], row["y"] = (places.get(row["name"].upper()) or [(np.nan, np.nan)])[-1]
        self.vertices, self.measures = self._points("VERTICES"), self._measures()
        links = self._rows(_LINK_KINDS, "pipe_segment", self._link)
        self.rings = self._points("POLYGONS")
        areas = self._rows({"SUBCATCHMENTS": "Subcatchment"}, "city_object", self._area)
        return Drainage(
            pd.DataFrame(nodes, columns=_NODES),
            pd.DataFrame(links, columns=_LINKS),
            pd.DataFrame(areas, columns=_AREAS),
            self.rejects,
        )

    def _rows(
        self, kinds: dict[str, str], theme: str, read: Callable[[str, Line], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Read the lines of some sections; a name that stands a second time is refused."""
        rows, seen = [], set[str]()
        for name, kind in kinds.items():
            for line in self.found.get(name, ()):
                try:
                    row = {"name": line.words[0], "section": name, "kind": kind, **read(name, line)}
                except (IndexError, ValueError) as error:
                    said = "has too few words" if isinstance(error, IndexError) else str(error)
                    self._refuse(theme, name, line, "value.not_a_number", said, "correct the line")
                    continue
                if line.words[0].upper() in seen:
                    self._refuse(theme, name, line, "key.repeated", "stands a second time", "remove one of the two")
                    continue
                seen.add(line.words[0].upper())
                rows.append(row)
        return rows

    def _refuse(self, theme: str, name: str, line: Line, code: str, reason: str, remedy: str) -> None:
        key, where = line.words[0], f"[{name}] line {line.number}"
        original = {"line": " ".join(line.words)}
        self.rejects.append(Reject(where, code, f"{key!r} {reason}", remedy, theme, key, original))

    def _node(self, name: str, line: Line) -> dict[str, Any]:
        """Return a node's columns."""
        words = line.words
        depth = _number(words, 2) if name in ("JUNCTIONS", "STORAGE") and len(words) > 2 else np.nan
        rest = dict(zip(_REST[name], words[3 if name in ("JUNCTIONS", "STORAGE") else 2 :], strict=False))
        return {
            "elevation_m": _number(words, 1) * self.metres,
            # 0 means that SWMM takes the top of the highest conduit: the ground is not told.
            "depth_m": depth * self.metres if depth > 0 else np.nan,
            "attributes": self._attributes("NODE", line, rest),
        }

    def _link(self, name: str, line: Line) -> dict[str, Any]:
        """Return a link's columns."""
        words = line.words
        start, end = words[1], words[2]
        is_conduit = name == "CONDUITS"
        measures = self.measures.get(words[0].upper())
        sizes = section(measures[0], measures[1], self.metres) if measures else None
        rest = dict(zip(_REST[name], words[3:], strict=False))
        rest |= {"xsection": " ".join(measures[2])} if measures else {}
        rest |= self._coefficient(name, rest)
        offsets = _offsets(name, words)
        return {
            "kind": sizes.kind if sizes and is_conduit else _LINK_KINDS[name],
            "start": self.spelled.get(start.upper(), start),
            "end": self.spelled.get(end.upper(), end),
            "vertices": self.vertices.get(words[0].upper(), []),
            "length_m": _number(words, 3) * self.metres if is_conduit else np.nan,
            "roughness": _number(words, 4) if is_conduit else np.nan,
            "start_level_m": self._level(start, offsets[0]),
            "end_level_m": self._level(end, offsets[1]),
            "sizes": sizes,
            "status": rest.get("status", "").lower() if name == "PUMPS" else None,
            "attributes": self._attributes("LINK", line, rest),
        }

    def _coefficient(self, name: str, rest: Mapping[str, str]) -> dict[str, Any]:
        """Return what a weir or orifice lets through, in SI: of weirs m^½/s, of orifices without unit."""
        if name not in ("WEIRS", "ORIFICES") or not (word := rest.get("discharge_coefficient")):
            return {}
        value = _float(word) * (np.sqrt(self.metres) if name == "WEIRS" else 1.0)
        return {"discharge_coefficient_si": round(float(value), 4)}

    def _level(self, node: str, offset: str | None) -> float:
        """Return the level of a link's invert at a node, metres."""
        invert = float(self.inverts.get(node.upper(), np.nan))
        if offset is None or offset == "*":
            return invert
        value = _float(offset) * self.metres
        return value if self.by_elevation else invert + value

    def _area(self, _: str, line: Line) -> dict[str, Any]:
        """Return a subcatchment's columns."""
        words = line.words
        rest = {
            "rain_gage": words[1],
            "outlet": self.spelled.get(words[2].upper(), words[2]),
            "area_m2": round(_number(words, 3) * (SQUARE_METRES_PER_ACRE if self.us else 10_000.0), 3),
            "impervious_percent": _number(words, 4),
            "width_m": round(_number(words, 5) * self.metres, 4),
            "slope_percent": _number(words, 6),
        }
        points = self.rings.get(words[0].upper(), [])
        return {"points": points, "attributes": self._attributes("SUBCATCH", line, rest)}

    def _attributes(self, kind: str, line: Line, rest: dict[str, Any]) -> dict[str, Any] | None:
        """Return what no column holds; words are as in the file, in its units."""
        tag = self.tags.get((kind, line.words[0].upper()))
        told = {"tag": tag, "description": line.comment}
        return {**rest, **{name: value for name, value in told.items() if value}} or None

    def _points(self, name: str) -> dict[str, list[tuple[float, float]]]:
        """Return the places that a section gives to each name."""
        out: dict[str, list[tuple[float, float]]] = {}
        for line in self.found.get(name, ()):
            try:
                out.setdefault(line.words[0].upper(), []).append((_number(line.words, 1), _number(line.words, 2)))
            except (IndexError, ValueError):
                theme = {"COORDINATES": "pipe_node", "VERTICES": "pipe_segment"}.get(name, "city_object")
                self._refuse(theme, name, line, "geometry.not_a_number", "has no place", "give X and Y as numbers")
        return out

    def _measures(self) -> dict[str, tuple[str, list[float], tuple[str, ...]]]:
        """Return shape, measures and words of the section of each link."""
        out = {}
        for line in self.found.get("XSECTIONS", ()):
            if len(line.words) >= 3:
                measures = [_measure(word) for word in line.words[2:6]]
                out[line.words[0].upper()] = (line.words[1], measures, line.words[1:])
        return out


_NODES = ["name", "section", "kind", "x", "y", "elevation_m", "depth_m", "attributes"]
_LINKS = [
    "name", "section", "kind", "start", "end", "vertices", "length_m", "roughness", "start_level_m", "end_level_m",
    "sizes", "status", "attributes",
]  # fmt: skip
_AREAS = ["name", "section", "kind", "points", "attributes"]


def _offsets(name: str, words: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the words that say how high above their nodes a link begins and ends."""
    if name == "CONDUITS":
        return (words[5] if len(words) > 5 else None), (words[6] if len(words) > 6 else None)
    at = {"ORIFICES": 4, "WEIRS": 4, "OUTLETS": 3}.get(name)
    return (words[at] if at is not None and len(words) > at else None), None


def _number(words: Sequence[str], at: int) -> float:
    return _float(words[at])


def _float(word: str) -> float:
    """Return a number, or say which word is none."""
    try:
        number = float(word)
    except ValueError:
        raise ValueError(f"has {word!r} where a number is wanted") from None
    if not np.isfinite(number) or abs(number) > 1e9:
        raise ValueError(f"has {word!r} where a number is wanted")
    return number


def _measure(word: str) -> float:
    """Return a measure of a section; names of curves, transects and streets are none."""
    try:
        return _float(word)
    except ValueError:
        return float("nan")


__all__ = ["Drainage", "Section", "drainage"]
