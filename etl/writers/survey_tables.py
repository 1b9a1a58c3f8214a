"""Tables of a pipeline survey (管点表, 管线表) from the nodes and segments of a network, portion by portion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from psycopg import sql

from cim.etl.export import Export
from cim.etl.places import on_grid
from cim.etl.readers.pipe_survey_codes import materials, spelled, table
from cim.etl.writers.pipe_rows import Floats, column, portions, surveyed

PREFIXES = {
    "water": "JS",
    "storm": "YS",
    "sewage": "WS",
    "combined": "HS",
    "gas": "RQ",
    "heat": "RL",
    "power": "DL",
    "telecom": "TX",
    "industrial": "GY",
}
"""CJJ 61 codes by which sheets are named."""

_POINTS = {
    "物探点号": "source_key",
    "地面高程": "ground_level_m",
    "特征": "feature_raw",
    "附属物": "appurtenance_raw",
    "井深": "well_depth_m",
    "井盖材质": "cover_material",
    "井盖规格": "cover_size_mm",
    "管线类别": "class_code",
    "使用状态": "state",
    "权属单位": "owner",
    "探测单位": "surveyed_by",
    "探测日期": "surveyed_on",
    "阀门编号": "device_number",
    "阀门口径": "device_diameter_mm",
    "阀门井编号": "device_chamber",
    "开关状态": "device_state",
    "可否操作": "device_operable",
    "最近操作日期": "device_last_operated_on",
}
_LINES = {
    "管线编号": "source_key",
    "起点点号": "start_key",
    "终点点号": "end_key",
    "起点埋深": "start_depth_m",
    "终点埋深": "end_depth_m",
    "起点高程": "start_level_m",
    "终点高程": "end_level_m",
    "壁厚": "wall_mm",
    "材质": "material_raw",
    "埋设类型": "burial_raw",
    "压力": "pressure_raw",
    "电缆条数": "cables",
    "总孔数": "holes_total",
    "已用孔数": "holes_used",
    "流向": "flow_direction",
    "建设年代": "installed_year",
    "管线类别": "class_code",
    "权属单位": "owner",
    "道路名称": "road_name",
    "使用状态": "state",
    "探测方法": "survey_method",
    "内衬": "lining",
    "探测单位": "surveyed_by",
    "探测日期": "surveyed_on",
    "备注": "remarks",
}
_MORE_LINES = {"电压": "voltage_kv", "管径": "diameter_mm", "断面": "width_mm"}
_SIGNS = {"outer": "De", "inner": "ID", "nominal": "DN"}
_OF_SECTION = ["diameter_mm", "diameter_basis", "width_mm", "height_mm", "material", "material_raw"]
_GRAVITY = ("storm", "sewage", "combined")


_NEEDED = ("物探点号", "X", "Y", "起点点号", "终点点号")
"""Columns that the reader needs, whether or not they say anything."""
_FROM = {
    "附属物": ("kind", "appurtenance_raw"),
    "电压": ("voltage_kv",),
    "管径": ("diameter_mm",),
    "断面": ("width_mm",),
    "材质": ("material", "material_raw"),
    "起点高程": ("feature_id",),
    "终点高程": ("feature_id",),
}
"""Columns of ours that fill one of the survey's, where it is not the one of `_POINTS` or `_LINES`."""
_COUNTS = sql.SQL("SELECT count(*) AS rows, {counts} FROM {relation} AS r WHERE r.network = %(network)s")
_NAMES = sql.SQL(
    "SELECT DISTINCT name FROM {relation} AS r, jsonb_object_keys(r.attributes) AS name "
    "WHERE r.network = %(network)s AND jsonb_typeof(r.attributes) = 'object'"
)


@dataclass(frozen=True)
class Layout:
    """Columns of one table of one network."""

    rows: int
    """How many rows it has."""
    titles: tuple[str, ...]
    """Titles of what the survey's own columns hold."""
    attributes: tuple[str, ...]
    """Attributes that have a column each, after those; of an equal title, a second such column."""

    @property
    def header(self) -> list[str]:
        """The titles of all columns."""
        return [*self.titles, *self.attributes]


def layout(export: Export, theme: str, network: str) -> Layout:
    """Look at a network's nodes or segments, and return the columns that have values."""
    titles = {**_POINTS, "X": "feature_id", "Y": "feature_id"} if theme == "pipe_node" else {**_LINES, **_MORE_LINES}
    sources = {title: _FROM.get(title, (name,)) for title, name in titles.items()}
    ours = sorted({name for names in sources.values() for name in names} - {"start_key", "end_key"})
    query = _COUNTS.format(
        counts=sql.SQL(", ").join(sql.SQL("count(r.{0}) AS {0}").format(sql.Identifier(name)) for name in ours),
        relation=surveyed(export, theme),
    )
    (counts,) = export.rows(query, network=network)
    kept = [title for title, names in sources.items()
            if title in _NEEDED or any(counts.get(name) for name in names)]  # fmt: skip
    named = export.rows(_NAMES.format(relation=surveyed(export, theme)), network=network)
    return Layout(counts["rows"], tuple(kept), tuple(sorted(row["name"] for row in named)))


