"""Identity: which record of a source is which feature, and which of its versions stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from cim.etl.digest import Digests, key_hashes, unpacked
from cim.tables import Table

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_KNOWN = sql.SQL(
    "SELECT f.source_key, f.feature_id, v.version_id, v.content_hash FROM city.feature f "
    "LEFT JOIN city.{theme} v ON v.feature_id = f.feature_id AND v.closed_by IS NULL "
    "AND v.load_id IN (SELECT load_id FROM run.load WHERE source_id = %(source)s AND published_at IS NOT NULL) "
    "WHERE f.theme = %(name)s AND f.source_id = %(source)s"
)


@dataclass
class Identities:
    """Features of one theme and source: those known before this load, and those met in it.

    Keys are held as sorted 64-bit hashes, about 50 bytes a feature, so that a million fit easily.
    """

    table: Table
    """The theme's table."""
    known: Hashes
    """Sorted hashes of the keys that the source has had."""
    features: Ints
    """Feature id of each known key."""
    versions: Ints
    """Current version of each known key; 0: none stands."""
    digests: Digests
    """Digest of that version."""
    seen: npt.NDArray[np.bool_]
    """Which known keys this load has met."""
    fresh: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    """Sorted hashes of the keys that this load met first."""
    fresh_features: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Feature id of each of these."""
    held: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    """Keys whose records this load refused: what stands of them, stays, and can be referred to."""
    keyless: dict[str, int] = field(default_factory=dict)
    """How often records without a key, by digest, were met."""

    def repeated(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Tell which keys were met before, in this batch or an earlier one of this load."""
        out = np.ones(len(hashes), dtype=bool)
        out[np.unique(hashes, return_index=True)[1]] = False
        if len(self.fresh):
            out |= find(self.fresh, hashes) >= 0
        if len(self.known):
            place = find(self.known, hashes)
            out |= (place >= 0) & self.seen[place]
        return out

    def mark(self, hashes: Hashes) -> None:
        """Mark known keys as met."""
        place = find(self.known, hashes)
        self.seen[place[place >= 0]] = True

    def hold(self, hashes: Hashes) -> None:
        """Take keys in whose records were refused: others may refer to the versions that stand."""
        self.held = np.union1d(self.held, hashes) if len(hashes) else self.held

    def add(self, hashes: Hashes, features: Ints) -> None:
        """Take in keys that no load before has met, with the ids that they were given."""
        order = np.argsort(hashes)
        place = np.searchsorted(self.fresh, hashes[order])
        self.fresh = np.insert(self.fresh, place, hashes[order])
        self.fresh_features = np.insert(self.fresh_features, place, features[order])

    def forget(self, hashes: Hashes) -> None:
        """Take keys back that were met: their records were refused after all."""
        place = find(self.known, hashes)
        self.seen[place[place >= 0]] = False
        gone = find(self.fresh, hashes)
        gone = gone[gone >= 0]
        self.fresh, self.fresh_features = np.delete(self.fresh, gone), np.delete(self.fresh_features, gone)

    def feature_ids(self, hashes: Hashes) -> Ints:
        """Return the features that this load has met under these keys, or lets stand; 0 where there are none."""
        out = np.zeros(len(hashes), dtype=np.int64)
        place = find(self.known, hashes)
        met = (place >= 0) & (self.seen[place] if len(self.known) else False)
        if len(self.held) and len(self.known):
            met |= (place >= 0) & (self.versions[place] > 0) & (find(self.held, hashes) >= 0)
        out[met] = self.features[place[met]]
        place = find(self.fresh, hashes)
        out[place >= 0] = self.fresh_features[place[place >= 0]]
        return out

    def unseen_versions(self) -> Ints:
        """Return the standing versions whose features this load has not met."""
        return self.versions[~self.seen & (self.versions > 0)]


def find(sorted_hashes: Hashes, wanted: Hashes) -> Ints:
    """Return the place of each wanted hash in a sorted array, -1 where it is not."""
    if not len(sorted_hashes):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.searchsorted(sorted_hashes, wanted)
    place[place == len(sorted_hashes)] = 0
    return np.where(sorted_hashes[place] == wanted, place, -1)


def known_identities(connection: psycopg.Connection[Any], table: Table, source_id: int) -> Identities:
    """Read the features that a source has had in a theme."""
    query = _KNOWN.format(theme=sql.Identifier(table.name))
    cursor = connection.cursor(binary=True)
    cursor.execute(query, {"name": table.name, "source": source_id})
    keys, features, versions, digests = map(list, zip(*cursor.fetchall(), strict=True)) if cursor.rowcount else [[]] * 4
    hashes = key_hashes(keys)
    order = np.argsort(hashes)
    return Identities(
        table=table,
        known=hashes[order],
        features=np.array(features, dtype=np.int64)[order],
        versions=np.array([version or 0 for version in versions], dtype=np.int64)[order],
        digests=unpacked([digest or bytes(16) for digest in digests])[order],
        seen=np.zeros(len(keys), dtype=bool),
    )


def new_ids(connection: psycopg.Connection[Any], sequence: str, count: int) -> Ints:
    """Take numbers from a sequence, in one round trip."""
    if count == 0:
        return np.empty(0, dtype=np.int64)
    cursor = connection.cursor(binary=True)
    row = cursor.execute(
        "SELECT array_agg(nextval(%s::regclass)) FROM generate_series(1, %s)", (sequence, count)
    ).fetchone()
    return np.array(row[0] if row else [], dtype=np.int64)
