"""Loads: published whole or not at all, told apart by content, and traceable."""

from __future__ import annotations

import hashlib

import pandas as pd
import psycopg
import pytest
import shapely

from cim._version import __version__
from cim.errors import BadManifest, BadSource, CityMismatch, DatabaseError, MissingSource
from cim.etl import runs
from cim.etl.batch import Batch, Reader
from cim.etl.fingerprint import fingerprint
from cim.etl.load import CityLoad, LoadOptions
from cim.etl.undo import UnknownLoad, undo_load
from cim.manifest import read_manifest


def test_a_load_can_be_traced(house_town):
    house_town.source(
        "houses",
        "footprints",
        "houses.gpkg",
        licence="CC0-1.0",
        attribution="the town",
        classification=1,
        options={"columns": {"key": "id", "height": "height"}},
    )
    report = house_town.load()["houses"]
    (row,) = house_town.rows("SELECT l.*, s.name, s.kind FROM run.load l JOIN run.source s USING (source_id)")
    file = house_town.folder / "houses.gpkg"
    assert report.load_id == row["load_id"]
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (row["path"], row["size_bytes"]) == (str(file), file.stat().st_size)
    assert (row["name"], row["kind"], row["status"]) == ("houses", "footprints", "published")
    assert (row["crs"], row["transformation"], row["accuracy_m"]) == ("EPSG:4545", None, 0.0)
    assert (row["licence"], row["attribution"], row["classification"]) == ("CC0-1.0", "the town", 1)
    assert (row["format"], row["secrecy"], row["data_grade"], row["staged"]) == ("footprints .gpkg", "无", "一般", None)
    assert (row["records_in"], row["kept"], row["rejected"], row["added"]) == (4, 4, 0, 4)
    assert (row["synthetic"], row["software_version"]) == (True, __version__)
    assert row["parameters"] == {"columns": {"key": "id", "height": "height"}}
    assert 0 < row["seconds"] < 600
    assert {house["classification"] for house in house_town.by_key("building").values()} == {1}
    assert house_town.one("SELECT data_version FROM run.city") == 1
    assert house_town.rows("SELECT * FROM run.theme_version") == [{"theme": "building", "version": 1}]
    (audit,) = house_town.rows("SELECT viewer, action, subject, details FROM run.audit")
    assert (audit["viewer"], audit["action"], audit["subject"]) == ("operator", "load", "houses")
    assert audit["details"]["added"] == 4
    (extent,) = house_town.rows("SELECT theme, records, ST_AsText(geom) AS box FROM run.load_extent")
    assert (extent["theme"], extent["records"]) == ("building", 4)
    assert shapely.from_wkt(extent["box"]).bounds == (500000, 3270000, 500070, 3270010)


def test_what_is_stored_is_what_the_file_says(house_town, houses):
    house_town.load()
    stored = house_town.by_key("building")
    assert sorted(stored) == ["a", "b", "c", "d"]
    for house in houses.to_dict("records"):
        row = stored[house["id"]]
        assert row["height_m"] == house["height"]
        assert row["name"] == (None if pd.isna(house["name"]) else house["name"])
        assert row["attributes"] == (None if pd.isna(house["colour"]) else {"colour": house["colour"]})
        shape = shapely.from_wkb(bytes.fromhex(row["geom"]))
        assert shape.geom_type == "MultiPolygon"
        assert shape.equals(house["geom"])
    moved = "SELECT max(ST_HausdorffDistance(geom_3857, ST_Transform(geom, 3857))) FROM city.building"
    assert house_town.one(moved) < 1e-3


def test_an_unchanged_source_is_not_loaded_twice(house_town):
    first = house_town.load()["houses"]
    second = house_town.load()["houses"]
    assert (second.status, second.load_id, second.outcome.kept) == ("unchanged", first.load_id, 4)
    assert house_town.one("SELECT count(*) FROM run.load") == 1
    again = house_town.load(again=True)["houses"]
    assert again.status == "published"
    assert [again.outcome.total(what) for what in ("added", "changed", "removed", "unchanged")] == [0, 0, 0, 4]
    assert house_town.one("SELECT count(*) FROM city.building") == 4
    assert house_town.one("SELECT data_version FROM run.city") == 1


