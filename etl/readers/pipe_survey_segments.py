"""Segments of a pipeline survey: between which points, how large, and at which height their axis lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.etl.places import on_grid
from cim.etl.readers.pipe_survey_codes import Codes, Material, spelled
from cim.etl.readers.pipe_survey_nodes import Places
from cim.etl.readers.pipe_survey_reading import Survey
from cim.etl.readers.pipe_survey_sections import Sections, axis_height, sections

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]

GRAVITY = ("storm", "sewage", "combined")
"""Networks in which water runs by itself: depths go to the inner invert."""
_ENDS = (("start_node_key", "起点"), ("end_node_key", "终点"))
_WIRES = ("power", "telecom")


@dataclass(frozen=True)
class Ends:
    """Both ends of each segment, by position among the points."""

    start: Ints
    """Point at the start."""
    end: Ints
    """Point at the end."""

    def take(self, kept: npt.NDArray[np.bool_] | slice) -> Ends:
        """Return the ends of the segments where the mask is true, or of a run of them."""
        return Ends(self.start[kept], self.end[kept])


@dataclass(frozen=True)
class Laid:
    """What follows from a survey for the segments that are left."""

    burial: Names
    """Way of burial, our word or None."""
    material: Names
    """`Material` or None."""
    kind: Names
    """pipe, duct, cable or channel."""
    reference: Names
    """crown, invert or axis."""
    sections: Sections
    """Sizes."""
    start_level: Floats
    """Surveyed level at the start, city height, metres; from the depth where it is not given."""
    end_level: Floats
    """The same at the end."""
    start_axis: Floats
    """Height of the axis at the start."""
    end_axis: Floats
    """Height of the axis at the end."""

    def take(self, rows: slice) -> Laid:
        """Return a run of the segments."""
        mine = {field.name: getattr(self, field.name)[rows] for field in fields(self) if field.name != "sections"}
        return Laid(**mine, sections=self.sections.take(rows))


def joined(survey: Survey, places: Places) -> Ends:
    """Refuse lines whose ends are missing, unknown or the same point; return the points of the others."""
    for name, title in _ENDS:
        none = survey.column(name).isna().to_numpy()
        survey.refuse(none, "reference.missing", f"has no {title}", f"give the survey number of its {title}")
    start, end = (places.find(survey.column(name)) for name, _ in _ENDS)
    for (name, title), at in zip(_ENDS, (start, end), strict=True):
        # A line that lacks both is told of the first only.
        survey.refuse(
            (at < 0)[(start >= 0) | (name == _ENDS[0][0])],
            "reference.unknown_point",
            f"{title} {{{name}!r}} is not in the point table, or was refused there",
            "add the point to the point table, or correct the number",
        )
    known = (start >= 0) & (end >= 0)
    start, end = start[known], end[known]
    same = start == end
    survey.refuse(same, "line.self_loop", "begins and ends at {start_node_key!r}", "give the two ends")
    return Ends(start[~same], end[~same])


def laid(survey: Survey, places: Places, ends: Ends, codes: Codes, reference: str | None, offset: float) -> Laid:
    """Derive sizes, references and heights.

    Parameters
    ----------
    survey
        Lines whose ends and network are known.
    places
        Points.
    ends
        The points of each line.
    codes
        Code tables.
    reference
        Option `depth_reference`: crown, invert or axis for all lines; None: by network.
    offset
        Added to surveyed levels to reach the city's datum, metres.
    """
    network = survey.frame["network"].to_numpy(dtype=object)
    material = _known(survey, "material_raw", "材质", codes.materials)
    burial = _known(survey, "burial_raw", "埋设类型", codes.burials)
    width, height = survey.numbers("width_mm"), survey.numbers("height_mm")
    kind = _kinds(network, burial, np.isfinite(width), np.isfinite(survey.numbers("diameter_mm")))
    found = sections(
        survey.numbers("diameter_mm"),
        width,
        height,
        survey.numbers("wall_mm"),
        survey.column("stated_basis").to_numpy(dtype=object),
        material,
        kind == "duct",
    )
    references = _references(network, kind, survey.column("pressure_raw"), reference)
    levels = [
        on_grid(np.where(np.isfinite(level), level, places.ground[at] - depth))
        for level, depth, at in (
            (survey.numbers("start_level_m") + offset, survey.numbers("start_depth_m"), ends.start),
            (survey.numbers("end_level_m") + offset, survey.numbers("end_depth_m"), ends.end),
        )
    ]
    axes = [on_grid(axis_height(level, references, found)) for level in levels]
    return Laid(burial, material, kind, references, found, levels[0], levels[1], axes[0], axes[1])


def without_height(survey: Survey, places: Places, ends: Ends) -> npt.NDArray[np.bool_]:
    """Return which lines have, at either end, neither a level nor a depth below a known ground."""
    out = np.zeros(len(survey.frame), dtype=bool)
    for end, at in (("start", ends.start), ("end", ends.end)):
        by_depth = places.ground[at] - survey.numbers(f"{end}_depth_m")
        out |= ~np.isfinite(survey.numbers(f"{end}_level_m")) & ~np.isfinite(by_depth)
    return out


def _known(survey: Survey, name: str, title: str, table: object) -> Names:
    """Return the meaning of a code, None where it is not known, which is remarked on."""
    raw = survey.column(name)
    codes, distinct = pd.factorize(raw)
    found = np.empty(len(distinct) + 1, dtype=object)
    for at, text in enumerate(distinct):
        found[at] = table.get(spelled(str(text)))  # type: ignore[attr-defined]
    out = found[codes]
    short = name.removesuffix("_raw")
    survey.remark(
        raw.notna().to_numpy() & pd.isna(out),
        f"code.unknown_{short}",
        f"{title} {{{name}!r}} is not known; it is kept as it stands",
        f"correct it, or say in options.{short}s what it means",
    )
    return out


def _kinds(network: Names, burial: Names, rectangular: npt.NDArray[np.bool_], round_: npt.NDArray[np.bool_]) -> Names:
    """Return pipe, duct, cable or channel."""
    wires = np.isin(network, _WIRES)
    trench = np.isin(burial, ["trench", "tunnel"])
    duct = wires & (np.isin(burial, ["duct", "duct_block", "trenchless"]) | rectangular | round_)
    cable = wires & (np.isin(burial, ["direct", "overhead"]) | ~duct) & ~rectangular
    channel = (trench & rectangular) | (np.isin(network, GRAVITY) & rectangular)
    return np.select([channel, cable, duct], ["channel", "cable", "duct"], "pipe").astype(object)


def _references(network: Names, kind: Names, pressure: pd.Series, given: str | None) -> Names:
    """Return what depths are measured to: outer crown, or inner invert for gravity pipes and channels."""
    if given:
        return np.full(len(network), given, dtype=object)
    # A sewer for which a pressure is stated is a rising main.
    number = _megapascals(pressure)
    gravity = np.isin(network, GRAVITY) & ~(number > 0)
    return np.where(gravity | (kind == "channel"), "invert", "crown").astype(object)


def named(survey: Survey, ends: Ends, count: int) -> Survey:
    """Return the lines with a key for each: its number where it has one, else its ends; a second between them gets #2.

    Parameters
    ----------
    survey
        The lines.
    ends
        The points of each line.
    count
        Number of points.
    """
    text = survey.column("start_node_key").astype("str") + "-" + survey.column("end_node_key").astype("str")
    between = pd.Series(ends.start * count + ends.end, index=text.index)
    again = between.duplicated().to_numpy()
    if again.any():
        number = between.groupby(between, sort=False).cumcount() + 1
        text = text.where(~again, text + "#" + number.astype("str"))
    own = survey.column("source_key").astype("str")
    return survey.part(survey.frame.assign(source_key=own.where(own.notna(), text)))


def segment_frame(
    survey: Survey, places: Places, ends: Ends, class_code: pd.Series, found: Laid, offset: float
) -> pd.DataFrame:
    """Return the rows of `pipe_segment`, of `named` lines; `offset` brings levels to the city's datum, metres."""
    a, b = ends.start, ends.end
    line = np.stack(
        [
            np.column_stack([places.x[a], places.y[a], found.start_axis]),
            np.column_stack([places.x[b], places.y[b], found.end_axis]),
        ],
        axis=1,
    )
    rectangular = found.sections.rectangular
    frame = pd.DataFrame(
        {
            "source_key": survey.column("source_key"),
            "network": survey.frame["network"],
            "class_code": class_code,
            "kind": found.kind,
            "start_node_key": survey.column("start_node_key"),
            "end_node_key": survey.column("end_node_key"),
            "shape": np.where(rectangular, "rectangular", "circular").astype(object),
            "diameter_mm": np.where(rectangular, np.nan, survey.numbers("diameter_mm")),
            "diameter_basis": found.sections.basis,
            "width_mm": survey.numbers("width_mm"),
            "height_mm": survey.numbers("height_mm"),
            "outer_width_mm": found.sections.outer_width,
            "outer_height_mm": found.sections.outer_height,
            "material": _material_names(found.material),
            "burial": found.burial,
            "depth_reference": found.reference,
            "start_level_m": on_grid(survey.numbers("start_level_m") + offset),
            "end_level_m": on_grid(survey.numbers("end_level_m") + offset),
            "pressure_mpa": _megapascals(survey.column("pressure_raw")),
            "length_m": np.linalg.norm(line[:, 1] - line[:, 0], axis=1),
            "geom": shapely.linestrings(line),
        },
        index=survey.frame.index,
    )
    for name in _AS_SURVEYED:
        if name in survey.frame:
            frame[name] = survey.frame[name]
    return frame


