"""Reading and checking in several processes: the batches come in the order, and as, one process would read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from cim.city import CityProfile
from cim.errors import BadCrs
from cim.etl.batch import Batch, Part, Reader
from cim.etl.checks import checked, unchecked
from cim.etl.checks.context import Context
from cim.etl.checks.inspection import Inspection
from cim.executor import run_all
from cim.manifest import SourceSpec


@dataclass(frozen=True)
class Spread:
    """Who reads and checks."""

    workers: int = 1
    """Processes of this machine; with 1 the load's own process does it."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers do it instead."""

    @property
    def alone(self) -> bool:
        """Whether the load's own process does it."""
        return self.workers <= 1 and self.cluster is None


def batches(
    reader: Reader, source: SourceSpec, city: CityProfile, spread: Spread, inspection: Inspection | None = None
) -> Iterator[Batch]:
    """Yield a source's batches; those that other processes read come checked, in its order.

    Parameters
    ----------
    reader, source, city
        What is read, by whom, into which city.
    spread
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
    if spread.alone or reader.parts is None:
        return reader.read(source, city)
    look = None if inspection is None else (inspection.context, inspection.thorough)
    work = partial(_read, source=source, city=city, look=look)
    runs = run_all(work, reader.parts(source, city), workers=spread.workers, cluster=spread.cluster)
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
