"""Binary COPY: whatever a column can hold comes back as it was, and what it cannot hold is refused."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.copying import arrow_column, copy_frame
from cim.tables import Column, table_of

TYPES = {
    "id": "bigint",
    "small": "smallint",
    "middle": "integer",
    "number": "double precision",
    "truth": "boolean",
    "words": "text",
    "bytes": "bytea",
    "day": "date",
    "moment": "timestamp with time zone",
    "document": "jsonb",
    "list": "smallint[]",
    "place": "geometry",
}
COLUMNS = [{"name": name, "type": kind, "nullable": True} for name, kind in TYPES.items()]
THING = table_of({"schema": "layer", "name": "thing", "columns": COLUMNS})

DDL = """CREATE TABLE layer.thing (id bigint, small smallint, middle int, number float8, truth bool, words text,
    bytes bytea, day date, moment timestamptz, document jsonb, list smallint[], place geometry(GeometryZ, 4490))"""

# PostgreSQL's text holds everything but NUL, and surrogates are no characters.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
# JSON has one kind of number: beyond 2^53 PostgreSQL gives a float back as the integer that it also is.
NUMBER = st.floats(-1e15, 1e15)
DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = ["small", "middle", "number", "truth", "words", "bytes", "day", "moment", "document", "list"]
SMALL = st.integers(-(2**15), 2**15 - 1)
COORDINATE = st.floats(-1e7, 1e7)
ROW = st.fixed_dictionaries(
    {
        "small": st.none() | SMALL,
        "middle": st.none() | st.integers(-(2**31), 2**31 - 1),
        "number": st.none() | st.floats(allow_nan=False),
        "truth": st.none() | st.booleans(),
        "words": st.none() | TEXT,
        "bytes": st.none() | st.binary(max_size=20),
        "day": st.none() | st.dates(dt.date(1, 1, 1)),
        "moment": st.none() | st.datetimes(dt.datetime(1900, 1, 1), timezones=st.just(dt.UTC)),
        "document": st.none() | st.dictionaries(TEXT, DOCUMENT, max_size=3),
        "list": st.none() | st.lists(SMALL, max_size=4),
        "place": st.none() | st.builds(shapely.Point, COORDINATE, COORDINATE, COORDINATE),
    }
)


@pytest.fixture
def connection(database):
    with psycopg.connect(database.url) as connection:
        connection.execute(DDL)
        connection.commit()
        yield connection


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_any_values_come_back_as_they_were(connection, rows):
    frame = pd.DataFrame(rows, dtype=object).assign(id=range(len(rows)))
    connection.execute("TRUNCATE layer.thing")
    assert copy_frame(connection, THING, frame) == len(rows)
    found = connection.execute(f"SELECT {', '.join(NAMES)}, ST_AsBinary(place) FROM layer.thing ORDER BY id").fetchall()
    for row, (*values, place) in zip(rows, found, strict=True):
        assert values == [row[name] for name in NAMES]
        assert (None if place is None else shapely.from_wkb(bytes(place))) == row["place"]
    connection.rollback()


def test_missing_values_of_every_kind_are_null(connection):
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "small": pd.array([1, None], dtype="Int16"),
            "number": [np.nan, 1.5],
            "middle": [np.nan, 3.0],
            "truth": pd.array([pd.NA, True], dtype="boolean"),
            "words": pd.Series([None, "字"], dtype="str"),
            "day": pd.to_datetime([None, "2020-02-29"]),
            "document": [np.nan, {"a": [1, None]}],
            "list": [None, np.array([1, 2], dtype=np.int16)],
            "place": [None, shapely.Point(1, 2, 3)],
        }
    )
    copy_frame(connection, THING, frame)
    columns = "small, middle, number, truth, words, day, document, list, ST_AsText(place), ST_SRID(place)"
    query = f"SELECT {columns} FROM layer.thing ORDER BY id"
    first, second = connection.execute(query).fetchall()
    assert first == (1, *[None] * 9)
    assert second == (None, 3, 1.5, True, "字", dt.date(2020, 2, 29), {"a": [1, None]}, [1, 2], "POINT Z (1 2 3)", 4490)


def test_arrow_and_wkb_and_json_text_pass_as_they_are(connection):
    frame = pd.DataFrame(
        {
            "id": pd.Series([7], dtype=pd.ArrowDtype(pa.int32())),
            "words": pd.Series(["x"], dtype=pd.ArrowDtype(pa.large_string())),
            "number": pd.Series([np.nan], dtype=pd.ArrowDtype(pa.float32())),
            "document": [b'{"b": 1}'],
            "place": [shapely.to_wkb(shapely.Point(1, 2, 3))],
        }
    )
    copy_frame(connection, THING, frame)
    query = "SELECT id, words, number, document, ST_AsText(place) FROM layer.thing"
    assert connection.execute(query).fetchall() == [(7, "x", None, {"b": 1}, "POINT Z (1 2 3)")]


def test_more_rows_than_one_slice(connection):
    frame = pd.DataFrame({"id": range(30_000), "words": ["ab" * 200] * 30_000})
    assert copy_frame(connection, THING, frame) == 30_000
    assert connection.execute("SELECT count(*), sum(id), min(length(words)) FROM layer.thing").fetchone() == (
        30_000,
        sum(range(30_000)),
        400,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("small", 2**15),
        ("small", 1.5),
        ("middle", "three"),
        ("number", "12 m"),
        ("day", "yesterday"),
        ("truth", "maybe"),
        ("list", ["x"]),
    ],
)
def test_values_that_do_not_fit_are_refused(column, value):
    with pytest.raises((ValueError, TypeError)):
        arrow_column(pd.Series([value], dtype=object), THING.columns[column])


def test_an_unknown_column_is_refused(connection):
    with pytest.raises(KeyError):
        copy_frame(connection, THING, pd.DataFrame({"id": [1], "colour": ["red"]}))


def test_no_rows_write_nothing(connection):
    assert copy_frame(connection, THING, pd.DataFrame({"id": []})) == 0


def test_a_type_that_cannot_be_copied_is_refused():
    column = Column("x", "thing", "money", nullable=True)
    with pytest.raises(TypeError, match="no binary COPY"):
        arrow_column(pd.Series([1]), column)
