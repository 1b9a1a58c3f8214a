"""EPANET networks (.inp) through WNTR: junctions, tanks, reservoirs, pipes, pumps and valves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.crs import transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.places import length_m
from cim.etl.readers.epanet_model import model
from cim.etl.readers.epanet_places import Placed, check_scale, placed
from cim.etl.readers.inp_file import sections
from cim.etl.readers.inp_left_out import EPANET, left_out
from cim.manifest import SourceSpec

Floats = npt.NDArray[np.float64]

NETWORK = "water"
_STATES = {"open": "open", "active": "open", "closed": "closed", "cv": "open"}


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield nodes, segments and devices of a model.

    Options: `depth_m` (how far the axis lies below the model's node elevations, 0 unless told), `axis_order`,
    `tanks_feed` (whether a tank counts as a source beside the reservoirs; true unless told).

    Raises
    ------
    MissingCrs, BadSource
        The manifest gives no CRS, the file is no model, or its coordinates are in another unit than the CRS.
    """
    depth = source.options.get("depth_m", 0.0)
    if isinstance(depth, bool) or not isinstance(depth, int | float):
        raise BadSource(source.path, f"options.depth_m = {depth!r}", "give metres, e.g. depth_m = 1.2")
    feeding = _feeding(source)
    found = model(source.path)
    if not source.crs:
        raise MissingCrs(source.path)
    transform = transformation(source.crs, city, source.path, height_offset_m=source.height_offset_m)
    rejects: list[Reject] = []
    net = placed(found, source, transform, float(depth), rejects)
    remark = [*check_scale(net, source, transform), *_not_kept(source)]
    told: dict[str, Any] = {
        "crs": transform.crs,
        "pipeline": transform.pipeline,
        "accuracy_m": transform.accuracy_m,
    }
    of_nodes = [item for item in rejects if item.theme == "pipe_node"]
    yield Batch("pipe_node", _node_frame(net, float(depth), feeding), rejects=[*of_nodes, *remark], **told)
    of_links = [item for item in rejects if item.theme == "pipe_segment"]
    segments = _segment_frame(net)
    yield Batch("pipe_segment", segments, rejects=of_links, **told)
    devices = _device_frame(net, segments)
    if len(devices):
        yield Batch("pipe_device", devices, **told)


def _not_kept(source: SourceSpec) -> list[Reject]:
    """Remark on what the file says beyond the network; the curves of pumps' heads are kept with the pumps."""
    found = sections(source.path)
    pumps = [[word.upper() for word in line.words] for line in found.get("PUMPS", ())]
    heads = {words[words.index("HEAD") + 1] for words in pumps if "HEAD" in words[:-1]}
    return left_out(found, EPANET, "pipe_node", frozenset(heads))


def _labels(frame: pd.DataFrame) -> pd.Index:
    """Return section and name of each row."""
    return pd.Index([f"[{section}] {name}" for section, name in zip(frame["section"], frame["name"], strict=True)])


def _feeding(source: SourceSpec) -> tuple[str, ...]:
    """Return the kinds of nodes that feed the network.

    A tank does: what hangs on it has water while a pipe on the way to the reservoir is shut, if for hours only.
    """
    given = source.options.get("tanks_feed", True)
    if not isinstance(given, bool):
        raise BadSource(source.path, f"options.tanks_feed = {given!r}", "give true or false")
    return ("source", "tank") if given else ("source",)


def _node_frame(net: Placed, depth: float, feeding: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of `pipe_node`."""
    nodes = net.nodes
    frame = pd.DataFrame(
        {
            "source_key": nodes["name"],
            "network": NETWORK,
            "kind": nodes["kind"],
            "is_source": nodes["kind"].isin(feeding),
            "base_demand_m3s": nodes["base_demand_m3s"].astype("float64"),
            "attributes": nodes["attributes"].astype(object),
            "geom": shapely.points(net.points),
        }
    )
    if depth:
        frame["ground_level_m"] = net.points[:, 2] + depth
    return frame.set_index(_labels(nodes))


def _segment_frame(net: Placed) -> pd.DataFrame:
    """Return the rows of `pipe_segment`."""
    links = net.links
    shapes = [shapely.LineString(line) for line in net.lines]
    drawn = np.array([length_m(line) for line in net.lines], dtype=np.float64)
    size = links["diameter_mm"].astype("float64")
    frame = pd.DataFrame(
        {
            "source_key": links["name"],
            "network": NETWORK,
            "kind": links["kind"],
            "start_node_key": links["start"],
            "end_node_key": links["end"],
            "diameter_mm": size,
            # EPANET's diameters are inner ones; it knows no walls.
            "diameter_basis": "inner",
            "outer_width_mm": size,
            "outer_height_mm": size,
            "depth_reference": "axis",
            "length_m": links["length_m"].astype("float64").fillna(pd.Series(drawn)),
            "roughness": links["roughness"].astype("float64"),
            "state": np.where(links["status"].eq("closed") & links["kind"].eq("pipe"), "closed", "in_use"),
            "attributes": links["attributes"].astype(object),
            "geom": np.array(shapes, dtype=object),
        }
    )
    return frame.set_index(_labels(links))


def _device_frame(net: Placed, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `pipe_device`: pumps, valves and check valves, in the middle of their segment."""
    links = net.links
    there = (links["kind"].isin(["pump", "valve"]) | links["check_valve"]).to_numpy(dtype=bool)
    some = links[there]
    kind = some["kind"].where(some["kind"].ne("pipe"), "check_valve")
    state = some["status"].map(_STATES)
    state = state.where(kind.ne("pump"), state.map({"open": "on", "closed": "off"}))
    middles = [_middle(line) for line, wanted in zip(net.lines, there.tolist(), strict=True) if wanted]
    frame = pd.DataFrame(
        {
            "source_key": some["name"],
            "network": NETWORK,
            "kind": kind,
            "segment_key": some["name"],
            "diameter_mm": some["diameter_mm"].astype("float64"),
            "state": state,
            "setting": some["setting"].astype("float64"),
            "attributes": some["attributes"].astype(object),
            "geom": shapely.points(np.array(middles).reshape(-1, 3)),
        }
    )
    return frame.set_index(segments.index[there])


def _middle(line: Floats) -> Floats:
    """Return the point half-way along an axis."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line[:, :2], axis=0).T))])
    return np.array([np.interp(way[-1] / 2, way, line[:, part]) for part in range(3)])


READER = Reader(
    "epanet",
    "EPANET input file (.inp) of a water network",
    read,
    options=frozenset({"depth_m", "tanks_feed", "axis_order"}),
)
