"""A city that an earlier version has made is told so in one line, and brought to this version's tables."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from click.testing import CliRunner

from cim.__main__ import main
from cim.city import CityProfile, create_city
from cim.city_schema import _run_script
from cim.errors import OutdatedCity, UnknownCity
from cim.loaded import address
from cim.store import Store

CITY = CityProfile("aged", "旧城", "Aged", "EPSG:4545", "1985", -36.0)


@pytest.fixture
def aged(cluster, bound_cluster, monkeypatch):
    """A city with the tables of revision 0014."""
    create_city(bound_cluster(CITY.srid), CITY)
    engine = sa.create_engine(cluster.url(CITY.database))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "cim:migrations")
        config.attributes["connection"] = connection
        _run_script(connection, "drop_views.sql")
        command.downgrade(config, "0014")
        connection.execute(sa.text("COMMENT ON SCHEMA run IS 'schema and views of then, SRID 4545'"))
    engine.dispose()
    monkeypatch.setenv("CIM_DATA_DIR", str(cluster.status().data.parent))
    yield cluster
    cluster.drop_database(CITY.database)


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_it_is_told_in_one_line_and_brought_up(aged):
    line = "cim: city 'aged' has the tables of another version of this software: run cim db upgrade aged\n"
    for arguments in ("rejects aged", "loads aged", "quality aged --out q.html", "network rail --city aged"):
        found = run(*arguments.split())
        assert (found.exit_code, found.output) == (1, line), arguments
    for role in ("owner", "web"):
        with pytest.raises(OutdatedCity):
            Store.open(aged, "aged", role=role)
    done = run("db", "upgrade", "aged")
    assert (done.exit_code, done.output) == (0, "aged: has the tables of this version\n")
    assert run("rejects", "aged").output == ""
    with Store.open(aged, "aged", role="web") as store:
        assert store.city.name_zh == "旧城"
    with psycopg.connect(aged.conninfo(CITY.database)) as connection:
        # Columns that migrations added since are bound to the city's CRS.
        unbound = "SELECT count(*) FROM geometry_columns WHERE srid = 0 AND f_table_schema IN ('city', 'result')"
        assert connection.execute(unbound).fetchone() == (0,)


def test_one_of_a_later_version_is_left_alone(aged):
    with psycopg.connect(aged.conninfo(CITY.database)) as connection:
        connection.execute("UPDATE run.alembic_version SET version_num = '9999'")
    done = run("db", "upgrade", "aged")
    assert (done.exit_code, done.output) == (
        1,
        "cim: the database was made by a newer version of this software: install that one\n",
    )


def test_one_whose_making_was_cut_short_is_left_to_a_load(cluster, monkeypatch):
    monkeypatch.setenv("CIM_DATA_DIR", str(cluster.status().data.parent))
    cluster.create_database("cim_begun")
    try:
        done = run("db", "upgrade", "begun")
        assert (done.exit_code, done.output) == (0, "begun: its making was cut short: run cim load DIR/city.toml\n")
    finally:
        cluster.drop_database("cim_begun")


def test_a_city_that_is_not_there_is_told(cluster, monkeypatch):
    monkeypatch.setenv("CIM_DATA_DIR", str(cluster.status().data.parent))
    with pytest.raises(UnknownCity):
        address(cluster, "nowhere")
    assert "no city 'nowhere' is loaded" in run("db", "upgrade", "nowhere").output
