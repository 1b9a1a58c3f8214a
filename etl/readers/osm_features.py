"""OpenStreetMap's areas and places, one after the other, each with what it means here and why it may be missing."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim.etl.batch import Reject
from cim.etl.osm_strings import refuse_nul
from cim.etl.readers.osm_tags import Rule, TagTable

THEMES = ("building", "facility", "green_space", "land_use", "tree")
_AREAS = ("area", "place")
_KINDS = {"n": "node", "w": "way", "r": "relation"}


@dataclass(frozen=True)
class Found:
    """An object of the file that means something here."""

    key: str
    """n, w or r, and its number."""
    tags: dict[str, str]
    """All its tags."""
    rules: list[Rule]
    """What it is, one rule a theme."""
    shape: Any
    """WKB in hexadecimal, longitude and latitude: a point, a multipolygon, or the line around an area."""

    @property
    def label(self) -> str:
        """What a person finds it by: `way 123`."""
        return label(self.key)


def label(key: str) -> str:
    """Return a key in words: `way 123`."""
    return f"{_KINDS[key[0]]} {key[1:]}"


def features(path: Path, storage: str, table: TagTable) -> Iterator[Found | Reject]:
    """Yield what the table knows; closed ways that cannot be drawn and broken relations are refused.

    Parameters
    ----------
    path
        The file.
    storage
        Where osmium keeps the places of nodes: `flex_mem`, or a file.
    table
        Meanings of tags.
    """
    import osmium  # here: it is not needed to list the readers

    refuse_nul(path)
    factory: Any = osmium.geom.WKBFactory()
    expected, met = array("q"), array("q")
    keys = table.keys(THEMES)
    if not keys:
        return
    names = osmium.filter.KeyFilter(*keys)
    stream = osmium.FileProcessor(str(path)).with_locations(storage).with_areas(names).with_filter(names)
    item: Any
    for item in stream:
        if item.is_area() and item.from_way():
            continue  # drawn from the way itself: osmium leaves out, in silence, what crosses itself
        tags = dict(item.tags)
        kind = "r" if item.is_area() else item.type_str()
        rules = [rule for rule in table.meanings(tags, THEMES) if _fits(rule, kind)]
        if not rules:
            continue
        if item.is_area():
            met.append(item.orig_id())
            yield Found(f"r{item.orig_id()}", tags, rules, factory.create_multipolygon(item))
        elif kind == "n":
            yield Found(f"n{item.id}", tags, rules, factory.create_point(item))
        elif kind == "w":
            yield _area_of_way(item, tags, rules, factory)
        elif tags.get("type") in ("multipolygon", "boundary"):
            expected.append(item.id)
        else:
            what = f"is a relation of type {tags.get('type')!r}, which has no area"
            yield _refused(f"r{item.id}", rules, tags, "geometry.not_closed", what, "tag its members")
    lost = np.setdiff1d(np.asarray(expected, dtype=np.int64), np.asarray(met, dtype=np.int64))
    for number in lost.tolist():
        what = "has no area: members are missing from the file, or its rings do not close"
        yield _refused(f"r{number}", [], {}, "geometry.incomplete", what, "cut the extract with whole relations")


def _fits(rule: Rule, kind: str) -> bool:
    """Whether a rule speaks of this kind of object."""
    return rule.shape == "place" or rule.shape == ("node" if kind == "n" else "area")


def _area_of_way(way: Any, tags: dict[str, str], rules: list[Rule], factory: Any) -> Found | Reject:
    """Return a closed way as the line around an area."""
    import osmium

    key = f"w{way.id}"
    if not way.is_closed() or len(way.nodes) < 4 or tags.get("area") == "no":
        what = "is a line where an area is wanted" if not way.is_closed() else "encloses no area"
        return _refused(key, rules, tags, "geometry.not_closed", what, "close the way, or correct its tags in OSM")
    try:
        ring = factory.create_linestring(way, osmium.geom.ALL)
    except (osmium.InvalidLocationError, RuntimeError):
        what = "has nodes that the file does not hold"
        return _refused(key, rules, tags, "geometry.incomplete", what, "cut the extract with whole ways")
    return Found(key, tags, rules, ring)


def _refused(key: str, rules: list[Rule], tags: dict[str, str], code: str, reason: str, remedy: str) -> Reject:
    theme = rules[0].theme if rules else None
    return Reject(label(key), code, reason, remedy, theme, key, dict(tags) or None)
