"""Loading a city: each source is staged out of sight, then published at once.

A load writes its rows in place under a `load_id` that is not published, so no reader sees them; it may be killed at
any moment. One short transaction publishes it: it marks the load, and closes the versions that it supersedes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from cim._version import __version__
from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.errors import BadManifest, BadSource, CimError
from cim.etl.batch import Reader
from cim.etl.bulk import restore, restore_interrupted
from cim.etl.checks.loading import inspection_of
from cim.etl.expected import expected_records
from cim.etl.fingerprint import Fingerprint, fingerprint
from cim.etl.kept_files import keep_files
from cim.etl.mending import standing_repairs, with_mended_rows
from cim.etl.readers import reader_of
from cim.etl.references import AMBIGUOUS, UNRESOLVED
from cim.etl.report import LoadReport
from cim.etl.runs import (
    analyse,
    earlier_themes,
    fail_load,
    last_published,
    locked_source,
    publish,
    register_source,
    start_load,
    sweep_interrupted,
)
from cim.etl.spread import batches, ready
from cim.etl.staging import Staging
from cim.etl.standing import Standing
from cim.etl.trail import OtherBatches, left_behind, read_staged
from cim.etl.whereabouts import published_extent, watched
from cim.etl.writer import Writer
from cim.executor import ALONE, Workforce
from cim.manifest import Manifest, SourceSpec
from cim.progress import progress

REJECT_LIMIT = 0.5
"""Share of refused records above which a whole source is refused: then the file is at fault, or its description."""


class LeadsNowhere(BadSource):
    """Too many records of a source refer to what is not there; it may be there when the other sources are loaded."""


Listener = Callable[[str, str, int], None]
"""Told of `event` (`started`, `read`), source and records so far."""


@dataclass(frozen=True)
class LoadOptions:
    """How to load, beyond what `city.toml` says."""

    only: Collection[str] = ()
    """Names of the sources to load; empty: all."""
    again: bool = False
    """Load sources that have not changed, too."""
    strict: bool = False
    """Refuse a source of which any record is refused."""
    crs: str | None = None
    """CRS of sources to which city.toml gives none."""
    resume: bool = False
    """Take up loads that were cut off, where they left a trail."""
    bars: bool = True
    """Show progress for people."""
    checks: str = "default"
    """How much to check beyond columns and places: one of `cim.etl.checks.loading.LEVELS`."""
    listener: Listener | None = None
    """Is told of progress, for machines."""
    workers: int | None = None
    """Processes that read and check, where the reader can be spread; None: chosen by the sources' sizes."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers read and check instead."""


def load_city(
    cluster: Cluster, manifest: Manifest, data_dir: Path, options: LoadOptions | None = None
) -> Iterator[LoadReport]:
    """Bring a city's sources into its database, one after the other.

    Parameters
    ----------
    cluster
        The cluster, running.
    manifest
        The city and its sources.
    data_dir
        Folder of the files that stand beside the database (`raster/`).
    options
        Which sources, and how.

    Yields
    ------
    LoadReport
        For each source, when it is done.

    Raises
    ------
    CimError
        What is wrong, where, and what to do. The source at fault has changed nothing; those before it are loaded.
    """
    options = options or LoadOptions()
    sources = _chosen(manifest, options)
    # Nothing is made before everything that can be looked at beforehand has been.
    marks = {source.name: fingerprint(source) for source in sources}
    # What stands was loaded before its options were known to be wrong, or by other software. Readers' libraries take a
    # second to import: not for sources that have no options and are there.
    new = manifest.profile.database not in cluster.databases()
    for source in sources:
        if new or source.options:
            reader_of(manifest, source.name)
    create_city(cluster, manifest.profile)
    conninfo = cluster.conninfo(manifest.profile.database)
    with psycopg.connect(conninfo, application_name="cim load") as connection:
        load = CityLoad(connection, conninfo, manifest.profile, data_dir, options)
        sweep_interrupted(connection, load.resumable(sources, marks) if options.resume else ())
        restore_interrupted(connection, conninfo)
        standing = {source.name: load.standing(source, marks[source.name]) for source in sources}
    changed = [source for source in sources if standing[source.name] is None]
    readers_of = {source.name: reader_of(manifest, source.name) for source in changed}
    sizes = [(source, marks[source.name].size_bytes) for source in changed]
    with (
        # Before the load's own connection is opened, which copies of this process would hold, too.
        ready(options.workers if changed else 1, options.cluster, sizes, manifest.profile) as workforce,
        psycopg.connect(conninfo, application_name="cim load") as connection,
    ):
        load = CityLoad(connection, conninfo, manifest.profile, data_dir, options, workforce)

        def take(source: SourceSpec) -> LoadReport:
            reader = readers_of.get(source.name) or reader_of(manifest, source.name)
            return load.take(source, reader, marks[source.name])

        yield from _in_turn(sources, lambda source: standing[source.name] or take(source))
        kept = [source for source in sources if (standing[source.name] or _TAKEN).status != "undone"]
        yield from load.settle(kept, take)
        if not options.only:
            yield from load.stands.unlisted(source.name for source in manifest.sources)


