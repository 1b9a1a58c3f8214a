"""EPANET and SWMM input files (.inp), told apart by their sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cim.etl.inspecting.findings import Clock, Findings, Inspector, Layer, Sample

_EPANET = {"PIPES", "TANKS", "RESERVOIRS", "EMITTERS", "DEMANDS", "QUALITY", "ENERGY", "REACTIONS", "MIXING"}
_SWMM = {
    "SUBCATCHMENTS", "SUBAREAS", "INFILTRATION", "RAINGAGES", "CONDUITS", "XSECTIONS", "OUTFALLS", "STORAGE",
    "DIVIDERS", "EVAPORATION", "ORIFICES", "WEIRS", "INLETS", "DWF", "LOSSES",
}  # fmt: skip
_COUNTED = {
    "epanet": ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES"),
    "swmm": ("JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS",
             "SUBCATCHMENTS", "RAINGAGES"),
}  # fmt: skip
_NODES = {"JUNCTIONS", "RESERVOIRS", "TANKS", "OUTFALLS", "STORAGE", "DIVIDERS"}
_PLACES = {"COORDINATES", "VERTICES", "POLYGONS"}


def claims(sample: Sample) -> bool:
    """Whether a file has the ending, or begins as such files do."""
    return sample.suffix == ".inp" or sample.head.lstrip()[:7].upper() == b"[TITLE]"


def look(path: Path, clock: Clock) -> Findings:
    """Find out about an input file."""
    model = _Model()
    with path.open(encoding="utf-8", errors="replace") as file:
        for section, line in _content(file):
            model.take(section, line)
            if clock.up:
                model.complete = False
                break
    return model.findings(path)


def _content(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield section and content of each line that has some; a section's own line has none."""
    section = ""
    for line in lines:
        text = line.partition(";")[0].strip()
        if text.startswith("["):
            section = text.strip("[] \t").upper()
            yield section, ""
        elif text and section != "TITLE":
            yield section, text


class _Model:
    """What was met so far."""

    def __init__(self) -> None:
        self.sections: Counter[str] = Counter()
        self.names: dict[str, set[str]] = {}
        self.repeated: Counter[str] = Counter()
        self.options: dict[str, str] = {}
        self.low, self.high = np.full(2, np.inf), np.full(2, -np.inf)
        self.placed: set[str] = set()
        self.unread = 0
        self.complete = True

    def take(self, section: str, text: str) -> None:
        """Take a line in."""
        self.sections.setdefault(section, 0)
        if not text:
            return
        words = text.split()
        self.sections[section] += 1
        if section in _PLACES:
            self._place(section, words)
        elif section in {"OPTIONS", "MAP"} and len(words) > 1:
            self.options[words[0].upper()] = " ".join(words[1:])
        elif section in _NODES or section in {"PIPES", "CONDUITS"}:
            known = self.names.setdefault(section, set())
            self.repeated[section] += words[0] in known
            known.add(words[0])

    def _place(self, section: str, words: list[str]) -> None:
        try:
            point = np.array(words[1:3], dtype=np.float64)
        except ValueError:
            point = np.full(2, np.nan)
        if point.size != 2 or not np.isfinite(point).all():
            self.unread += 1
            return
        self.low, self.high = np.minimum(self.low, point), np.maximum(self.high, point)
        if section == "COORDINATES":
            self.placed.add(words[0])

    @property
    def kind(self) -> str | None:
        """`epanet`, `swmm`, or None where no section tells."""
        epanet, swmm = len(_EPANET & set(self.sections)), len(_SWMM & set(self.sections))
        return None if epanet == swmm else "epanet" if epanet > swmm else "swmm"

    def findings(self, path: Path) -> Findings:
        """Return what was found."""
        from cim.errors import BadSource

        kind = self.kind
        if kind is None:
            remedy = "EPANET has [PIPES], SWMM has [CONDUITS] or [SUBCATCHMENTS]"
            raise BadSource(path, "is neither an EPANET nor a SWMM input file by its sections", remedy)
        layers = (Layer(f"[{name}]", self.sections[name]) for name in _COUNTED[kind] if self.sections.get(name))
        units = self.options.get("UNITS" if kind == "epanet" else "FLOW_UNITS")
        facts: dict[str, str | int | float] = {"units": units} if units else {}
        if "UNITS" in self.options and kind == "swmm":
            facts["map units"] = self.options["UNITS"]
        known = np.isfinite(self.low).all()
        return Findings(
            format={"epanet": "EPANET input file", "swmm": "SWMM input file"}[kind],
            kind=kind,
            extent=(float(self.low[0]), float(self.low[1]), float(self.high[0]), float(self.high[1]))
            if known
            else None,
            layers=tuple(layers),
            facts=facts,
            problems=tuple(self._problems()),
            complete=self.complete,
        )

    def _problems(self) -> Iterator[str]:
        nodes = set().union(*(self.names.get(name, set()) for name in _NODES))
        bare = nodes - self.placed
        if bare:
            some = ", ".join(sorted(bare)[:3])
            yield f"{len(bare)} of {len(nodes)} nodes have no coordinates: {some}{', …' if len(bare) > 3 else ''}"
        for section, count in self.repeated.items():
            if count:
                yield f"{count} names stand twice in [{section}]"
        if self.unread:
            yield f"{self.unread} places are not two numbers"


INSPECTOR = Inspector(20, "an input file", claims, look, (ValueError,))
