"""EPANET input files (.inp) of one pressurised network, in litres a second and metres, in bounded memory.

Each section goes to a file of its own while rows come, and the sections are put together at the end: EPANET wants
nodes before the links that name them, and a node's or link's row says something of several sections.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from psycopg import sql

from cim.etl.export import Export, FileWriter
from cim.etl.export_place import BadExport
from cim.etl.writers.epanet_lines import Assumed, Lines, link_lines, node_lines
from cim.etl.writers.pipe_rows import frames, networks, relation

# Links whose both nodes are there. Of several devices on a link the last one counts.
_LINKS = sql.SQL(
    "SELECT v.*, a.source_key AS start_key, a.feature_id AS start_id, b.source_key AS end_key, "
    "b.feature_id AS end_id, d.kind AS device, d.state AS device_state, d.setting AS device_setting, "
    "ST_AsBinary(v.geom) AS wkb FROM {segments} AS v "
    "JOIN {nodes} AS a ON a.feature_id = v.start_node_id AND a.network = v.network "
    "JOIN {nodes} AS b ON b.feature_id = v.end_node_id AND b.network = v.network "
    "LEFT JOIN LATERAL (SELECT t.kind, t.state, t.setting FROM {devices} AS t WHERE t.segment_id = v.feature_id "
    "ORDER BY t.feature_id DESC LIMIT 1) AS d ON true WHERE v.network = %(network)s ORDER BY v.feature_id"
)
_NODES = sql.SQL(
    "SELECT v.*, ST_AsBinary(v.geom) AS wkb FROM {nodes} AS v WHERE v.network = %(network)s AND v.feature_id IN "
    "(SELECT unnest(ARRAY[s.start_node_id, s.end_node_id]) FROM {segments} AS s "
    "JOIN {nodes} AS a ON a.feature_id = s.start_node_id AND a.network = s.network "
    "JOIN {nodes} AS b ON b.feature_id = s.end_node_id AND b.network = s.network WHERE s.network = %(network)s) "
    "ORDER BY v.feature_id"
)
_COUNTS = sql.SQL(
    "SELECT (SELECT count(*) FROM {nodes} AS n WHERE n.network = %(network)s) AS nodes, "
    "(SELECT count(*) FROM {segments} AS s WHERE s.network = %(network)s) AS segments"
)
_SECTIONS = (
    "JUNCTIONS",
    "RESERVOIRS",
    "TANKS",
    "PIPES",
    "PUMPS",
    "VALVES",
    "STATUS",
    "CURVES",
    "COORDINATES",
    "VERTICES",
    "TAGS",
)


def write(export: Export, path: Path) -> Mapping[str, int]:
    """Write one network.

    Raises
    ------
    BadExport
        There is none, or its export's CRS is in degrees.
    """
    network = _network(export)
    with _Sections(path.parent) as sections:
        assumed = Assumed()
        points = joined = 0
        for frame in _rows(export, _NODES, network):
            sections.take(node_lines(frame))
            points += len(frame)
        for frame in _rows(export, _LINKS, network):
            sections.take(link_lines(frame, assumed))
            joined += len(frame)
        _tell(export, network, points, joined, sections, assumed)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _title(export, network))
            sections.copy_to(file)
            headloss = "H-W" if assumed.is_hazen_williams else "D-W"
            file.write(f"\n[OPTIONS]\n Units LPS\n Headloss {headloss}\n\n[TIMES]\n Duration 0\n\n[END]\n")
    return {"pipe_node": points, "pipe_segment": joined}


class _Sections:
    """Sections of the file, each in a temporary file till all rows have come."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.filled: set[str] = set()

    def __enter__(self) -> _Sections:
        enter = self._stack.enter_context
        self._files: dict[str, IO[str]] = {name: enter(self._section()) for name in _SECTIONS}
        return self

    def _section(self) -> IO[str]:
        """Return a file without a name, gone when it is closed."""
        return tempfile.TemporaryFile("w+", encoding="utf-8", dir=self._folder)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def take(self, lines: Lines) -> None:
        """Add lines to their sections."""
        for name, some in lines.items():
            self._files[name].writelines(f"{line}\n" for line in some)
            self.filled.add(name)

    def copy_to(self, file: IO[str]) -> None:
        """Write all sections, one after another."""
        for name, section in self._files.items():
            file.write(f"\n[{name}]\n")
            section.seek(0)
            while part := section.read(1 << 20):
                file.write(part)


def _rows(export: Export, query: sql.SQL, network: str) -> Iterator[Any]:
    """Yield the rows of one of the queries in portions."""
    parts = {
        "nodes": relation(export, "pipe_node"),
        "segments": relation(export, "pipe_segment"),
        "devices": export.selection.relation(export.table("pipe_device"), anywhere=True),
    }
    yield from frames(export, query.format(**parts), network)


def _tell(export: Export, network: str, points: int, joined: int, sections: _Sections, assumed: Assumed) -> None:
    """Note what is left out, missing or assumed."""
    if not points:
        raise BadExport(f"network {network!r} has no nodes that are joined", "export another network")
    query = _COUNTS.format(nodes=relation(export, "pipe_node"), segments=relation(export, "pipe_segment"))
    (counts,) = export.rows(query, network=network)
    _note(export, counts["segments"] - joined, "segments without two nodes are left out")
    _note(export, counts["nodes"] - points, "nodes without a segment are left out")
    export.notes.extend(assumed.notes())
    if not sections.filled & {"RESERVOIRS", "TANKS"}:
        export.notes.append("the network has no source: EPANET needs a reservoir or tank to simulate it")


def _network(export: Export) -> str:
    """Return the network to write: the one that is asked for, else water."""
    found = networks(export)
    if len(found) == 1:
        return found[0]
    if "water" in found and not export.selection.networks:
        return "water"
    raise BadExport("an EPANET file holds one network", f"give --network, one of {', '.join(found) or 'none here'}")


def _note(export: Export, count: int, what: str) -> None:
    """Note what is left out."""
    if count:
        export.notes.append(f"{count} {what}")


def _title(export: Export, network: str) -> Iterator[str]:
    """Yield the lines of the title: the city, and who is to be named."""
    told = export.metadata
    yield "[TITLE]"
    yield f"{told['name_en']}: {network} network" + (" (synthetic)" if told["synthetic"] else "")
    for source in told["sources"]:
        named = "; ".join(item for item in (source["attribution"], source["licence"]) if item)
        yield f"Source {source['name']}: {named}"[:255]


WRITER = FileWriter(
    name="epanet",
    title="EPANET input file of one water network",
    write=write,
    themes=("pipe_node", "pipe_segment"),
    usual=("pipe_node", "pipe_segment"),
    sidecar=True,
)
