"""Life of the private cluster: made, started, killed, found again, stopped; who may enter."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from cim.cluster import Cluster
from cim.cluster_files import ClusterFiles
from cim.cluster_programs import service_account
from cim.cluster_server import PrivateServer
from cim.errors import ClusterError
from cim.settings import Settings
from cim.viewer import Viewer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to act as another account")


@pytest.fixture
def spare(run_root, template_cluster, worker_name):
    """A cluster of the test's own, stopped, durable like a user's; removed after the test."""
    folder = run_root / f"{worker_name}-spare"
    subprocess.run(["cp", "-a", "--reflink=auto", template_cluster, folder], check=True)
    cluster = Cluster(Settings(data_dir=folder))
    yield cluster
    cluster.down()
    shutil.rmtree(folder)


def kill_server(status) -> None:
    """End the server as a crash of the machine would, and wait until it is gone."""
    os.kill(status.pid, signal.SIGKILL)
    while is_alive(status.pid):
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; in a container the dead may stay listed, as zombies."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_database_is_migrated_and_owned_by_cim_owner(database):
    owner = "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()"
    nobody = Viewer("test")
    assert database.rows(nobody, owner) == [{"owner": "cim_owner"}]
    assert database.rows(nobody, "SELECT count(*) AS n FROM city.building") == [{"n": 0}]


def test_a_bare_data_folder_becomes_a_running_cluster_and_stops(run_root, worker_name):
    folder = run_root / f"{worker_name}-bare"
    cluster = Cluster(Settings(data_dir=folder))
    assert not cluster.status().running
    first = cluster.up()
    assert first.running
    assert cluster.up().pid == first.pid
    assert cluster.databases() == []
    with cluster.admin() as admin:
        assert admin.execute("SHOW fsync").fetchone() == ("on",)
        assert admin.execute("SHOW data_checksums").fetchone() == ("on",)
        assert admin.execute("SHOW listen_addresses").fetchone() == ("",)
    assert cluster.down()
    assert not cluster.down()
    assert not cluster.status().running
    shutil.rmtree(folder)


def test_a_cluster_half_made_by_a_killed_attempt_is_made_anew(run_root, worker_name):
    folder = run_root / f"{worker_name}-half"
    files = ClusterFiles(folder, service_account())
    files.make()
    files.make_private(files.unfinished)
    (files.unfinished / "PG_VERSION").write_text("15\n")
    cluster = Cluster(Settings(data_dir=folder), durable=False)
    assert cluster.up().running
    assert not files.unfinished.exists()
    cluster.down()
    shutil.rmtree(folder)


def test_committed_rows_survive_kill_9(spare):
    first = spare.up()
    with spare.admin("cim_template") as admin:
        admin.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
    kill_server(first)
    assert not spare.status().running
    second = spare.up()
    assert second.pid != first.pid
    with spare.admin("cim_template") as admin:
        assert admin.execute("SELECT answer FROM public.kept").fetchone() == (42,)


def test_a_busy_query_of_a_killed_server_does_not_bar_the_start(spare):
    status = spare.up()
    endless = "DO $$ BEGIN LOOP END LOOP; END $$"
    client = subprocess.Popen(
        [spare.psql(), spare.conninfo("postgres", "admin"), "-c", endless], stderr=subprocess.PIPE
    )
    with spare.admin() as admin:
        busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO $$%'"
        while (row := admin.execute(busy).fetchone()) is None:
            time.sleep(0.01)
    kill_server(status)
    assert is_alive(row[0])
    assert spare.up().running
    assert not is_alive(row[0])
    client.communicate(timeout=10)


def test_a_stale_pid_file_with_another_programs_number_is_seen_through(spare):
    kill_server(spare.up())
    files = ClusterFiles(spare.status().data.parent, service_account())
    identity = {"user": files.account.uid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **identity) as other:
        for lock in (files.data / "postmaster.pid", files.sockets / ".s.PGSQL.5432.lock"):
            lines = lock.read_text().split("\n")
            lock.write_text("\n".join([str(other.pid), *lines[1:]]))
        assert not spare.status().running
        assert spare.up().running
        assert other.poll() is None
        other.kill()


def test_several_starts_at_once_make_one_server(spare):
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(lambda _: spare.up(), range(4)))
    assert {state.running for state in states} == {True}
    assert len({state.pid for state in states}) == 1


def test_two_data_folders_are_two_clusters(spare, cluster):
    assert spare.up().pid != cluster.status().pid
    spare.create_database("cim_only_here")
    assert "cim_only_here" in spare.databases()
    assert "cim_only_here" not in cluster.databases()


def test_only_the_servers_account_can_open_its_folders(cluster):
    status, account = cluster.status(), service_account()
    for folder in (status.data, status.sockets):
        state = folder.stat()
        assert (stat.S_IMODE(state.st_mode), state.st_uid) == (0o700, account.uid)
    assert stat.S_IMODE((status.sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_nobody_is_trusted(cluster):
    with cluster.admin() as admin:
        rules = admin.execute("SELECT type, auth_method, error FROM pg_hba_file_rules").fetchall()
    assert {(kind, method) for kind, method, _ in rules} == {("local", "peer"), ("host", "scram-sha-256")}
    assert {error for *_, error in rules} == {None}


@as_root
def test_another_account_is_refused_by_folder_and_by_peer(spare):
    sockets, target = spare.up().sockets, spare.conninfo("postgres", "admin")

    def enter_as_nobody() -> str:
        command = ["psql", target, "-c", "SELECT 1"]
        identity = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        said = subprocess.run(command, capture_output=True, text=True, cwd="/", env={"PATH": os.defpath}, **identity)
        assert said.returncode != 0
        return said.stderr

    assert "Permission denied" in enter_as_nobody()
    for path in (sockets.parent.parent, sockets.parent, sockets, sockets / ".s.PGSQL.5432"):
        path.chmod(path.stat().st_mode | 0o007)
    assert "Peer authentication failed" in enter_as_nobody()
    sockets.chmod(0o700)
    sockets.parent.parent.chmod(0o750)


@as_root
def test_a_data_folder_out_of_reach_is_refused_with_the_remedy(tmp_path):
    tmp_path.chmod(0o700)
    with pytest.raises(ClusterError, match=r"out of reach of the account 'postgres'.*set CIM_DATA_DIR"):
        Cluster(Settings(data_dir=tmp_path / "deep" / "data")).up()


def test_a_long_path_gets_a_short_socket_folder(spare, run_root, worker_name):
    folder = run_root / f"{worker_name}-{'long' * 25}"
    spare.status().data.parent.rename(folder)
    cluster = Cluster(Settings(data_dir=folder))
    status = cluster.up()
    try:
        assert not status.sockets.is_relative_to(folder)
        assert stat.S_IMODE(status.sockets.stat().st_mode) == 0o700
        assert cluster.databases() == ["cim_template"]
    finally:
        cluster.down()
        shutil.rmtree(status.sockets)
        folder.rename(run_root / f"{worker_name}-spare")


@pytest.mark.parametrize("kind", ["link", "file", "open to others", pytest.param("another's", marks=as_root)])
def test_a_planted_socket_folder_is_refused(spare, tmp_path, kind):
    sockets, account = spare.status().sockets, service_account()
    if sockets.exists():
        shutil.rmtree(sockets)
    if kind == "link":
        tmp_path.chmod(0o700)
        sockets.symlink_to(tmp_path)
    elif kind == "file":
        sockets.touch(mode=0o600)
    else:
        sockets.mkdir()
        sockets.chmod(0o755 if kind == "open to others" else 0o700)
    if os.geteuid() == 0:
        os.chown(sockets, 65534 if kind == "another's" else account.uid, account.gid, follow_symlinks=False)
    for use in (spare.up, lambda: spare.conninfo("cim_sample")):
        with pytest.raises(ClusterError, match=r"is not a folder of .* with mode 0700: remove it"):
            use()
    sockets.rmdir() if sockets.is_dir() and not sockets.is_symlink() else sockets.unlink()


def test_up_waits_for_a_server_that_is_still_recovering(spare):
    status, programs = spare.status(), PrivateServer(ClusterFiles(spare.status().data.parent, service_account()), True)
    spare.up()
    spare.down()
    # A standby that takes no readers is a recovery that lasts until one ends it.
    (status.data / "standby.signal").touch()
    with (status.data / "postgresql.conf").open("a") as conf:
        conf.write("hot_standby = off\n")
    for name in ("standby.signal", "postgresql.conf"):
        shutil.chown(status.data / name, service_account().uid)
    control = [programs.programs().path("pg_ctl"), f"--pgdata={status.data}"]
    service_account().run(*control, "start", "--no-wait", f"--log={status.data}/start.log", timeout_s=60)
    with ThreadPoolExecutor() as pool:
        up = pool.submit(spare.up)
        with pytest.raises(TimeoutError):
            up.result(timeout=1)
        service_account().run(*control, "promote", timeout_s=60)
        assert up.result(timeout=60).running


def test_data_of_a_version_that_is_not_installed_names_the_package(spare):
    (spare.status().data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match="install postgresql-9-postgis-3"):
        spare.up()


def test_a_configuration_that_the_server_refuses_is_one_line(spare):
    with (spare.status().data / "postgresql.conf").open("a") as conf:
        conf.write("no_such_parameter = 1\n")
    with pytest.raises(ClusterError, match=r"cannot start PostgreSQL in .*no_such_parameter") as caught:
        spare.up()
    assert "\n" not in str(caught.value)


def test_a_stopped_cluster_says_how_to_start_it(spare):
    with pytest.raises(ClusterError, match="run `cim db up`"):
        spare.databases()


def test_a_database_left_bare_by_a_killed_attempt_is_completed(cluster):
    bare = Cluster(Settings(data_dir=cluster.status().data.parent))
    with bare.admin() as admin:
        admin.execute("CREATE DATABASE cim_bare TEMPLATE template0")
    state = bare.create_database("cim_bare")
    assert (state.created, state.notes) == (False, ())
    with psycopg.connect(bare.conninfo("cim_bare", "web")) as conn:
        assert conn.execute("SELECT ST_AsText(ST_Point(1, 2))").fetchone() == ("POINT(1 2)",)
        leakproof = "SELECT proleakproof FROM pg_proc WHERE oid = 'geometry_overlaps(geometry,geometry)'::regprocedure"
        assert conn.execute(leakproof).fetchone() == (True,)
    assert bare.drop_database("cim_bare")
    assert not bare.drop_database("cim_bare")
