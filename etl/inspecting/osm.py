"""OpenStreetMap extracts (.osm.pbf, .osm): header, counts, tags."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from cim.etl.inspecting.findings import Box, Clock, Findings, Inspector, Layer, Sample
from cim.etl.inspecting.tally import Tally
from cim.etl.osm_strings import refuse_nul

_THEMES = ("building", "highway", "amenity", "leisure", "landuse", "natural", "railway", "waterway", "shop")
_EVERY = 4096


def claims(sample: Sample) -> bool:
    """Whether a file is an OpenStreetMap extract."""
    return b"OSMHeader" in sample.head[:64] or b"<osm " in sample.head[:512]


def look(path: Path, clock: Clock) -> Findings:
    """Find out about an extract; tags are read of what has any."""
    refuse_nul(path)
    with osmium.io.Reader(str(path)) as reader:
        header = reader.header()
        generator, box = header.get("generator"), header.box()
    counts, low, high, complete = _counted(path, clock, located=not box.valid())
    themes, found = _themes(path, clock)
    extent: Box | None = None
    if box.valid():
        extent = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    elif np.isfinite(low).all():
        extent = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    facts: dict[str, str | int | float] = {"extent of": "the header" if box.valid() else "the nodes"}
    if generator:
        facts["written by"] = generator
    plain = tuple(Layer(name, counts[sort]) for sort, name in (("n", "nodes"), ("w", "ways"), ("r", "relations")))
    layers = tuple(tally.layer(f"{name}=*") for name, tally in themes.items() if tally.count)
    return Findings(
        format="OpenStreetMap extract",
        kind="osm",
        crs="EPSG:4326",
        crs_from="the format has no other",
        extent=extent,
        layers=plain + layers,
        facts=facts,
        complete=complete and found,
    )


def _counted(path: Path, clock: Clock, *, located: bool) -> tuple[Counter[str], Any, Any, bool]:
    """Count objects by sort and, where the header does not say it, find how far the nodes reach."""
    counts: Counter[str] = Counter()
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    places: list[tuple[float, float]] = []
    complete = True
    item: Any
    for number, item in enumerate(osmium.FileProcessor(str(path))):
        counts[item.type_str()] += 1
        if located and item.is_node() and item.location.valid():
            places.append((item.location.lon, item.location.lat))
        if number % _EVERY == 0 or len(places) > 1 << 16:
            low, high = _widened(low, high, places)
            places.clear()
            if clock.up:
                complete = False
                break
    return counts, *_widened(low, high, places), complete


def _widened(low: Any, high: Any, places: list[tuple[float, float]]) -> tuple[Any, Any]:
    if not places:
        return low, high
    points = np.array(places)
    return np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))


def _themes(path: Path, clock: Clock) -> tuple[dict[str, Tally], bool]:
    """Count objects with each theme's tag, and the tags that they have."""
    themes = {name: Tally() for name in _THEMES}
    objects = osmium.FileProcessor(str(path)).with_filter(osmium.filter.KeyFilter(*_THEMES))
    for number, item in enumerate(objects):
        tags = dict(item.tags)
        for name in _THEMES:
            if name in tags:
                themes[name].add(tags)
        if number % _EVERY == 0 and clock.up:
            return themes, False
    return themes, True


INSPECTOR = Inspector(
    12, "an OpenStreetMap extract", claims, look, (RuntimeError, ValueError, osmium.InvalidLocationError)
)
