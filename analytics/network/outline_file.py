"""A polygon from a GeoJSON file, as commands are given one."""

from __future__ import annotations

from pathlib import Path

import orjson
import shapely

from cim.analytics.errors import BadQuestion
from cim.analytics.network.digs.area import in_city, outline
from cim.city import CityProfile


def outline_of_file(path: Path, city: CityProfile, *, city_crs: bool = False) -> shapely.Polygon:
    """Return the polygon of a GeoJSON file in the city's CRS.

    Parameters
    ----------
    path
        A file with one polygon, by itself or as a feature.
    city
        The city.
    city_crs
        Its coordinates are of the city's CRS already; else longitudes and latitudes.

    Raises
    ------
    BadQuestion
        The file holds no JSON, or not one polygon, or one that lies elsewhere.
    """
    try:
        told = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadQuestion(f"{path} is no JSON", "give a GeoJSON file with one polygon") from error
    found = outline(told)
    return found if city_crs else in_city(city, found)
