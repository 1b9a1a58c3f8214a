"""Checking sources without loading them: readers and all checks, no database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import shapely

from cim.errors import BadManifest, CimError
from cim.etl.batch import Batch, Reject
from cim.etl.checks import check
from cim.etl.checks.chainage import AllDistances
from cim.etl.checks.context import Context
from cim.etl.checks.crossings import Crossings
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.keys import KeyBook
from cim.etl.checks.terrain import Terrain, TerrainFile
from cim.etl.readers import find, reader_of
from cim.etl.records import Records
from cim.etl.rejects import RejectTally
from cim.etl.whereabouts import declared_box, watched
from cim.manifest import Manifest, SourceSpec


@dataclass
class SourceCheckReport:
    """What the checks say of one source."""

    source: SourceSpec
    """The source."""
    records: int = 0
    """Records read."""
    refused: int = 0
    """Records refused."""
    rejects: list[Reject] = field(default_factory=list)
    """Everything that was found, in the order of the source."""
    failure: str | None = None
    """Why the file as a whole cannot be read; None: it can."""

    @property
    def tally(self) -> RejectTally:
        """Counts by code."""
        tally = RejectTally()
        tally.add(self.rejects)
        return tally

    @property
    def faulty(self) -> bool:
        """Whether anything would be refused."""
        return self.failure is not None or any(item.severity == "error" for item in self.rejects)


@dataclass
class _Units:
    """Administrative units met so far: they tell the city's extent."""

    extent: tuple[float, float, float, float] | None = None
    """West, south, east, north, the city's CRS, metres; None: none was met."""

    def take(self, batch: Batch) -> None:
        """Take the units of a batch in."""
        if batch.theme != "admin_unit" or "geom" not in batch.frame:
            return
        shapes = batch.frame["geom"].to_numpy(dtype=object)
        bounds = shapely.total_bounds(shapes)
        if not np.isfinite(bounds).all():
            return
        west, south, east, north = bounds.tolist()
        if self.extent is not None:
            west, south = min(west, self.extent[0]), min(south, self.extent[1])
            east, north = max(east, self.extent[2]), max(north, self.extent[3])
        self.extent = west, south, east, north


def check_manifest(manifest: Manifest, only: tuple[str, ...] = (), *, thorough: bool = True) -> list[SourceCheckReport]:
    """Run readers and checks over a city's sources.

    Parameters
    ----------
    manifest
        The city.
    only
        Names of the sources to check; empty: all. References to what stands in another source are then not judged.
    thorough
        Whether to run what a load leaves out for its cost.

    Raises
    ------
    BadManifest
        There is no source of that name, no reader of its kind, or no such option of it.
    """
    names = [source.name for source in manifest.sources]
    for name in only:
        if name not in names:
            raise BadManifest(manifest.path, f"no source {name!r}", f"it has {', '.join(names) or 'none'}")
    chosen = [source for source in manifest.sources if not only or source.name in only]
    for source in chosen:
        reader_of(manifest, source.name)
    book = KeyBook(complete=not only)
    terrain = _terrain(manifest)
    units, crossings, distances = _Units(), Crossings() if thorough else None, AllDistances()
    reports = []
    for source in chosen:
        context = Context(manifest.profile, terrain, units.extent or declared_box(manifest.profile))
        reports.append(_checked(source, Inspection(context, thorough=thorough), book, crossings, units, distances))
    by_name = {report.source.name: report for report in reports}
    across = crossings.finish() if crossings else ()
    for name, reject in chain(book.unresolved(), across, distances.finish()):
        by_name[name].rejects.append(reject)
        by_name[name].refused += reject.severity == "error"
    return reports


def _checked(
    source: SourceSpec,
    inspection: Inspection,
    book: KeyBook,
    crossings: Crossings | None,
    units: _Units,
    distances: AllDistances,
) -> SourceCheckReport:
    """Check one source; `units` takes its administrative units in, `distances` its inspections and segments."""
    report = SourceCheckReport(source)
    reader = find(source.kind)
    try:
        found = reader.read(source, inspection.context.city) if reader else iter(())
        # As a load would: without a database the declared extent alone tells where the city is.
        for batch in watched(found, source, inspection.context.city, None):
            records = _take(batch, report, inspection, book)
            if crossings is not None:
                crossings.take(source.name, batch.theme, records)
            units.take(batch)
            distances.take(source, batch, records)
        report.rejects += inspection.finish()
    except CimError as error:
        report.failure = str(error)
    return report


def _take(batch: Batch, report: SourceCheckReport, inspection: Inspection, book: KeyBook) -> Records:
    """Check one batch; return the records that are kept."""
    records, found = check(batch, inspection.context.city, inspection)
    _, repeated = book.take(report.source.name, records)
    rejects = [*batch.rejects, *found, *repeated]
    errors = sum(item.severity == "error" for item in rejects)
    read = len(batch.frame) + sum(item.severity == "error" for item in batch.rejects)
    report.records += batch.records_in if batch.records_in is not None else read
    report.refused += errors
    report.rejects += rejects
    return records


def _terrain(manifest: Manifest) -> Terrain | None:
    """Return the terrain models among the sources, in their order; None where none can be read."""
    from cim.etl.readers.raster import tiles  # late: rasterio is a tenth of the start

    files: list[TerrainFile] = []
    for source in manifest.sources:
        if source.kind == "raster" and source.options.get("raster", "dem") == "dem":
            # What is missing is for its own source to tell.
            with suppress(CimError):
                paths = tiles(source.path) if source.path.is_dir() else [source.path]
                files += [TerrainFile(path, source.crs, source.height_offset_m) for path in paths]
    return Terrain.open(files, manifest.profile)
