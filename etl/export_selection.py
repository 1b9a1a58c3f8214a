"""Which features an export takes: of a source, as of a time, within an area."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
import shapely
from psycopg import sql

from cim.city import CityProfile
from cim.crs import Transformation
from cim.tables import Table

Relation = sql.Composed

_EDGE_POINTS = 25
"""Points on each edge of the area: a straight edge may be curved in the city's CRS."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Selection:
    """What is asked for, beyond the theme."""

    sources: tuple[str, ...] = ()
    """Names of sources; empty: all."""
    as_of: dt.datetime | None = None
    """As the city was recorded then; None: as it is now."""
    area: shapely.Polygon | None = None
    """Only what meets this area, city CRS."""
    srid: int = 0
    """SRID of the area."""
    networks: tuple[str, ...] = ()
    """Networks of pipes; empty: all."""
    parameters: dict[str, Any] = field(init=False)
    """What the relations' placeholders stand for."""

    def __post_init__(self) -> None:
        """Bind the values."""
        area = None if self.area is None else shapely.to_wkb(shapely.set_srid(self.area, self.srid), include_srid=True)
        values = {
            "sources": list(self.sources),
            "as_of": self.as_of,
            "area": area,
            "networks": list(self.networks),
        }
        object.__setattr__(self, "parameters", values)

    def relation(self, table: Table, *, anywhere: bool = False) -> Relation:
        """Return a sub-select of a theme's versions with `source_key`, `source_name` and `source_kind`.

        Parameters
        ----------
        table
            The theme's table.
        anywhere
            Leave the area out of account: parts go where their building goes.
        """
        view = sql.Identifier("city", f"{table.name}_{'current' if self.as_of is None else 'history'}")
        conditions = [sql.SQL("true")]
        if self.sources:
            conditions.append(sql.SQL("s.name = ANY(%(sources)s)"))
        if self.as_of is not None:
            conditions.append(
                sql.SQL("v.recorded_from <= %(as_of)s AND (v.recorded_to IS NULL OR v.recorded_to > %(as_of)s)")
            )
        if self.area is not None and not anywhere:
            conditions.append(sql.SQL("ST_Intersects(v.geom, ST_GeomFromEWKB(%(area)s))"))
        if self.networks and "network" in table.columns:
            conditions.append(sql.SQL("v.network = ANY(%(networks)s)"))
        return sql.SQL(
            "(SELECT v.*, f.source_key, s.name AS source_name, s.kind AS source_kind FROM {view} v "
            "JOIN city.feature f ON f.feature_id = v.feature_id JOIN run.source s ON s.source_id = f.source_id "
            "WHERE {conditions})"
        ).format(view=view, conditions=sql.SQL(" AND ").join(conditions))


def area_of(box: Box, way: Transformation) -> shapely.Polygon:
    """Return a box of the export's CRS (west, south, east, north) as an area of the city's."""
    west, south, east, north = box
    along, zero = np.linspace(0, 1, _EDGE_POINTS), np.zeros(_EDGE_POINTS)
    x = west + np.concatenate([along, zero + 1, along[::-1], zero]) * (east - west)
    y = south + np.concatenate([zero, along, zero + 1, along[::-1]]) * (north - south)
    return shapely.Polygon(np.column_stack(way.plane(x, y)))


def compound_crs(city: CityProfile, loaded: list[str | None]) -> str | None:
    """Return the compound CRS that all sources came in, where its plane is the city's: it names the heights too."""
    if len(set(loaded)) != 1 or loaded[0] is None or not loaded[0].startswith("EPSG:"):
        return None
    crs = pyproj.CRS.from_user_input(loaded[0])
    same = crs.is_compound and crs.sub_crs_list[0].equals(city.projection, ignore_axis_order=True)
    return loaded[0] if same else None
