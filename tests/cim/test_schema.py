"""The schema in a real database: ground rules that are costly to change later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from geoalchemy2 import Geometry
from sqlalchemy import create_engine, text

from cim.city import CityProfile, create_city
from cim.city_schema import bind_city
from cim.errors import CityMismatch
from cim.schema import metadata
from cim.tables import DETAILS, THEMES
from cim.viewer import LOCAL, OPERATOR, Viewer

OWN = {"city", "run", "result", "layer"}


@pytest.fixture
def green_load(database):
    """A published load with one open and one restricted green space."""
    with database.connection(OPERATOR) as connection:
        source = connection.execute(
            "INSERT INTO run.source (name, kind) VALUES ('parks', 'register') RETURNING source_id"
        ).fetchone()["source_id"]
        load = connection.execute(
            "INSERT INTO run.load (source_id, status, path, software_version, published_at) "
            "VALUES (%s, 'published', 'parks.gpkg', 'test', now()) RETURNING load_id",
            (source,),
        ).fetchone()["load_id"]
        for key, classification in (("open", 0), ("restricted", 2)):
            connection.execute(
                "WITH f AS (INSERT INTO city.feature (theme, source_id, source_key) VALUES ('green_space', %s, %s) "
                "RETURNING feature_id) INSERT INTO city.green_space (feature_id, load_id, classification, "
                "content_hash, kind, name, geom) SELECT feature_id, %s, %s, '\\x00', 'park', %s, "
                "ST_Multi(ST_MakeEnvelope(505000, 3271000, 505100, 3271100)) FROM f",
                (source, key, load, classification, key),
            )
    return load


def names(store, viewer: Viewer, view: str = "green_space_current") -> set[str]:
    statement = psycopg.sql.SQL("SELECT name FROM city.{}").format(psycopg.sql.Identifier(view))
    return {row["name"] for row in store.rows(viewer, statement)}


def differs(_context, _there, _column, found, kind) -> bool | None:
    """Compare geometry by kind and dimension; the SRID is the city's and no model knows it."""
    if not isinstance(kind, Geometry):
        return None
    return (found.geometry_type, found.dimension) != (kind.geometry_type, kind.dimension)


def test_migrations_make_what_the_models_say(database) -> None:
    """What autogenerate would still change must be nothing."""
    engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "compare_type": differs,
                "include_name": lambda name, kind, _parent: kind != "schema" or name in OWN,
                "version_table_schema": "run",
            },
        )
        changes = compare_metadata(context, metadata)
    engine.dispose()
    assert [str(change) for change in changes] == []


def test_every_table_and_column_says_what_it_means(database) -> None:
    silent = database.rows(
        OPERATOR,
        "SELECT c.table_name, c.column_name FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE c.table_schema = ANY(%s) AND t.table_type = 'BASE TABLE' AND t.table_name <> 'alembic_version' "
        "AND col_description(format('%%I.%%I', c.table_schema, c.table_name)::regclass, c.ordinal_position) IS NULL",
        (list(OWN),),
    )
    assert silent == []


def test_geometry_is_bound_to_the_city(database) -> None:
    rows = database.rows(
        OPERATOR,
        "SELECT f_table_name AS name, f_geometry_column AS field, srid FROM geometry_columns "
        "WHERE f_table_schema = ANY(%s)",
        (list(OWN),),
    )
    assert {row["srid"] for row in rows if row["field"] == "geom"} == {database.city.srid}
    assert {row["srid"] for row in rows if row["field"] == "geom_3857"} == {3857}


def test_every_geometry_and_reference_is_indexed(database) -> None:
    indexed = {
        (row["name"], row["field"])
        for row in database.rows(
            OPERATOR,
            "SELECT r.relname AS name, a.attname AS field FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = i.indkey[0] "
            "WHERE r.relnamespace = 'city'::regnamespace",
        )
    }
    wanted = {
        (table.name, column.name)
        for table in THEMES.values()
        for column in table.columns.values()
        if column.name in ("geom", "geom_3857", "feature_id", "load_id") or column.references
    }
    assert wanted <= indexed


def test_current_view_shows_published_open_versions_only(database, green_load) -> None:
    assert names(database, OPERATOR) == {"open", "restricted"}
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.load SET published_at = NULL WHERE load_id = %s", (green_load,))
    assert names(database, OPERATOR) == set()
    with database.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.load SET published_at = now() WHERE load_id = %s", (green_load,))
        connection.execute("UPDATE city.green_space SET closed_by = %s WHERE name = 'open'", (green_load,))
    assert names(database, OPERATOR) == {"restricted"}
    assert names(database, OPERATOR, "green_space_history") == {"open", "restricted"}


def test_row_policy_hides_what_a_viewer_may_not_see(database, cluster, green_load) -> None:
    from cim.store import Store

    with Store.open(cluster, database.city.slug, role="web") as web:
        assert names(web, LOCAL) == {"open"}
        assert names(web, Viewer("chief", clearance=2)) == {"open", "restricted"}
        assert names(web, LOCAL, "green_space_history") == {"open"}


