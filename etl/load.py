"""Loading a city: each source is staged out of sight, then published at once.

A load writes its rows in place under a `load_id` that is not published, so no reader sees them; it may be killed at
any moment. One short transaction publishes it: it marks the load, and closes the versions that it supersedes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.errors import BadManifest, BadSource, CimError
from cim.etl.batch import Reader
from cim.etl.bulk import restore, restore_interrupted
from cim.etl.fingerprint import Fingerprint, fingerprint
from cim.etl.kept_files import keep_files
from cim.etl.readers import find, readers
from cim.etl.rejects import RejectTally
from cim.etl.runs import (
    Outcome,
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
from cim.etl.spread import Spread, batches
from cim.etl.staging import Staging
from cim.etl.writer import Writer
from cim.manifest import Manifest, SourceSpec
from cim.progress import progress

REJECT_LIMIT = 0.5
"""Share of refused records above which a whole source is refused: then the file is at fault, or its description."""


@dataclass(frozen=True)
class LoadReport:
    """What came of one source."""

    source: str
    """Its name."""
    load_id: int
    """Its load; of an unchanged source the one that stands."""
    status: str
    """`published` or `unchanged`."""
    outcome: Outcome
    """Counts."""
    tally: RejectTally
    """What was refused and remarked on."""
    seconds: float
    """Wall time."""


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
    checks: str = "default"
    """`none`: identity and types only, shapes as they come. The load's parameters tell it."""
    workers: int = 1
    """Processes that read and check, where the reader can be spread."""
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
    if manifest.profile.database not in cluster.databases():
        for source in sources:
            _reader(manifest, source)
    create_city(cluster, manifest.profile)
    conninfo = cluster.conninfo(manifest.profile.database)
    with psycopg.connect(conninfo, application_name="cim load") as connection:
        sweep_interrupted(connection)
        restore_interrupted(connection, conninfo)
        load = CityLoad(connection, conninfo, manifest.profile, data_dir, options)
        standing = {source.name: load.standing(source, marks[source.name]) for source in sources}
        # Readers' libraries take a second to import: not when nothing has changed.
        todo = {source.name: _reader(manifest, source) for source in sources if standing[source.name] is None}
        for source in sources:
            yield standing[source.name] or load.take(source, todo[source.name], marks[source.name])


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


def _reader(manifest: Manifest, source: SourceSpec) -> Reader:
    """Return the reader of a source's kind."""
    reader = find(source.kind)
    if reader is None:
        where = f"source {source.name!r} has kind {source.kind!r}"
        raise BadManifest(manifest.path, where, f"known kinds are {', '.join(sorted(readers()))}")
    return reader


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

    def standing(self, source: SourceSpec, mark: Fingerprint) -> LoadReport | None:
        """Return the report of a source that is as it was when it was last loaded; None: it must be loaded."""
        began = perf_counter()
        last = last_published(self.connection, register_source(self.connection, source))
        if not last or self.options.again:
            return None
        if last["sha256"] != mark.sha256 or last["parameters_hash"] != mark.parameters_hash:
            return None
        outcome = Outcome(records_in=last["records_in"], kept=last["kept"], rejected=last["rejected"])
        return LoadReport(source.name, last["load_id"], "unchanged", outcome, RejectTally(), perf_counter() - began)

    def take(self, source: SourceSpec, reader: Reader, mark: Fingerprint) -> LoadReport:
        """Load one source."""
        began = perf_counter()
        source_id = register_source(self.connection, source)
        with locked_source(self.connection, source_id, source.name):
            last = last_published(self.connection, source_id)
            load_id = start_load(self.connection, source, source_id, mark, self.city.synthetic)
            with self._undone_on_failure(load_id):
                staging = self._stage(source, reader, source_id, load_id)
                self._refuse(source, staging, last)
                keep_files(staging.files, self.data_dir)
                publish(self.connection, load_id, source.name, staging.outcome)
            analyse(self.connection, staging.outcome)
        return LoadReport(source.name, load_id, "published", staging.outcome, staging.tally, perf_counter() - began)

    @contextmanager
    def _undone_on_failure(self, load_id: int) -> Iterator[None]:
        """Remove a load's rows when it fails, whatever the reason; if that cannot be done now, the next load does."""
        try:
            yield
        except BaseException as error:
            if not self.connection.closed and not self.connection.broken:
                self.connection.rollback()
                message = str(error) if isinstance(error, CimError) else type(error).__name__
                fail_load(self.connection, load_id, message)
                restore_interrupted(self.connection, self.conninfo)
            raise

    def _stage(self, source: SourceSpec, reader: Reader, source_id: int, load_id: int) -> Staging:
        """Read, check and write all records, out of sight."""
        with Writer(self.conninfo) as writer, progress(source.name) as bar:
            staging = Staging(self.connection, writer, self.city, source, source_id, load_id)
            spread = Spread(self.options.workers, self.options.cluster)
            for batch in batches(reader, source, self.city, spread):
                staging.take(batch)
                bar.advance(len(batch.frame))
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
            raise BadSource(source.path, what, first.remedy or "correct the file")
        if not outcome.kept and last and last["kept"]:
            remedy = "give the whole file, or undo the load"
            raise BadSource(source.path, f"has no records where load {last['load_id']} had {last['kept']}", remedy)
