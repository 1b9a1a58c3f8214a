"""What checks may know during a load: the terrain, the extent and the pipes that the database already holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from cim.city import CityProfile
from cim.etl.checks.context import Context
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.terrain import Terrain, TerrainFile
from cim.etl.elsewhere import look_up
from cim.etl.whereabouts import declared_box

_NO_SOURCE = 0
"""Number that no source has: all sources are elsewhere."""
LEVELS = ("default", "none", "thorough")
"""How much a load checks beyond columns and places: the default families, nothing, or also what costs most."""


def inspection_of(
    connection: psycopg.Connection[Any], city: CityProfile, data_dir: Path, level: str = "default"
) -> Inspection | None:
    """Return what looks at one load's records; None at level `none`."""
    if level == "none":
        return None
    with connection.transaction():
        extent = _extent(connection) or declared_box(city)
        context = Context(city, _terrain(connection, city, data_dir), extent, StoredLengths(connection))
    return Inspection(context, thorough=level == "thorough")


class StoredLengths:
    """Looks up the lengths of pipe segments on a load's connection, as its references are looked up."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def __call__(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return metres by key."""
        with self._connection.transaction():
            found = look_up(self._connection, _NO_SOURCE, "pipe_segment", list(keys))
            by_feature = {feature: key for key, (feature, _) in found.items() if feature}
            rows = self._connection.execute(
                "SELECT feature_id, coalesce(length_m, ST_3DLength(geom)) FROM city.pipe_segment_current "
                "WHERE feature_id = ANY(%s)",
                (list(by_feature),),
            ).fetchall()
        return {by_feature[feature]: length for feature, length in rows if length is not None}

    def __reduce__(self) -> tuple[Any, ...]:
        """Stay with the connection: another process looks at batches, which ask for no lengths."""
        return _nothing, ()


def _nothing() -> None:
    """Return what another process gets."""


def _extent(connection: psycopg.Connection[Any]) -> tuple[float, float, float, float] | None:
    """Return the extent of the city's administrative units; None where there are none."""
    row = connection.execute(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM "
        "(SELECT ST_Extent(geom) AS e FROM city.admin_unit_current) x WHERE e IS NOT NULL"
    ).fetchone()
    return (row[0], row[1], row[2], row[3]) if row else None


def _terrain(connection: psycopg.Connection[Any], city: CityProfile, data_dir: Path) -> Terrain | None:
    """Return the city's terrain models, the finest first; None where none is loaded, or their files are gone."""
    rows = connection.execute(
        "SELECT file, crs, height_offset_m FROM city.raster_asset_current WHERE kind = 'dem' "
        "ORDER BY resolution_m, feature_id"
    )
    return Terrain.open((TerrainFile(data_dir / "raster" / file, *known) for file, *known in rows), city)
