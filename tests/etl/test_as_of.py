"""The city as it was known at a time: three loads and an undo."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest

from cim.etl.undo import undo_load
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR


@pytest.fixture
def times(house_town, houses):
    """Times between three loads and the undoing of the last: before, then after each."""
    now = "SELECT clock_timestamp()"

    def change(frame):
        house_town.write_layer("houses.gpkg", frame)
        load_id = house_town.load()["houses"].load_id
        return load_id, house_town.one(now)

    house_town.load()
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        connection.execute("UPDATE run.load SET published_at = published_at - interval '1 day'")
    first = house_town.one(now)
    _, second = change(houses.assign(height=[7.0, 9.5, 30.0, 3.0]).iloc[:3])
    load_id, third = change(houses.assign(height=[8.0, 9.5, 31.0, 3.0]))
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        undo_load(connection, load_id)
    return [first - dt.timedelta(days=2), first, second, third]


HEIGHTS = [
    {},
    {"a": 6.0, "b": 9.5, "c": 30.0, "d": 3.0},
    {"a": 7.0, "b": 9.5, "c": 30.0},
    # What was undone never was.
    {"a": 7.0, "b": 9.5, "c": 30.0},
]


def test_the_city_as_of_a_time(house_town, times):
    with Store.open(house_town.cluster, house_town.slug) as store:
        keys = {row["feature_id"]: key for key, row in house_town.by_key("building", "history").items()}
        for when, heights in zip(times, HEIGHTS, strict=True):
            frame = store.as_of(OPERATOR, "building", when)
            assert dict(zip(frame["feature_id"].map(keys), frame["height_m"], strict=True)) == heights
        assert frame.crs.to_epsg() == 4545
        assert frame.geometry.notna().all()


def test_what_was_restricted_is_so_in_the_past_too(house_town, times):
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        connection.execute("UPDATE city.building SET classification = 2 WHERE height_m = 6")
    with Store.open(house_town.cluster, house_town.slug, role="web") as store:
        assert sorted(store.as_of(LOCAL, "building", times[1])["height_m"]) == [3.0, 9.5, 30.0]


def test_with_a_date_only_what_held_in_the_world_then(town):
    book = "key,kind,valid_from,valid_to,x,y,z\nold,school,,1990-01-01,1,1,1\nnew,school,1990-01-01,,1,1,1\n"
    (town.folder / "facility.csv").write_text(book, encoding="utf-8")
    town.source("f", "register", "facility.csv", crs="EPSG:4545", options={"theme": "facility"})
    town.load()
    keys = {row["feature_id"]: key for key, row in town.by_key("facility").items()}
    now = town.one("SELECT clock_timestamp()")
    with Store.open(town.cluster, town.slug) as store:
        for day, expected in (((1989, 12, 31), {"old"}), ((1990, 1, 1), {"new"})):
            held = store.as_of(OPERATOR, "facility", now, held=dt.date(*day))
            assert set(held["feature_id"].map(keys)) == expected
        assert len(store.as_of(OPERATOR, "facility", now)) == 2


def test_a_theme_that_is_none(database):
    with pytest.raises(KeyError):
        database.as_of(OPERATOR, "nothing", dt.datetime.now(dt.UTC))
