"""Filling empty tables without indexes: all of them are there in the end, whatever happens."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import psycopg
import pytest
import shapely

from cim.errors import BadSource
from cim.etl import bulk
from cim.etl.batch import Batch, Reader
from cim.etl.bulk import lighten, restore, restore_interrupted
from cim.etl.fingerprint import fingerprint
from cim.etl.load import CityLoad, LoadOptions
from cim.manifest import read_manifest
from cim.tables import DETAILS, THEMES

DECLARED = """SELECT tablename || ' ' || indexdef AS what FROM pg_indexes WHERE schemaname = 'city'
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'city'::regnamespace AND contype = 'f' ORDER BY 1"""


@pytest.fixture
def small_is_large(monkeypatch):
    monkeypatch.setattr("cim.etl.staging.LARGE_ROWS", 2)


@pytest.fixture
def bare_town(town):
    """A town with a database and nothing in it."""
    town.load()
    return town


def declared(town):
    return [row["what"] for row in town.rows(DECLARED)]


def take(town, read):
    """Load what a reader of the test yields."""
    (town.folder / "nothing.txt").write_text("nothing")
    town.source("test", "register", "nothing.txt")
    manifest = read_manifest(town.write())
    conninfo = town.cluster.conninfo(f"cim_{town.slug}")
    with psycopg.connect(conninfo) as connection:
        load = CityLoad(connection, conninfo, manifest.profile, town.folder, LoadOptions(again=True))
        source = manifest.sources[0]
        return load.take(source, Reader("test", "A reader of the test", read), fingerprint(source))


def trees(first, count=3):
    numbers = range(first, first + count)
    places = [shapely.Point(500_000 + number, 3_270_000, 200) for number in numbers]
    return Batch("tree", pd.DataFrame({"source_key": [f"t{number}" for number in numbers], "geom": places}))


def test_indexes_and_foreign_keys_are_away_while_an_empty_table_fills(bare_town, small_is_large):
    before = declared(bare_town)
    assert any("tree_geom_gist" in what for what in before)
    assert any("tree_feature_id_fkey" in what for what in before)
    seen = []

    def read(source, city):
        for number in range(5):
            yield trees(3 * number)
            seen.append(declared(bare_town))

    take(bare_town, read)
    assert not any("tree_geom_gist" in what or "tree_feature_id_fkey" in what for what in seen[-1])
    assert any("tree_pkey" in what for what in seen[-1])
    assert declared(bare_town) == before


def test_a_table_that_is_not_empty_keeps_them(bare_town, small_is_large):
    take(bare_town, lambda source, city: iter([trees(0, 1)]))
    before = declared(bare_town)
    seen = []

    def read(source, city):
        for number in range(5):
            yield trees(3 * number)
            seen.append(declared(bare_town))

    take(bare_town, read)
    assert seen == [before] * 5


def test_they_are_back_after_a_failure(bare_town, small_is_large):
    before = declared(bare_town)

    def read(source, city):
        yield trees(0)
        yield trees(3)
        raise BadSource(source.path, "breaks", "mend it")

    with pytest.raises(BadSource):
        take(bare_town, read)
    bare_town.sources.clear()
    bare_town.load()  # whatever the failed one's server process still held, the next load puts right
    assert declared(bare_town) == before


def test_what_a_killed_load_left_without_is_made_by_the_next(bare_town):
    before = declared(bare_town)
    with bare_town.connect() as connection:
        connection.row_factory = psycopg.rows.tuple_row
        assert lighten(connection, THEMES["building"])
        connection.commit()
        # The other theme's filling goes on: its session lives.
        conninfo = bare_town.cluster.conninfo(f"cim_{bare_town.slug}")
        with psycopg.connect(conninfo) as other:
            restore_interrupted(other, conninfo)
        assert declared(bare_town) != before
        killed = connection.info.backend_pid
    with psycopg.connect(conninfo, autocommit=True) as other:
        # The lock ends a moment after its session hung up, and after the list of sessions has forgotten it.
        while other.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = %s", (killed,)).fetchone():
            time.sleep(0.05)
        restore_interrupted(other, conninfo)
    assert declared(bare_town) == before


def test_readers_are_not_made_to_wait(bare_town, monkeypatch):
    monkeypatch.setattr(bulk, "_TRIES", 2)
    before = declared(bare_town)
    with bare_town.connect() as reader, bare_town.connect() as connection:
        connection.row_factory = psycopg.rows.tuple_row
        reader.execute("SELECT count(*) FROM city.building")  # its transaction stays open
        assert not lighten(connection, THEMES["building"])
    assert declared(bare_town) == before


def test_making_keys_and_a_writer_never_wait_for_each_other(bare_town):
    before = declared(bare_town)
    conninfo = bare_town.cluster.conninfo(f"cim_{bare_town.slug}")
    (key,) = DETAILS["building_lod"].foreign_keys
    with bare_town.connect() as connection:
        connection.execute(f"ALTER TABLE city.building_lod DROP CONSTRAINT {key.name}")
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'city.building'::regclass"
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(conninfo) as writer:
            writer.execute("LOCK TABLE city.building IN ROW EXCLUSIVE MODE")  # as its first row does
            making = pool.submit(restore, conninfo, [THEMES["building"]])
            while not writer.execute(waits).fetchone():
                time.sleep(0.02)
            writer.execute("LOCK TABLE city.building_lod IN ROW EXCLUSIVE MODE")  # and then its levels of detail
        making.result()
    assert declared(bare_town) == before
