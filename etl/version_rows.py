"""Rows of records: a new version of each that has changed, its details, and the feature of each that is new."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import psycopg
import pyarrow as pa

from cim.city import CityProfile
from cim.etl.digest import packed
from cim.etl.identity import Identities, find, new_ids
from cim.etl.mercator import web_mercator_wkb
from cim.etl.naming import Named
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.records import MERCATOR
from cim.tables import TABLES, Table

FEATURE = TABLES["city.feature"]
Jobs: TypeAlias = "list[tuple[Table, pa.RecordBatch]]"
"""Rows to copy, in order."""


def changed(named: Named, identities: Identities, outcome: Outcome) -> Named:
    """Return the records that need a new version, and note which versions they supersede."""
    theme = named.records.table.name
    counts = outcome.themes.setdefault(theme, ThemeOutcome())
    place = find(identities.known, named.hashes)
    standing = np.where(place >= 0, identities.versions[place] if len(identities.known) else 0, 0)
    same = np.zeros(len(place), dtype=bool)
    stands = standing > 0
    same[stands] = (identities.digests[place[stands]] == named.digests[stands]).all(axis=1)
    superseded = standing[stands & ~same]
    if len(superseded):
        outcome.closed.setdefault(theme, []).extend(superseded.tolist())
    counts.unchanged += int(same.sum())
    counts.changed += len(superseded)
    counts.added += int((~stands).sum())
    return named.take(~same)


def version_rows(connection: psycopg.Connection[Any], named: Named, load_id: int, city: CityProfile) -> Jobs:
    """Return a version of each record, and the rows below it.

    Parameters
    ----------
    connection
        For the sequence of versions; nothing is written on it.
    named
        The records.
    load_id
        The load that they come by.
    city
        The city, for shapes in Web Mercator.
    """
    records = named.records
    if not len(records):
        return []
    table = records.table
    with connection.transaction():
        versions = new_ids(connection, f"city.{table.name}_version_id_seq", len(records))
    columns = {
        "version_id": pa.array(versions),
        "feature_id": pa.array(named.features),
        "load_id": pa.array(np.full(len(records), load_id, dtype=np.int64)),
        **records.columns,
        "content_hash": packed(named.digests),
    }
    if MERCATOR in table.columns and MERCATOR not in columns and records.geometry is not None:
        columns[MERCATOR] = web_mercator_wkb(records.geometry, table.columns[MERCATOR].shape, city)
    jobs = [(table, _record_batch(columns))]
    for rows in records.details:
        parents = {"version_id": pa.array(versions[rows.parents])}
        jobs.append((rows.table, _record_batch(parents | dict(rows.columns))))
    return jobs


def feature_rows(named: Named, identities: Identities, source_id: int) -> Jobs:
    """Return rows of `city.feature` for the records that had none."""
    new = find(identities.known, named.hashes) < 0
    if not new.any():
        return []
    count = int(new.sum())
    columns = {
        "feature_id": pa.array(named.features[new]),
        "theme": pa.repeat(pa.scalar(named.records.table.name), count),
        "source_id": pa.array(np.full(count, source_id, dtype=np.int64)),
        "source_key": pa.array(named.records.keys[new], pa.string()),
    }
    return [(FEATURE, _record_batch(columns))]


def _record_batch(columns: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.record_batch(list(columns.values()), names=list(columns))
