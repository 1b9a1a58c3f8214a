"""Web-mercator copies of geometries, stored where vector tiles are cut from them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from cim.city import CityProfile
from cim.etl.records import Geometries
from cim.etl.wkb import wkb


@cache
def _to_mercator(projection: pyproj.CRS) -> pyproj.Transformer:
    """Return the transformer from a city's CRS; finding it takes PROJ a tenth of a second."""
    return pyproj.Transformer.from_crs(projection, 3857, always_xy=True)


def web_mercator_wkb(geometry: Geometries, kind: str, city: CityProfile) -> pa.Array:
    """Return two-dimensional WKB in EPSG:3857 of geometries in the city's CRS.

    Parameters
    ----------
    geometry
        Shapely geometries, None where missing.
    kind
        Type of the column, e.g. ``MULTIPOLYGON``.
    city
        The city.
    """
    points = shapely.get_coordinates(geometry)
    x, y = _to_mercator(city.projection).transform(points[:, 0], points[:, 1])
    return wkb(geometry, kind, 2, np.column_stack([x, y]))
