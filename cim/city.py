"""A city is a database: made once, bound to one CRS, migrated to the present schema."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

import pyproj
from sqlalchemy import Connection, create_engine, text

from cim.errors import CityMismatch
from cim.local_grid import standing_on

if TYPE_CHECKING:
    from cim.cluster import Cluster

PROFILE_QUERY = "SELECT slug, name_zh, name_en, crs, vertical_datum, ellipsoid_offset_m, synthetic, datum FROM run.city"

PRIVATE_SRID = 990001
"""SRID under which a local grid without an authority code is registered."""

_BINDING_LOCK = 990002
"""Advisory lock of the one that migrates a city's database."""

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
        code = self.projection.to_epsg(min_confidence=100)
        return code or PRIVATE_SRID


def _register_crs(connection: Connection, profile: CityProfile) -> None:
    """Make `ST_Transform` know the city's CRS, which Debian's `spatial_ref_sys` may lack."""
    known = connection.scalar(text("SELECT 1 FROM spatial_ref_sys WHERE srid = :srid"), {"srid": profile.srid})
    if known:
        return
    authority = profile.projection.to_authority(min_confidence=100)
    connection.execute(
        text(
            "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) "
            "VALUES (:srid, :name, :code, :wkt, :proj4)"
        ),
        {
            "srid": profile.srid,
            "name": authority[0] if authority else "cim",
            "code": int(authority[1]) if authority else profile.srid,
            "wkt": _stored_wkt(profile.projection),
            # PostGIS asks PROJ by authority first, then by WKT; this one is for older software.
            "proj4": profile.crs if profile.crs.startswith("+proj") else "",
        },
    )


def _stored_wkt(crs: pyproj.CRS) -> str:
    """Return WKT 1, which every program reads; of a grid derived from another, which it cannot say, WKT 2."""
    return crs.to_wkt() if crs.type_name == "Derived Projected CRS" else crs.to_wkt("WKT1_GDAL")


def _bind_srid(connection: Connection, srid: int) -> None:
    """Give every geometry column that has no SRID the city's; new columns come unbound from migrations."""
    for statement in connection.scalars(
        text(
            "SELECT format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE geometry(%s, %s)', "
            "  f_table_schema, f_table_name, f_geometry_column, "
            "  type || CASE WHEN coord_dimension = 3 AND type NOT LIKE '%Z' THEN 'Z' ELSE '' END, "
            "  cast(:srid AS int)) "
            "FROM geometry_columns c JOIN pg_class r ON r.relname = c.f_table_name "
            "  AND r.relnamespace = quote_ident(c.f_table_schema)::regnamespace AND r.relkind = 'r' "
            "WHERE f_table_schema IN ('city', 'run', 'result', 'layer') AND c.srid = 0"
        ),
        {"srid": srid},
    ).all():
        connection.execute(text(statement))


def migrate(connection: Connection, srid: int | None = None) -> None:
    """Bring a city's database to the present schema.

    Parameters
    ----------
    connection
        A connection as the owner; the caller's transaction holds all of it.
    srid
        The city's SRID, to bind unbound geometry columns to; None leaves them unbound (template, tests).
    """
    stamp = f"schema and views {_digest()}, SRID {srid}"
    if connection.scalar(text("SELECT obj_description(to_regnamespace('run'), 'pg_namespace')")) == stamp:
        # Views and policies are not made anew under the eyes of those who read them.
        return
    # Imported here: most commands find the schema as it should be, and need not wait for Alembic.
    from alembic import command
    from alembic.config import Config

    for schema in SCHEMAS:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    config = Config()
    config.set_main_option("script_location", "cim:migrations")
    config.attributes["connection"] = connection
    # Views name columns whose types a migration, or the binding to the city's CRS, may change.
    _run_script(connection, "drop_views.sql")
    command.upgrade(config, "head")
    if srid is not None:
        _bind_srid(connection, srid)
    _run_script(connection, "views.sql")
    connection.execute(text(f"COMMENT ON SCHEMA run IS '{stamp}'"))


def _digest() -> str:
    """Digest every migration and the scripts of the views: what a database's schema follows from."""
    folder = resources.files("cim.migrations")
    files = [item for part in ("versions", "sql") for item in (folder / part).iterdir() if item.is_file()]
    content = sorted((item.name, item.read_bytes()) for item in files if item.name.endswith((".py", ".sql")))
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _run_script(connection: Connection, name: str) -> None:
    """Run a file of several statements, which only a cursor without parameters takes."""
    script = (resources.files("cim.migrations") / "sql" / name).read_text(encoding="utf-8")
    cursor = connection.connection.cursor()
    cursor.execute(script)
    cursor.close()


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
    engine = create_engine(cluster.url(profile.database))
    try:
        with engine.begin() as connection:
            bind_city(connection, profile)
    finally:
        engine.dispose()
    return made


def bind_city(connection: Connection, profile: CityProfile) -> None:
    """Migrate the connected database and bind it to the city, or check that it is bound to it."""
    # One at a time: two first loads would make the same tables; the second finds them made.
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _BINDING_LOCK})
    _register_crs(connection, profile)
    migrate(connection, profile.srid)
    stored = stored_profile(connection)
    if stored is None:
        connection.execute(
            text(
                "INSERT INTO run.city (slug, name_zh, name_en, crs, srid, vertical_datum, ellipsoid_offset_m, "
                "synthetic, datum) VALUES (:slug, :name_zh, :name_en, :crs, :srid, :vertical_datum, "
                ":ellipsoid_offset_m, :synthetic, :datum)"
            ),
            {
                "slug": profile.slug,
                "name_zh": profile.name_zh,
                "name_en": profile.name_en,
                "crs": profile.crs,
                "srid": profile.srid,
                "vertical_datum": profile.vertical_datum,
                "ellipsoid_offset_m": profile.ellipsoid_offset_m,
                "synthetic": profile.synthetic,
                "datum": profile.datum,
            },
        )
        return
    for what in ("crs", "datum", "vertical_datum", "ellipsoid_offset_m"):
        if getattr(stored, what) != getattr(profile, what):
            raise CityMismatch(profile.slug, what, getattr(stored, what), getattr(profile, what))


def stored_profile(connection: Connection) -> CityProfile | None:
    """Return the city that the connected database is bound to."""
    row = connection.execute(text(PROFILE_QUERY)).one_or_none()
    return CityProfile(**row._mapping) if row else None


def cities(cluster: Cluster) -> list[str]:
    """Return the slugs of the cities that stand in the cluster."""
    return sorted(name.removeprefix("cim_") for name in cluster.databases() if name.startswith("cim_"))
