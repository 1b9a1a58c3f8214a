"""A layer of pipes or points as a survey table: columns by option or by their usual titles, and the places drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim.city import CityProfile
from cim.crs import Transformation
from cim.errors import BadSource
from cim.etl.columns import text_option
from cim.etl.readers.pipe_survey_columns import Told, fields, match, read_columns
from cim.etl.readers.pipe_survey_reading import Survey, tell_misread
from cim.etl.records import Geometries
from cim.etl.vector_file import layers_of, open_layer
from cim.etl.vector_places import geometries, placed, way_into_city
from cim.manifest import SourceSpec

_ALIASES = {
    "key": "source_key",
    "diameter_mm": "diameter",
    "section_mm": "section",
    "material": "material_raw",
    "burial": "burial_raw",
    "pressure": "pressure_raw",
    "feature": "feature_raw",
    "appurtenance": "appurtenance_raw",
}
"""Names of the themes' columns that a survey field goes by."""


@dataclass(frozen=True)
class Layer:
    """A layer that has been read."""

    survey: Survey
    """Its rows; column `shape` is the place, city CRS. The index says layer and record: `pipes!17`."""
    way: Transformation
    """Into the city's CRS."""


def layer_names(source: SourceSpec) -> tuple[str, str | None]:
    """Return the layer of lines and that of points, by options `lines` and `points`, else by what the file holds.

    Raises
    ------
    BadSource
        There is no layer of lines, or several, and no option says which.
    """
    lines, points = text_option(source, "lines"), text_option(source, "points")
    if lines is not None:
        return lines, points
    kinds = layers_of(source.path) if source.path.exists() else {}
    drawn = [name for name, kind in kinds.items() if "LineString" in kind]
    if len(drawn) != 1 and kinds:
        have = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        what = f"has {'no layer' if not drawn else 'several layers'} of lines ({have})"
        raise BadSource(source.path, what, 'name it with lines = "…" in options')
    return (drawn or [""])[0], points


def read_layer(source: SourceSpec, city: CityProfile, name: str, *, is_points: bool) -> Layer:
    """Read a layer whole.

    Raises
    ------
    MissingSource, BadSource
        There is no such file, layer or column, or it has no CRS.
    """
    options = {key: value for key, value in source.options.items() if key != "layer"} | (
        {"layer": name} if name else {}
    )
    frames, theme = [], "pipe_node" if is_points else "pipe_segment"
    misread = []
    with open_layer(replace(source, options=options)) as layer:
        given = _given(source, layer.fields, is_points)
        columns = match(list(layer.fields), is_points, given)
        way = way_into_city(source, layer.crs, city)
        start = 1
        for rows in layer.batches:
            cells = [rows[column.title].to_pylist() for column in columns]
            frame, lost = read_columns(columns, cells)
            frame = frame.reindex(range(rows.num_rows))
            frame["shape"] = placed(geometries(rows, layer.geometry_column), way)
            frame.index = pd.Index([f"{layer.name}!{start + at}" for at in range(rows.num_rows)], dtype=object)
            frames.append(frame)
            misread += [(frame.index, item) for item in lost]
            start += rows.num_rows
    empty = pd.DataFrame({"shape": pd.Series([], dtype=object)})
    survey = Survey(pd.concat(frames) if frames else empty, theme, source.path)
    tell_misread(survey, misread)
    return Layer(survey, way)


def _given(source: SourceSpec, titles: tuple[str, ...], is_points: bool) -> Mapping[str, Told]:
    """Return what options `columns` and `point_columns` (ours = theirs) say, as title = field."""
    option = "point_columns" if is_points else "columns"
    given = source.options.get(option, {})
    if not isinstance(given, Mapping):
        raise BadSource(source.path, f"options.{option} = {given!r}", 'give a table: { diameter_mm = "DN" }')
    known = {field.name for field in fields(is_points)}
    out = {}
    for ours, theirs in given.items():
        name = _ALIASES.get(ours, ours)
        if name not in known:
            names = ", ".join(sorted({*known, *(said for said, field in _ALIASES.items() if field in known)}))
            raise BadSource(source.path, f"options.{option}: there is no field {ours!r}", f"give one of {names}")
        if theirs not in titles:
            raise BadSource(
                source.path, f"options.{option}: has no column {theirs!r} (for {ours})", f"it has {', '.join(titles)}"
            )
        out[str(theirs)] = Told(name)
    return out


def refuse_no_lines(survey: Survey) -> None:
    """Refuse records that are no single line with a length; parts that touch are joined into one."""
    shapes = _shapes(survey)
    several = shapely.get_type_id(shapes) == 5
    shapes[several] = shapely.line_merge(shapes[several])
    survey.frame = survey.frame.assign(shape=shapes)
    kinds = shapely.get_type_id(shapes)
    survey.refuse(kinds == -1, "geometry.missing", "has no geometry", "draw it, or drop the record")
    kinds = kinds[kinds != -1]
    remedy = "draw one line for each pipe"
    survey.refuse(kinds != 1, "geometry.wrong_type", "is no single line", remedy)
    coordinates, owner = shapely.get_coordinates(_shapes(survey), return_index=True)
    broken = np.zeros(len(survey.frame), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    survey.refuse(broken, "geometry.not_finite", "has coordinates that are no numbers", "draw it anew")
    survey.refuse(shapely.length(_shapes(survey)) == 0, "geometry.zero_length", "has no length", "draw it, or drop it")


def _shapes(survey: Survey) -> Geometries:
    """Return the places of a survey's rows."""
    return survey.frame["shape"].to_numpy(dtype=object).copy()


def line_ends(survey: Survey) -> npt.NDArray[np.float64]:
    """Return (lines, 2, 3) first and last points; heights are NaN where a line has none."""
    shapes = _shapes(survey)
    ends = [shapely.get_coordinates(shapely.get_point(shapes, at), include_z=True) for at in (0, -1)]
    return np.stack(ends, axis=1).reshape(-1, 2, 3)