def test_what_the_manifest_says_is_part_of_a_source(house_town):
    house_town.load()
    house_town.sources[0]["licence"] = "CC-BY-4.0"
    report = house_town.load()["houses"]
    assert report.status == "published"
    assert report.outcome.total("unchanged") == 4
    house_town.sources[0]["classification"] = 2
    assert house_town.load()["houses"].outcome.total("changed") == 4
    assert {row["classification"] for row in house_town.by_key("building").values()} == {2}


def test_a_changed_source_opens_and_closes_versions_of_its_own_features_only(house_town, houses):
    house_town.write_layer("other.gpkg", houses.assign(id=["w", "x", "y", "z"]))
    house_town.source("other", "footprints", "other.gpkg", options={"columns": {"key": "id"}})
    house_town.load()
    before = house_town.by_key("building")
    changed = houses.assign(height=[6.0, 9.5, 31.0, 3.0])
    changed.loc[0, "colour"] = "green"
    changed = pd.concat([changed.iloc[[0, 2, 3]], houses.iloc[[0]].assign(id="e", geom=[house_town.square(7)])])
    house_town.write_layer("houses.gpkg", changed)
    report = house_town.load()
    assert report["other"].status == "unchanged"
    done = report["houses"].outcome
    assert [done.total(what) for what in ("added", "changed", "removed", "unchanged")] == [1, 2, 1, 1]
    after = house_town.by_key("building")
    assert sorted(after) == ["a", "c", "d", "e", "w", "x", "y", "z"]
    assert after["c"]["height_m"] == 31.0
    assert after["a"]["attributes"] == {"colour": "green"}
    for key in ("d", "w", "x", "y", "z"):
        assert after[key] == before[key]
    for key in ("a", "c"):
        assert after[key]["feature_id"] == before[key]["feature_id"]
        assert after[key]["version_id"] != before[key]["version_id"]
    assert house_town.one("SELECT data_version FROM run.city") == 3
    assert all(row["block_top_m"] == row["block_base_m"] + row["height_m"] for row in after.values())


def test_history_tells_what_was_known_when(house_town, houses):
    first = house_town.load()["houses"].load_id
    house_town.write_layer("houses.gpkg", houses.assign(height=[6.0, 9.5, 30.0, 4.0]).iloc[1:])
    second = house_town.load()["houses"].load_id
    published = {row["load_id"]: row["published_at"] for row in house_town.rows("SELECT * FROM run.load")}
    query = """SELECT f.source_key, v.height_m, v.recorded_from, v.recorded_to FROM city.building_history v
               JOIN city.feature f USING (feature_id) ORDER BY 1, 3"""
    told = [tuple(row.values()) for row in house_town.rows(query)]
    assert told == [
        ("a", 6.0, published[first], published[second]),
        ("b", 9.5, published[first], None),
        ("c", 30.0, published[first], None),
        ("d", 3.0, published[first], published[second]),
        ("d", 4.0, published[second], None),
    ]


def test_a_feature_that_comes_back_is_the_same_feature(house_town, houses):
    house_town.load()
    before = house_town.by_key("building")["a"]
    house_town.write_layer("houses.gpkg", houses.iloc[1:])
    house_town.load()
    assert "a" not in house_town.by_key("building")
    house_town.write_layer("houses.gpkg", houses.assign(name="new"))
    assert house_town.load()["houses"].outcome.total("added") == 1
    after = house_town.by_key("building")["a"]
    assert after["feature_id"] == before["feature_id"]
    assert after["version_id"] != before["version_id"]


