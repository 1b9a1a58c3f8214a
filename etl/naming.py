"""Names of records: their keys, stable ids, and the ids of what they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa

from cim.etl.batch import Checked, Reject
from cim.etl.completing import completed
from cim.etl.digest import Digests, key_hashes, mixed
from cim.etl.elsewhere import Elsewhere
from cim.etl.identity import Hashes, Identities, Ints, find, new_ids
from cim.etl.records import Mask, Records
from cim.etl.references import resolve
from cim.etl.rejects import original_record
from cim.manifest import SourceSpec


@dataclass(frozen=True)
class Named:
    """Records whose identity is settled."""

    records: Records
    """The records."""
    digests: Digests
    """Their digests, references included."""
    hashes: Hashes
    """Hashes of their keys."""
    features: Ints
    """Their stable ids."""

    def take(self, kept: Mask) -> Named:
        """Return those where the mask is true."""
        return Named(self.records.take(kept), self.digests[kept], self.hashes[kept], self.features[kept])


class Naming:
    """Settles what the records of one load are called.

    Parameters
    ----------
    connection
        For sequences; nothing is written on it.
    source
        What is loaded.
    met
        The features of each theme that is met.
    elsewhere
        Looks for keys among other sources' features.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        source: SourceSpec,
        met: Mapping[str, Identities],
        elsewhere: Elsewhere,
    ) -> None:
        self._connection, self._source, self._met, self._elsewhere = connection, source, met, elsewhere

    def named(self, done: Checked) -> tuple[Named, list[Reject]]:
        """Settle keys, ids and references; refuse what stands twice or hangs on nothing."""
        identities = self._met[done.records.table.name]
        records, digests = done.records, done.digests
        if digests is None:
            records, digests = completed(records, self._source)
        records = replace(records, keys=_keys(records, digests, identities))
        hashes = key_hashes(records.keys.tolist())
        repeated = identities.repeated(hashes)
        rejects = [_repeated(records, row) for row in np.flatnonzero(repeated).tolist()]
        named = Named(records, digests, hashes, np.zeros(len(records), dtype=np.int64)).take(~repeated)
        named = replace(named, features=self._features(named, identities))
        named, more = self._referred(named, identities)
        return named, rejects + more

    def _features(self, named: Named, identities: Identities) -> Ints:
        """Return stable ids: those that keys have had before, new ones for the others."""
        place = find(identities.known, named.hashes)
        known = place >= 0
        features = np.zeros(len(place), dtype=np.int64)
        features[known] = identities.features[place[known]]
        with self._connection.transaction():
            features[~known] = new_ids(self._connection, "city.feature_feature_id_seq", int((~known).sum()))
        identities.seen[place[known]] = True
        identities.add(named.hashes[~known], features[~known])
        return features

    def _referred(self, named: Named, identities: Identities) -> tuple[Named, list[Reject]]:
        """Put the ids of what records refer to in place of its keys."""
        if not named.records.reference_keys:
            return named, []
        ids, refused, rejects = resolve(named.records, self._met, self._elsewhere)
        columns = dict(named.records.columns)
        digests = named.digests.copy()
        for column, features in ids.items():
            columns[column] = pa.array(features, mask=features == 0)
            digests += mixed(column, np.repeat(features.astype(np.uint64)[:, None], 2, axis=1), features > 0)
        named = replace(named, records=replace(named.records, columns=columns), digests=digests)
        identities.forget(named.hashes[refused])
        return named.take(~refused), rejects


def _keys(records: Records, digests: Digests, identities: Identities) -> Any:
    """Return keys, for a record without one its digest; a further record that is quite the same gets a number."""
    keys = records.keys
    keyless = np.flatnonzero(pd.isna(keys))
    if not len(keyless):
        return keys
    keys = keys.copy()
    for row in keyless.tolist():
        content = digests[row].tobytes().hex()
        number = identities.keyless[content] = identities.keyless.get(content, 0) + 1
        keys[row] = f"#{content}" if number == 1 else f"#{content}-{number}"
    return keys


def _repeated(records: Records, row: int) -> Reject:
    """Refuse a record whose key stood before."""
    key = records.keys[row]
    return Reject(
        record=str(records.labels[row]),
        code="key.repeated",
        reason=f"key {key!r} stands a second time",
        remedy="give each record a key of its own, or name another key column",
        theme=records.table.name,
        source_key=key,
        original=original_record(records.values(row)),
    )