_TIDYING_WAIT_MS = 15_000
_TAKEN = LoadReport("", 0, "published")


def _in_turn(sources: Sequence[SourceSpec], take: Callable[[SourceSpec], LoadReport]) -> Iterator[LoadReport]:
    """Load sources in order; those that refer to what is not there yet come again after the others."""
    waiting = list(sources)
    while waiting:
        refused: list[tuple[SourceSpec, LeadsNowhere]] = []
        for source in waiting:
            try:
                yield take(source)
            except LeadsNowhere as error:
                refused.append((source, error))
        if len(refused) == len(waiting):
            raise refused[0][1]
        waiting = [source for source, _ in refused]


def _chosen(manifest: Manifest, options: LoadOptions) -> list[SourceSpec]:
    """Return the sources to load."""
    names = [source.name for source in manifest.sources]
    for name in options.only:
        if name not in names:
            raise BadManifest(manifest.path, f"no source {name!r}", f"it has {', '.join(names) or 'none'}")
    chosen = [source for source in manifest.sources if not options.only or source.name in options.only]
    # Among the options, so that the load's row tells it, and a load with checks is not taken for done by one without.
    more = {} if options.checks == "default" else {"checks": options.checks}
    return [replace(source, crs=source.crs or options.crs, options={**source.options, **more}) for source in chosen]


