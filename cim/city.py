"""A city is a database: made once, bound to one CRS, migrated to the present schema."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import psycopg
import pyproj
from psycopg.rows import dict_row

from cim.errors import CityMismatch
from cim.local_grid import standing_on

if TYPE_CHECKING:
    from cim.cluster import Cluster

PROFILE_QUERY = "SELECT slug, name_zh, name_en, crs, vertical_datum, ellipsoid_offset_m, synthetic, datum FROM run.city"

STAMP_QUERY = "SELECT obj_description(to_regnamespace('run'), 'pg_namespace')"
"""What a database says of its schema (`schema_stamp`)."""

_STANDING = f"""
{STAMP_QUERY} AS stamp,
       EXISTS (SELECT FROM spatial_ref_sys WHERE srid = %(srid)s) AS crs_known
"""

PRIVATE_SRID = 990001
"""SRID under which a local grid without an authority code is registered."""

SCHEMAS = ("run", "city", "result", "layer")


@dataclass(frozen=True)
class CityProfile:
    """What is fixed for a city, as `city.toml` states it and `run.city` keeps it."""

    slug: str
    """Short name; the database is `cim_<slug>`."""
    name_zh: str
    """Name in Chinese."""
    name_en: str
    """Name in English."""
    crs: str
    """Projected CRS in metres: `EPSG:…` or a PROJ string."""
    vertical_datum: str
    """Vertical datum of every height of the city."""
    ellipsoid_offset_m: float
    """City height + this = ellipsoidal height, metres."""
    synthetic: bool = False
    """Made-up data: said wherever a person sees it."""
    datum: str = "EPSG:4490"
    """Geodetic CRS that a PROJ string without a datum stands on; CGCS2000 unless said otherwise."""
    extent: tuple[float, float, float, float] | None = None
    """West, south, east and north of where the city's data may lie, WGS 84 degrees; None: not declared."""

    @property
    def database(self) -> str:
        """Name of the city's database."""
        return f"cim_{self.slug}"

    @cached_property
    def projection(self) -> pyproj.CRS:
        """The horizontal CRS.

        A PROJ string such as ``+proj=tmerc … +ellps=GRS80`` names no datum, and everything would be a ballpark
        transformation away from it: it stands on `datum`.
        """
        return standing_on(pyproj.CRS.from_user_input(self.crs), self.datum, f"{self.slug} local grid")

    @cached_property
    def srid(self) -> int:
        """SRID of every geometry in schema `city`."""
        return _epsg_code(self.crs, self.datum) or PRIVATE_SRID

    @property
    def authority(self) -> tuple[str, str] | None:
        """Who numbers the CRS, and the number; None for a local grid."""
        return _authority(self.crs, self.datum)


def _grid(crs: str, datum: str) -> pyproj.CRS:
    return standing_on(pyproj.CRS.from_user_input(crs), datum, "local grid")


# PROJ holds a local grid against every CRS that it knows, for a tenth of a second each time it is asked.
@cache
def _epsg_code(crs: str, datum: str) -> int | None:
    return _grid(crs, datum).to_epsg(min_confidence=100)


@cache
def _authority(crs: str, datum: str) -> tuple[str, str] | None:
    known = _grid(crs, datum).to_authority(min_confidence=100)
    return (known[0], known[1]) if known else None


def create_city(cluster: Cluster, profile: CityProfile) -> bool:
    """Make the city's database if it is not there, migrate it, and bind its CRS.

    Returns
    -------
    bool
        True when the database was made by this call.

    Raises
    ------
    CityMismatch
        The database is bound to another CRS or height offset.
    """
    # Asked for each time: it completes a database whose making was cut short.
    made = cluster.create_database(profile.database).created
    if made or not _is_bound(cluster.conninfo(profile.database), profile):
        # Imported here: most commands find the schema as it should be, and need not wait for SQLAlchemy and Alembic.
        from cim.city_schema import bind

        bind(cluster.url(profile.database), profile)
    return made


def _is_bound(conninfo: str, profile: CityProfile) -> bool:
    """Whether a database has the present schema and is bound to a city, this one."""
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        row = connection.execute(_STANDING, {"srid": profile.srid}).fetchone()
        if row is None or row["stamp"] != schema_stamp(profile.srid) or not row["crs_known"]:
            return False
        stored = connection.execute(PROFILE_QUERY).fetchone()
    if stored is None:
        return False
    check_bound(CityProfile(**stored), profile)
    return True


def check_bound(stored: CityProfile, profile: CityProfile) -> None:
    """Refuse a city whose database was made for another CRS, vertical datum or height offset."""
    for what in ("crs", "datum", "vertical_datum", "ellipsoid_offset_m"):
        if getattr(stored, what) != getattr(profile, what):
            raise CityMismatch(profile.slug, what, getattr(stored, what), getattr(profile, what))


def schema_stamp(srid: int | None) -> str:
    """Return what a database of the present schema, bound to a CRS, says of itself."""
    return f"{_schema()}, SRID {srid}"


def has_present_schema(connection: psycopg.Connection[Any]) -> bool:
    """Whether the connected database has the tables and views of this version, whatever CRS it is bound to."""
    row = connection.execute(STAMP_QUERY).fetchone()
    return row is not None and str(row[0]).startswith(f"{_schema()},")


def _schema() -> str:
    """Return what a database of the present schema says of itself, CRS aside."""
    return f"schema and views {_digest()}"


def _digest() -> str:
    """Digest every migration and the scripts of the views: what a database's schema follows from."""
    folder = resources.files("cim.migrations")
    files = [item for part in ("versions", "sql") for item in (folder / part).iterdir() if item.is_file()]
    content = sorted((item.name, item.read_bytes()) for item in files if item.name.endswith((".py", ".sql")))
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def cities(cluster: Cluster) -> list[str]:
    """Return the slugs of the cities that stand in the cluster."""
    return sorted(name.removeprefix("cim_") for name in cluster.databases() if name.startswith("cim_"))
