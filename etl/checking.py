"""Checking sources without loading them: readers and all checks, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import shapely

from cim.city import CityProfile
from cim.errors import BadManifest, CimError
from cim.etl.batch import Batch, Reject
from cim.etl.checks import check
from cim.etl.checks.context import Context
from cim.etl.checks.crossings import Crossings
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.keys import KeyBook
from cim.etl.checks.terrain import Terrain
from cim.etl.readers import find, reader_of
from cim.etl.records import Records
from cim.etl.rejects import RejectTally
from cim.etl.whereabouts import watched
from cim.manifest import Manifest, SourceSpec

Extent = tuple[float, float, float, float]


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
    reports, extent, crossings = [], None, Crossings() if thorough else None
    for source in chosen:
        inspection = Inspection(Context(manifest.profile, terrain, extent), thorough=thorough)
        report, extent = _checked(source, inspection, book, crossings)
        reports.append(report)
    by_name = {report.source.name: report for report in reports}
    across = crossings.finish() if crossings else ()
    for name, reject in chain(book.unresolved(), across):
        by_name[name].rejects.append(reject)
        by_name[name].refused += reject.severity == "error"
    return reports


def _checked(
    source: SourceSpec, inspection: Inspection, book: KeyBook, crossings: Crossings | None
) -> tuple[SourceCheckReport, Extent | None]:
    """Check one source; return its report, and the city's extent as far as it is known by now."""
    report, extent = SourceCheckReport(source), inspection.context.extent
    reader = find(source.kind)
    try:
        found = reader.read(source, inspection.context.city) if reader else iter(())
        # As a load would: without a database the declared extent alone tells where the city is.
        for batch in watched(found, source, inspection.context.city, None):
            records = _take(batch, report, inspection, book)
            if crossings is not None:
                crossings.take(source.name, batch.theme, records)
            if batch.theme == "admin_unit" and "geom" in batch.frame:
                extent = _widened(extent, batch)
        report.rejects += inspection.finish()
    except CimError as error:
        report.failure = str(error)
    return report, extent


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


def _widened(extent: Extent | None, batch: Batch) -> Extent | None:
    """Return an extent that takes the places of a batch in."""
    shapes = batch.frame["geom"].to_numpy(dtype=object)
    bounds = shapely.total_bounds(shapes)
    if not np.isfinite(bounds).all():
        return extent
    west, south, east, north = bounds.tolist()
    if extent is not None:
        west, south = min(west, extent[0]), min(south, extent[1])
        east, north = max(east, extent[2]), max(north, extent[3])
    return west, south, east, north


def _terrain(manifest: Manifest) -> Terrain | None:
    """Return the terrain model among the sources; None where there is none that can be read."""
    for source in manifest.sources:
        if source.kind == "raster" and source.options.get("raster") == "dem" and source.path.is_file():
            return terrain_of(source.path, manifest.profile, source.crs, source.height_offset_m)
    return None


def terrain_of(path: Path, city: CityProfile, crs: str | None, height_offset_m: float) -> Terrain | None:
    """Return a terrain model; None where it cannot be read: that is for its own source to tell."""
    try:
        return Terrain.open(path, city, crs, height_offset_m)
    except (CimError, OSError, ValueError):
        return None
