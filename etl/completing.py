"""Checked records completed to what the loader writes: geometry as WKB, what the source gives as a whole, digests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from cim.city import CityProfile
from cim.etl.digest import Digests, beyond_defaults, mixed, record_digests, sums_by_parent
from cim.etl.mercator import web_mercator_wkb
from cim.etl.records import MERCATOR, Records
from cim.etl.wkb import wkb
from cim.manifest import SourceSpec


def completed(records: Records, source: SourceSpec) -> tuple[Records, Digests]:
    """Return records with the columns that their source gives and geometry as WKB, and their digests.

    The digests leave references out, which are not known before the records are met by those of other sources.
    """
    columns = dict(records.columns)
    lowest = source.classification
    if lowest:
        # A record may be more restricted than its source, never less.
        own = columns.get("classification")
        whole = pa.array(np.full(len(records), lowest, dtype=np.int16))
        columns["classification"] = whole if own is None else pc.max_element_wise(own, whole)
    if records.geometry is not None:
        place = records.table.columns["geom"]
        columns["geom"] = wkb(records.geometry, place.flat_shape, place.dimension)
    records = replace(records, columns=columns)
    return records, _digests(records)


def for_sending(records: Records, city: CityProfile, *, mercator: bool) -> Records:
    """Return completed records with all that would be asked of their geometries, which so need not be made anew.

    Parameters
    ----------
    records
        Completed ones.
    city
        The city that they lie in.
    mercator
        Whether to add the web-mercator copies, which only records that are new or have changed need.
    """
    if records.geometry is None:
        return records
    columns = dict(records.columns)
    if mercator and MERCATOR in records.table.columns:
        columns[MERCATOR] = web_mercator_wkb(records.geometry, records.table.columns[MERCATOR].shape, city)
    return replace(records, columns=columns, boxes=shapely.bounds(records.geometry))


def _digests(records: Records) -> Digests:
    """Digest records with their detail rows, references left out."""
    total = record_digests(beyond_defaults(records.table, records.columns), len(records))
    for rows in records.details:
        below = record_digests(beyond_defaults(rows.table, rows.columns), len(rows.parents))
        sums = sums_by_parent(below, rows.parents, len(records))
        total += mixed(rows.table.name, sums, np.any(sums != 0, axis=1))
    return total
