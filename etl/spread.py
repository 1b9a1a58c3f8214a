"""Reading and checking in several processes: the batches come in the order, and as, one process would read them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice

import pandas as pd

from cim.city import CityProfile
from cim.errors import BadCrs, CimError
from cim.etl.batch import Batch, Part, Reader
from cim.etl.checks import checked, unchecked
from cim.etl.checks.context import Context
from cim.etl.checks.families import families
from cim.etl.checks.inspection import Inspection, asks_for_whole
from cim.etl.checks.register import register
from cim.etl.completing import completed, for_sending
from cim.etl.readers import find
from cim.etl.seen import Box, seen_in
from cim.etl.told_once import told_once
from cim.etl.whereabouts import city_box
from cim.executor import Workforce, copies
from cim.manifest import SourceSpec

WORTH_IT_BYTES = 8_000_000
"""Size of a source from which a second process saves more than it costs."""
MOST = 4
"""Processes that are used unasked: each takes some hundred megabytes."""


@dataclass(frozen=True)
class Look:
    """What workers know of a load."""

    context: Context | None = None
    """What the checks know; None: only columns and places are checked."""
    thorough: bool = False
    """Whether to run what a load leaves out for its cost."""
    box: Box | None = None
    """Where the records may lie; None: anywhere."""
    first: bool = False
    """Whether nothing of the source stands yet: all its records will be written then."""


@contextmanager
def ready(
    workers: int | None, cluster: str | None, sources: Iterable[tuple[SourceSpec, int]], city: CityProfile
) -> Iterator[Workforce]:
    """Yield who reads and checks the sources of a load, before it opens any connection.

    Parameters
    ----------
    workers
        Processes that are asked for; None: as many as there are processors, where they are worth it for any source.
    cluster
        Address of a Dask scheduler whose workers do it instead.
    sources
        The sources that are to be read, each with its bytes.
    city
        The city that they are loaded into.
    """
    if workers is None:
        many = any(_worth_it(source, size, city) for source, size in sources)
        workers = min(len(os.sched_getaffinity(0)), MOST) if many else 1
    if workers <= 1 or cluster is not None:
        yield Workforce(workers, cluster)
        return
    # Read and imported once, for all copies.
    families()
    register()
    with copies(workers) as pool:
        yield Workforce(workers, pool=pool)


def _worth_it(source: SourceSpec, size_bytes: int, city: CityProfile) -> bool:
    """Whether several processes bring a source in sooner than one."""
    reader = find(source.kind)
    if reader is None or reader.parts is None:
        return False
    if reader.worth_cutting is not None:
        return reader.worth_cutting(source, size_bytes)
    if size_bytes < WORTH_IT_BYTES:
        return False
    with suppress(CimError):  # the load will say it
        return len(list(islice(reader.parts(source, city), 2))) > 1
    return False


def batches(
    reader: Reader,
    source: SourceSpec,
    city: CityProfile,
    workforce: Workforce,
    inspection: Inspection | None = None,
    *,
    published: Box | None = None,
    first: bool = False,
) -> Iterator[Batch]:
    """Yield a source's batches; those that other processes read come checked and completed, in its order.

    Parameters
    ----------
    reader, source, city
        What is read, by whom, into which city.
    workforce
        Who reads and checks.
    inspection
        What looks at the records in the load's own process; others look at batches as it would, it meets the whole.
    published
        Extent of what stands in the city already, city CRS; None: nothing does.
    first
        Whether nothing of the source stands yet.

    Raises
    ------
    BadSource
        What the reader refuses.
    BadCrs
        Parts of the source are in different CRS.
    SchedulerError, MissingExtra
        The cluster cannot be used.
    """
    if workforce.alone or reader.parts is None:
        return reader.read(source, city)
    look = Look(box=city_box(city, published), first=first)
    if inspection is not None:
        look = replace(look, context=inspection.context, thorough=inspection.thorough)
    work = partial(_read, source=source, city=city, look=look)
    parts = reader.parts(source, city)
    runs = workforce.run(work, parts)
    return told_once(_in_one_crs(chain.from_iterable(runs), source))


def _read(part: Part, *, source: SourceSpec, city: CityProfile, look: Look) -> list[Batch]:
    """Read and check one part, in a worker."""
    inspection = None if look.context is None else Inspection(look.context, thorough=look.thorough, alone=True)
    return [_done(batch, source, city, inspection, look) for batch in part.read(source, city)]


def _done(batch: Batch, source: SourceSpec, city: CityProfile, inspection: Inspection | None, look: Look) -> Batch:
    """Return a batch that is checked and completed, with no more than the load's own process asks for."""
    done = replace(
        checked(batch, city, inspection, shapes=not unchecked(source)),
        seen=seen_in(batch.frame, look.box),
    )
    if len(done.records):
        records, digests = completed(done.records, source)
        done = replace(done, records=for_sending(records, city, mercator=look.first), digests=digests)
    # Details travel as the checked rows only. To send shapes takes longer than to check them.
    return replace(batch, frame=_asked_for(batch, look), details={}, faces={}, checked=done)


def _asked_for(batch: Batch, look: Look) -> pd.DataFrame:
    """Return the keys of a batch's rows, and all of them where a check of the whole source looks at them."""
    if look.context is not None and asks_for_whole(batch.theme, thorough=look.thorough):
        return batch.frame
    return batch.frame[[name for name in ("source_key",) if name in batch.frame]]


def _in_one_crs(found: Iterator[Batch], source: SourceSpec) -> Iterator[Batch]:
    """Refuse a batch in another CRS than those before it, which its reader cannot have seen."""
    crs = None
    for batch in found:
        crs = crs or batch.crs
        if batch.crs is not None and batch.crs != crs:
            raise BadCrs(source.path, batch.crs, f"differs from {crs!r} of what was read before it")
        yield batch