@dataclass(frozen=True)
class CityLoad:
    """Loads sources into one city's database."""

    connection: psycopg.Connection[Any]
    """Holds the lock of the source that is being loaded, looks up, and publishes."""
    conninfo: str
    """Of the database, for further connections."""
    city: CityProfile
    """The city."""
    data_dir: Path
    """Folder of the files beside the database."""
    options: LoadOptions
    """How to load."""
    workforce: Workforce = ALONE
    """Who reads and checks."""

    @property
    def stands(self) -> Standing:
        """What stands in the database."""
        return Standing(self.connection, self.data_dir)

    def standing(self, source: SourceSpec, mark: Fingerprint) -> LoadReport | None:
        """Return the report of a source that is as it was when it was last loaded; None: it must be loaded."""
        source_id = register_source(self.connection, source)
        return None if self.options.again else self.stands.report(source, source_id, mark)

    def resumable(self, sources: Sequence[SourceSpec], marks: Mapping[str, Fingerprint]) -> list[int]:
        """Return the loads of sources that can be taken up where they were cut off."""
        found = [self._cut_off(register_source(self.connection, source), marks[source.name]) for source in sources]
        return [load["load_id"] for load in found if load is not None]

    def settle(self, sources: Sequence[SourceSpec], take: Callable[[SourceSpec], LoadReport]) -> Iterator[LoadReport]:
        """Load the sources again whose links lead elsewhere by what was loaded after them, until none does."""
        numbers = {source.name: register_source(self.connection, source) for source in sources}
        for _ in sources:  # in each round one more link of a chain of sources is settled
            stale = [source for source in sources if self.stands.links_changed(numbers[source.name])]
            if not stale:
                return
            yield from _in_turn(stale, take)

    def take(self, source: SourceSpec, reader: Reader, mark: Fingerprint) -> LoadReport:
        """Load one source, unless it stands by now."""
        began = perf_counter()
        source_id = register_source(self.connection, source)
        with locked_source(self.connection, source_id, source.name):
            # Another process may have loaded it since this one first looked.
            report = self.standing(source, mark)
            if report is not None:
                return report
            last = last_published(self.connection, source_id)
            load_id, staging = self._staged(source, reader, source_id, mark, last)
            analyse(self.connection, staging.outcome)
        return LoadReport(source.name, load_id, "published", staging.outcome, staging.tally, perf_counter() - began)

    def _staged(
        self, source: SourceSpec, reader: Reader, source_id: int, mark: Fingerprint, last: Any
    ) -> tuple[int, Staging]:
        """Stage and publish a load: the one that was cut off, if there is one and it can be taken up, or a new one."""
        cut_off = self._cut_off(source_id, mark) if self.options.resume else None
        if cut_off is not None:
            with suppress(OtherBatches):
                return cut_off["load_id"], self._bring(source, reader, source_id, cut_off["load_id"], last, cut_off)
        load_id = start_load(self.connection, source, source_id, mark, self.city.synthetic)
        return load_id, self._bring(source, reader, source_id, load_id, last)

    def _bring(
        self, source: SourceSpec, reader: Reader, source_id: int, load_id: int, last: Any, cut_off: Any = None
    ) -> Staging:
        """Stage a load and publish it."""
        with self._undone_on_failure(load_id):
            staging = self._stage(source, reader, source_id, load_id, last, cut_off)
            self._refuse(source, staging, last)
            keep_files(staging.outcome.files, self.data_dir)
            publish(self.connection, load_id, source, source_id, staging.outcome)
        return staging

    def _cut_off(self, source_id: int, mark: Fingerprint) -> Any:
        """Return the load of a source that was cut off, when it was of the same file, parameters and software."""
        load = left_behind(self.connection, source_id)
        same = (mark.sha256, mark.parameters_hash, __version__)
        if load is None or (load["sha256"], load["parameters_hash"], load["software_version"]) != same:
            return None
        return load

    @contextmanager
    def _undone_on_failure(self, load_id: int) -> Iterator[None]:
        """Remove a load's rows when it fails, whatever the reason; if that cannot be done now, the next load does."""
        try:
            yield
        except BaseException as error:
            # The driver closes a connection on which Ctrl-C was not heard; one that the server has lost stays lost.
            if not self.connection.closed or isinstance(error, KeyboardInterrupt):
                message = str(error) if isinstance(error, CimError) else type(error).__name__
                with self._tidying() as connection:
                    fail_load(connection, load_id, message)
                    restore_interrupted(connection, self.conninfo)
            raise

    @contextmanager
    def _tidying(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a connection to tidy up on: the own one, or a new one where Ctrl-C has cut a question short on it."""
        if not self.connection.closed:
            if self.connection.info.transaction_status != TransactionStatus.ACTIVE:
                self.connection.rollback()
                yield self.connection
                return
            self.connection.cancel_safe(timeout=5)
            self.connection.close()
        patient = f"-c lock_timeout={_TIDYING_WAIT_MS}"  # what the old one asked may not have ended yet
        with psycopg.connect(self.conninfo, application_name="cim load", options=patient) as connection:
            yield connection

    def _stage(
        self, source: SourceSpec, reader: Reader, source_id: int, load_id: int, last: Any, cut_off: Any
    ) -> Staging:
        """Read, check and write all records, out of sight."""
        tell = self.options.listener or (lambda *_: None)
        total = expected_records(source, last["records_in"] if last else None)
        with Writer(self.conninfo) as writer, progress(source.name, total, shown=self.options.bars) as bar:
            staging = Staging(self.connection, writer, self.city, source, source_id, load_id)
            staging.inspection = inspection_of(self.connection, self.city, self.data_dir, self.options.checks)
            if cut_off is not None:
                staging.resume(read_staged(cut_off["staged"]))
            tell("started", source.name, staging.outcome.records_in)
            elsewhere = published_extent(self.connection, source_id)
            staging.mend(standing_repairs(self.connection, source_id))
            read = with_mended_rows(reader, staging.mending)
            found = batches(
                read, source, self.city, self.workforce, staging.inspection, published=elsewhere, first=last is None
            )
            for batch in watched(found, source, self.city, elsewhere):
                staging.take(batch)
                bar.advance(len(batch.frame))
                tell("read", source.name, bar.done)
            staging.close(earlier_themes(self.connection, source_id))
            writer.finish()
            restore(self.conninfo, staging.light)
        return staging

    def _refuse(self, source: SourceSpec, staging: Staging, last: Any) -> None:
        """Refuse a source with too many faults, or without records where it had some: nothing of it is published."""
        outcome, tally = staging.outcome, staging.tally
        if tally.refused and (self.options.strict or tally.refused > REJECT_LIMIT * outcome.records_in):
            code, count = tally.errors.most_common(1)[0]
            first = tally.examples[code]
            what = f"{tally.refused} of {outcome.records_in} records are refused, {count} for {code}: "
            what += f"record {first.record} {first.reason}"
            lost = tally.errors[UNRESOLVED] + tally.errors[AMBIGUOUS]
            rest = tally.refused - lost
            only_lost = lost and (not rest if self.options.strict else rest <= REJECT_LIMIT * outcome.records_in)
            kind = LeadsNowhere if only_lost else BadSource
            raise kind(source.path, what, first.remedy or "correct the file")
        if not outcome.kept and last and last["kept"]:
            remedy = "give the whole file, or undo the load"
            raise BadSource(source.path, f"has no records where load {last['load_id']} had {last['kept']}", remedy)
