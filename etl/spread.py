"""Reading and checking in several processes: the batches come in the order, and as, one process would read them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import chain, islice

from cim.city import CityProfile
from cim.errors import BadCrs, CimError
from cim.etl.batch import Batch, Part, Reader
from cim.etl.checks import checked, unchecked
from cim.etl.checks.context import Context
from cim.etl.checks.families import families
from cim.etl.checks.inspection import Inspection
from cim.etl.checks.register import register
from cim.etl.readers import find
from cim.executor import Workforce, copies
from cim.manifest import SourceSpec

WORTH_IT_BYTES = 8_000_000
"""Size of a source from which a second process saves more than it costs."""
MOST = 4
"""Processes that are used unasked: each takes some hundred megabytes."""


@contextmanager
def ready(
    workers: int | None, cluster: str | None, large: Iterable[SourceSpec], city: CityProfile
) -> Iterator[Workforce]:
    """Yield who reads and checks the sources of a load, before it opens any connection.

    Parameters
    ----------
    workers
        Processes that are asked for; None: as many as there are processors, where one of `large` can be cut.
    cluster
        Address of a Dask scheduler whose workers do it instead.
    large
        The sources of `WORTH_IT_BYTES` and more.
    city
        The city that they are loaded into.
    """
    if workers is None:
        workers = min(len(os.sched_getaffinity(0)), MOST) if any(_can_be_cut(item, city) for item in large) else 1
    if workers <= 1 or cluster is not None:
        yield Workforce(workers, cluster)
        return
    # Read and imported once, for all copies.
    families()
    register()
    with copies(workers) as pool:
        yield Workforce(workers, pool=pool)


def _can_be_cut(source: SourceSpec, city: CityProfile) -> bool:
    """Whether several processes can read a source at once."""
    reader = find(source.kind)
    if reader is None or reader.parts is None:
        return False
    with suppress(CimError):  # the load will say it
        return len(list(islice(reader.parts(source, city), 2))) > 1
    return False


def batches(
    reader: Reader, source: SourceSpec, city: CityProfile, workforce: Workforce, inspection: Inspection | None = None
) -> Iterator[Batch]:
    """Yield a source's batches; those that other processes read come checked, in its order.

    Parameters
    ----------
    reader, source, city
        What is read, by whom, into which city.
    workforce
        Who reads and checks.
    inspection
        What looks at the records in the load's own process; others look at batches as it would, it meets the whole.

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
    look = None if inspection is None else (inspection.context, inspection.thorough)
    work = partial(_read, source=source, city=city, look=look)
    parts = reader.parts(source, city)
    runs = workforce.run(work, parts)
    return _in_one_crs(chain.from_iterable(runs), source)


def _read(part: Part, *, source: SourceSpec, city: CityProfile, look: tuple[Context, bool] | None) -> list[Batch]:
    """Read and check one part, in a worker."""
    inspection = None if look is None else Inspection(look[0], thorough=look[1], alone=True)
    shapes = not unchecked(source)
    # Details travel as the checked rows only.
    return [
        replace(batch, details={}, faces={}, checked=checked(batch, city, inspection, shapes=shapes))
        for batch in part.read(source, city)
    ]


def _in_one_crs(found: Iterator[Batch], source: SourceSpec) -> Iterator[Batch]:
    """Refuse a batch in another CRS than those before it, which its reader cannot have seen."""
    crs = None
    for batch in found:
        crs = crs or batch.crs
        if batch.crs is not None and batch.crs != crs:
            raise BadCrs(source.path, batch.crs, f"differs from {crs!r} of what was read before it")
        yield batch
