"""Identity: features keep their ids; the bookkeeping agrees with plain dictionaries."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim.etl.digest import key_hashes
from cim.etl.identity import Identities, find
from cim.tables import THEMES

KEYS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True)


def identities(known):
    hashes = key_hashes(known)
    order = np.argsort(hashes)
    return Identities(
        table=THEMES["building"],
        known=hashes[order],
        features=np.arange(100, 100 + len(known))[order],
        versions=np.array([number % 3 for number in range(len(known))], dtype=np.int64)[order],
        digests=np.zeros((len(known), 2), dtype=np.uint64),
        seen=np.zeros(len(known), dtype=bool),
    )


@given(known=KEYS, batches=st.lists(st.lists(st.sampled_from("abcdefghijklmnop"), max_size=6), max_size=4))
def test_bookkeeping_agrees_with_dictionaries(known, batches):
    book = identities(known)
    ids = {key: 100 + number for number, key in enumerate(known)}
    met: dict[str, int] = {}
    fresh = 1000
    for batch in batches:
        hashes = key_hashes(batch)
        repeated = book.repeated(hashes)
        expected, now = [], set(met)
        for key in batch:
            expected.append(key in now)
            now.add(key)
        assert repeated.tolist() == expected
        first = [key for key, again in zip(batch, expected, strict=True) if not again]
        new = [key for key in first if key not in ids]
        features = np.arange(fresh, fresh + len(new))
        fresh += len(new)
        book.mark(key_hashes(first))
        book.add(key_hashes(new), features)
        met |= {key: ids.get(key) or int(features[new.index(key)]) for key in first}
        found = book.feature_ids(key_hashes(list("abcdefghijklmnop")))
        assert found.tolist() == [met.get(key, 0) for key in "abcdefghijklmnop"]
    gone = sorted(number % 3 for number, key in enumerate(known) if key not in met and number % 3)
    assert sorted(book.unseen_versions().tolist()) == gone


def test_forgetting_takes_back_what_was_added():
    book = identities(["a"])
    book.add(key_hashes(["x", "y", "z"]), np.array([1, 2, 3]))
    book.forget(key_hashes(["y", "a", "nothing"]))
    assert book.feature_ids(key_hashes(["x", "y", "z"])).tolist() == [1, 0, 3]


def test_finding_in_nothing():
    assert find(key_hashes([]), key_hashes(["a", "b"])).tolist() == [-1, -1]
    assert find(key_hashes(["a"]), key_hashes([])).tolist() == []
