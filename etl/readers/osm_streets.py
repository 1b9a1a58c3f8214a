"""OpenStreetMap's streets as a network: ways cut where they meet; none where one passes over another."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim.etl.batch import Reject
from cim.etl.osm_strings import refuse_nul
from cim.etl.readers.osm_tags import Rule, TagTable
from cim.etl.readers.osm_values import Tags, answer, length_m, whole, year

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_THEME = ("road_edge",)
_SIDEWALKS = {"both": True, "left": True, "right": True, "yes": True, "separate": True, "no": False, "none": False}


@dataclass(frozen=True)
class Crossings:
    """Nodes at which streets end or meet, by rising number."""

    node: Ints
    """Number of the node."""
    degree: Ints
    """Edges that end there."""
    level: Ints
    """Level (tag layer) that all streets there have; 0 where they differ."""
    place: Floats
    """(n, 2) longitude and latitude; NaN where the file does not hold the node."""

    def kinds(self) -> npt.NDArray[np.object_]:
        """Return end, junction, or None where just two edges meet."""
        out = np.full(len(self.node), None, dtype=object)
        out[self.degree == 1], out[self.degree > 2] = "end", "junction"
        return out


@dataclass(frozen=True)
class Edge:
    """A street between two nodes."""

    key: str
    """`w` and the way's number, then its two nodes: it stays the same when the way is cut elsewhere."""
    label: str
    """`way 123`."""
    points: Floats
    """(n, 2) longitude, latitude, in the direction of the edge."""
    columns: dict[str, Any]
    """Columns of `road_edge`."""


def crossings(path: Path, storage: str, table: TagTable) -> Crossings:
    """Find where streets are cut; takes about 50 bytes of memory a node of a street."""
    nodes, weights, levels, degrees = array("q"), array("b"), array("b"), array("d")
    for way, _, tags in _street_ways(path, table, storage):
        refs = _distinct([node.ref for node in way.nodes])
        if len(refs) < 2:
            continue
        nodes.extend(refs)
        weights.extend([1, *[2] * (len(refs) - 2), 1])
        levels.extend([_level(tags)] * len(refs))
        known = {node.ref: node.location for node in way.nodes if node.location.valid()}
        for ref in refs:
            there = known.get(ref)
            degrees.extend((there.lon, there.lat) if there else (np.nan, np.nan))
    number, first, place, count = np.unique(
        np.asarray(nodes, dtype=np.int64), return_index=True, return_inverse=True, return_counts=True
    )
    weight, level = np.asarray(weights, dtype=np.int64), np.asarray(levels, dtype=np.int64)
    degree = np.bincount(place, weight, len(number)).astype(np.int64)
    low, high = np.full(len(number), 127), np.full(len(number), -127)
    np.minimum.at(low, place, level)
    np.maximum.at(high, place, level)
    ends = np.zeros(len(number), dtype=bool)
    ends[place[weight == 1]] = True
    cut = ends | (count > 1)
    places = np.asarray(degrees, dtype=np.float64).reshape(-1, 2)[first]
    return Crossings(number[cut], degree[cut], np.where(low == high, low, 0)[cut], places[cut])


def edges(path: Path, storage: str, table: TagTable, cut: Crossings) -> Iterator[Edge | Reject]:
    """Yield streets from one crossing to the next; pieces of which the file lacks nodes are left out, and told."""
    import osmium

    factory: Any = osmium.geom.WKBFactory()
    for way, rule, tags in _street_ways(path, table, storage):
        refs = np.array([node.ref for node in way.nodes], dtype=np.int64)
        try:
            points = shapely.get_coordinates(shapely.from_wkb(factory.create_linestring(way, osmium.geom.ALL)))
        except (osmium.InvalidLocationError, RuntimeError):
            points = _known_points(way)
        pieces = list(_pieces(way.id, refs, points, _columns(tags, rule), tags, cut))
        whole_ones = [piece for piece in pieces if not np.isnan(piece.points).any()]
        yield from whole_ones
        if len(whole_ones) < max(len(pieces), 1):
            yield _cut_off(way.id, tags, len(whole_ones))


def _known_points(way: Any) -> Floats:
    """Return the places of a way's nodes; NaN for those that the file does not hold."""
    places = [node.location for node in way.nodes]
    known = [(place.lon, place.lat) if place.valid() else (np.nan, np.nan) for place in places]
    return np.array(known, dtype=np.float64).reshape(-1, 2)


