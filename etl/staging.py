"""One load's records on their way into the tables: identity, references, what has changed, rows to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa

from cim.city import CityProfile
from cim.copying import copy_batch
from cim.etl.batch import Batch, Checked, Reject
from cim.etl.bulk import LARGE_ROWS, lighten
from cim.etl.checks import checked, unchecked
from cim.etl.checks.inspection import Inspection
from cim.etl.completing import completed
from cim.etl.digest import Digests, key_hashes, mixed, packed
from cim.etl.elsewhere import Elsewhere, write_lookups
from cim.etl.identity import Hashes, Identities, Ints, find, known_identities, new_ids
from cim.etl.mending import Mended, Mending
from cim.etl.mercator import web_mercator_wkb
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.records import MERCATOR, Mask, Records
from cim.etl.references import resolve
from cim.etl.rejects import RejectTally, original_record, write_rejects
from cim.etl.trail import OtherBatches, Staged, Trail, batch_keys, superseded, write_staged
from cim.etl.writer import Writer
from cim.manifest import SourceSpec
from cim.tables import TABLES, THEMES, Table

FEATURE = TABLES["city.feature"]
Jobs: TypeAlias = "list[tuple[Table, pa.RecordBatch]]"
"""Rows to copy, in order."""


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


class Staging:
    """Takes batches of one load and writes their rows under its unpublished id.

    Parameters
    ----------
    connection
        For look-ups and sequences; nothing is written on it.
    writer
        Writes in the background.
    city, source, source_id, load_id
        What is loaded.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        writer: Writer,
        city: CityProfile,
        source: SourceSpec,
        source_id: int,
        load_id: int,
    ) -> None:
        self.connection, self.writer = connection, writer
        self.city, self.source, self.source_id, self.load_id = city, source, source_id, load_id
        self.met: dict[str, Identities] = {}
        self.outcome = Outcome()
        self.tally = RejectTally()
        self.elsewhere = Elsewhere(connection, source_id)
        self.trail, self.resumed = Trail(), Trail()
        self.mending = Mending()
        self.light: list[Table] = []
        self.inspection: Inspection | None = None

    def take(self, batch: Batch) -> None:
        """Check a batch and hand its rows to the writer."""
        table = THEMES[batch.theme]
        self.trail = self.trail.after(batch)
        if self.trail.batches <= self.resumed.batches:
            self._pass_over(batch)
            return
        self.outcome.files |= batch.files
        if table.name not in self.met:
            self._meet(table)
            self._lighten(table, batch)
        keys, rejects, jobs = self._staged(batch)
        rejects, mended, more = self._mended(rejects, batch)
        # The feature is still in the source; only this record of it was refused: what stands, stays.
        self.met[table.name].mark(key_hashes(_refused_keys(rejects)))
        self.outcome.repairs |= {str(taken): True for taken in self.mending.taken}
        self._count(batch, rejects, len(keys) + mended)
        self._submit(jobs + more, rejects)

    def _staged(self, batch: Batch) -> tuple[list[str], list[Reject], Jobs]:
        """Return the keys of a batch's records that are kept, what was refused or remarked on, and rows to write."""
        done = checked(batch, self.city, self.inspection, shapes=not unchecked(self.source))
        rejects = [*batch.rejects, *done.rejects]
        self.met[batch.theme].hold(key_hashes(_refused_keys(rejects)))
        if not len(done.records):
            return [], rejects, []
        named, more = self._named(done)
        keys = named.records.keys.tolist()
        if batch.mended:
            mended = [key for key, label in zip(keys, named.records.labels, strict=True) if label in batch.mended]
            self.outcome.mended.setdefault(batch.theme, []).extend(mended)
        return keys, rejects + more, self._rows(self._changed(named))

    def _mended(self, rejects: list[Reject], beside: Batch) -> tuple[list[Reject], int, Jobs]:
        """Return the rejects that no mended record answers, how many mended ones are kept, and their rows to write."""
        kept = 0
        jobs: Jobs = []
        left, batches = self.mending.answer(rejects, beside)
        while batches:
            batch = batches.pop()
            if batch.theme not in self.met:
                self._meet(THEMES[batch.theme])
            keys, found, rows = self._staged(batch)
            kept, jobs = kept + len(keys), jobs + rows
            self.outcome.mended.setdefault(batch.theme, []).extend(keys)
            # A mended record may be refused in its turn, and have been mended once more.
            found, further = self.mending.answer(found, batch)
            left, batches = left + found, batches + further
        return left, kept, jobs

    def mend(self, repairs: Sequence[Mended]) -> None:
        """Have mended records take the place of refused ones, the same ones as before where a load was resumed."""
        now = {str(item.repair_id): False for item in repairs}
        if self.resumed.batches and self.outcome.repairs.keys() != now.keys():
            raise OtherBatches
        self.outcome.repairs = now | self.outcome.repairs
        # Its reader reads a table from the beginning, mended rows among the others.
        left = [item for item in repairs if item.is_row or not self.outcome.repairs[str(item.repair_id)]]
        self.mending = Mending(left)

    def resume(self, staged: Staged) -> None:
        """Take up what this load had committed when it was cut off."""
        self.resumed, self.outcome, self.tally = staged.trail, staged.outcome, staged.tally
        self.elsewhere.remember(self.load_id, self.outcome.looked_up_at)
        self.outcome.closed = superseded(self.connection, self.load_id, list(self.outcome.themes))

    def _pass_over(self, batch: Batch) -> None:
        """Only note that the features of a batch are still in the source: its rows were committed."""
        table = THEMES[batch.theme]
        if table.name not in self.met:
            self._meet(table)
        self.met[table.name].mark(key_hashes(batch_keys(batch) or []))
        if self.inspection is not None:
            self.inspection.pass_over(batch)
        if self.trail.batches == self.resumed.batches and self.trail != self.resumed:
            raise OtherBatches

    def close(self, earlier_themes: list[str]) -> Outcome:
        """Note the features that are no longer in the source, in every theme that it has ever spoken of."""
        if self.trail.batches < self.resumed.batches:
            raise OtherBatches
        found = [] if self.inspection is None else self.inspection.finish()
        found += self.mending.left(self.met)
        if found:
            self.tally.add(found)
            self._submit([], found)
        for theme in {*earlier_themes, *self.met}:
            if theme not in self.met:
                self._meet(THEMES[theme])
            gone = self.met[theme].unseen_versions()
            self._outcome(theme).removed += len(gone)
            if len(gone):
                self.outcome.closed.setdefault(theme, []).extend(gone.tolist())
        return self.outcome

    def _meet(self, table: Table) -> None:
        """Read what is known of a theme when it is first met."""
        with self.connection.transaction():
            self.met[table.name] = known_identities(self.connection, table, self.source_id)
        # Those of a load that is resumed.
        self.met[table.name].mark(key_hashes(self.outcome.mended.get(table.name, [])))

    def _lighten(self, table: Table, batch: Batch) -> None:
        """Where a large first load meets an empty theme, have it filled without indexes."""
        if len(batch.frame) < LARGE_ROWS or len(self.met[table.name].known):
            return

        def lighten_table(connection: psycopg.Connection[Any]) -> None:
            if lighten(connection, table):
                self.light.append(table)

        self.writer.submit(lighten_table)

    def _outcome(self, theme: str) -> ThemeOutcome:
        return self.outcome.themes.setdefault(theme, ThemeOutcome())

    def _count(self, batch: Batch, rejects: list[Reject], kept: int) -> None:
        """Take a batch into the load's counts."""
        self.tally.add(rejects)
        errors = sum(item.severity == "error" for item in rejects)
        self.outcome.records_in += batch.records_in if batch.records_in is not None else kept + errors
        self.outcome.kept += kept
        self.outcome.rejected += errors
        self.outcome.crs = batch.crs or self.outcome.crs
        self.outcome.transformation = batch.pipeline or self.outcome.transformation
        if batch.accuracy_m is not None:
            self.outcome.accuracy_m = batch.accuracy_m

    def _submit(self, jobs: Jobs, rejects: list[Reject]) -> None:
        """Hand rows to the writer, with how far the load has come by them."""
        load_id, file = self.load_id, self.source.path.name
        lookups = self.elsewhere.fresh(load_id)
        self.outcome.looked_up_at = self.elsewhere.looked_up_at
        staged = Staged(self.trail, self.outcome, self.tally).document()

        def write(connection: psycopg.Connection[Any]) -> None:
            for table, rows in jobs:
                copy_batch(connection, table, rows)
            write_rejects(connection, load_id, file, rejects)
            write_lookups(connection, lookups)
            write_staged(connection, load_id, staged)

        self.writer.submit(write)

    def _named(self, done: Checked) -> tuple[Named, list[Reject]]:
        """Settle keys, ids and references; refuse what stands twice or hangs on nothing."""
        identities = self.met[done.records.table.name]
        records, digests = done.records, done.digests
        if digests is None:
            records, digests = completed(records, self.source)
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
        with self.connection.transaction():
            features[~known] = new_ids(self.connection, "city.feature_feature_id_seq", int((~known).sum()))
        identities.seen[place[known]] = True
        identities.add(named.hashes[~known], features[~known])
        return features

    def _referred(self, named: Named, identities: Identities) -> tuple[Named, list[Reject]]:
        """Put the ids of what records refer to in place of its keys."""
        if not named.records.reference_keys:
            return named, []
        ids, refused, rejects = resolve(named.records, self.met, self.elsewhere)
        columns = dict(named.records.columns)
        digests = named.digests.copy()
        for column, features in ids.items():
            columns[column] = pa.array(features, mask=features == 0)
            digests += mixed(column, np.repeat(features.astype(np.uint64)[:, None], 2, axis=1), features > 0)
        named = replace(named, records=replace(named.records, columns=columns), digests=digests)
        identities.forget(named.hashes[refused])
        return named.take(~refused), rejects

    def _changed(self, named: Named) -> Named:
        """Return the records that need a new version, and note which versions they supersede."""
        identities = self.met[named.records.table.name]
        outcome = self._outcome(named.records.table.name)
        place = find(identities.known, named.hashes)
        standing = np.where(place >= 0, identities.versions[place] if len(identities.known) else 0, 0)
        same = np.zeros(len(place), dtype=bool)
        stands = standing > 0
        same[stands] = (identities.digests[place[stands]] == named.digests[stands]).all(axis=1)
        superseded = standing[stands & ~same]
        if len(superseded):
            self.outcome.closed.setdefault(named.records.table.name, []).extend(superseded.tolist())
        outcome.unchanged += int(same.sum())
        outcome.changed += len(superseded)
        outcome.added += int((~stands).sum())
        return named.take(~same)

    def _rows(self, named: Named) -> Jobs:
        """Return the rows to copy, parents first."""
        records = named.records
        if not len(records):
            return []
        table = records.table
        with self.connection.transaction():
            versions = new_ids(self.connection, f"city.{table.name}_version_id_seq", len(records))
        columns = {
            "version_id": pa.array(versions),
            "feature_id": pa.array(named.features),
            "load_id": pa.array(np.full(len(records), self.load_id, dtype=np.int64)),
            **records.columns,
            "content_hash": packed(named.digests),
        }
        if MERCATOR in table.columns and MERCATOR not in columns and records.geometry is not None:
            columns[MERCATOR] = web_mercator_wkb(records.geometry, table.columns[MERCATOR].shape, self.city)
        self._widen(records)
        jobs = [(table, _record_batch(columns))]
        for rows in records.details:
            parents = {"version_id": pa.array(versions[rows.parents])}
            jobs.append((rows.table, _record_batch(parents | dict(rows.columns))))
        return self._feature_rows(named) + jobs

    def _feature_rows(self, named: Named) -> Jobs:
        """Return rows of `city.feature` for the records that had none."""
        identities = self.met[named.records.table.name]
        new = find(identities.known, named.hashes) < 0
        if not new.any():
            return []
        count = int(new.sum())
        columns = {
            "feature_id": pa.array(named.features[new]),
            "theme": pa.repeat(pa.scalar(named.records.table.name), count),
            "source_id": pa.array(np.full(count, self.source_id, dtype=np.int64)),
            "source_key": pa.array(named.records.keys[new], pa.string()),
        }
        return [(FEATURE, _record_batch(columns))]

    def _widen(self, records: Records) -> None:
        """Take the extent of what is written into the load's."""
        bounds = records.bounds()
        if bounds is not None:
            self._outcome(records.table.name).widen(bounds)


def _refused_keys(rejects: Sequence[Reject]) -> list[str]:
    """Return the keys of the records that were refused."""
    return [item.source_key for item in rejects if item.severity == "error" and item.source_key]


def _record_batch(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.record_batch(list(columns.values()), names=list(columns))


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