def test_records_without_a_key_are_known_by_their_content(house_town, houses):
    house_town.sources[0]["options"] = {"columns": {"height": "height"}}
    anonymous = pd.concat([houses, houses.iloc[[0]]]).drop(columns="id")
    house_town.write_layer("houses.gpkg", anonymous)
    assert house_town.load()["houses"].outcome.total("added") == 5
    before = house_town.by_key("building")
    assert all(key.startswith("#") for key in before)
    house_town.write_layer(
        "houses.gpkg", pd.concat([anonymous.iloc[::-1].head(4), anonymous.iloc[[1]].assign(name="x")])
    )
    done = house_town.load()["houses"].outcome
    assert [done.total(what) for what in ("added", "changed", "removed", "unchanged")] == [1, 0, 1, 4]


def test_a_refused_record_leaves_its_feature_as_it_was(house_town, houses):
    house_town.load()
    before = house_town.by_key("building")
    x, y = 500_000, 3_270_000
    bow_tie = shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    house_town.write_layer("houses.gpkg", houses.assign(geom=[bow_tie, *houses["geom"][1:]]))
    report = house_town.load()["houses"]
    assert report.tally.errors == {"geometry.self_intersection": 1}
    assert house_town.by_key("building") == before
    (reject,) = house_town.rows("SELECT * FROM run.reject")
    assert (reject["record"], reject["source_key"], reject["file"]) == ("1", "a", "houses.gpkg")
    assert reject["reason"] == "self-intersection at (500005 3270005)"
    assert reject["original"]["name"] == "甲"
    assert shapely.from_wkt(reject["original"]["geom"]).equals_exact(bow_tie)


def test_a_key_that_stands_twice_is_refused_the_second_time(house_town, houses):
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "a", "d"]))
    report = house_town.load()["houses"]
    assert report.tally.errors == {"key.repeated": 1}
    assert house_town.by_key("building")["a"]["height_m"] == 6.0


def test_faults_beyond_half_refuse_the_source(house_town, houses):
    house_town.load()
    before = house_town.by_key("building")
    house_town.write_layer("houses.gpkg", houses.assign(id=["n", "n", "n", "n"]))
    with pytest.raises(BadSource, match=r"3 of 4 records are refused, 3 for key.repeated: record 2 key 'n' stands a"):
        house_town.load()
    assert house_town.by_key("building") == before
    assert house_town.one("SELECT count(*) FROM city.building") == 4
    assert house_town.rows("SELECT status FROM run.load ORDER BY load_id") == [
        {"status": "published"},
        {"status": "failed"},
    ]


def test_strict_refuses_a_source_for_one_fault(house_town, houses):
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "a", "d"]))
    with pytest.raises(BadSource, match="1 of 4 records are refused"):
        house_town.load(strict=True)
    assert house_town.by_key("building") == {}


def test_a_file_that_has_lost_all_its_records_is_refused(house_town, houses):
    house_town.load()
    house_town.write_layer("houses.gpkg", houses.iloc[:0])
    with pytest.raises(BadSource, match="has no records where load 1 had 4: give the whole file"):
        house_town.load()
    assert len(house_town.by_key("building")) == 4


def test_a_source_that_fails_leaves_those_before_it(house_town):
    house_town.source("gone", "footprints", "houses.gpkg", options={"columns": {"key": "nothing"}})
    with pytest.raises(BadSource, match=r"has no column 'nothing' \(for key\): it has id, name, height, colour"):
        house_town.load()
    assert len(house_town.by_key("building")) == 4
    (failed,) = house_town.rows("SELECT message FROM run.load WHERE status = 'failed'")
    assert "has no column 'nothing'" in failed["message"]


def test_nothing_is_made_before_every_file_is_there(house_town):
    house_town.source("gone", "footprints", "gone.gpkg")
    with pytest.raises(MissingSource, match=r"gone\.gpkg: no such file: correct the path"):
        house_town.load()
    assert f"cim_{house_town.slug}" not in house_town.cluster.databases()
    house_town.source("gone", "nonsense", "houses.gpkg")
    with pytest.raises(BadManifest, match=r"has kind 'nonsense': known kinds are .*cityjson, .*register"):
        house_town.load()
    assert f"cim_{house_town.slug}" not in house_town.cluster.databases()


