"""Utility networks of CityGML's extension i-UR (PLATEAU): pipes and cables, manholes and fittings, as pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.readers.citygml import Way, chunks, vertices_of
from cim.etl.readers.citygml_network_places import (
    Ends,
    Node,
    Segment,
    Unplaced,
    free_ends,
    place_node,
    place_segment,
    snapped,
)
from cim.etl.readers.citygml_network_rows import element_type, network_of, node_rows, segment_rows
from cim.etl.readers.citygml_stream import files
from cim.etl.readers.pipe_survey_networks import given_network
from cim.manifest import SourceSpec


@dataclass
class _Found:
    """All records of a source: nodes are told first, and both need one another."""

    nodes: list[Node] = field(default_factory=list)
    """Nodes with a place."""
    segments: list[Segment] = field(default_factory=list)
    """Segments with an axis."""
    rejects: list[Reject] = field(default_factory=list)
    """What has none, or is of no network."""


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield nodes and segments of the utility networks of a file, or of all files in a folder.

    Options: `network` (of whatever does not tell), `materials` (code = material), `axis_level_m` (city height of the
    axes of what is drawn without heights; else it is refused), `axis_order`.

    Raises
    ------
    BadSource
        A file is no CityGML, is cut off, or has no CRS; an option makes no sense.
    """
    usual = given_network(source)
    level = _level(source)
    materials = source.options.get("materials", {})
    if not isinstance(materials, dict):
        raise BadSource(source.path, f"options.materials = {materials!r}", 'give a table: { "1" = "ductile_iron" }')
    way = Way(source, city)
    found = _Found()
    path = source.path
    for path in files(source.path):
        for parsed in chunks(path, way):
            vertices = vertices_of(path, parsed, way)
            for at, item in enumerate(parsed):
                points = vertices.points[vertices.start[at] : vertices.start[at] + vertices.size[at]]
                found.rejects += [replace(reject, file=path.name) for reject in item.rejects]
                for key, body in item.feature.objects.items():
                    _take(found, path, item.feature.record, key, body, points, level)
    transform = way.transform(path)
    ends = snapped(found.segments, found.nodes)
    _settle_networks(found, ends, usual)
    found.nodes += free_ends(found.segments, ends)
    told: dict[str, Any] = {"crs": transform.crs, "pipeline": transform.pipeline, "accuracy_m": transform.accuracy_m}
    yield Batch("pipe_node", node_rows(found.nodes), rejects=found.rejects, **told)
    yield Batch("pipe_segment", segment_rows(found.segments, ends, materials), **told)


def _level(source: SourceSpec) -> float | None:
    """Return option `axis_level_m`."""
    given = source.options.get("axis_level_m")
    if given is not None and (isinstance(given, bool) or not isinstance(given, int | float)):
        raise BadSource(source.path, f"options.axis_level_m = {given!r}", "give a city height in metres")
    return None if given is None else float(given)


def _take(
    found: _Found, path: Path, record: str, key: str, body: dict[str, Any], points: Any, level: float | None
) -> None:
    """Place one object, or say why it has no place."""
    kind = element_type(body["type"])
    try:
        if kind is None:
            reason = f"{body['type']} is no part of a utility network that is known"
            raise Unplaced("object.not_a_network", reason, "load it with kind = citygml")
        if kind.theme == "pipe_node":
            found.nodes.append(place_node(record, key, body, kind, points, level))
        else:
            found.segments += place_segment(record, key, body, kind, points, level)
    except Unplaced as error:
        what = f"{body['type']} {key!r} {error.reason}"
        theme = "pipe_segment" if kind is None else kind.theme
        original = {"type": body["type"], "attributes": body.get("attributes")}
        found.rejects.append(Reject(record, error.code, what, error.remedy, theme, key, original, file=path.name))


def _settle_networks(found: _Found, ends: Ends, usual: str | None) -> None:
    """Give each record its network: what it says, then the option, then that of the pipes that end in a node."""
    records: list[Node | Segment] = [*found.nodes, *found.segments]
    for record in records:
        record.network = network_of(record.kind, record.body) or usual
    for segment in found.segments:
        for node in ends[id(segment)]:
            if node is not None and node.network is None:
                node.network = segment.network
    only = {segment.network for segment in found.segments}
    for node in found.nodes:
        if node.network is None and len(only) == 1:
            node.network = next(iter(only))
    kept_nodes = [item for item in found.nodes if item.network]
    kept_segments = [item for item in found.segments if item.network]
    remedy = "give options.network"
    for item in records:
        if not item.network:
            what = f"{item.body['type']} {item.key!r} belongs to no known network"
            theme = item.kind.theme
            found.rejects.append(Reject(item.record, "network.unknown", what, remedy, theme, item.key))
    found.nodes, found.segments = kept_nodes, kept_segments


READER = Reader(
    "citygml_network",
    "CityGML i-UR utility networks (PLATEAU): pipes, cables, manholes",
    read,
    options=frozenset({"network", "materials", "axis_level_m", "axis_order"}),
)