def _material_names(found: Names) -> Names:
    """Return our words for materials."""
    return np.array([item.material if isinstance(item, Material) else None for item in found], dtype=object)


def _megapascals(pressure: pd.Series) -> Floats:
    """Return pressures that are numbers, MPa; words such as 中压A stay in `pressure_raw` only."""
    codes, distinct = pd.factorize(pressure)
    return np.array([*(_megapascal(str(text)) for text in distinct), np.nan])[codes]


def _megapascal(text: str) -> float:
    """Return one pressure, NaN where the text is no number."""
    found = re.match(r"^(\d+(?:\.\d+)?)(MPA|KPA|兆帕|千帕)?$", "".join(text.upper().split()))
    if not found:
        return np.nan
    return float(found[1]) / (1000 if found[2] in ("KPA", "千帕") else 1)


_AS_SURVEYED = (
    "wall_mm",
    "material_raw",
    "burial_raw",
    "start_depth_m",
    "end_depth_m",
    "pressure_raw",
    "voltage_kv",
    "cables",
    "holes_total",
    "holes_used",
    "flow_direction",
    "installed_year",
    "state",
    "owner",
    "road_name",
    "survey_method",
    "lining",
    "surveyed_by",
    "surveyed_on",
    "remarks",
    "attributes",
)
