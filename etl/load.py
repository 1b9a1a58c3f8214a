"""Loading a city: each source is staged out of sight, then published at once.

A load writes its rows in place under a `load_id` that is not published, so no reader sees them; it may be killed at
any moment. One short transaction publishes it: it marks the load, and closes the versions that it supersedes.
"""

from __future__ import annotations

import shutil
import tempfile
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
from cim.etl.fingerprint import Fingerprint, fingerprint, source_files
from cim.etl.readers import readers
from cim.etl.rejects import RejectTally
from cim.etl.runs import (
    Outcome,
    earlier_themes,
    fail_load,
    last_published,
    locked_source,
    publish,
    register_source,
    start_load,
    sweep_interrupted,
)
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
    todo = [(source, _reader(manifest, source)) for source in _chosen(manifest, options)]
    # Nothing is made before everything that can be looked at beforehand has been.
    for source, _ in todo:
        source_files(source.path)
    create_city(cluster, manifest.profile)
    with psycopg.connect(cluster.conninfo(manifest.profile.database), application_name="cim load") as connection:
        sweep_interrupted(connection)
        restore_interrupted(connection, connection.info.dsn)
        for source, reader in todo:
            yield _load_source(connection, manifest.profile, source, reader, data_dir, options)


def _chosen(manifest: Manifest, options: LoadOptions) -> list[SourceSpec]:
    """Return the sources to load."""
    names = [source.name for source in manifest.sources]
    for name in options.only:
        if name not in names:
            raise BadManifest(manifest.path, f"no source {name!r}", f"it has {', '.join(names) or 'none'}")
    chosen = [source for source in manifest.sources if not options.only or source.name in options.only]
    return [replace(source, crs=source.crs or options.crs) for source in chosen]


def _reader(manifest: Manifest, source: SourceSpec) -> Reader:
    """Return the reader of a source's kind."""
    known = readers()
    if source.kind not in known:
        where = f"source {source.name!r} has kind {source.kind!r}"
        raise BadManifest(manifest.path, where, f"known kinds are {', '.join(sorted(known))}")
    return known[source.kind]


def _load_source(
    connection: psycopg.Connection[Any],
    city: CityProfile,
    source: SourceSpec,
    reader: Reader,
    data_dir: Path,
    options: LoadOptions,
) -> LoadReport:
    """Load one source unless it is as it was."""
    began = perf_counter()
    source_id = register_source(connection, source)
    with locked_source(connection, source_id, source.name):
        mark = fingerprint(source)
        last = last_published(connection, source_id)
        if not options.again and last and _same(last, mark):
            outcome = Outcome(records_in=last["records_in"], kept=last["kept"], rejected=last["rejected"])
            seconds = perf_counter() - began
            return LoadReport(source.name, last["load_id"], "unchanged", outcome, RejectTally(), seconds)
        load_id = start_load(connection, source, source_id, mark, city.synthetic)
        with _undone_on_failure(connection, load_id):
            staging = _stage(connection, city, source, reader, source_id, load_id)
            _refuse_rejected(source, staging, options)
            _keep_files(staging, data_dir)
            publish(connection, load_id, source.name, staging.outcome)
    return LoadReport(source.name, load_id, "published", staging.outcome, staging.tally, perf_counter() - began)


def _same(last: Any, mark: Fingerprint) -> bool:
    """Whether the last load read the same bytes in the same way."""
    return bool(last["sha256"] == mark.sha256 and last["parameters_hash"] == mark.parameters_hash)


@contextmanager
def _undone_on_failure(connection: psycopg.Connection[Any], load_id: int) -> Iterator[None]:
    """Remove a load's rows when it fails, whatever the reason; if that cannot be done now, the next load does it."""
    try:
        yield
    except BaseException as error:
        if not connection.closed and not connection.broken:
            connection.rollback()
            message = str(error) if isinstance(error, CimError) else type(error).__name__
            fail_load(connection, load_id, message)
            restore_interrupted(connection, connection.info.dsn)
        raise


def _stage(
    connection: psycopg.Connection[Any],
    city: CityProfile,
    source: SourceSpec,
    reader: Reader,
    source_id: int,
    load_id: int,
) -> Staging:
    """Read, check and write all records, out of sight."""
    with Writer(connection.info.dsn) as writer, progress(source.name) as bar:
        staging = Staging(connection, writer, city, source, source_id, load_id)
        for batch in reader.read(source, city):
            staging.take(batch)
            bar.advance(len(batch.frame))
        staging.close(earlier_themes(connection, source_id))
        writer.finish()
        restore(connection.info.dsn, staging.light)
    return staging


def _refuse_rejected(source: SourceSpec, staging: Staging, options: LoadOptions) -> None:
    """Refuse a source of which too much was refused: nothing of it is published."""
    outcome, tally = staging.outcome, staging.tally
    if not tally.refused or not (options.strict or tally.refused > REJECT_LIMIT * outcome.records_in):
        return
    code, count = tally.errors.most_common(1)[0]
    first = tally.examples[code]
    raise BadSource(
        source.path,
        f"{tally.refused} of {outcome.records_in} records are refused, {count} for {code}: "
        f"record {first.record} {first.reason}",
        first.remedy or "correct the file",
    )


def _keep_files(staging: Staging, data_dir: Path) -> None:
    """Copy the files that stay beside the database; each appears whole or not at all."""
    for place, file in staging.files.items():
        target = data_dir / place
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as part:
            half = Path(part.name)
        try:
            shutil.copyfile(file, half)
            half.chmod(0o644)
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
