"""EPANET input files (.inp) of one pressurised network, in litres a second and metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from psycopg import sql

from cim.etl.export import BadExport, Export, FileWriter
from cim.etl.writers.epanet_lines import Names, link_lines, node_lines
from cim.etl.writers.pipe_rows import networks, nodes, segments

_DEVICES = sql.SQL(
    "SELECT s.source_key AS segment_key, v.kind, v.state, v.setting FROM {devices} AS v "
    "JOIN city.feature s ON s.feature_id = v.segment_id"
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
    links = segments(export, network)
    ended = links["start_key"].notna() & links["end_key"].notna()
    joined = links[ended]
    points = nodes(export, network)
    met = points["source_key"].isin({*joined["start_key"], *joined["end_key"]})
    joined = joined[joined["start_key"].isin(points["source_key"]) & joined["end_key"].isin(points["source_key"])]
    _note(export, len(links) - len(joined), "segments without two nodes are left out")
    _note(export, int((~met).sum()), "nodes without a segment are left out")
    points = points[met]
    lines: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    names = Names(points)
    node_lines(lines, points, names)
    link_lines(lines, joined, names, _devices(export), export.notes)
    if not lines["RESERVOIRS"] and not lines["TANKS"]:
        export.notes.append("the network has no source: EPANET needs a reservoir or tank to simulate it")
    if points.empty:
        raise BadExport(f"network {network!r} has no nodes that are joined", "export another network")
    headloss = "H-W" if _is_hazen_williams(joined) else "D-W"
    path.write_text("\n".join(_file(export, network, lines, headloss)) + "\n", encoding="utf-8")
    return {"pipe_node": len(points), "pipe_segment": len(joined)}


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


def _devices(export: Export) -> dict[str, dict[str, Any]]:
    """Return the device on each segment that has one."""
    query = _DEVICES.format(devices=export.selection.relation(export.table("pipe_device"), anywhere=True))
    return {row["segment_key"]: row for row in export.rows(query)}


def _is_hazen_williams(links: pd.DataFrame) -> bool:
    """Whether roughness is Hazen and Williams's coefficient, 40 to 160, and no height of bumps."""
    known = links["roughness"].dropna()
    return bool(known.empty or known.max() >= 1)


def _file(export: Export, network: str, lines: Mapping[str, list[str]], headloss: str) -> Iterable[str]:
    """Yield the lines of the file."""
    told = export.metadata
    yield "[TITLE]"
    yield f"{told['name_en']}: {network} network" + (" (synthetic)" if told["synthetic"] else "")
    for source in told["sources"]:
        named = "; ".join(item for item in (source["attribution"], source["licence"]) if item)
        yield f"Source {source['name']}: {named}"[:255]
    for name in _SECTIONS:
        yield f"\n[{name}]"
        yield from lines[name]
    yield f"\n[OPTIONS]\n Units LPS\n Headloss {headloss}\n\n[TIMES]\n Duration 0\n\n[END]"


WRITER = FileWriter(
    name="epanet",
    title="EPANET input file of one water network",
    write=write,
    themes=("pipe_node", "pipe_segment"),
    usual=("pipe_node", "pipe_segment"),
    sidecar=True,
)
