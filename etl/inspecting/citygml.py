"""CityGML, streamed: city objects with their attributes, levels of detail and coordinates; no entity is expanded."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
from lxml import etree

from cim.errors import BadSource
from cim.etl.inspecting.findings import Clock, Findings, Inspector, Sample
from cim.etl.inspecting.places import promised_northing_first
from cim.etl.inspecting.tally import Tally, read_text

_VERSION = re.compile(r"^http://www\.opengis\.net/citygml/(\d\.\d)$")
_LOD = re.compile(r"^lod(\d)")
_MEMBERS = {"cityObjectMember", "featureMember", "member"}
_COORDINATES = {"pos", "posList", "coordinates", "lowerCorner", "upperCorner"}
_GML = "http://www.opengis.net/gml"


def claims(sample: Sample) -> bool:
    """Whether a file is XML of CityGML."""
    return b"<" in sample.head[:64] and b"opengis.net/citygml" in sample.head


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a CityGML file."""
    city = _City()
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        events = etree.iterparse(
            cast("Any", file), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        for event, element in events:
            if not isinstance(element.tag, str):
                continue
            if event == "start":
                city.enter(element, path)
                continue
            city.leave(element)
            if clock.up:
                city.complete = False
                break
    return city.findings()


class _City:
    """What was met so far; of the tree only the present object is kept."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.version: str | None = None
        self.crs: Counter[str] = Counter()
        self.low, self.high = np.full(3, np.inf), np.full(3, -np.inf)
        self.textures = 0
        self.depth = self.member_depth = 0
        self.flat = self.unread = 0
        self.modules: set[str] = set()
        self.kinds: set[str] = set()
        self.complete = True

    def enter(self, element: Any, path: Path) -> None:
        """Take the beginning of an element in."""
        self.depth += 1
        if self.depth == 1:
            if etree.QName(element).localname != "CityModel":
                raise BadSource(path, f"its root is {etree.QName(element).localname}", "give a CityModel")
            if element.getroottree().docinfo.internalDTD is not None:
                raise BadSource(path, "has a DOCTYPE", "take it out: definitions of entities are not read")
            self._namespaces(element.nsmap)
        if not self.member_depth and self.depth == 3 and etree.QName(element.getparent()).localname in _MEMBERS:
            self.member_depth = self.depth

    def _namespaces(self, known: dict[str | None, str]) -> None:
        for uri in known.values():
            found = _VERSION.match(uri)
            self.version = found[1] if found else self.version
            if "geospatial.jp/iur" in uri:
                self.modules.add("i-UR " + "/".join(uri.rstrip("/").split("/")[-2:]))

    def leave(self, element: Any) -> None:
        """Take an element that is whole in."""
        name = etree.QName(element).localname
        if element.get("srsName"):
            self.crs[element.get("srsName")] += 1
        if name in _COORDINATES and element.text and name not in ("lowerCorner", "upperCorner"):
            self._coordinates(element)
        if name in {"ParameterizedTexture", "GeoreferencedTexture"}:
            self.textures += 1
        if self.depth == self.member_depth:
            self._object(element)
            self.member_depth = 0
            element.getparent().clear()
        elif not self.member_depth and self.depth == 2:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        self.depth -= 1

    def _coordinates(self, element: Any) -> None:
        """Widen the extent."""
        texts = element.text.replace(",", " ").split()
        size = next((int(item.get("srsDimension")) for item in (element, element.getparent())
                     if item is not None and (item.get("srsDimension") or "").isdigit()), 3)  # fmt: skip
        if len(texts) % size:
            size = 2 if len(texts) % 2 == 0 else 3
        try:
            points = np.array(texts, dtype=np.float64).reshape(-1, size)
        except ValueError:
            self.unread += 1
            return
        self.flat += size == 2
        if len(points):
            self.low[:size] = np.minimum(self.low[:size], points.min(axis=0))
            self.high[:size] = np.maximum(self.high[:size], points.max(axis=0))

    def _object(self, element: Any) -> None:
        """Count a city object and its parts."""
        name = etree.QName(element)
        tally = self.tallies.setdefault(name.localname, Tally())
        tally.add({})
        self.kinds.add("citygml_network" if "geospatial.jp/iur/uro" in (name.namespace or "") else "citygml")
        self._walk(element, tally)

    def _walk(self, element: Any, tally: Tally) -> None:
        """Count what an object says: leaves with text, generic attributes, levels of detail."""
        for child in element.iterchildren(tag=etree.Element):
            name = etree.QName(child)
            found = _LOD.match(name.localname)
            if found and len(child):
                tally.lods[found[1]] += 1
                continue
            if name.namespace and name.namespace.startswith(_GML) and name.localname not in {"name", "description"}:
                continue
            if name.localname.endswith("Attribute") and child.get("name") is not None:
                value = "".join(child.itertext()).strip()
                tally.say({child.get("name"): read_text(value) if value else None})
            elif len(child):
                self._walk(child, tally)
            elif child.text and child.text.strip():
                tally.say({name.localname: read_text(child.text.strip())})

    def findings(self) -> Findings:
        """Return what was found."""
        crs = self.crs.most_common(1)[0][0] if self.crs else None
        problems = []
        if len(self.crs) > 1:
            problems.append(f"names several CRSs: {', '.join(sorted(self.crs))}")
        if self.unread:
            problems.append(f"{self.unread} lists of coordinates hold something else than numbers")
        facts: dict[str, str | int | float] = {"textures": self.textures} if self.textures else {}
        if self.modules:
            facts["modules"] = ", ".join(sorted(self.modules))
        known = np.isfinite(self.low[:2]).all()
        return Findings(
            format="CityGML",
            kind=min(self.kinds, default="citygml"),
            version=self.version,
            crs=crs,
            crs_from="srsName",
            extent=(float(self.low[0]), float(self.low[1]), float(self.high[0]), float(self.high[1]))
            if known
            else None,
            heights=(float(self.low[2]), float(self.high[2])) if np.isfinite(self.low[2]) else None,
            northing_first=crs is not None and promised_northing_first(crs),
            layers=tuple(tally.layer(name) for name, tally in sorted(self.tallies.items())),
            facts=facts,
            problems=tuple(problems),
            sources=tuple({"kind": kind} for kind in sorted(self.kinds)) or ({},),
            complete=self.complete,
        )


INSPECTOR = Inspector(11, "CityGML", claims, look, (etree.XMLSyntaxError, etree.LxmlError, ValueError))