def tables(export: Export, theme: str, network: str, shape: Layout) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table in portions, with the columns of its layout."""
    told = _points if theme == "pipe_node" else _lines
    for frame in portions(export, theme, network):
        columns = told(frame)
        said = [item or {} for item in frame["attributes"]]
        parts = [pd.Series(columns[title], index=frame.index, dtype=object) for title in shape.titles]
        parts += [pd.Series([item.get(name) for item in said], index=frame.index, dtype=object)
                  for name in shape.attributes]  # fmt: skip
        out = pd.concat(parts, axis=1)
        out.columns = pd.Index(shape.header)
        yield out


def _points(nodes: pd.DataFrame) -> Mapping[str, Any]:
    """Return the columns of a point table: X is the northing, as Chinese surveyors have it."""
    out = {title: column(nodes, name) for title, name in _POINTS.items()}
    places = np.array([points[0] for points in nodes["points"]]).reshape(-1, 3)
    out |= {title: pd.Series(places[:, at], index=nodes.index) for title, at in (("X", 1), ("Y", 0))}
    out["使用状态"] = _words("state", nodes["state"])
    out["开关状态"] = _words("device", nodes["device_state"])
    out["可否操作"] = _words("operable", nodes["device_operable"].map({True: "yes", False: "no"}))
    # A model's node is known by its kind only: the survey's word for it stands in for what no surveyor wrote.
    silent = nodes["feature_raw"].isna() & nodes["appurtenance_raw"].isna()
    kinds = nodes["kind"].map(_word_of_kind)
    out["附属物"] = out["附属物"].where(~silent, kinds.where(kinds.notna(), None))
    return out


def _lines(segments: pd.DataFrame) -> Mapping[str, Any]:
    """Return the columns of a line table; where nothing was surveyed, levels are taken from the axis."""
    out = {title: column(segments, name) for title, name in _LINES.items()}
    out["使用状态"] = _words("state", segments["state"])
    out["探测方法"] = _words("method", segments["survey_method"])
    out["流向"] = segments["flow_direction"].map(lambda code: None if pd.isna(code) else str(int(code)))
    out["电压"] = segments["voltage_kv"].map(lambda volts: None if pd.isna(volts) else f"{_plain(volts)}kV")
    rows = segments[_OF_SECTION].to_dict("records")
    for title, told in (("管径", _diameter), ("断面", _section)):
        sizes: list[Any] = [told(row) for row in rows]
        out[title] = pd.Series(sizes, index=segments.index, dtype=object)
    out["材质"] = out["材质"].where(segments["material_raw"].notna(), segments["material"].map(_word_of_material))
    for title, name, end in (("起点高程", "start", 0), ("终点高程", "end", -1)):
        silent = segments[f"{name}_level_m"].isna() & segments[f"{name}_depth_m"].isna()
        out[title] = out[title].where(~silent, pd.Series(_levels(segments, end), index=segments.index, dtype=object))
    return out


@cache
def _choice(kind: str) -> Mapping[str, str]:
    """Return the first word for each of our values."""
    rows = [row for row in table("pipe_states.csv") if row["list"] == kind]
    return {row["value"]: row["names"].split("|")[0] for row in reversed(rows)}


def _words(kind: str, values: pd.Series) -> pd.Series:
    """Return a survey's words for our values."""
    return values.map(lambda value: None if pd.isna(value) else _choice(kind).get(value, value)).astype(object)


@cache
def _word_of_kind(kind: str) -> str | None:
    """Return the survey's word for a kind of node: an appurtenance, else none."""
    rows = [row for row in table("pipe_features.csv") if row["list"] == "appurtenance" and row["kind"] == kind]
    return rows[0]["names"].split("|")[0] if rows else None


def _word_of_material(material: object) -> str | None:
    """Return the survey's code or word for our material."""
    return _name_of_material(material) if isinstance(material, str) else None


@cache
def _name_of_material(material: str) -> str:
    """Return the first of a material's names."""
    rows = [row for row in table("pipe_materials.csv") if row["material"] == material]
    return rows[0]["names"].split("|")[0] if rows else material


def _plain(number: float) -> str:
    """Return a number without an exponent or needless zeros."""
    return str(int(number)) if float(number).is_integer() else f"{number:.6f}".rstrip("0")


def _diameter(row: Mapping[Any, Any]) -> str | None:
    """Return a round section, with its basis where the material does not say the same."""
    size = row["diameter_mm"]
    if size is None or pd.isna(size):
        return None
    raw = row["material_raw"] if isinstance(row["material_raw"], str) else _word_of_material(row["material"])
    known = materials().get(spelled(raw or ""))
    basis = row["diameter_basis"]
    return f"{'' if basis == (known.basis if known else 'nominal') else _SIGNS[basis]}{_plain(size)}"


def _section(row: Mapping[Any, Any]) -> str | None:
    """Return a rectangular section, width by height."""
    sizes = (row["width_mm"], row["height_mm"])
    return None if any(size is None or pd.isna(size) for size in sizes) else "X".join(map(_plain, sizes))


def _levels(segments: pd.DataFrame, end: int) -> Floats:
    """Return the level at an end: of the invert of gravity sewers, else of the crown."""
    axis = np.array([points[end][2] for points in segments["points"]], dtype=np.float64)
    half = segments["outer_height_mm"].fillna(0).to_numpy(dtype=np.float64) / 2000
    down = segments["network"].isin(_GRAVITY).to_numpy()
    level: Floats = np.where(down, axis - half, axis + half)
    return on_grid(level)