def test_only_the_sources_named_are_loaded(house_town, houses):
    house_town.write_layer("other.gpkg", houses)
    house_town.source("other", "footprints", "other.gpkg")
    assert list(house_town.load("other")) == ["other"]
    with pytest.raises(BadManifest, match="no source 'third': it has houses, other"):
        house_town.load("third")


def test_a_city_keeps_its_crs(house_town):
    house_town.load()
    path = house_town.write()
    path.write_text(path.read_text().replace("EPSG:4545", "EPSG:4546"))
    with pytest.raises(CityMismatch, match="has crs 'EPSG:4545' but the manifest says 'EPSG:4546'"):
        list(_load(house_town, path))


def _load(town, path):
    from cim.etl.load import load_city

    return load_city(town.cluster, read_manifest(path), town.folder / "data")


@pytest.fixture
def city_load(house_town):
    """A town without loads yet, and what loads a source into it with any reader."""
    house_town.load()
    manifest = read_manifest(house_town.write())
    conninfo = house_town.cluster.conninfo(f"cim_{house_town.slug}")
    with psycopg.connect(conninfo) as connection:
        source = manifest.sources[0]

        def take(read, again=True):
            options = LoadOptions(again=again)
            load = CityLoad(connection, conninfo, manifest.profile, house_town.folder / "data", options)
            return load.take(source, Reader("test", "A reader of the test", read), fingerprint(source))

        yield take


def test_what_another_process_has_loaded_since_one_looked_is_not_loaded_again(house_town, city_load):
    def read(source, city):
        raise AssertionError("read again")
        yield

    report = city_load(read, again=False)
    assert (report.status, report.outcome.kept) == ("unchanged", 4)
    assert house_town.one("SELECT count(*) FROM run.load") == 1


def test_rows_are_out_of_sight_until_all_are_there(house_town, city_load):
    sights = []

    def read(source, city):
        for number in range(6):
            frame = pd.DataFrame({"source_key": [f"n{number}"], "geom": [house_town.square(number)]})
            yield Batch("building", frame)
            sights.append((sorted(house_town.by_key("building")), house_town.one("SELECT count(*) FROM city.building")))

    city_load(read)
    assert {tuple(keys) for keys, _ in sights} == {("a", "b", "c", "d")}
    assert sights[-1][1] > 4  # rows were there, but none was seen
    assert sorted(house_town.by_key("building")) == [f"n{number}" for number in range(6)]


def test_a_reader_that_breaks_leaves_nothing(house_town, city_load):
    before = house_town.by_key("building")

    def read(source, city):
        yield Batch("building", pd.DataFrame({"source_key": ["n"], "geom": [house_town.square()]}))
        raise BadSource(source.path, "is worm-eaten", "find another")

    with pytest.raises(BadSource, match="worm-eaten"):
        city_load(read)
    assert house_town.by_key("building") == before
    assert house_town.one("SELECT count(*) FROM city.building") == 4
    assert house_town.one("SELECT message FROM run.load WHERE status = 'failed'").endswith("find another")


def test_what_the_database_refuses_ends_the_load(house_town, city_load):
    def read(source, city):
        for number in range(20):
            # No reader may fill this column; the writer's thread meets the server's refusal.
            frame = pd.DataFrame({"source_key": [f"n{number}"], "geom": [house_town.square()]})
            lod = pd.DataFrame({"parent": [0, 0], "lod": "1", "geometry_type": "Solid", "geom": [b"no WKB", None]})
            yield Batch("building", frame, details={"building_lod": lod})

    with pytest.raises(psycopg.Error):
        city_load(read)
    assert sorted(house_town.by_key("building")) == ["a", "b", "c", "d"]
    assert house_town.one("SELECT count(*) FROM city.building") == 4


def test_one_load_of_a_source_at_a_time(house_town, city_load, monkeypatch):
    monkeypatch.setattr(runs, "_LOCK_WAIT_MS", 100)

    def read(source, city):
        with pytest.raises(DatabaseError, match="source 'houses' is being loaded by another process"):
            house_town.load(again=True)
        yield Batch("building", pd.DataFrame({"source_key": ["n"], "geom": [house_town.square()]}))

    assert city_load(read).outcome.total("added") == 1