def _cut_off(number: int, tags: dict[str, str], left: int) -> Reject:
    """Tell of a street that the extract holds in part, or not at all."""
    what = "is a street with nodes that the file does not hold, or with one only"
    remedy = f"cut the extract with whole ways; {left} pieces of it between crossings are kept"
    severity = "warning" if left else "error"
    code, key = "geometry.incomplete", f"w{number}"
    return Reject(f"way {number}", code, what, remedy, "road_edge", key, None if left else tags, severity)


def _street_ways(path: Path, table: TagTable, storage: str) -> Iterator[tuple[Any, Rule, dict[str, str]]]:
    """Yield ways that are streets, with the places of their nodes."""
    import osmium

    keys = table.keys(_THEME)
    if not keys:
        return
    refuse_nul(path)
    stream = osmium.FileProcessor(str(path), osmium.osm.WAY | osmium.osm.NODE).with_locations(storage)
    item: Any
    for item in stream.with_filter(osmium.filter.KeyFilter(*keys)):
        if not item.is_way():
            continue
        tags = dict(item.tags)
        rules = table.meanings(tags, _THEME)
        # A square's outline (area=yes) is no street.
        if rules and tags.get("area") != "yes":
            yield item, rules[0], tags


def _pieces(
    number: int, refs: Ints, points: Floats, columns: dict[str, Any], tags: Tags, cut: Crossings
) -> Iterator[Edge]:
    """Cut one way at the crossings."""
    if not len(refs):
        return
    kept = np.append(True, refs[1:] != refs[:-1])
    refs, points = refs[kept], points[kept]
    if tags.get("oneway") in ("-1", "reverse"):
        refs, points = refs[::-1], points[::-1]
    known = np.searchsorted(cut.node, refs).clip(max=len(cut.node) - 1)
    at = np.flatnonzero(cut.node[known] == refs).tolist()
    seen: dict[str, int] = {}
    for first, last in pairwise(at):
        start, end = int(refs[first]), int(refs[last])
        key = f"w{number}/{start}-{end}"
        seen[key] = seen.get(key, 0) + 1
        key += f"#{seen[key]}" if seen[key] > 1 else ""
        ends = {"start_node_key": f"n{start}", "end_node_key": f"n{end}"}
        yield Edge(key, f"way {number}", points[first : last + 1], {**columns, **ends})


def _columns(tags: Tags, rule: Rule) -> dict[str, Any]:
    """Return the columns of `road_edge` that a way's tags tell."""
    closed = tags.get("access") in ("no", "private")
    vehicles = answer(tags.get("motor_vehicle"))
    feet = True if tags.get("foot") in ("designated", "permissive") else answer(tags.get("foot"))
    oneway = tags.get("oneway") in ("yes", "true", "1", "-1", "reverse")
    # OSM's own defaults: a roundabout and a motorway need not say that they are one-way.
    oneway |= "oneway" not in tags and (tags.get("junction") == "roundabout" or tags.get("highway") == "motorway")
    return {
        "road_class": rule.code,
        "name": tags.get("name"),
        "level": _level(tags),
        "width_m": length_m(tags.get("width", "")),
        "lanes": _lanes(tags),
        "oneway": oneway,
        "drivable": rule.drivable and (not closed if vehicles is None else vehicles),
        "walkable": (rule.walkable and not closed) if feet is None else feet,
        "steps": rule.code == "steps",
        "bridge": tags.get("bridge", "no") != "no",
        "tunnel": tags.get("tunnel", "no") != "no",
        "sidewalk": _SIDEWALKS.get(tags.get("sidewalk", "")),
        "surface": tags.get("surface"),
        "built_year": year(tags.get("start_date", "")),
        "attributes": dict(tags),
    }


def _level(tags: Tags) -> int:
    """Return the level of a street: its layer."""
    level = whole(tags.get("layer", ""))
    return level if level is not None and -20 <= level <= 20 else 0


def _lanes(tags: Tags) -> int | None:
    """Return the number of lanes; what is none stays among the attributes."""
    lanes = whole(tags.get("lanes", ""))
    return lanes if lanes is not None and 0 <= lanes < 50 else None


def _distinct(refs: list[int]) -> list[int]:
    """Return nodes without immediate repetition."""
    return [ref for at, ref in enumerate(refs) if at == 0 or ref != refs[at - 1]]
