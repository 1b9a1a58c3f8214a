"""The server restarted, or its disk full, under a load: one clear line, the old state whole, the next load succeeds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

from cim.cluster import Cluster
from cim.cluster_programs import service_account
from cim.settings import Settings

ROWS = 4_000
DISK_MB = 220


def boxes(storeys, name):
    number = np.arange(ROWS)
    x, y = 500_000 + number % 100 * 20.0, 3_270_000 + number // 100 * 20.0
    keys = [f"h{item}" for item in number]
    return pd.DataFrame({"key": keys, "storeys": storeys, "name": name, "geom": shapely.box(x, y, x + 10, y + 10)})


def start(town):
    """Start `cim load` in a process of its own."""
    variables = {**os.environ, "CIM_DATA_DIR": str(town.cluster.status().data.parent)}
    command = [sys.executable, "-m", "cim", "load", str(town.folder)]
    return subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)


SEEN = "SELECT storeys_above::int AS storeys, count(*) AS n FROM city.building_current GROUP BY 1"


def copied_cluster(template, folder):
    """Return a running cluster of the test's own."""
    subprocess.run(["cp", "-a", template, folder], check=True)
    cluster = Cluster(Settings(data_dir=folder), durable=False, template="cim_template")
    cluster.up()
    return cluster


@pytest.fixture
def own_town(new_town, template_cluster, run_root, worker_name, tmp_path):
    """A town of many houses in a cluster that the test may restart; its file has changed altogether."""
    folder = run_root / f"{worker_name}-restarted"
    cluster = copied_cluster(template_cluster, folder)
    with new_town(tmp_path, cluster) as town:
        town.source("houses", "footprints", "houses.fgb")
        town.write_layer("houses.fgb", boxes(2, "a"))
        town.load()
        town.write_layer("houses.fgb", boxes(3, "b"))
        yield town
    cluster.down()
    shutil.rmtree(folder)


def test_the_server_restarted_under_a_load(own_town):
    cluster, conninfo = own_town.cluster, own_town.cluster.conninfo(f"cim_{own_town.slug}", "admin")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cim load' AND wait_event_type = 'Lock'"
    holder = psycopg.connect(conninfo)
    holder.execute("LOCK TABLE run.audit IN EXCLUSIVE MODE")  # the load waits in its publication
    process = start(own_town)
    with psycopg.connect(conninfo, autocommit=True) as watcher:
        while process.poll() is None and not watcher.execute(waiting).fetchone()[0]:
            pass
    cluster.down()
    holder.close()
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("cim: the database broke off: ")
    cluster.up()
    assert own_town.rows(SEEN) == [{"storeys": 2, "n": ROWS}]
    own_town.load()
    assert own_town.rows(SEEN) == [{"storeys": 3, "n": ROWS}]


@pytest.fixture
def small_disk(run_root, worker_name) -> Iterator[object]:
    """A file system of a few megabytes, where one may be mounted."""
    folder = run_root / f"{worker_name}-disk"
    folder.mkdir()
    size = ["-o", f"size={DISK_MB}m"]
    if subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    if os.geteuid() == 0:
        os.chown(folder, 0, service_account().gid)
        folder.chmod(0o750)
    yield folder
    Cluster(Settings(data_dir=folder / "data"), durable=False).down()  # when the test has failed on its way
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_a_full_disk_leaves_the_old_state_whole(small_disk, new_town, template_cluster, tmp_path):
    cluster = copied_cluster(template_cluster, small_disk / "data")
    with new_town(tmp_path, cluster) as town:
        town.source("houses", "footprints", "houses.fgb")
        town.write_layer("houses.fgb", boxes(2, "a"))
        town.load()
        town.write_layer("houses.fgb", boxes(3, os.urandom(20_000).hex()))
        with (small_disk / "ballast").open("wb") as ballast:
            ballast.write(bytes(max(shutil.disk_usage(small_disk).free - (24 << 20), 0)))
        process = start(town)
        said = process.communicate(timeout=240)[1]
        assert process.returncode == 1
        assert "Traceback" not in said
        (line,) = [line for line in said.splitlines() if line.startswith("cim: ")]
        assert re.fullmatch(
            r"cim: the database's disk is full \(.*/pg\): make room there, then .* stands as it was", line
        )
        assert "error ignored" not in said  # what the driver says of itself when it is cut off
        (small_disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=1g", small_disk], check=True)
        cluster.up()
        assert town.rows(SEEN) == [{"storeys": 2, "n": ROWS}]
        town.load()
        assert town.rows(SEEN) == [{"storeys": 3, "n": ROWS}]
