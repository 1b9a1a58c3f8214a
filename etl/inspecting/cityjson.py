"""CityJSON, whole or as a sequence of features."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim.errors import BadSource
from cim.etl.inspecting.findings import Box, Clock, Findings, Inspector, Sample
from cim.etl.inspecting.places import northing_first
from cim.etl.inspecting.tally import Tally
from cim.etl.readers.cityjson_document import is_packed

_WHOLE_LIMIT = 400 << 20
"""Bytes of a document that is parsed as one: it takes about eight times that in memory."""
_LINE_LIMIT = 200 << 20


def claims(sample: Sample) -> bool:
    """Whether a file says that it is CityJSON."""
    # The type of a document may stand at its end; its objects then begin it, or its vertices.
    begins = sample.head.lstrip()[:1] == b"{"
    return begins and any(word in sample.head for word in (b'"CityJSON', b'"CityObjects"'))


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a CityJSON file or sequence."""
    city = _City(path)
    with _opened(path) as file:
        first = file.readline(_LINE_LIMIT)
        header = _parsed(path, first, 1)
        sequence = header is not None and not header.get("CityObjects")
        if header is None or not sequence:
            header = _whole(path, first, file)
            city.take(header, header)
        else:
            for number, line in enumerate(file, 2):
                if clock.up:
                    city.complete = False
                    break
                if line.strip():
                    city.feature(header, line, number)
    return city.findings(header, "CityJSONSeq" if sequence else "CityJSON")


def _opened(path: Path) -> Any:
    return gzip.open(path) if is_packed(path) else path.open("rb")


def _parsed(path: Path, line: bytes, number: int) -> dict[str, Any] | None:
    """Return the object of a line; None where the document goes over several."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        raise BadSource(path, f"line {number} is no JSON object", "give CityJSON")
    return found


def _whole(path: Path, first: bytes, file: Any) -> dict[str, Any]:
    """Return a document of one piece."""
    rest = file.read(_WHOLE_LIMIT)
    if file.read(1):
        raise BadSource(path, f"is larger than {_WHOLE_LIMIT >> 20} MB in one piece", "make it a CityJSONSeq")
    document = orjson.loads(first + rest)
    if not isinstance(document, dict) or not isinstance(document.get("CityObjects"), dict):
        raise BadSource(path, "has no CityObjects", "give a whole CityJSON file")
    return document


class _City:
    """What was met so far."""

    def __init__(self, path: Path) -> None:
        self.path, self.packed = path, is_packed(path)
        self.tallies: dict[str, Tally] = {}
        self.low, self.high = np.full(3, np.inf), np.full(3, -np.inf)
        self.bad: list[int] = []
        self.without_geometry = 0
        self.appearance: Counter[str] = Counter()
        self.complete = True

    def feature(self, header: dict[str, Any], line: bytes, number: int) -> None:
        """Take a line of a sequence in."""
        try:
            self.take(orjson.loads(line), header)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
            self.bad.append(number)

    def take(self, part: dict[str, Any], header: dict[str, Any]) -> None:
        """Take the objects and vertices of a document or feature in."""
        for item in part["CityObjects"].values():
            self._object(item)
        for what in part.get("appearance") or {}:
            self.appearance[what] += 1
        vertices = part.get("vertices") or []
        if not vertices:
            return
        transform = header.get("transform") or {"scale": [1, 1, 1], "translate": [0, 0, 0]}
        points = np.array(vertices, dtype=np.float64).reshape(-1, 3)
        points = points * np.array(transform["scale"]) + np.array(transform["translate"])
        self.low, self.high = np.minimum(self.low, points.min(axis=0)), np.maximum(self.high, points.max(axis=0))

    def _object(self, item: dict[str, Any]) -> None:
        tally = self.tallies.setdefault(str(item.get("type")), Tally())
        tally.add(item.get("attributes") or {})
        geometry = item.get("geometry") or []
        self.without_geometry += not geometry and not item.get("children")
        tally.lods.update(str(part.get("lod", "?")) for part in geometry)

    def findings(self, header: dict[str, Any], name: str) -> Findings:
        """Return what was found."""
        metadata = header.get("metadata")
        crs = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
        extent: Box | None = None
        heights = None
        if np.isfinite(self.low).all():
            extent = (float(self.low[0]), float(self.low[1]), float(self.high[0]), float(self.high[1]))
            heights = (float(self.low[2]), float(self.high[2]))
        layers = (tally.layer(kind) for kind, tally in sorted(self.tallies.items()))
        return Findings(
            format=name,
            kind=None if self.packed else "cityjson",
            version=str(header.get("version")) if header.get("version") else None,
            crs=crs if isinstance(crs, str) else None,
            crs_from="metadata.referenceSystem",
            extent=extent,
            heights=heights,
            northing_first=isinstance(crs, str) and northing_first(crs),
            layers=tuple(layers),
            facts=self._facts(header),
            problems=tuple(self._problems(header)),
            complete=self.complete,
        )

    def _facts(self, header: dict[str, Any]) -> dict[str, str | int | float]:
        facts: dict[str, str | int | float] = {}
        if header.get("extensions"):
            facts["extension"] = ", ".join(sorted(header["extensions"]))
        if self.appearance:
            facts["looks"] = ", ".join(sorted(self.appearance))
        if header.get("geometry-templates"):
            facts["templates"] = len(header["geometry-templates"].get("templates", []))
        return facts

    def _problems(self, header: dict[str, Any]) -> Iterator[str]:
        if self.packed:
            yield f"is packed (gzip): unpack it to load it: gunzip {self.path.name}"
        if self.bad:
            some = ", ".join(map(str, self.bad[:5]))
            yield f"{len(self.bad)} lines are no whole feature: {some}{', …' if len(self.bad) > 5 else ''}"
        if self.without_geometry:
            yield f"{self.without_geometry} objects have neither geometry nor parts"
        if str(header.get("version")) not in {"1.0", "1.1", "2.0"}:
            yield f"version {header.get('version')!r} is not one that is read (1.0, 1.1, 2.0)"


INSPECTOR = Inspector(
    10, "CityJSON", claims, look, (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError)
)
