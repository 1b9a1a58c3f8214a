"""The place where somebody wants to dig: checked before anything is asked of the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj.exceptions import ProjError
from shapely.geometry import shape

from cim.analytics.errors import BadQuestion
from cim.city import CityProfile
from cim.crs import eastings_northings, longitude_latitude

MOST_CORNERS = 500
MOST_AREA_M2 = 200_000.0
"""Twenty hectares: more is no trench, and its answer would be a census."""
LEAST_AREA_M2 = 0.01
DEEPEST_M = 60.0
VALID_DAYS = 30
"""Days for which an answer may be used."""


_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, RecursionError, shapely.errors.ShapelyError)
"""What shapely raises at a geometry that is none."""


@dataclass(frozen=True)
class Dig:
    """What somebody wants to dig."""

    area: shapely.Polygon
    """Outline in the city's CRS, metres."""
    depth_m: float
    """How deep below the ground, metres."""
    day: dt.date
    """Day on which it is asked."""
    valid_days: int = VALID_DAYS
    """Days after which it must be asked again."""
    project: str = ""
    """What it is for."""
    applicant: str = ""
    """Who wants to dig."""

    def __post_init__(self) -> None:
        """Check the outline and the depth.

        Raises
        ------
        BadQuestion
            The outline is none, crosses itself, is too large, or the depth is impossible.
        """
        if not 0 < self.depth_m <= DEEPEST_M:
            remedy = f"give metres, above 0 and up to {DEEPEST_M:g}"
            raise BadQuestion(f"depth {self.depth_m:g} m", remedy, "DigDepth", depth=self.depth_m, most=DEEPEST_M)
        if not 1 <= self.valid_days <= 366:
            raise BadQuestion(f"valid for {self.valid_days} days", "give 1 to 366 days")
        if not self.area.is_valid:
            why = shapely.is_valid_reason(self.area)
            raise BadQuestion(f"the outline is not valid ({why})", "draw it anew", "OutlineInvalid")
        if not LEAST_AREA_M2 <= self.area.area <= MOST_AREA_M2:
            what, remedy = f"the outline encloses {self.area.area:,.2f} m²", f"draw one of up to {MOST_AREA_M2:,.0f} m²"
            values = {"area": round(self.area.area, 2), "most": MOST_AREA_M2}
            raise BadQuestion(what, remedy, "OutlineArea", **values)

    @property
    def expires(self) -> dt.date:
        """Return the last day on which the answer may be used."""
        return self.day + dt.timedelta(days=self.valid_days)


def outline(told: Any) -> shapely.Polygon:
    """Return the polygon of a GeoJSON geometry, or of a feature or collection that holds one.

    Raises
    ------
    BadQuestion
        There is not exactly one polygon, or it has too many corners or coordinates that are no numbers.
    """
    geometry = _geometry(told)
    remedy = "give one GeoJSON Polygon with longitudes and latitudes"
    try:
        found = shapely.force_2d(shape(geometry))
    except _UNREADABLE as error:
        raise BadQuestion("the outline cannot be read", remedy, "OutlineUnread") from error
    if not isinstance(found, shapely.Polygon) or found.is_empty:
        raise BadQuestion(f"the outline is a {found.geom_type}", remedy, "OutlineUnread")
    corners = shapely.get_coordinates(found)
    if len(corners) > MOST_CORNERS:
        values = {"corners": len(corners), "most": MOST_CORNERS}
        raise BadQuestion(
            f"the outline has {len(corners)} corners", f"draw it with up to {MOST_CORNERS}", "OutlineCorners", **values
        )
    if not np.isfinite(corners).all():
        raise BadQuestion("the outline has a coordinate that is no number", remedy, "OutlineUnread")
    return found


def _geometry(told: Any) -> Any:
    """Return the geometry of a feature, of a collection of one feature, or what was told itself."""
    if isinstance(told, Mapping) and told.get("type") == "FeatureCollection":
        features = told.get("features")
        told = features[0] if isinstance(features, list) and len(features) == 1 else None
    if isinstance(told, Mapping) and told.get("type") == "Feature":
        return told.get("geometry")
    return told


def in_city(city: CityProfile, area: shapely.Polygon) -> shapely.Polygon:
    """Return a polygon in degrees (WGS 84) in the city's CRS.

    Raises
    ------
    BadQuestion
        It does not lie on the earth, or not where the city's CRS holds.
    """
    remedy = "give longitudes and latitudes in degrees, or say that they are in the city's own CRS"
    west, south, east, north = area.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        what = f"the outline reaches from {west:g}, {south:g} to {east:g}, {north:g}"
        raise BadQuestion(what, remedy, "OutlineNowhere")
    try:
        found = shapely.transform(area, lambda xy: np.column_stack(eastings_northings(city, xy[:, 0], xy[:, 1])))
    except ProjError as error:
        raise BadQuestion("the outline lies where the city's CRS does not hold", remedy, "OutlineNowhere") from error
    if not np.isfinite(shapely.get_coordinates(found)).all():
        raise BadQuestion("the outline lies where the city's CRS does not hold", remedy, "OutlineNowhere")
    return found


def city_degrees(city: CityProfile, places: npt.NDArray[np.float64]) -> list[list[float]]:
    """Return places in the city's CRS as longitudes and latitudes, with their heights where all have one.

    To a tenth of a millimetre: what is drawn from an answer again lies where it was.
    """
    told = np.column_stack(longitude_latitude(city, places[:, 0], places[:, 1])).round(9)
    if places.shape[1] == 3 and np.isfinite(places[:, 2]).all():
        told = np.column_stack([told, places[:, 2].round(3)])
    return told.tolist()  # type: ignore[no-any-return]
