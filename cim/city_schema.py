"""Making a city's database what it must be: migrated to the present schema and bound to one CRS."""

from __future__ import annotations

from importlib import resources

import pyproj
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text

from cim.city import PROFILE_QUERY, SCHEMAS, STAMP_QUERY, CityProfile, check_bound, schema_stamp
from cim.errors import NewerCity

_BINDING_LOCK = 990002
"""Advisory lock of the one that migrates a city's database."""


def bind(url: str, profile: CityProfile) -> None:
    """Migrate a database and bind it to a city, or check that it is bound to it.

    Raises
    ------
    CityMismatch
        The database is bound to another CRS or height offset.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            bind_city(connection, profile)
    finally:
        engine.dispose()


def _register_crs(connection: Connection, profile: CityProfile) -> None:
    """Make `ST_Transform` know the city's CRS, which Debian's `spatial_ref_sys` may lack."""
    known = connection.scalar(text("SELECT 1 FROM spatial_ref_sys WHERE srid = :srid"), {"srid": profile.srid})
    if known:
        return
    authority = profile.authority
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
    stamp = schema_stamp(srid)
    if connection.scalar(text(STAMP_QUERY)) == stamp:
        # Views and policies are not made anew under the eyes of those who read them.
        return
    for schema in SCHEMAS:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    config = Config()
    config.set_main_option("script_location", "cim:migrations")
    config.attributes["connection"] = connection
    # Views name columns whose types a migration, or the binding to the city's CRS, may change.
    _run_script(connection, "drop_views.sql")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        # Alembic's word for a revision that is not among ours.
        raise NewerCity from error
    if srid is not None:
        _bind_srid(connection, srid)
    _run_script(connection, "views.sql")
    connection.execute(text(f"COMMENT ON SCHEMA run IS '{stamp}'"))


def _run_script(connection: Connection, name: str) -> None:
    """Run a file of several statements, which only a cursor without parameters takes."""
    script = (resources.files("cim.migrations") / "sql" / name).read_text(encoding="utf-8")
    cursor = connection.connection.cursor()
    cursor.execute(script)
    cursor.close()


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
    check_bound(stored, profile)


def upgrade(url: str) -> bool:
    """Bring a city's database to the present schema; False: its making was cut short, there is no city yet.

    Raises
    ------
    NewerCity
        It is of a later version.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            begun = connection.scalar(text("SELECT to_regclass('run.city') IS NOT NULL"))
            profile = stored_profile(connection) if begun else None
            if profile is not None:
                bind_city(connection, profile)
            return profile is not None
    finally:
        engine.dispose()


def stored_profile(connection: Connection) -> CityProfile | None:
    """Return the city that the connected database is bound to."""
    row = connection.execute(text(PROFILE_QUERY)).one_or_none()
    return CityProfile(**row._mapping) if row else None
