"""Killed at any moment, a load leaves the old data whole, and the next one takes up as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import hypothesis
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


def start(town, *program):
    """Start `cim load` as a user would, in a process group of its own."""
    town.write()
    variables = {**os.environ, "CIM_DATA_DIR": str(town.cluster.status().data.parent)}
    command = [sys.executable, *(program or ("-m", "cim")), "load", str(town.folder)]
    return subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=hear_interrupts,
    )  # fmt: skip


def hear_interrupts():
    """Undo what a shell does to what it starts in the background: a terminal's Ctrl-C would not be meant for it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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


def wait_until_waiting(town):
    """Wait until a load waits for a lock."""
    deadline = time.monotonic() + 120
    while not town.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def storeys(town):
    """Return what readers see: each number of storeys with its count of houses."""
    query = "SELECT storeys_above::int AS storeys, count(*) AS n FROM city.building_current GROUP BY 1"
    return {row["storeys"]: row["n"] for row in town.rows(query)}


def kill(process):
    """End a load as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def assert_clean(town, indexes):
    """Nothing is left of loads that were killed."""
    assert town.one(LITTER) == 0
    assert town.one("SELECT count(*) FROM run.load WHERE status = 'staging'") == 0
    assert town.one(INDEXES) == indexes


OLD, NEW = {2: ROWS}, {3: ROWS - 7}


@pytest.mark.parametrize(("rows", "resume"), [(0, False), (1, False), (ROWS - 7, False), (1, True)])
def test_kill_leaves_the_old_or_the_new_data_whole(full_town, rows, resume):
    before, indexes = full_town.rows(SEEN), full_town.one(INDEXES)
    process = start(full_town)
    wait_until_staged(full_town, process, rows)
    time.sleep(random.Random(rows).uniform(0, 0.05))
    kill(process)
    wait_for_servers(full_town)
    seen, published = storeys(full_town), full_town.one(PUBLISHED)
    assert seen == (OLD if published == 1 else NEW)
    assert published == 2 or full_town.rows(SEEN) == before
    done = full_town.load(resume=resume)["houses"]
    assert storeys(full_town) == NEW
    assert_clean(full_town, indexes)
    if published == 1:
        assert [done.outcome.total(what) for what in ("added", "changed", "removed")] == [0, ROWS - 7, 7]


PUBLISHED = "SELECT count(*) FROM run.load WHERE published_at IS NOT NULL"

# Where publication is made to wait, and what must be seen when the load is killed there: until the commit the old data;
# in the commit the server no longer asks whether anybody is still there.
HELD = {
    "the versions that it closes": ("LOCK TABLE run.load_extent IN EXCLUSIVE MODE", OLD),
    "the data version": ("SELECT FROM run.city FOR UPDATE", OLD),
    "the last statement": ("LOCK TABLE run.audit IN EXCLUSIVE MODE", OLD),
    "the commit": ("SELECT pg_advisory_xact_lock(77)", NEW),
}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cim load' AND wait_event_type = 'Lock'"
IN_COMMIT = """CREATE FUNCTION public.wait_in_commit() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait_in_commit AFTER UPDATE OF published_at ON run.load
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.wait_in_commit()"""


@pytest.mark.parametrize("place", HELD)
def test_kill_inside_the_publication(full_town, place):
    indexes, (lock, expected) = full_town.one(INDEXES), HELD[place]
    conninfo = full_town.cluster.conninfo(f"cim_{full_town.slug}", "admin")
    with psycopg.connect(conninfo, autocommit=True) as admin:
        admin.execute(IN_COMMIT)
    with psycopg.connect(conninfo) as holder:
        holder.execute(lock)
        process = start(full_town)
        with psycopg.connect(conninfo, autocommit=True) as watcher:
            wait_until(lambda: watcher.execute(WAITING).fetchone()[0] or process.poll() is not None)
        assert process.poll() is None
        kill(process)
        assert storeys(full_town) == OLD
    wait_for_servers(full_town)
    assert storeys(full_town) == expected
    full_town.load()
    assert storeys(full_town) == NEW
    assert_clean(full_town, indexes)


def wait_until(done):
    """Wait until something holds."""
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_for_servers(town):
    """Wait until the server's processes of a killed load have noticed: until then one may still commit.

    One that has left the list of sessions may hold its locks for a moment.
    """
    query = """SELECT (SELECT count(*) FROM pg_stat_activity
                       WHERE application_name = 'cim load' AND datname = current_database())
                    + (SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                       WHERE locktype = 'advisory' AND datname = current_database()) AS n"""
    wait_until(lambda: town.rows(query)[0]["n"] == 0)


def kills():
    """As many as are asked for: a few in `make test`, a hundred in `make soak`, with other moments each time."""
    soak = hypothesis.settings().max_examples > 1000
    return (100, random.Random()) if soak else (3, random.Random(1))


def test_kills_at_random_moments(full_town):
    """Each load brings another number of storeys; whatever the moment, readers see one number, the last or the next."""
    (count, moments), indexes = kills(), full_town.one(INDEXES)
    began = time.monotonic()
    process = start(full_town)
    process.communicate(timeout=240)
    assert process.returncode == 0
    seconds, standing = time.monotonic() - began, NEW
    for number in range(4, 4 + count):
        full_town.write_layer("houses.fgb", many_houses(full_town, number))
        process = start(full_town)
        time.sleep(moments.uniform(0.3, 1.1) * seconds)
        kill(process)
        wait_for_servers(full_town)
        seen = storeys(full_town)
        assert seen in (standing, {number: ROWS})
        standing = seen
    full_town.load()
    assert storeys(full_town) == {3 + count: ROWS}
    assert_clean(full_town, indexes)


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


UNHEARD = """
import psycopg
psycopg.Connection._try_cancel = lambda *told, **options: None
from cim.__main__ import main
main(prog_name="cim")
"""


@pytest.mark.parametrize("program", [("-m", "cim"), ("-c", UNHEARD)], ids=["heard", "unheard"])
def test_interrupting_tidies_up_at_once(full_town, program):
    """The server may not hear of it: a question that it has not read yet is not cancelled."""
    before = full_town.rows(SEEN)
    with full_town.connect() as holder:
        # The load cannot be published, so it is still at it however fast it is.
        holder.execute("SELECT FROM run.city FOR UPDATE")
        process = start(full_town, *program)
        wait_until_staged(full_town, process, 1)
        if program[0] == "-c":
            wait_until_waiting(full_town)
        os.kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=120)[1]  # before the lock goes, so that it cannot be published after all
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert full_town.rows(SEEN) == before
    assert full_town.one(LITTER) == 0
    assert full_town.rows("SELECT status FROM run.load ORDER BY load_id DESC LIMIT 1") == [{"status": "failed"}]
