"""SWMM drainage models (.inp): junctions, outfalls, dividers, storage; conduits, pumps, orifices, weirs, outlets.

Options: `network` (storm, sewage or combined; a model never says which it is), `axis_order`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.places import length_m
from cim.etl.readers.axis_order import EAST_NORTH, east_first
from cim.etl.readers.epanet_model import Model
from cim.etl.readers.epanet_places import STUB_M, Placed, check_scale, placed
from cim.etl.readers.swmm_model import Drainage, Section, drainage
from cim.manifest import SourceSpec

Floats = npt.NDArray[np.float64]
_NETWORKS = ("storm", "sewage", "combined")
_DEVICES = ("pump", "orifice", "weir", "outlet")


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield nodes, segments, devices and subcatchments of a model.

    Raises
    ------
    MissingSource, MissingCrs, BadSource
        There is no such file, the manifest gives no CRS or no network, the file is no SWMM model (the message says if
        it is EPANET's), or its coordinates are in another unit than the CRS.
    """
    network = source.options.get("network")
    if network not in _NETWORKS:
        what = "says not which network it is" if network is None else f"options.network = {network!r}"
        raise BadSource(source.path, what, 'give network = "storm", "sewage" or "combined" in options')
    found = drainage(source.path)
    if not source.crs:
        raise MissingCrs(source.path)
    way = transformation(source.crs, city, source.path, height_offset_m=source.height_offset_m)
    rejects = list(found.rejects)
    net = placed(Model(found.nodes, found.links), source, way, 0.0, rejects)
    remark = check_scale(net, source, way)
    lines = _lines(net, source.height_offset_m)
    told: dict[str, Any] = {"crs": way.crs, "pipeline": way.pipeline, "accuracy_m": way.accuracy_m}

    def of(theme: str) -> list[Reject]:
        return [item for item in rejects if item.theme == theme]

    nodes = _node_frame(net, lines, network)
    yield Batch("pipe_node", nodes, rejects=[*of("pipe_node"), *remark], **told)
    segments = _segment_frame(net, lines, network, source.height_offset_m)
    yield Batch("pipe_segment", segments, rejects=of("pipe_segment"), **told)
    devices = _device_frame(net, lines, network)
    if len(devices):
        yield Batch("pipe_device", devices, **told)
    areas, remarks = _area_frame(found, source, way)
    if len(areas) or of("city_object"):
        yield Batch("city_object", areas, rejects=[*of("city_object"), *remarks], **told)


def _labels(frame: pd.DataFrame) -> pd.Index:
    """Return section and name of each row."""
    pairs = zip(frame["section"], frame["name"], strict=True)
    return pd.Index([f"[{section}] {name}" for section, name in pairs], dtype=object)


def _lines(net: Placed, offset: float) -> list[Floats]:
    """Return the axis of each link: half its height above its invert, the level going with the way."""
    out = []
    starts, ends = (net.links[f"{end}_level_m"].to_numpy(dtype=np.float64) for end in ("start", "end"))
    sizes: list[Section | None] = list(net.links["sizes"])
    for line, size, start, end in zip(net.lines, sizes, starts.tolist(), ends.tolist(), strict=True):
        rise = size.height_m / 2 if size is not None else 0.0
        rise = rise if np.isfinite(rise) else 0.0
        steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line[:, :2], axis=0).T))])
        share = steps / steps[-1] if steps[-1] > 0 else np.linspace(0, 1, len(line))
        levels = start + share * (end - start) + offset + rise
        if steps[-1] == 0 and levels[0] == levels[-1]:
            levels[-1] += STUB_M
        out.append(np.column_stack([line[:, :2], levels]))
    return out


def _node_frame(net: Placed, lines: list[Floats], network: str) -> pd.DataFrame:
    """Return the rows of `pipe_node`: the place is at the lowest axis there, or at the invert where no link ends."""
    nodes = net.nodes
    lowest = pd.Series(np.inf, index=nodes["name"])
    for end, at in (("start", 0), ("end", -1)):
        axes = pd.Series([line[at, 2] for line in lines], index=net.links[end], dtype=np.float64)
        found = axes.groupby(level=0).min()
        lowest.loc[found.index] = np.minimum(lowest.loc[found.index], found)
    height = np.where(np.isfinite(lowest), lowest, net.points[:, 2])
    depth = nodes["depth_m"].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {
            "source_key": nodes["name"],
            "network": network,
            "kind": nodes["kind"],
            "is_sink": nodes["kind"].eq("outfall"),
            "ground_level_m": net.points[:, 2] + depth,
            "well_depth_m": depth,
            "attributes": [
                {"invert_level_m": round(float(level), 4), **(rest or {})}
                for level, rest in zip(net.points[:, 2], nodes["attributes"], strict=True)
            ],
            "geom": shapely.points(np.column_stack([net.points[:, :2], height])),
        }
    )
    return frame.set_index(_labels(nodes))


