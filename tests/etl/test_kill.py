"""Killed at any moment, a load leaves the old data whole, and the next one takes up as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely

ROWS = 12_000

# Everything a reader can see of the buildings, and whether anything is left lying about.
SEEN = """SELECT count(*) AS rows, md5(string_agg(v::text, '|' ORDER BY version_id)) AS digest
    FROM city.building_current v"""
LITTER = """SELECT count(*) FROM city.building JOIN run.load USING (load_id) WHERE published_at IS NULL"""
INDEXES = """SELECT array_agg(what ORDER BY what) FROM (
    SELECT indexname::text AS what FROM pg_indexes WHERE schemaname = 'city'
    UNION ALL SELECT conname::text FROM pg_constraint WHERE connamespace = 'city'::regnamespace AND contype = 'f') w"""


def many_houses(town, storeys):
    number = np.arange(ROWS)
    x, y = 500_000 + number % 100 * 20.0, 3_270_000 + number // 100 * 20.0
    boxes = shapely.box(x, y, x + 10, y + 10)
    return pd.DataFrame({"key": [f"h{item}" for item in number], "storeys": storeys, "geom": boxes})


@pytest.fixture
def full_town(town):
    """A town of many houses, loaded, whose file then changes altogether."""
    town.source("houses", "footprints", "houses.fgb")
    town.write_layer("houses.fgb", many_houses(town, 2))
    town.load()
    town.write_layer("houses.fgb", many_houses(town, 3).iloc[:-7])
    return town


def start(town):
    """Start `cim load` as a user would, in a process group of its own."""
    town.write()
    variables = {**os.environ, "CIM_DATA_DIR": str(town.cluster.status().data.parent)}
    command = [sys.executable, "-m", "cim", "load", str(town.folder)]
    return subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_until_staged(town, process, rows):
    """Wait until the load has written so many rows, or has ended."""
    query = """SELECT (SELECT count(*) FROM run.load WHERE status = 'staging') AS loads,
               (SELECT count(*) FROM city.building JOIN run.load USING (load_id) WHERE status = 'staging') AS rows"""
    deadline = time.monotonic() + 120
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}"), autocommit=True) as connection:
        while process.poll() is None and time.monotonic() < deadline:
            loads, staged = connection.execute(query).fetchone()
            if loads and staged >= rows:
                return


@pytest.mark.parametrize("rows", [0, 1, ROWS - 7])
def test_kill_leaves_the_old_data_whole(full_town, rows):
    before, indexes = full_town.rows(SEEN), full_town.one(INDEXES)
    process = start(full_town)
    wait_until_staged(full_town, process, rows)
    time.sleep(random.Random(rows).uniform(0, 0.05))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    staging = full_town.one("SELECT count(*) FROM run.load WHERE status = 'staging'")
    assert full_town.rows(SEEN) == before or (staging == 0 and process.returncode == 0)
    done = full_town.load()["houses"]
    assert full_town.one(LITTER) == 0
    assert full_town.one(INDEXES) == indexes
    assert full_town.rows("SELECT DISTINCT storeys_above FROM city.building_current") == [{"storeys_above": 3.0}]
    assert full_town.rows(SEEN)[0]["rows"] == ROWS - 7
    if staging:
        assert [done.outcome.total(what) for what in ("added", "changed", "removed")] == [0, ROWS - 7, 7]
        assert full_town.one("SELECT message FROM run.load WHERE status = 'failed'") == "interrupted"


def test_a_killed_first_load_leaves_an_empty_city_that_can_be_loaded(town):
    town.source("houses", "footprints", "houses.fgb")
    town.write_layer("houses.fgb", many_houses(town, 2))
    process = start(town)
    deadline = time.monotonic() + 120
    while f"cim_{town.slug}" not in town.cluster.databases() and time.monotonic() < deadline:
        time.sleep(0.01)
    # The database is there before its tables are.
    while process.poll() is None and time.monotonic() < deadline:
        try:
            wait_until_staged(town, process, 1)
            break
        except psycopg.Error:
            time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    town.load()
    assert town.rows(SEEN)[0]["rows"] == ROWS
    assert town.one(LITTER) == 0
    assert "building_geom_gist" in town.one(INDEXES)
    assert "building_feature_id_fkey" in town.one(INDEXES)


def test_interrupting_tidies_up_at_once(full_town):
    before = full_town.rows(SEEN)
    process = start(full_town)
    wait_until_staged(full_town, process, 1)
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert full_town.rows(SEEN) == before
    assert full_town.one(LITTER) == 0
    assert full_town.rows("SELECT status FROM run.load ORDER BY load_id DESC LIMIT 1") == [{"status": "failed"}]
