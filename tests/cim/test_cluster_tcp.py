"""Doors other than the socket: TCP of the private cluster, and a server of the user's own."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, text

from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.cluster_server import _free_port
from cim.errors import ClusterError, DatabaseError
from cim.settings import Settings
from cim.store import Store
from cim.viewer import Viewer

PROFILE = CityProfile("delft", "代尔夫特", "Delft", "EPSG:28992", "NAP", 43.0)
PASSWORD = "a:p@ss/word%"


@pytest.fixture(scope="module")
def tcp_cluster(run_root, template_cluster, worker_name):
    """A cluster that listens on 127.0.0.1."""
    folder = run_root / f"{worker_name}-tcp"
    subprocess.run(["cp", "-a", "--reflink=auto", template_cluster, folder], check=True)
    cluster = Cluster(Settings(data_dir=folder), durable=False)
    cluster.up(tcp=True)
    yield cluster
    cluster.down()
    shutil.rmtree(folder)


def passwords(status) -> dict[str, str]:
    lines = status.passwords.read_text().splitlines()
    return {line.split(":")[3]: line.split(":")[4] for line in lines}


def test_the_password_opens_and_nothing_else_does(tcp_cluster):
    status = tcp_cluster.status()
    place = {"host": "127.0.0.1", "port": status.port, "dbname": "cim_template"}
    with psycopg.connect(**place, user="cim_web", passfile=str(status.passwords)) as conn:
        assert conn.execute("SELECT current_user").fetchone() == ("cim_web",)
    for user, word in {"cim_owner": "wrong", "cim_web": passwords(status)["cim_owner"], "cim_admin": "x"}.items():
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(**place, user=user, password=word)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(**place, user="cim_owner", passfile="/dev/null")


def test_the_password_file_is_ones_own_and_stays(tcp_cluster):
    status = tcp_cluster.status()
    assert stat.S_IMODE(status.passwords.stat().st_mode) == 0o600
    assert status.passwords.stat().st_uid == os.geteuid()
    before = passwords(status)
    assert set(before) == {"cim_owner", "cim_web"}
    assert passwords(tcp_cluster.up(tcp=True)) == before


def test_no_password_is_kept_in_plain(tcp_cluster):
    with tcp_cluster.admin() as admin:
        kept = dict(admin.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'cim%'").fetchall())
    assert kept["cim_admin"] is None
    assert kept["cim_owner"].startswith("SCRAM-SHA-256$")
    assert kept["cim_web"].startswith("SCRAM-SHA-256$")


def test_tcp_is_closed_until_asked_for_and_lasts_until_down(tcp_cluster):
    tcp_cluster.down()
    assert not tcp_cluster.up().tcp
    port = tcp_cluster.status().port
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        psycopg.connect(host="127.0.0.1", port=port, user="cim_web", dbname="cim_template", password="x")
    assert tcp_cluster.up(tcp=True).tcp
    assert tcp_cluster.up().tcp


def test_a_taken_port_is_left_to_its_owner():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert _free_port(taken.getsockname()[1]) != taken.getsockname()[1]
    free = taken_and_freed()
    assert _free_port(free) == free


def taken_and_freed() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def foreign(tcp_cluster):
    """Makes a cluster object for a server that is the user's: none of our roles, a user with the given rights."""
    with tcp_cluster.admin() as admin:
        for role in ("cim_owner", "cim_web"):
            admin.execute(sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(role), sql.Identifier(role[4:])))

    def make(rights: str) -> Cluster:
        with tcp_cluster.admin() as admin:
            admin.execute(f"CREATE ROLE planner LOGIN {rights}")
            admin.execute(sql.SQL("ALTER ROLE planner PASSWORD {}").format(PASSWORD))
        netloc = f"planner:{quote(PASSWORD, safe='')}@127.0.0.1:{tcp_cluster.status().port}"
        return Cluster(Settings(data_dir=tcp_cluster.status().data, database_url=f"postgresql://{netloc}/postgres"))

    yield make
    with tcp_cluster.admin() as admin:
        admin.execute("DROP DATABASE IF EXISTS cim_delft WITH (FORCE)")
        for role in ("planner", "cim_owner", "cim_web"):
            admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        for role in ("owner", "web"):
            admin.execute(
                sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(role), sql.Identifier("cim_" + role))
            )


def test_a_city_stands_on_the_users_server(foreign):
    cluster = foreign("SUPERUSER")
    create_city(cluster, PROFILE)
    assert cluster.databases() == ["cim_delft", "cim_template"]
    engine = create_engine(cluster.url("cim_delft", role="web"))
    with engine.connect() as conn:
        assert conn.scalar(text("SELECT current_user")) == "cim_web"
    engine.dispose()
    with Store.open(cluster, "delft") as store:
        assert store.city == PROFILE
        who = "SELECT current_user AS me, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'cim_delft'"
        assert store.rows(Viewer("test"), who) == [{"me": "cim_owner", "owner": "cim_owner"}]
    assert cluster.drop_database("cim_delft")


def test_a_server_that_lets_us_make_no_roles_is_told_what_its_administrator_must_do(foreign):
    cluster = foreign("CREATEDB")
    with pytest.raises(DatabaseError, match="CREATE ROLE cim_owner; CREATE ROLE cim_web; GRANT cim_owner, cim_web TO"):
        cluster.create_database("cim_delft")
    assert "cim_delft" not in cluster.databases()


def test_a_managed_server_where_only_its_administrator_makes_extensions(foreign, tcp_cluster):
    cluster = foreign("CREATEDB CREATEROLE")
    with pytest.raises(DatabaseError, match="refuses CREATE EXTENSION postgis in cim_delft: ask its administrator"):
        cluster.create_database("cim_delft")
    with tcp_cluster.admin("cim_delft") as admin:
        admin.execute("CREATE EXTENSION postgis")
    state = cluster.create_database("cim_delft")
    assert not state.created
    assert any("LEAKPROOF" in note and "slower" in note for note in state.notes)
    with psycopg.connect(cluster.conninfo("cim_delft", "web")) as conn:
        assert conn.execute("SELECT ST_X(ST_Point(1, 2))").fetchone() == (1.0,)


def test_starting_and_stopping_a_foreign_server_is_left_to_its_owner(foreign, tcp_cluster):
    cluster = foreign("")
    assert cluster.up() == cluster.status()
    assert not cluster.status().private
    assert cluster.status().running
    assert not cluster.down()
    assert tcp_cluster.status().running


def test_a_foreign_server_that_does_not_answer_is_one_line():
    settings = Settings.from_env({"CIM_DATABASE_URL": f"postgresql://planner:secret@127.0.0.1:{taken_and_freed()}/"})
    cluster = Cluster(settings)
    assert not cluster.status().running
    with pytest.raises(ClusterError, match=r"CIM_DATABASE_URL does not let us in: .*refused") as caught:
        cluster.up()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
