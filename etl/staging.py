"""One load's records on their way into the tables: checked, named, and written as far as they have changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from cim.city import CityProfile
from cim.copying import copy_batch
from cim.etl.batch import Batch, Reject
from cim.etl.bulk import LARGE_ROWS, lighten
from cim.etl.checks import checked, unchecked
from cim.etl.checks.inspection import Inspection
from cim.etl.digest import key_hashes
from cim.etl.elsewhere import Elsewhere, write_lookups
from cim.etl.identity import Identities, known_identities
from cim.etl.mending import Mended, Mending
from cim.etl.naming import Named, Naming
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.rejects import RejectTally, write_rejects
from cim.etl.trail import OtherBatches, Staged, Trail, batch_keys, superseded, write_staged
from cim.etl.version_rows import Jobs, changed, feature_rows, version_rows
from cim.etl.writer import Writer
from cim.manifest import SourceSpec
from cim.tables import THEMES, Table


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
        self.naming = Naming(connection, source, self.met, self.elsewhere)
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
        waiting = self.mending.renamed
        rejects, mended, more = self._answered(rejects, batch)
        if batch.records_in is None:
            self.outcome.records_in += self.mending.renamed - waiting
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
        named, more = self.naming.named(done)
        keys = named.records.keys.tolist()
        if batch.mended:
            mended = [key for key, label in zip(keys, named.records.labels, strict=True) if label in batch.mended]
            self.outcome.mended.setdefault(batch.theme, []).extend(mended)
        return keys, rejects + more, self._rows(named)

    def _answered(self, rejects: list[Reject], beside: Batch) -> tuple[list[Reject], int, Jobs]:
        """Return the rejects that no mended record answers, how many mended ones are kept, and their rows to write."""
        left, batches = self.mending.answer(rejects, beside)
        found, kept, jobs = self._mended(batches)
        return left + found, kept, jobs

    def _mended(self, batches: list[Batch]) -> tuple[list[Reject], int, Jobs]:
        """Stage mended records: what of them is refused, how many are kept, and their rows to write."""
        kept = 0
        left: list[Reject] = []
        jobs: Jobs = []
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
        renamed = any(item.is_renamed and not item.is_row for item in repairs)
        if self.resumed.batches and (renamed or self.outcome.repairs.keys() != now.keys()):
            # Those of another key wait for the end: what was cut off knows nothing of them.
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
        self._take_renamed()
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

    def _take_renamed(self) -> None:
        """Take the mended records of another key, now that every record of the source has its own."""
        for batch, before in self.mending.last():
            rejects, kept, jobs = self._mended([batch])
            if not kept and before is not None:
                self.met[batch.theme].mark(key_hashes([before]))
            self.tally.add(rejects)
            self.outcome.kept += kept
            self.outcome.rejected += sum(item.severity == "error" for item in rejects)
            self._submit(jobs, rejects)

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

    def _rows(self, named: Named) -> Jobs:
        """Return the rows to copy, parents first."""
        identities = self.met[named.records.table.name]
        named = changed(named, identities, self.outcome)
        bounds = named.records.bounds()
        if bounds is not None:
            self._outcome(named.records.table.name).widen(bounds)
        rows = version_rows(self.connection, named, self.load_id, self.city)
        return feature_rows(named, identities, self.source_id) + rows


def _refused_keys(rejects: Sequence[Reject]) -> list[str]:
    """Return the keys of the records that were refused."""
    return [item.source_key for item in rejects if item.severity == "error" and item.source_key]
