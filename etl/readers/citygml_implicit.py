"""Implicit geometry: a shape in metres about an origin of its own, put where a reference point says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from lxml import etree

from cim.etl.readers.citygml_coordinates import BadGeometry
from cim.etl.readers.citygml_geometry import GeometryReader
from cim.etl.readers.citygml_names import XLINK, gml_id, local
from cim.etl.readers.citygml_shapes import Shape
from cim.etl.readers.cityjson_polygons import Floats


@dataclass(frozen=True)
class Placed:
    """An implicit geometry in its place."""

    shape: Shape
    """The shape; its vertices are all at the reference point until the shifts are added."""
    begin: int
    """Its first vertex."""
    shifts: Floats
    """(n, 3) metres east, north and up from the reference point, for each vertex."""
    told: dict[str, Any]
    """Template, matrix and library object, for the attributes."""


def implicit(holder: etree._Element, reader: GeometryReader) -> Placed:
    """Read an implicit geometry: the matrix is applied to the template, then the reference point is added.

    The template's axes are taken as east, north, up (CityGML 2.0, section 8.2), whatever the order of the CRS's.

    Raises
    ------
    BadGeometry
        It has no reference point, or a matrix that is not 16 numbers.
    """
    parts = {local(child.tag): child for child in holder[0]}
    if "referencePoint" not in parts:
        raise BadGeometry("geometry.no_reference_point", "an implicit geometry has no reference point")
    at = reader.shape(parts["referencePoint"]).points
    if len(at) != 1:
        raise BadGeometry("geometry.no_reference_point", "the reference point of an implicit geometry is no point")
    place = reader.at.numbers[3 * at[0] : 3 * at[0] + 3]
    matrix = _matrix(parts.get("transformationMatrix"))
    told: dict[str, Any] = {"transformationMatrix": matrix.ravel().tolist()}
    for name in ("mimeType", "libraryObject"):
        if name in parts and (parts[name].text or "").strip():
            told[name] = str(parts[name].text).strip()
    geometry = parts.get("relativeGMLGeometry", parts.get("relativeGeometry"))
    if geometry is None:
        # The shape is in a file of its own: the place is all there is to keep.
        return Placed(Shape("MultiPoint", points=at), at[0], np.zeros((1, 3)), told)
    told["template"] = str(geometry.get(XLINK) or "").removeprefix("#") or next(map(gml_id, geometry), None)
    begin = reader.at.count
    shape = reader.detached(geometry)
    local_points = np.array(reader.at.numbers[3 * begin :], dtype=np.float64).reshape(-1, 3)
    shifts = local_points @ matrix[:3, :3].T + matrix[:3, 3]
    reader.at.numbers[3 * begin :] = place * len(local_points)
    return Placed(shape, begin, shifts, told)


def _matrix(element: etree._Element | None) -> Floats:
    """Return the transformation matrix, the identity where there is none."""
    if element is None:
        return np.eye(4)
    try:
        values = np.array([float(part) for part in (element.text or "").split()])
    except ValueError as error:
        raise BadGeometry("geometry.matrix", f"transformationMatrix: {error}") from error
    if len(values) != 16 or not np.isfinite(values).all():
        raise BadGeometry("geometry.matrix", f"transformationMatrix has {len(values)} numbers, not 16")
    return values.reshape(4, 4)
