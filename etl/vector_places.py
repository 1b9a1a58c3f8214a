"""Geometries of vector files: in which CRS they are, and where they lie in the city's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import BadSource, MissingCrs
from cim.etl.readers.axis_order import NORTH_EAST, declared_order
from cim.etl.records import Geometries
from cim.etl.rings import unwrapped
from cim.manifest import SourceSpec

_SRS_NAME = re.compile(rb"""srsName\s*=\s*["']([^"']{1,300})["']""")
_CODE = re.compile(rb"^.*[:#/](\d+)$")
_SCANNED_BYTES = 1 << 20
_LONGEST_NAME = 320


def stated_crs(crs: str | None) -> str | None:
    """Return a file's CRS; "undefined" ones are none."""
    if not crs or crs.upper().startswith(("ENGCRS", "LOCAL_CS")):
        return None
    return str(crs)


def refuse_mixed_crs(path: Path) -> None:
    """Refuse a GML file whose geometries name several CRSs: GDAL would take all coordinates for the first one's.

    Raises
    ------
    BadSource
        Names the first two.
    """
    # One CRS has several spellings: urn:ogc:def:crs:EPSG::4545, EPSG:4545, http://…/epsg.xml#4545.
    found: dict[bytes, bytes] = {}
    rest = b""
    with path.open("rb") as file:
        while (part := file.read(_SCANNED_BYTES)) and len(found) < 2:
            # A name may lie across the edge of two parts.
            found |= {_CODE.sub(rb"\1", name): name for name in _SRS_NAME.findall(rest + part)}
            rest = (rest + part)[-_LONGEST_NAME:]
    if len(found) > 1:
        one, other = sorted(name.decode(errors="replace") for name in found.values())[:2]
        raise BadSource(path, f"mixed CRS: geometries name {one} and {other}", "write each CRS to a file of its own")


def way_into_city(source: SourceSpec, stated: str | None, city: CityProfile) -> Transformation:
    """Return the transformation of a source into the city's CRS; the manifest's CRS comes before the file's.

    Raises
    ------
    MissingCrs
        Neither says one.
    BadCrs
        It is not known, or cannot be brought into the city's.
    """
    crs = source.crs or stated
    if not crs:
        raise MissingCrs(source.path)
    way = transformation(crs, city, source.path, height_offset_m=source.height_offset_m)
    order = declared_order(source.options.get("axis_order"), source.path)
    return way.northing_first() if order == NORTH_EAST else way


def geometries(batch: pa.RecordBatch, column: str) -> Geometries:
    """Return the geometries of an Arrow batch; what is no geometry at all is missing.

    Multipolygons of one part come as polygons.
    """
    wkb = batch[column].to_numpy(zero_copy_only=False)
    # NaN among the coordinates is the checks' to refuse, not numpy's to warn of.
    with np.errstate(invalid="ignore"):
        return unwrapped(np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object))


def as_areas(shapes: Geometries) -> Geometries:
    """Return closed lines as the areas that they enclose, as drawings (DXF) have them; others stay what they are."""
    closed = np.isin(shapely.get_type_id(shapes), [1, 2]) & shapely.is_closed(shapes)
    rows = np.flatnonzero(closed & (shapely.get_num_coordinates(shapes) >= 4))
    if not len(rows):
        return shapes
    out = shapes.copy()
    points, owner = shapely.get_coordinates(
        shapes[rows], include_z=bool(shapely.has_z(shapes[rows]).all()), return_index=True
    )
    out[rows] = shapely.polygons(shapely.linearrings(points, indices=owner))
    return out


def placed(geometry: Geometries, way: Transformation) -> Geometries:
    """Return geometries in the city's CRS and datum; those without heights stay without."""
    solid = shapely.has_z(geometry)
    if way.pipeline is None and not solid.any():
        return geometry
    out = geometry.copy()
    for rows, heights in ((~solid, False), (solid, True)):
        if rows.any() and (way.pipeline is not None or heights):
            points = shapely.get_coordinates(geometry[rows], include_z=heights)
            out[rows] = shapely.set_coordinates(geometry[rows], way.points(points))
    return out
