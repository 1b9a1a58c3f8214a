"""Digests: equal for equal records, whatever stands beside them, and for nothing else."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.etl.digest import key_hashes, mixed, packed, record_digests, sums_by_parent, unpacked

TYPES = {
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "whole": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "small": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "truth": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(max_size=5)),
    "bytes": (pa.binary(), st.binary(max_size=5)),
    "day": (pa.date32(), st.dates()),
    "list": (pa.list_(pa.int16()), st.lists(st.integers(-5, 5), max_size=3)),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values) in TYPES.items()}), min_size=1, max_size=6
)


def arrays(rows):
    return {name: pa.array([row[name] for row in rows], kind) for name, (kind, _) in TYPES.items()}


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_equal_records_and_only_they_have_equal_digests(rows):
    digests = record_digests(arrays(rows), len(rows))
    for row, digest in zip(rows, digests, strict=True):
        for other, theirs in zip(rows, digests, strict=True):
            assert (digest == theirs).all() == (row == other)


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_a_digest_does_not_depend_on_the_records_beside_it(rows):
    together = record_digests(arrays(rows), len(rows))
    alone = [record_digests(arrays([row]), 1)[0] for row in rows]
    assert (together == np.array(alone)).all()


def test_a_column_without_values_changes_nothing():
    columns = {"a": pa.array([1, 2])}
    more = columns | {"new": pa.nulls(2, pa.string()), "newer": pa.array([None, "x"])}
    assert (record_digests(columns, 2)[0] == record_digests(more, 2)[0]).all()
    assert (record_digests(columns, 2)[1] != record_digests(more, 2)[1]).any()


def test_the_order_of_columns_does_not_matter_but_their_names_do():
    a, b = pa.array([1.0]), pa.array([2.0])
    first = record_digests({"a": a, "b": b}, 1)
    assert (first == record_digests({"b": b, "a": a}, 1)).all()
    assert (first != record_digests({"a": b, "b": a}, 1)).any()


def test_digests_stay_the_same_for_ever():
    """Stored digests are compared with those of later versions: another way to digest would reopen every feature."""
    columns = {
        "name": pa.array(["解放碑"]),
        "height_m": pa.array([12.5]),
        "built": pa.array([dt.date(1999, 1, 1)]),
        "geom": pa.array([b"\x01\x02"]),
    }
    assert record_digests(columns, 1).tobytes().hex() == "db21afdf6a7925e44f6916706577b7ae"


def test_minus_zero_is_zero():
    assert (record_digests({"a": pa.array([0.0])}, 1) == record_digests({"a": pa.array([-0.0])}, 1)).all()


def test_children_count_whatever_their_order():
    children = record_digests({"lod": pa.array(["1", "2", "1"])}, 3)
    sums = sums_by_parent(children, np.array([0, 0, 2]), 4)
    again = sums_by_parent(children[[1, 0, 2]], np.array([0, 0, 2]), 4)
    assert (sums == again).all()
    assert sums.any(axis=1).tolist() == [True, False, True, False]
    assert (sums[0] != sums[2]).any()
    assert sums_by_parent(children[:0], np.array([], dtype=np.int64), 2).tolist() == [[0, 0], [0, 0]]


def test_mixing_leaves_what_is_absent_out():
    words = np.array([[1, 2], [3, 4]], dtype=np.uint64)
    out = mixed("x", words, np.array([True, False]))
    assert out[1].tolist() == [0, 0]
    assert out[0].tolist() != [0, 0]
    assert words.tolist() == [[1, 2], [3, 4]]


def test_packing_and_back():
    digests = record_digests({"a": pa.array(range(5))}, 5)
    assert packed(digests).type == pa.binary()
    assert (unpacked(packed(digests).to_pylist()) == digests).all()


def test_key_hashes_tell_keys_apart():
    keys = [f"key {number}" for number in range(10_000)] + ["", "钥匙"]
    hashes = key_hashes(keys)
    assert hashes.dtype == np.uint64
    assert len(set(hashes.tolist())) == len(keys)
    assert (key_hashes(keys[:3]) == hashes[:3]).all()