def _segment_frame(net: Placed, lines: list[Floats], network: str, offset: float) -> pd.DataFrame:
    """Return the rows of `pipe_segment`; SWMM knows no walls and no materials: sizes are inner, and none is guessed."""
    links = net.links
    sizes = list(links["sizes"])
    width = np.array([np.nan if item is None else item.width_m * 1000 for item in sizes])
    height = np.array([np.nan if item is None else item.height_m * 1000 for item in sizes])
    rectangular = np.array([item is not None and item.form == "rectangular" for item in sizes], dtype=bool)
    drawn = [length_m(line) for line in lines]
    frame = pd.DataFrame(
        {
            "source_key": links["name"],
            "network": network,
            "kind": links["kind"],
            "start_node_key": links["start"],
            "end_node_key": links["end"],
            "shape": np.where(rectangular, "rectangular", "circular").astype(object),
            "diameter_mm": np.where(rectangular, np.nan, height),
            "diameter_basis": "inner",
            "width_mm": np.where(rectangular, width, np.nan),
            "height_mm": np.where(rectangular, height, np.nan),
            "outer_width_mm": width,
            "outer_height_mm": height,
            "depth_reference": "invert",
            "start_level_m": links["start_level_m"].astype("float64") + offset,
            "end_level_m": links["end_level_m"].astype("float64") + offset,
            "flow_direction": 0,
            "length_m": links["length_m"].astype("float64").fillna(pd.Series(drawn, dtype=np.float64)),
            "roughness": links["roughness"].astype("float64"),
            "attributes": links["attributes"].astype(object),
            "geom": np.array([shapely.LineString(line) for line in lines], dtype=object),
        }
    )
    return frame.set_index(_labels(links))


def _device_frame(net: Placed, lines: list[Floats], network: str) -> pd.DataFrame:
    """Return the rows of `pipe_device`: pumps, orifices, weirs and outlets, half-way along their segment."""
    there = net.links["kind"].isin(_DEVICES).to_numpy(dtype=bool)
    some = net.links[there]
    middles = [
        shapely.force_3d(shapely.LineString(line).interpolate(0.5, normalized=True), line[:, 2].mean())
        for line, wanted in zip(lines, there.tolist(), strict=True)
        if wanted
    ]
    frame = pd.DataFrame(
        {
            "source_key": some["name"],
            "network": network,
            "kind": some["kind"],
            "segment_key": some["name"],
            "state": some["status"].where(some["status"].isin(["on", "off"]), None),
            "attributes": some["attributes"].astype(object),
            "geom": np.array(middles, dtype=object),
        }
    )
    return frame.set_index(_labels(some))


def _area_frame(found: Drainage, source: SourceSpec, way: Transformation) -> tuple[pd.DataFrame, list[Reject]]:
    """Return the rows of `city_object`: subcatchments, with a remark on those without an outline."""
    areas = found.areas
    shapes, remarks = list[Any](), list[Reject]()
    for section, name, corners in zip(areas["section"], areas["name"], list(areas["points"]), strict=True):
        if len(corners) < 3:
            what, remedy = f"{name!r} has no outline", "give it lines in [POLYGONS]; kept without a place"
            where = f"[{section}] {name}"
            remarks.append(
                Reject(where, "geometry.missing", what, remedy, "city_object", str(name), severity="warning")
            )
            shapes.append(None)
            continue
        points = np.array(corners, dtype=np.float64)
        order = source.options.get("axis_order")
        east, north, _ = east_first(
            points[:, 0], points[:, 1], crs=way.crs, order=order, usual=EAST_NORTH, path=source.path
        )
        shapes.append(shapely.Polygon(np.column_stack(way.plane(east, north))))
    frame = pd.DataFrame(
        {
            "source_key": areas["name"],
            "object_type": "Subcatchment",
            "name": areas["name"],
            "attributes": areas["attributes"].astype(object),
            "geom": np.array(shapes, dtype=object),
        }
    )
    return frame.set_index(_labels(areas)), remarks


READER = Reader(
    "swmm", "SWMM input file (.inp) of a drainage network", read, options=frozenset({"network", "axis_order"})
)
