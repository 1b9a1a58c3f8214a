"""Digests of records: equal means that nothing in the record has changed.

Each value is hashed to 128 bits (text, geometry and lists by xxh3), mixed with its column's name, and summed over
the columns that have a value. So a digest depends on the record alone, not on the records beside it, and a
column that is added to the schema changes no digest until a record has a value for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from cim.tables import Table

Digests = npt.NDArray[np.uint64]
"""(n, 2) unsigned integers: the two halves of each 128-bit digest."""


def key_hashes(keys: list[str]) -> npt.NDArray[np.uint64]:
    """Return 64-bit hashes of keys; of a million keys two share one with a chance of 3 in 100 million."""
    return np.fromiter((xxhash.xxh3_64_intdigest(key.encode()) for key in keys), dtype=np.uint64, count=len(keys))


def record_digests(columns: Mapping[str, pa.Array], rows: int) -> Digests:
    """Return the digest of each record.

    Parameters
    ----------
    columns
        Arrow arrays of equal length by name.
    rows
        Their length.
    """
    total = np.zeros((rows, 2), dtype=np.uint64)
    for name, array in columns.items():
        if array.null_count < rows:
            present = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
            total += mixed(name, _words(array), present)
    return total


def beyond_defaults(table: Table, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return columns without the values that the table would give anyhow: to say them changes no record."""
    out = {}
    for name, array in columns.items():
        default = table.columns[name].default
        if default is not None and array.null_count < len(array):
            usual = pa.scalar(default, pa.string()).cast(array.type)
            array = pc.if_else(pc.equal(array, usual), pa.scalar(None, array.type), array)
        out[name] = array
    return out


def mixed(name: str, words: Digests, present: npt.NDArray[np.bool_] | None = None) -> Digests:
    """Return words scrambled by a name, to be summed with others; 0 where there is none.

    The scrambling is that of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
    """
    out = words ^ _seeds(name)
    out ^= out >> np.uint64(30)
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    if present is not None:
        out[~present] = 0
    return out


def sums_by_parent(digests: Digests, parents: npt.NDArray[np.int64], rows: int) -> Digests:
    """Return, for each parent, the sum of its child rows' digests, whatever their order; 0 without children."""
    total = np.zeros((rows, 2), dtype=np.uint64)
    if len(parents):
        order = np.argsort(parents, kind="stable")
        owners, starts = np.unique(parents[order], return_index=True)
        total[owners] = np.add.reduceat(digests[order], starts, axis=0)
    return total


def packed(digests: Digests) -> pa.Array:
    """Return digests as Arrow binary of 16 bytes each."""
    content = np.ascontiguousarray(digests)
    ends = np.arange(len(content) + 1, dtype=np.int32) * 16
    return pa.Array.from_buffers(pa.binary(), len(content), [None, pa.py_buffer(ends), pa.py_buffer(content)])


def unpacked(values: list[bytes]) -> Digests:
    """Return digests from their 16 bytes each."""
    return np.frombuffer(b"".join(values), dtype=np.uint64).reshape(-1, 2)


@cache
def _seeds(name: str) -> Digests:
    """Two words that stand for a column's name."""
    return np.frombuffer(xxhash.xxh3_128_digest(name.encode()), dtype=np.uint64)


def _words(array: pa.Array) -> Digests:
    """Return a column as two 64-bit words a value; what stands for a missing value does not matter."""
    kind = array.type
    if pa.types.is_binary(kind):
        return _digests_of_bytes(array)
    if pa.types.is_string(kind):
        # Each distinct text is hashed once.
        coded = array.dictionary_encode()
        codes: npt.NDArray[np.int32] = coded.indices.fill_null(0).to_numpy()
        return _digests_of_bytes(coded.dictionary.cast(pa.binary()) if len(coded.dictionary) else pa.array([b""]))[
            codes
        ]
    if pa.types.is_list(kind):
        content = array.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
        return _digests_of_runs(content.view(np.uint8), np.cumsum(array.value_lengths().fill_null(0).to_numpy()) * 8)
    return np.repeat(_numbers(array)[:, None], 2, axis=1)


def _digests_of_bytes(array: pa.Array) -> Digests:
    """Digest byte strings one by one, where they lie."""
    if not len(array):
        return np.empty((0, 2), dtype=np.uint64)
    _, ends, content = array.buffers()
    bounds = np.frombuffer(ends, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return _digests_of_runs(np.frombuffer(content or b"", dtype=np.uint8)[bounds[0] :], bounds[1:] - bounds[0])


def _digests_of_runs(content: npt.NDArray[np.uint8], ends: npt.NDArray[Any]) -> Digests:
    """Digest runs of bytes that lie one after another, each by where it ends."""
    view = content.data
    bounds = [0, *ends.tolist()]
    return unpacked([xxhash.xxh3_128_digest(view[begin:end]) for begin, end in pairwise(bounds)])


def _numbers(array: pa.Array) -> npt.NDArray[np.uint64]:
    """Return numbers, truth values, dates and times as words; 0.0 and -0.0 are one."""
    kind = array.type
    if pa.types.is_date32(kind):
        array = array.cast(pa.int32())
    if pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    wide = pa.float64() if pa.types.is_floating(kind) else pa.int64()
    numbers = array.cast(wide).fill_null(0).to_numpy() + 0
    words: npt.NDArray[np.uint64] = numbers.view(np.uint64)
    return words