def test_row_policy_keeps_the_spatial_index(database, cluster, green_load) -> None:
    from cim.store import Store

    with Store.open(cluster, database.city.slug, role="web") as web, web.connection(LOCAL) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT name FROM city.green_space_current "
            "WHERE geom && ST_MakeEnvelope(505000, 3271000, 505050, 3271050, ST_SRID(geom))"
        ).fetchall()
    assert "policy" not in str(plan)
    with Store.open(cluster, database.city.slug, role="web") as web, web.connection(LOCAL) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        srid = database.city.srid
        plan = connection.execute(
            "EXPLAIN SELECT name FROM city.green_space_current "
            "WHERE geom && ST_MakeEnvelope(505000, 3271000, 505050, 3271050, %s)",
            (srid,),
        ).fetchall()
    assert "green_space_geom_gist" in str(plan)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO run.source (name, kind) VALUES ('x', 'y')",
        "DELETE FROM city.green_space",
        "UPDATE run.city SET slug = 'mine'",
        "SELECT * FROM run.audit",
        "SELECT * FROM run.reject",
        "CREATE TABLE city.mine (i int)",
    ],
)
def test_web_role_writes_nothing(database, cluster, statement: str) -> None:
    from cim.store import Store

    with (
        Store.open(cluster, database.city.slug, role="web") as web,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        web.connection(LOCAL) as connection,
    ):
        connection.execute(statement)


def test_city_is_bound_for_ever(database, cluster) -> None:
    city = database.city
    assert create_city(cluster, city) is False
    other = CityProfile(city.slug, city.name_zh, city.name_en, city.crs, city.vertical_datum, 12.0, True)
    with pytest.raises(CityMismatch, match=r"ellipsoid_offset_m -36\.0 but the manifest says 12\.0"):
        create_city(cluster, other)


def test_local_grid_is_known_to_postgis(database) -> None:
    """The grid has no EPSG code; ST_Transform still agrees with PROJ to a tenth of a millimetre."""
    from cim.crs import longitude_latitude

    [row] = database.rows(
        OPERATOR,
        "SELECT ST_X(g) AS x, ST_Y(g) AS y FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(505812, 3271000), %s), "
        "4326) AS g) t",
        (database.city.srid,),
    )
    import numpy as np

    longitude, latitude = longitude_latitude(database.city, np.array([505812.0]), np.array([3271000.0]))
    assert (row["x"], row["y"]) == pytest.approx((longitude[0], latitude[0]), abs=1e-9)


def test_migrating_twice_changes_nothing(database) -> None:
    engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        before = connection.execute(text("SELECT count(*) FROM information_schema.columns")).scalar()
        bind_city(connection, database.city)
        assert connection.execute(text("SELECT count(*) FROM information_schema.columns")).scalar() == before
    engine.dispose()


def test_details_belong_to_a_theme() -> None:
    assert {table.theme for table in DETAILS.values()} <= set(THEMES)


def test_a_tile_is_shown_to_those_who_see_as_much_as_its_builder(database, cluster) -> None:
    from cim.store import Store

    with database.connection(Viewer("insider", clearance=1)) as connection:
        connection.execute("INSERT INTO layer.terrain_tile (z, x, y, content) VALUES (0, 0, 0, 'tile')")
    count = "SELECT count(*) AS tiles FROM layer.terrain_tile"
    with Store.open(cluster, database.city.slug, role="web") as web:
        assert web.rows(Viewer("passer-by", clearance=0), count) == [{"tiles": 0}]
        assert web.rows(Viewer("insider", clearance=1), count) == [{"tiles": 1}]


def test_findings_are_shown_to_those_who_may_see_what_they_were_made_from(database, cluster) -> None:
    from cim.store import Store

    with database.connection(OPERATOR) as connection:
        for clearance in (0, 1, 2):
            connection.execute(
                "WITH run AS (INSERT INTO run.analysis (kind, data_version, software_version, viewer, status, "
                "classification) VALUES ('network.criticality', 1, 'test', 'x', 'done', %(seen)s) RETURNING run_id) "
                "INSERT INTO result.network_component (run_id, component, network, nodes, segments, length_m, sources, "
                "customers) SELECT run_id, %(seen)s, 'water', 1, 1, 1, 1, 1 FROM run",
                {"seen": clearance},
            )
    latest = "SELECT component FROM result.network_component_latest"
    every = "SELECT component FROM result.network_component ORDER BY component"
    with Store.open(cluster, database.city.slug, role="web") as web:
        for clearance in (0, 1, 2):
            viewer = Viewer("somebody", clearance=clearance)
            assert [row["component"] for row in web.rows(viewer, every)] == list(range(clearance + 1))
            assert [row["component"] for row in web.rows(viewer, latest)] == [clearance]


def test_two_processes_make_one_city(cluster) -> None:
    profile = CityProfile("twice", "双", "Twice", "EPSG:4545", "1985", 0.0)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: create_city(cluster, profile), range(2)))
    assert sorted(made) == [False, True]
    cluster.drop_database(profile.database)