def test_another_load_does_not_sweep_one_that_is_running(house_town, houses, city_load):
    house_town.write_layer("other.gpkg", houses)
    house_town.source("other", "footprints", "other.gpkg")

    def read(source, city):
        yield Batch("building", pd.DataFrame({"source_key": ["n"], "geom": [house_town.square()]}))
        house_town.load("other")
        yield Batch("building", pd.DataFrame({"source_key": ["m"], "geom": [house_town.square()]}))

    assert city_load(read).outcome.total("added") == 2
    assert {"n", "m"} <= set(house_town.by_key("building"))


def test_a_theme_that_the_source_no_longer_speaks_of_is_emptied(house_town, city_load):
    def first(source, city):
        yield Batch("building", pd.DataFrame({"source_key": ["n"], "geom": [house_town.square()]}))
        tree = shapely.Point(500_000, 3_270_000, 200)
        yield Batch("tree", pd.DataFrame({"source_key": ["t"], "geom": [tree]}))

    def second(source, city):
        yield Batch("building", pd.DataFrame({"source_key": ["n"], "geom": [house_town.square()]}))

    city_load(first)
    assert list(house_town.by_key("tree")) == ["t"]
    done = city_load(second).outcome
    assert done.themes["tree"].removed == 1
    assert house_town.by_key("tree") == {}


def test_undo_brings_back_what_stood_before(house_town, houses):
    first = house_town.load()["houses"].load_id
    before = house_town.by_key("building")
    house_town.write_layer("houses.gpkg", houses.assign(name="new").iloc[:3])
    second = house_town.load()["houses"].load_id
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        with pytest.raises(UnknownLoad, match=rf"newest of source 'houses' is {second}: undo that one first"):
            undo_load(connection, first)
        assert undo_load(connection, second) == "houses"
        with pytest.raises(UnknownLoad, match="no published load has that number"):
            undo_load(connection, second)
    assert house_town.by_key("building") == before
    assert house_town.one("SELECT data_version FROM run.city") == 3
    assert house_town.one("SELECT count(*) FROM run.audit WHERE action = 'undo'") == 1
    done = house_town.load(again=True)["houses"].outcome
    assert [done.total(what) for what in ("added", "changed", "removed", "unchanged")] == [0, 3, 1, 0]
    assert {row["name"] for row in house_town.by_key("building").values()} == {"new"}


def test_undoing_the_first_load_empties_the_source(house_town):
    load_id = house_town.load()["houses"].load_id
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        undo_load(connection, load_id)
    assert house_town.by_key("building") == {}
    assert house_town.load()["houses"].status == "undone"
    assert house_town.load(again=True)["houses"].outcome.total("added") == 4


def test_viewers_see_published_rows_they_are_cleared_for(house_town, houses):
    house_town.write_layer("secret.gpkg", houses.assign(id=["w", "x", "y", "z"]))
    house_town.source("secret", "footprints", "secret.gpkg", classification=2)
    house_town.load()
    count = "SELECT count(*) AS n FROM city.building_current"
    assert house_town.rows(count, role="web") == [{"n": 4}]
    with house_town.connect("web") as connection, connection.transaction():
        connection.execute("SELECT set_config('cim.clearance', '2', true)")
        assert connection.execute(count).fetchone() == {"n": 8}


def test_a_changed_companion_is_a_change(town, houses):
    town.write_layer("houses.shp", houses)
    options = {"ground_m": 0.0, "columns": {"key": "id", "height": "height"}}
    town.source("houses", "footprints", "houses.shp", crs="EPSG:4545", options=options)
    town.load()
    assert town.load()["houses"].status == "unchanged"
    before = (town.folder / "houses.shp").read_bytes()
    town.write_layer("houses.shp", houses.assign(height=99.0))
    assert (town.folder / "houses.shp").read_bytes() == before, "only the columns differ"
    report = town.load()["houses"]
    assert (report.status, report.outcome.total("changed")) == ("published", len(houses))
